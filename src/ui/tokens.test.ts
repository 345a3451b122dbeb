import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '../../public/css/tokens.css'), 'utf8')

type Colour = [lightness: number, chroma: number, hue: number]

/** The two sides of `--name: light-dark(oklch(…), oklch(…))`. */
function token(name: string): { light: Colour; dark: Colour } {
  const side = String.raw`oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)`
  const found = new RegExp(String.raw`--${name}:\s*light-dark\(\s*${side},\s*${side}\s*\)`).exec(css)
  if (!found) throw new Error(`no token ${name}`)
  const [, ...parts] = found
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = parts.map(Number)
  return { light: [a / 100, b, c], dark: [d / 100, e, f] }
}

/** Relative luminance by way of OKLab (Ottosson 2020) and linear sRGB, clipped to the gamut. */
function luminance([lightness, chroma, hue]: Colour): number {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clip = (value: number) => Math.min(1, Math.max(0, value))
  const red = clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)
  const green = clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)
  const blue = clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: Colour, other: Colour): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

const plain = ['paper', 'surface', 'sunk']
const cross = (text: string, grounds: string[]) => grounds.map((ground): [string, string] => [text, ground])
const pairs: [text: string, ground: string][] = [
  ...['ink', 'quiet', 'accent', 'accent-hover', 'warm-ink', 'danger'].flatMap((text) => cross(text, plain)),
  ...['ink', 'quiet', 'accent'].flatMap((text) => cross(text, ['accent-soft', 'warm-soft', 'danger-soft'])),
  ['warm-ink', 'warm-soft'],
  ['danger', 'danger-soft'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-danger', 'danger'],
  ['paper', 'warm-ink'],
  ['ink', 'added'],
  ['ink', 'removed'],
]

describe('colours', () => {
  test.each(pairs)('%s on %s can be read in both themes', (text, ground) => {
    const [front, back] = [token(text), token(ground)]
    expect(contrast(front.light, back.light)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(front.dark, back.dark)).toBeGreaterThanOrEqual(4.5)
  })

  test.each(plain)('the lines of fields stand out from %s', (ground) => {
    const [line, back] = [token('line-strong'), token(ground)]
    expect(contrast(line.light, back.light)).toBeGreaterThanOrEqual(3)
    expect(contrast(line.dark, back.dark)).toBeGreaterThanOrEqual(3)
  })
})
