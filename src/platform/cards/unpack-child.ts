import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { decompress } from 'wawoff2'
import type { UnpackJob } from './rules.ts'

/**
 * The process that unpacks the typeface, which comes packed for browsers, in pieces. It is not the painter: what it
 * runs (WebAssembly) takes more addresses than the painter has left.
 */
process.on('message', (job: UnpackJob) => void answer(job))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

async function answer(job: UnpackJob): Promise<void> {
  try {
    await unpack(job.fonts)
    process.send?.({ id: job.id, result: null })
  } catch (error) {
    process.send?.({ id: job.id, error: error instanceof Error ? error.message.slice(0, 300) : 'unknown' })
  }
}

/** Pieces that are there stay. */
async function unpack(folder: string): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve('@fontsource-variable/noto-sans-kr/package.json')
  const source = join(dirname(manifest), 'files')
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(source)) {
    const target = join(folder, name.replace(/\.woff2$/, '.ttf'))
    if (!name.endsWith('.woff2') || existsSync(target)) continue
    writeFileSync(`${target}.part`, await decompress(readFileSync(join(source, name))))
    renameSync(`${target}.part`, target)
  }
}
