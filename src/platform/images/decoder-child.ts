import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { type DecodedImage, type DecodeJob, imageLimits, imageSizes } from './rules.ts'

/**
 * The process in which pictures are decoded, started by `decoder.ts`: no environment, no network, no other program,
 * files only in the temporary folder. Takes one job after the other and ends with its parent.
 */
sharp.concurrency(1)
sharp.cache(false)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadNsgifFile',
    'VipsForeignLoadWebpFile',
  ],
})

process.on('message', (job: DecodeJob) => void answer(job))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

async function answer(job: DecodeJob): Promise<void> {
  try {
    process.send?.({ id: job.id, result: await decode(job) })
  } catch (error) {
    process.send?.({ id: job.id, error: error instanceof Error ? error.message.slice(0, 300) : 'unknown' })
  }
}

/** What is left of a logo's square is transparent. */
const fits = { whole: 'inside', square: 'cover', logo: 'contain' } as const

async function decode(job: DecodeJob): Promise<DecodedImage> {
  const options = { limitInputPixels: imageLimits.pixels, failOn: 'error' } as const
  const { width, height, pages = 1, orientation = 1 } = await sharp(job.source, options).metadata()
  const sides = orientation > 4 ? [height, width] : [width, height]
  const longest = job.shape === 'square' ? Math.min(...sides) : Math.max(...sides)
  const all = imageSizes[job.shape]
  const needed =
    job.shape === 'logo' ? all : all.filter((_size, index) => index === 0 || (all[index - 1] ?? 0) < longest)
  const moves =
    job.shape === 'whole' &&
    pages > 1 &&
    pages <= imageLimits.frames &&
    width * height * pages <= imageLimits.movingPixels
  const largest = needed[needed.length - 1] ?? 0
  const within = (image: Sharp, side: number) =>
    image.resize(side, side, {
      fit: fits[job.shape],
      background: 'transparent',
      withoutEnlargement: job.shape === 'whole',
    })
  // The original is decoded once; the smaller sizes come from the largest.
  const still = await within(sharp(job.source, options).autoOrient(), largest)
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { info } = still
  const sizes: number[] = []
  let bytes = 0
  for (const size of needed) {
    const file = join(job.folder, `${size}.webp`)
    const image =
      moves && size !== all[0]
        ? within(sharp(job.source, { ...options, animated: true }), size)
        : within(
            sharp(still.data, { raw: { width: info.width, height: info.height, channels: info.channels } }),
            size,
          )
    // Half the time of the usual effort, at the same number of bytes.
    await image.webp({ quality: 80, effort: 2 }).toFile(file)
    bytes += (await stat(file)).size
    sizes.push(size)
  }
  return { width: info.width, height: info.height, sizes, bytes }
}
