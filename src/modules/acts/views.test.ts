import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import { ask } from '#platform/database.ts'
import { makeLog } from '#platform/log.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { ActLog } from './act-log.ts'

let site: TestApp
let author: Actor
let board: Board
let post: { id: number; title: string }
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member()
  board = await site.board()
})
beforeEach(async () => {
  post = await site.post(author, board)
})
afterAll(() => site[Symbol.asyncDispose]())

type Seen = { address?: string; agent?: string; headers?: Record<string, string>; method?: 'GET' | 'HEAD' }
const page = ({ address = '203.0.113.1', agent = 'Firefox', headers = {}, method = 'GET' }: Seen = {}) =>
  site.app.inject({
    method,
    url: `/p/${post.id}/a-post`,
    remoteAddress: address,
    headers: { 'user-agent': agent, ...headers },
  })
const shown = (body: string) => Number(/>(\d+) views?</.exec(body)?.[1])

/** What is stored when everything is written. */
async function counted(id = post.id): Promise<number> {
  await site.deps.acts.flush()
  await site.deps.acts.settle()
  return (await site.db.selectFrom('posts').select('views').where('id', '=', id).executeTakeFirstOrThrow())
    .views
}
const days = (id = post.id) =>
  ask<{ day: string; views: number }>(
    site.db,
    'select day::text, views from post_views_daily where post_id = $1 order by day',
    [id],
  )

describe('a view', () => {
  test('counts once for a guest and day, whatever they read again', async () => {
    await page()
    await page()
    await site.deps.acts.flush()
    await page()
    expect(await counted()).toBe(1)
    await page({ address: '203.0.113.2' })
    await page({ agent: 'Safari' })
    expect(await counted()).toBe(3)
  })

  test('counts once for a member and day, on whatever device and from wherever', async () => {
    const reader = await site.member()
    await reader.page(`/p/${post.id}/a-post`)
    await reader.api('GET', `/posts/${post.id}`)
    await site.deps.acts.flush()
    await reader.page(`/p/${post.id}/a-post`)
    expect(await counted()).toBe(1)
  })

  test('counts again the next day, which begins at midnight in the zone of the site', async () => {
    const before = site.clock.now
    try {
      const reader = await site.member()
      // 23:59 in Seoul.
      site.clock.now = new Date('2026-12-01T14:59:00Z')
      await reader.api('GET', `/posts/${post.id}`)
      await page()
      expect(await counted()).toBe(2)
      site.clock.now = new Date('2026-12-01T15:00:30Z')
      await reader.api('GET', `/posts/${post.id}`)
      await page()
      expect(await counted()).toBe(4)
      expect(await days()).toEqual([
        { day: '2026-12-01', views: 2 },
        { day: '2026-12-02', views: 2 },
      ])
    } finally {
      site.clock.now = before
    }
  })

  test('is seen by its reader at once, by others soon, on the page and in the API', async () => {
    const reader = await site.member()
    expect(shown((await reader.page(`/p/${post.id}/a-post`)).body)).toBe(1)
    expect(shown((await reader.page(`/p/${post.id}/a-post`)).body)).toBe(1)
    expect((await reader.api('GET', `/posts/${post.id}`)).json().views).toBe(1)
    await site.deps.acts.flush()
    expect(shown((await page()).body)).toBe(2)
    expect(shown((await page()).body)).toBe(2)
    await site.deps.acts.flush()
    expect((await reader.api('GET', `/posts/${post.id}`)).json().views).toBe(2)
    expect(await counted()).toBe(2)
    expect(shown((await page()).body)).toBe(2)
  })

  test('is none when a robot reads, a browser fetches ahead, or only the head is asked for', async () => {
    await page({ agent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' })
    await page({ agent: 'Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)' })
    await page({ headers: { 'sec-purpose': 'prefetch;prerender' } })
    await page({ headers: { purpose: 'prefetch' } })
    expect(shown((await page({ headers: { 'x-moz': 'prefetch' } })).body)).toBe(0)
    await page({ method: 'HEAD' })
    expect(await counted()).toBe(0)
    await page({ agent: 'Mozilla/5.0 (Linux; Android 14; CUBOT) AppleWebKit/537.36 Chrome/131' })
    expect(await counted()).toBe(1)
  })

  test('is none of a post that the reader may not see, or that is deleted', async () => {
    const closed = await site.board({ readBy: 'members' })
    const secret = await site.post(author, closed)
    expect((await site.guest.page(`/p/${secret.id}/a-post`)).statusCode).toBe(404)
    expect(await counted(secret.id)).toBe(0)
    await author.page(`/p/${secret.id}/a-post`)
    expect(await counted(secret.id)).toBe(1)
    await author.api('DELETE', `/posts/${post.id}`)
    await page()
    expect(await counted()).toBe(0)
  })

  test('keeps nothing of a guest that could be read back when the day is over', async () => {
    await page({ address: '198.51.100.77', agent: 'Rare Browser 7' })
    await site.deps.acts.flush()
    const rows = await ask<{ person: number }>(site.db, 'select * from acts where post_id = $1', [post.id])
    expect(rows).toHaveLength(1)
    expect(rows[0]?.person).toBeLessThan(0)
    expect(JSON.stringify(rows)).not.toMatch(/198\.51|Rare/)
  })

  test('of guests of one network of IPv6 is told apart by the browser alone', async () => {
    await page({ address: '2001:db8:1:2::1' })
    await page({ address: '2001:db8:1:2::ffff' })
    expect(await counted()).toBe(1)
  })
})

describe('several processes', () => {
  test('count the same people once, all at once', async () => {
    const given = { timeZone: 'Asia/Seoul', log: makeLog('silent') }
    const logs = Array.from({ length: 4 }, () => new ActLog(site.db, given))
    const other = await site.post(author, board)
    const at = site.clock.now
    for (let round = 0; round < 5; round++) {
      for (const log of logs) {
        for (let n = 0; n < 100; n++) {
          const who = { memberId: null, address: `10.0.${round}.${n}`, agent: 'Firefox', at }
          log.note({ ...who, kind: 'view', postId: n % 2 === 0 ? post.id : other.id })
        }
      }
      await Promise.all(logs.map((log) => Promise.all([log.flush(), log.settle()])))
    }
    await Promise.all(logs.map((log) => log[Symbol.asyncDispose]()))
    expect([await counted(), await counted(other.id)]).toEqual([250, 250])
    expect(await days()).toEqual([{ day: '2026-11-21', views: 250 }])
  })
})

describe('while the database does not answer', () => {
  test('views wait in memory and are written afterwards', async () => {
    await page()
    await ask(site.db, 'alter table acts rename to acts_away', [])
    await site.deps.acts.flush()
    await ask(site.db, 'alter table acts_away rename to acts', [])
    expect(await counted()).toBe(1)
  })
})
