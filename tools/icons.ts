import { join } from 'node:path'
import sharp from 'sharp'

/** Draws the icons of the installed program out of the site's mark: `node tools/icons.ts`. */
const folder = join(import.meta.dirname, '../public/icons')

type Colours = { ground: string; house: string; yard: string }
const onPaper: Colours = { ground: '#fcfaf6', house: '#006d69', yard: '#d55c13' }
const onAccent: Colours = { ground: '#006d69', house: '#fcfaf6', yard: '#f0a46b' }

/** `part`: how much of the side the mark takes; launchers cut up to a fifth off maskable icons. */
function drawing(
  { ground, house, yard }: Colours,
  { part, corner }: { part: number; corner: number },
): string {
  const scale = part
  const shift = 16 * (1 - part)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="512" height="512">
<rect width="32" height="32" rx="${corner}" fill="${ground}"/>
<g transform="translate(${shift} ${shift}) scale(${scale})"><path d="M12 27H6V11L16 5l10 6v16h-6" fill="none" stroke="${house}" stroke-width="3" stroke-linejoin="round" stroke-linecap="round"/><circle cx="16" cy="18" r="4" fill="${yard}"/></g></svg>`
}

const icons = [
  { name: 'app', svg: drawing(onPaper, { part: 0.8, corner: 7 }) },
  { name: 'app-maskable', svg: drawing(onAccent, { part: 0.58, corner: 0 }) },
]
for (const { name, svg } of icons) {
  for (const size of [192, 512]) {
    await sharp(Buffer.from(svg))
      .resize(size, size)
      .png({ palette: true, compressionLevel: 9 })
      .toFile(join(folder, `${name}-${size}.png`))
  }
}
