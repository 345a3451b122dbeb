import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '#platform/database.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { reindex, tendSearch } from './reindex.ts'
import { keepSettling, settleWords } from './settling.ts'

let site: TestApp
let author: Actor
const posts: number[] = []
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member()
  const board = await site.board()
  for (const title of ['첫째 글', '둘째 글', '셋째 글']) {
    const { id } = await site.post(author, board, { title })
    posts.push(id)
    await author.api('POST', `/posts/${id}/comments`, { body: `${title}에 붙인 댓글` })
  }
})
afterAll(() => site[Symbol.asyncDispose]())

const find = async (q: string): Promise<number> =>
  (await site.guest.api('GET', `/search?q=${encodeURIComponent(q)}`)).json().items.length

test('puts what is missing into the search, and what an older analyser put', async () => {
  await site.db
    .deleteFrom('search_posts')
    .where('post_id', '=', posts[0] ?? 0)
    .execute()
  await site.db
    .updateTable('search_posts')
    .set({ analyser: 0 })
    .where('post_id', '=', posts[1] ?? 0)
    .execute()
  await site.db.deleteFrom('search_comments').execute()
  expect(await find('첫째')).toBe(0)
  const done = await reindex(site.db, { now: site.clock.now })
  expect(done).toEqual({ posts: 2, comments: 3, finished: true })
  expect(await find('첫째')).toBe(1)
  expect(await reindex(site.db, { now: site.clock.now })).toEqual({ posts: 0, comments: 0, finished: true })
})

test('what an older analyser put is found meanwhile, by titles too', async () => {
  const first = site.db.updateTable('search_posts').where('post_id', '=', posts[0] ?? 0)
  await first.set({ analyser: 2, tokens: `'^첫째' '글'` }).execute()
  expect([await find('첫째'), await find('첫째 글')]).toEqual([1, 1])
  expect(await reindex(site.db, { now: site.clock.now })).toMatchObject({ posts: 1 })
})

test('stops where it is asked to and goes on there', async () => {
  const controller = new AbortController()
  const stop = () => controller.abort()
  const options = { now: site.clock.now, all: true }
  const first = await reindex(site.db, { ...options, signal: controller.signal, onProgress: stop })
  expect(first).toEqual({ posts: 3, comments: 0, finished: false })
  const second = await reindex(site.db, options)
  expect(second).toEqual({ posts: 0, comments: 3, finished: true })
})

test('by its job happens by itself after an upgrade', async () => {
  await site.db.deleteFrom('search_posts').execute()
  expect(await tendSearch(site.db, { now: site.clock.now })).toMatchObject({ posts: 3, finished: true })
  expect(await tendSearch(site.db, { now: site.clock.now })).toBe(null)
})

test('what was written is found before and after its words are put to their places', async () => {
  await settleWords(site.db)
  await site.post(author, await site.board(), { title: '갓 쓰인 글' })
  expect(await find('갓 쓰인')).toBe(1)
  expect(await settleWords(site.db)).toBeGreaterThan(0)
  expect([await find('갓 쓰인'), await settleWords(site.db)]).toEqual([1, 0])
})

test('words are put to their places by themselves, and a failure is told and tried again', async () => {
  await site.post(author, await site.board(), { title: '또 쓰인 글' })
  await using _ = keepSettling(site.db, { every: 10, onFailure: (error) => expect.fail(String(error)) })
  await expect.poll(() => settleWords(site.db), { timeout: 2000, interval: 100 }).toBe(0)
  const closed = openDatabase({ url: site.database.url, size: 2 })
  await closed[Symbol.asyncDispose]()
  const failures: unknown[] = []
  await using _failing = keepSettling(closed.db, { every: 10, onFailure: (error) => failures.push(error) })
  await expect.poll(() => failures.length).toBeGreaterThan(1)
})
