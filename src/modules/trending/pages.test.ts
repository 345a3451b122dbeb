import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '#platform/database.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { rankPosts, rankWords } from './ranking.ts'

let site: TestApp
let author: Actor
let admin: Actor
let post: { id: number; title: string }
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member()
  admin = await site.member(undefined, 'administrator')
  const board = await site.board()
  post = await site.post(author, board, { title: 'Cherry blossom festival', tags: ['spring'] })
  await site.post(admin, board, { title: 'Cherry blossom festival tonight' })
  await admin.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
  await site.deps.acts.flush()
  await rankPosts(site.db, site.clock.now)
  await rankWords(site.db, site.clock.now)
})
afterAll(() => site[Symbol.asyncDispose]())

describe('the trending page', () => {
  test('shows posts of the day to guests, tags and words behind tabs, in their language', async () => {
    const page = await site.guest.page('/trending')
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('Cherry blossom festival')
    expect(page.body).toContain('href="/trending?what=tags"')
    expect(page.body).toContain('href="/trending?window=hour"')
    expect((await site.guest.page('/trending?what=tags')).body).toContain('href="/t/spring"')
    const words = (await site.guest.page('/trending?what=words&window=week&lang=ko')).body
    expect(words).toContain('cherry blossom')
    expect(words).toContain('지난주에는 없던 단어')
  })

  test('says so when there is nothing, and refuses what is no tab', async () => {
    await using empty = await makeTestApp()
    const page = await empty.guest.page('/trending?window=hour')
    expect(page.body).toContain('Nothing is trending yet')
    expect((await site.guest.page('/trending?what=people')).statusCode).toBe(422)
  })

  test('stands in the navigation', async () => {
    expect((await site.guest.page('/')).body).toContain('href="/trending"')
  })
})

describe('weights', () => {
  const weights = {
    view: '1',
    vote: '7.5',
    comment: '4',
    answer: '5',
    bookmark: '3',
    share: '4',
    arrival: '2',
    link: '0',
  }

  test('are changed by administrators, with a line in the log', async () => {
    const answer = await admin.page('/admin/trending', weights)
    expect(answer.headers.location).toBe('/admin/trending?saved=1')
    expect((await admin.page('/admin/trending?saved=1')).body).toContain('value="7.5"')
    const rows = await ask<{ reason: string }>(
      site.db,
      `select reason from moderation_log where act = 'site.change' order by id`,
      [],
    )
    expect(rows.map((row) => row.reason)).toEqual(['trending.vote: 3 → 7.5', 'trending.link: 2 → 0'])
  })

  test('are refused when they are no numbers from 0 to 100, each beside its field', async () => {
    const answer = await admin.page('/admin/trending', {
      ...weights,
      vote: '-1',
      view: '101',
      answer: 'many',
    })
    expect(answer.statusCode).toBe(422)
    expect(answer.body.match(/It must be a number from 0 to 100/g)?.length).toBeGreaterThanOrEqual(3)
    expect((await author.page('/admin/trending', weights)).statusCode).toBe(403)
    expect((await author.page('/admin/trending')).statusCode).toBe(403)
  })
})
