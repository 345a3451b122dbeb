import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let author: Actor
let reader: Actor
let mod: Actor
let talk: string
let question: string
let board: string
beforeAll(async () => {
  site = await makeTestApp({ countQueries: true, env: { ROW_CACHE_MB: '8' } })
  author = await site.member('author')
  reader = await site.member()
  mod = await site.member(undefined, 'moderator')
  const own = await site.board()
  board = own.slug
  for (let index = 0; index < 8; index++) await site.board({ parent: board })
  for (let index = 0; index < 40; index++) {
    const post = await site.post(index % 2 ? author : reader, own, { title: 'Row', tags: ['row'] })
    await reader.api('PUT', `/posts/${post.id}/bookmark`)
    if (index < 3) await mod.api('PUT', `/posts/${post.id}/pin`, {})
  }
  const discussion = await site.post(author, own)
  const asked = await site.post(author, own, { kind: 'question', title: 'Asked' })
  for (let index = 0; index < 40; index++) {
    for (const { id } of [discussion, asked]) {
      const { id: root } = (
        await author.api('POST', `/posts/${id}/comments`, { body: `c ${index}`, remark: index % 5 === 0 })
      ).json()
      await reader.api('POST', `/posts/${id}/comments`, { body: 'below', parent: root })
    }
  }
  await mod.api('PUT', `/posts/${discussion.id}/lock`, { reason: 'x' })
  for (let index = 0; index < 26; index++)
    await author.api('DELETE', `/posts/${(await site.post(author, own)).id}`)
  talk = `/p/${discussion.id}/a-post`
  question = `/p/${asked.id}/asked`
})
afterAll(() => site[Symbol.asyncDispose]())

/** Statements that one request takes, after another warmed up what is kept for ten seconds. */
async function statements(who: Pick<Actor, 'page'>, url: string): Promise<number> {
  expect((await who.page(url)).statusCode).toBe(200)
  await new Promise((resolve) => setTimeout(resolve, 20))
  site.queries.count = 0
  expect((await who.page(url)).statusCode).toBe(200)
  await new Promise((resolve) => setTimeout(resolve, 20))
  return site.queries.count
}

describe('a page with many rows takes at most six statements', () => {
  const pages: [string, () => string][] = [
    ['home', () => '/'],
    ['home by hot', () => '/?sort=hot'],
    ['board', () => `/b/${board}`],
    ['boards', () => '/boards'],
    ['tag', () => '/t/row'],
    ['discussion', () => talk],
    ['question', () => question],
    ['member', () => '/m/author'],
    ['member’s comments', () => '/m/author/comments'],
  ]
  test.each(pages)('%s, for guests, members and moderators', async (_name, url) => {
    expect(await statements(site.guest, url())).toBeLessThanOrEqual(6)
    expect(await statements(reader, url())).toBeLessThanOrEqual(6)
    expect(await statements(mod, url())).toBeLessThanOrEqual(6)
  })

  test('notifications', async () => {
    expect((await author.page('/notifications')).body.match(/class="notice/g)?.length).toBeGreaterThan(1)
    expect(await statements(author, '/notifications')).toBeLessThanOrEqual(6)
  })

  test('deleted posts', async () => {
    for (const who of [author, mod]) {
      expect((await who.page('/m/author/deleted')).body.match(/class="line-title/g)).toHaveLength(25)
      expect(await statements(who, '/m/author/deleted')).toBeLessThanOrEqual(6)
    }
  })

  test('bookmarks', async () => {
    expect(await statements(reader, '/bookmarks')).toBeLessThanOrEqual(6)
  })

  test('and no more for a first visit, which also notes what was read', async () => {
    const fresh = await site.member()
    await fresh.page('/boards')
    for (const url of [talk, question]) {
      site.queries.count = 0
      await fresh.page(url)
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(site.queries.count).toBeLessThanOrEqual(6)
    }
  })
})
