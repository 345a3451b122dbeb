import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CardPainter } from './painter.ts'
import type { CardTexts } from './rules.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
let folder = ''
let painter: CardPainter
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-cards-'))
  painter = new CardPainter({ folder })
})
afterAll(async () => {
  painter[Symbol.dispose]()
  await rm(folder, { recursive: true })
})

let made = 0
const usual: CardTexts = { above: '텃밭', title: '배추벌레는 어떻게 잡나요?', below: '하늘', site: '마당' }
const draw = (texts: Partial<CardTexts> = {}) => painter.card(`card-${++made}`, { ...usual, ...texts })

/** How much ink stands in a part of the picture: mean distance from paper, 0 to 255. */
async function ink(picture: Buffer, part: { left: number; top: number; width: number; height: number }) {
  const { channels } = await sharp(await sharp(picture).extract(part).greyscale().png().toBuffer()).stats()
  return 255 - (channels[0]?.mean ?? 0)
}
const paperAlone = 255 - 250.5

describe('a picture of a link', () => {
  it('is 1200 by 630 and small, with the title in the site’s own typeface', async () => {
    const picture = await draw()
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'png', width: 1200, height: 630 })
    expect(picture.length).toBeLessThan(60_000)
    expect(await ink(picture, { left: 80, top: 140, width: 700, height: 120 })).toBeGreaterThan(20)
    // Another syllable is another picture: nothing is drawn as a box that stands for every character.
    const other = await draw({ title: '배추벌래는 어떻게 잡나요?' })
    expect(other.equals(picture)).toBe(false)
  })

  it.each([
    ['200 syllables without a space', '가'.repeat(200)],
    ['200 wide letters', 'W'.repeat(200)],
    ['many long words', '대한민국헌법제일조 '.repeat(22)],
    ['other scripts and directions', 'שלום עולם '.repeat(10) + 'مرحبا بالعالم '.repeat(10)],
    ['stacked marks', `Z${'\u0336\u0310\u0352'.repeat(60)}algo`],
  ])('never writes over its edges or its foot: %s', async (_what, title) => {
    const picture = await draw({ title, below: title, above: title, site: title })
    const parts = {
      left: { left: 0, top: 20, width: 70, height: 600 },
      right: { left: 1130, top: 20, width: 70, height: 600 },
      foot: { left: 0, top: 610, width: 1200, height: 20 },
      between: { left: 80, top: 470, width: 1040, height: 20 },
    }
    for (const [name, part] of Object.entries(parts))
      expect(await ink(picture, part), name).toBeLessThan(paperAlone + 2)
  })

  it.each([
    ['markup', '</span><span size="99999">x</span> &amp; </text> <svg onload=x>'],
    ['emoji alone', '👍🏽🎉🇰🇷'],
    ['nothing', ''],
    ['control characters', '\u0000\u0007\u202e\u2066가'],
    ['half a character', '\ud83d'],
  ])('is drawn from hostile words, too: %s', async (_what, title) => {
    const picture = await draw({ title, above: title, below: title })
    expect((await sharp(picture).metadata()).width).toBe(1200)
  })

  it('is drawn once for many who ask at once, and kept', async () => {
    const name = 'asked-by-many'
    const all = await Promise.all(Array.from({ length: 80 }, () => painter.card(name, usual)))
    expect(new Set(all.map(String)).size).toBe(1)
    using second = new CardPainter({ folder, timeLimitMs: 1 })
    expect((await second.card(name, usual)).equals(all[0] ?? Buffer.alloc(0))).toBe(true)
  })
})

describe('the pictures on the disk', () => {
  it('stay within their bound: what nobody asked for longest goes first', async () => {
    const own = await mkdtemp(join(tmpdir(), 'madang-cards-'))
    const size = (await draw()).length
    using small = new CardPainter({ folder: own, mostBytes: size * 3.5 })
    for (const name of ['a', 'b', 'c']) await small.card(name, usual)
    await small.card('a', usual)
    await small.card('d', usual)
    const names = async () => (await readdir(join(own, 'finished'))).sort()
    expect(await names()).toEqual(['a.png', 'c.png', 'd.png'])
    const old = new Date(Date.now() - 60_000)
    await utimes(join(own, 'finished/d.png'), old, old)
    using next = new CardPainter({ folder: own, mostBytes: size * 3.5 })
    await next.card('e', usual)
    expect(await names()).toEqual(['a.png', 'c.png', 'e.png'])
    await rm(own, { recursive: true })
  })

  it('are refused, not queued without end, when too many wait', async () => {
    using narrow = new CardPainter({ folder, mostWaiting: 3 })
    const asked = Array.from({ length: 12 }, (_, index) =>
      narrow.card(`new-${index}`, { ...usual, title: `${index}` }),
    )
    const outcomes = await Promise.allSettled(asked)
    const reasons = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.reason] : []))
    expect(reasons.length).toBeGreaterThan(5)
    expect(new Set(reasons)).toEqual(new Set(['busy']))
  })
})
