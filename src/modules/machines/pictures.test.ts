import sharp from 'sharp'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

vi.setConfig({ testTimeout: 60_000 })
let site: TestApp
let author: Actor
beforeAll(async () => {
  site = await makeTestApp({ env: { BASE_URL: 'http://yard.example' } })
  author = await site.member('하늘')
})
afterAll(() => site[Symbol.asyncDispose]())

/** The picture that a page names for previews of links. */
async function pictureOf(url: string): Promise<string> {
  const { body } = await site.guest.page(url)
  return /property="og:image" content="http:\/\/yard\.example([^"]+)"/.exec(body)?.[1] ?? ''
}

test('every page leads to a picture of its own, drawn when it is asked for', async () => {
  const board = await site.board({ slug: 'garden', name: '텃밭' })
  const post = await site.post(author, board, { title: '가을 배추' })
  const all = await Promise.all(
    ['/', '/b/garden', `/p/${post.id}/${encodeURIComponent('가을-배추')}`].map(pictureOf),
  )
  expect(new Set(all).size).toBe(3)
  // What has no picture of its own shows the site's.
  expect(await pictureOf('/trending')).toBe(all[0])
  for (const url of all) {
    const answer = await site.guest.page(url)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'public, max-age=3600',
      'cross-origin-resource-policy': 'cross-origin',
    })
    expect((await sharp(answer.rawPayload).metadata()).width).toBe(1200)
  }
})

test('a picture whose title changed leads to the new one', async () => {
  const post = await site.post(author, await site.board(), { title: 'Before' })
  const before = await pictureOf(`/p/${post.id}/before`)
  await author.api('PATCH', `/posts/${post.id}`, { title: 'After', version: 1 })
  const moved = await site.guest.page(before)
  expect(moved.statusCode).toBe(302)
  expect(moved.headers.location).toBe(await pictureOf(`/p/${post.id}/after`))
})

test('of what guests may not read there is no picture, drawn or not', async () => {
  const open = await site.board({ slug: 'closing' })
  const post = await site.post(author, open, { title: 'Seen once' })
  const url = await pictureOf(`/p/${post.id}/seen-once`)
  expect((await site.guest.page(url)).statusCode).toBe(200)
  const admin = await site.member(undefined, 'administrator')
  await admin.api('PATCH', '/boards/closing', { readBy: 'members' })
  expect((await author.page(url)).statusCode).toBe(404)
  const board = (await site.guest.page(`/pictures/board-${open.id}-0123456789.png`)).statusCode
  expect(board).toBe(404)
  for (const name of ['x', 'post-1-zzzzzzzzzz', 'post-99999999-0123456789', '..%2fpost-1-0123456789'])
    expect((await site.guest.page(`/pictures/${name}.png`)).statusCode).toBe(404)
})
