import sharp, { type OverlayOptions } from 'sharp'
import { cardSize, family, type PaintJob } from './rules.ts'

/**
 * The process in which the pictures of links are drawn, started by `painter.ts` and confined as the decoder is. Text is
 * shaped by Pango and HarfBuzz, with the site's own typeface and, for scripts that it has not, the system's.
 */
sharp.concurrency(1)
sharp.cache(false)

process.on('message', (job: PaintJob) => void answer(job))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

async function answer(job: PaintJob): Promise<void> {
  try {
    await paint(job)
    process.send?.({ id: job.id, result: null })
  } catch (error) {
    process.send?.({ id: job.id, error: error instanceof Error ? error.message.slice(0, 300) : 'unknown' })
  }
}

const colours = {
  paper: '#fcfaf6',
  ink: '#231e19',
  quiet: '#68625c',
  line: '#e1ddd8',
  accent: '#006d69',
} as const
const margin = 80
const wide = cardSize.width - 2 * margin

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => entities[character] ?? '')

/** What has no shape in a text of one colour, or would put it in disorder. */
const undrawn =
  /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\p{Cc}|\p{Cs}|[\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Variation_Selector}|[\u{e0000}-\u{e007f}]/gu

/** Longer texts are cut before they are shaped: no picture shows as much. */
const longest = 400

function clean(text: string): string {
  const plain = text.slice(0, longest * 4).replace(undrawn, (one) => (/\p{Cc}/u.test(one) ? ' ' : ''))
  return Array.from(
    plain
      .replace(/[#*\d]\u20e3/gu, '')
      .replace(/\s+/gu, ' ')
      .trim(),
  )
    .slice(0, longest)
    .join('')
}

type Style = { size: number; colour: string; bold?: boolean; width?: number }
type Layer = { input: Buffer; width: number; height: number }

/** Hangul words stay whole where they fit: a joiner between their syllables forbids the break. */
const keepWords = (text: string) => text.replace(/(?<=\p{L})(?=[가-힣])|(?<=[가-힣])(?=\p{L})/gu, '\u2060')

async function layer(text: string, { size, colour, bold = false, width = wide }: Style): Promise<Layer> {
  const markup = `<span foreground="${colour}" weight="${bold ? 'bold' : 'normal'}">${escaped(keepWords(text))}</span>`
  const font = `${family} ${size}`
  const drawn = sharp({ text: { text: markup, font, width, wrap: 'word-char', rgba: true, dpi: 72 } })
  const { data, info } = await drawn.png({ compressionLevel: 1 }).toBuffer({ resolveWithObject: true })
  return { input: data, width: info.width, height: info.height }
}

const fits = (drawn: Layer, height: number, width = wide) => drawn.height <= height && drawn.width <= width

/** The longest beginning of a text that fits, with an ellipsis; found by halving. */
async function shortened(text: string, style: Style, height: number): Promise<Layer> {
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  let [low, high] = [0, characters.length]
  let best = await layer('…', style)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const tried = await layer(`${characters.slice(0, middle).join('').trimEnd()}…`, style)
    if (fits(tried, height, style.width)) {
      best = tried
      low = middle
    } else high = middle - 1
  }
  return best
}

/** A text in the largest of the sizes in which it fits, else cut in the smallest. */
async function fitted(text: string, style: Omit<Style, 'size'>, sizes: { size: number; height: number }[]) {
  for (const { size, height } of sizes) {
    const drawn = await layer(text, { ...style, size })
    if (fits(drawn, height, style.width)) return drawn
  }
  const { size = 40, height = 60 } = sizes.at(-1) ?? {}
  return shortened(text, { ...style, size }, height)
}

const mark = `<g transform="translate(${margin} 524) scale(1.5)"><path d="M12 27H6V11L16 5l10 6v16h-6" fill="none" stroke="${colours.accent}" stroke-width="3" stroke-linejoin="round" stroke-linecap="round"/><circle cx="16" cy="18" r="4" fill="#d55c13"/></g>`
const ground = `<svg xmlns="http://www.w3.org/2000/svg" width="${cardSize.width}" height="${cardSize.height}"><rect width="100%" height="100%" fill="${colours.paper}"/><rect width="100%" height="12" fill="${colours.accent}"/><rect x="${margin}" y="496" width="${wide}" height="2" fill="${colours.line}"/>${mark}</svg>`

const titleSizes = [
  { size: 72, height: 220 },
  { size: 60, height: 270 },
  { size: 48, height: 300 },
]

async function paint({ target, texts }: PaintJob): Promise<void> {
  const [above, title, below, site] = [texts.above, texts.title, texts.below, texts.site].map(clean)
  const layers: OverlayOptions[] = []
  const put = (drawn: Layer, left: number, top: number) =>
    layers.push({ input: drawn.input, left: Math.round(left), top: Math.round(top) })
  const line = (text: string, style: Omit<Style, 'size'>, size: number) =>
    fitted(text, style, [{ size, height: size * 1.6 }])
  if (above) put(await line(above, { colour: colours.accent, bold: true }, 32), margin, 72)
  const shown = await fitted(title || site || '…', { colour: colours.ink, bold: true }, titleSizes)
  put(shown, margin, above ? 150 : 110)
  const name = await line(site || '…', { colour: colours.ink, bold: true, width: 520 }, 30)
  put(name, margin + 64, 552 - name.height / 2)
  if (below) {
    const said = await line(below, { colour: colours.quiet, width: 440 }, 28)
    put(said, cardSize.width - margin - said.width, 552 - said.height / 2)
  }
  await sharp(Buffer.from(ground))
    .composite(layers)
    .png({ palette: true, colours: 64, effort: 4 })
    .toFile(target)
}
