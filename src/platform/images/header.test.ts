import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foreignTypes, hugePng, moving, photo, plain } from '#test/support/images.ts'
import { readImageHeader } from './header.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-header-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function headerOf(bytes: Buffer) {
  const path = join(folder, 'file')
  await writeFile(path, bytes)
  const file = await open(path)
  try {
    return await readImageHeader(file)
  } finally {
    await file.close()
  }
}

describe('the header of a picture', () => {
  it.each(['png', 'gif', 'webp', 'jpeg'] as const)('tells type and size of %s', async (type) => {
    expect(await headerOf(await plain(type, 123, 45))).toEqual({ type, width: 123, height: 45 })
  })

  it('tells the size of a photo with metadata before it, of a moving and of a lossless picture', async () => {
    expect(await headerOf(await photo(640, 480))).toMatchObject({ type: 'jpeg', width: 640, height: 480 })
    expect(await headerOf(await moving(3, 50))).toMatchObject({ type: 'gif', width: 50, height: 50 })
    const { default: sharp } = await import('sharp')
    const pixels = sharp({ create: { width: 300, height: 200, channels: 4, background: '#0000' } })
    const lossless = await pixels.webp({ lossless: true }).toBuffer()
    expect(await headerOf(lossless)).toEqual({ type: 'webp', width: 300, height: 200 })
  })

  it('believes what a huge picture says of itself', async () => {
    expect(await headerOf(hugePng(60_000, 60_000))).toMatchObject({ width: 60_000, height: 60_000 })
  })

  it.each(Object.entries(foreignTypes))('is none for %s', async (_name, bytes) => {
    expect(await headerOf(bytes)).toBeNull()
  })

  it('is none when it is cut off, empty, or never says a size', async () => {
    for (const type of ['png', 'gif', 'webp', 'jpeg'] as const) {
      expect(await headerOf((await plain(type)).subarray(0, 12)), type).toBeNull()
    }
    expect(await headerOf(hugePng(0, 10))).toBeNull()
    const comments = Buffer.from('\xff\xfe\x00\x02'.repeat(100_000), 'latin1')
    expect(await headerOf(Buffer.concat([Buffer.from('\xff\xd8', 'latin1'), comments]))).toBeNull()
    expect(await headerOf(Buffer.alloc(100_000, 0xff))).toBeNull()
  })

  it('is found or refused for any bytes behind a true beginning', async () => {
    const starts = ['\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'GIF89a', 'RIFF\0\0\0\0WEBPVP8X']
    let seed = 1
    for (let round = 0; round < 400; round++) {
      const rest = Buffer.alloc(200)
      for (let at = 0; at < rest.length; at++) {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
        rest[at] = seed >>> 16
      }
      const start = Buffer.from(starts[round % starts.length] ?? '', 'latin1')
      const header = await headerOf(Buffer.concat([start, rest.subarray(0, round % 200)]))
      if (header) expect(header.width * header.height).toBeGreaterThan(0)
    }
  })
})
