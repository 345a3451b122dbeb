import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let author: Actor
let post: number
const origin = 'http://yard.example'
beforeAll(async () => {
  site = await makeTestApp({ env: { PAGE_CACHE_MB: '8', ROW_CACHE_MB: '8', BASE_URL: origin } })
  author = await site.member('writer')
  const board = await site.board({ slug: 'yard' })
  post = (await site.post(author, board, { title: 'A walk', body: 'x '.repeat(2000) })).id
})
afterAll(() => site[Symbol.asyncDispose]())

const unpack: Record<string, (body: Buffer) => Buffer> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  deflate: inflateSync,
  zstd: zstdDecompressSync,
  identity: (body) => body,
}

test('S32 the encodings that one visitor takes change nothing of what the next is shown', async () => {
  const url = `/p/${post}/a-walk`
  const plain = (await site.app.inject({ url })).body
  for (const taken of [
    'gzip',
    'br',
    'zstd',
    'deflate',
    'gzip;q=0',
    'br;q=0, gzip;q=0',
    '*;q=0',
    'identity;q=0',
    'identity;q=0, *;q=0',
    'gzip;q=1e999',
    'br;q=-1',
    'br;q=NaN',
    'GZIP',
    'x-gzip',
    '\tbr',
    `${'br,'.repeat(500)}br`,
    '__proto__',
    'constructor',
    'br;q="1"',
    '*',
  ]) {
    for (let again = 0; again < 2; again++) {
      const { rawPayload, headers, statusCode } = await site.app.inject({
        url,
        headers: { 'accept-encoding': taken },
      })
      const encoding = String(headers['content-encoding'] ?? 'identity')
      expect([200, 406], taken).toContain(statusCode)
      if (/^(gzip|br|\*)(;q=0|, gzip;q=0)+$/.test(taken)) expect(encoding, taken).toBe('identity')
      expect(unpack[encoding]?.(rawPayload).toString(), taken).toBe(plain)
      expect(headers.vary, taken).toMatch(/Accept-Encoding/i)
    }
  }
})

test('S32 what is kept for guests holds nothing of a member, and members get nothing that is kept for guests', async () => {
  const url = `/p/${post}/a-walk`
  for (const cookie of [
    author.cookie,
    `madang=x; ${author.cookie}`,
    `${author.cookie}; theme=dark; lang=en`,
  ]) {
    const own = await site.app.inject({ url, headers: { cookie } })
    expect(String(own.headers['cache-control'])).toMatch(/private|no-store/)
    const guest = await site.app.inject({ url })
    expect(guest.body).not.toContain('/m/writer" aria-')
    expect(guest.body).not.toContain('action="/sign-out"')
    expect(guest.headers['set-cookie']).toBeUndefined()
    expect(guest.headers['x-offline']).toBeUndefined()
  }
  const token = await site.app.inject({ url, headers: { authorization: 'Bearer nonsense' } })
  expect(token.body).not.toBe((await site.app.inject({ url })).body)
  expect(token.statusCode).toBe(401)
})

describe('oEmbed', () => {
  const ask = (url: string) => site.guest.page(`/oembed?url=${encodeURIComponent(url)}`)
  test.each([
    `http://yard.example.evil.example/p/1`,
    `http://evil.example/?http://yard.example/p/1`,
    `http://yard.example@evil.example/p/1`,
    `http://evil.example\\@yard.example/p/1`,
    `https://yard.example/p/1`,
    `http://yard.example:81/p/1`,
    `//yard.example/p/1`,
    `/p/1`,
    `ftp://yard.example/p/1`,
    `data:text/html,http://yard.example/p/1`,
    `http://yard.example/p/1/../../settings`,
    `http://yard.example/p/-1`,
    `http://yard.example/p/1e3`,
    `http://yard.example/p/0x1`,
    `http://yard.example/p/999999999999999`,
    `http://yard.example/p/%31`,
    `http://yard.example/m/writer`,
    `http://yard.example\u0000/p/1`,
    `http://127.0.0.1/p/1`,
    `http://[::1]/p/1`,
  ])('shows nothing for %s', async (url) => {
    const answer = await ask(url)
    expect([404, 422]).toContain(answer.statusCode)
    expect(answer.body).not.toContain('A walk')
  })

  test('asks nobody, shows the same to a member as to a guest, and writes addresses of this site alone', async () => {
    const hidden = await site.board({ slug: 'cellar', readBy: 'members' })
    const secret = await site.post(author, hidden, { title: 'Buried gold' })
    const of = `/oembed?url=${encodeURIComponent(`${origin}/p/${secret.id}`)}`
    expect((await author.page(of)).statusCode).toBe(404)
    const evil = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    const url = `/oembed?url=${encodeURIComponent(`${origin}/p/${post}/x?y=%22%3E%3Cscript%3E#z`)}`
    const answer = await site.app.inject({ url, headers: evil })
    expect(answer.statusCode).toBe(200)
    expect(answer.body).not.toMatch(/evil|script/)
    expect(answer.json().html).toContain(`${origin}/p/${post}/`)
  })
})

test('the picture of a link is drawn or left alone, whatever the title', async () => {
  const titles = [
    'a\u0301\u0316\u0322'.repeat(60),
    `${'\u202e\u2066'.repeat(50)}x`,
    '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'.repeat(20),
    '<svg onload=x>&lt;&#x0;]]>%s%n$(id)`id`',
    '\u0e01\u0e33'.repeat(80),
    'W'.repeat(200),
    '\ufdfd'.repeat(150),
  ]
  let drawn = 0
  for (const title of titles) {
    const made = await author.api('POST', '/boards/yard/posts', { title, body: 'x' })
    if (made.statusCode === 422) continue
    const short = await site.guest.page(`/p/${made.json().id}`)
    const page = await site.guest.page(String(short.headers.location))
    const picture = /property="og:image" content="http:\/\/yard\.example([^"]+)"/.exec(page.body)?.[1] ?? ''
    const answer = await site.guest.page(picture)
    drawn++
    expect([200, 302], title.slice(0, 20)).toContain(answer.statusCode)
    if (answer.statusCode === 200)
      expect(answer.rawPayload.length, title.slice(0, 20)).toBeLessThan(2_000_000)
  }
  expect(drawn).toBeGreaterThan(3)
}, 60_000)
