import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BadRequest, Invalid, TooLarge } from '#platform/errors.ts'
import { imageTypeOf, magicLength, readImageHeader } from '#platform/images/header.ts'
import { imageLimits } from '#platform/images/rules.ts'

export function tooLarge(limit: number): TooLarge {
  return new TooLarge('image-too-large', { facts: { megabytes: Math.floor(limit / 1_000_000) } })
}

/**
 * Writes an upload to `path` piece by piece, never whole in memory. Ends as soon as it is more than `limit` bytes or
 * its first bytes are no picture's; the source is left as it is then, so that an answer can still be sent.
 * @throws TooLarge, Invalid('image-type'), BadRequest when the sender went away
 */
export async function receive(source: Readable, given: { path: string; limit: number }): Promise<void> {
  const { path, limit } = given
  await pipeline(checked(source, limit), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
}

async function* checked(source: Readable, limit: number): AsyncGenerator<Buffer> {
  let bytes = 0
  let start: Buffer | null = Buffer.alloc(0)
  for await (const chunk of pieces(source)) {
    bytes += chunk.length
    if (bytes > limit) throw tooLarge(limit)
    if (start) {
      start = Buffer.concat([start, chunk.subarray(0, magicLength)])
      if (start.length >= magicLength) {
        if (!imageTypeOf(start)) throw new Invalid('image-type')
        start = null
      }
    }
    yield chunk
  }
  if (start) throw new Invalid('image-type')
}

async function* pieces(source: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      if (Buffer.isBuffer(chunk)) yield chunk
    }
  } catch {
    throw new BadRequest('bad-request')
  }
}

/** Refuses by the header alone, before any decoder. @throws Invalid */
export async function checkHeader(path: string): Promise<void> {
  const file = await open(path)
  try {
    const header = await readImageHeader(file)
    if (!header) throw new Invalid('image-broken')
    const { width, height } = header
    const { side, pixels } = imageLimits
    if (width > side || height > side || width * height > pixels)
      throw new Invalid('image-dimensions', { facts: { side, megapixels: pixels / 1_000_000 } })
  } finally {
    await file.close()
  }
}
