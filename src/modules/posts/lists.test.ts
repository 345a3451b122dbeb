import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '#platform/database.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { listPosts } from './queries.ts'

let site: TestApp
let author: Actor
let voters: Actor[]
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member()
  voters = await Promise.all(Array.from({ length: 4 }, () => site.member()))
})
afterAll(() => site[Symbol.asyncDispose]())

type Listed = { id: number; title: string; votes: number; unread: number | null }
type List = { items: Listed[]; next: string | null }
const get = async (url: string, who: Pick<Actor, 'api'> = site.guest): Promise<List> =>
  (await who.api('GET', url)).json()
const hour = 3_600_000

/** Reads a list to its end, `between` pages doing something else. */
async function walk(url: string, between: () => Promise<unknown> = async () => {}): Promise<number[]> {
  const ids: number[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page: List = await get(`${url}${after && `&after=${encodeURIComponent(after)}`}`)
    ids.push(...page.items.map((post) => post.id))
    after = page.next
    await between()
  }
  return ids
}

/** 30 posts whose times and votes repeat, so that only the id tells some apart. */
async function board30() {
  const board = await site.board({ downvotes: true })
  const ids: number[] = []
  const start = site.clock.now
  for (let index = 0; index < 30; index++) {
    site.clock.now = new Date(start.getTime() + Math.floor(index / 3) * hour)
    ids.push((await site.post(author, board)).id)
    for (const voter of voters.slice(0, index % 4))
      await voter.api('PUT', `/posts/${ids[index]}/vote`, { value: index % 8 < 4 ? 1 : -1 })
  }
  return { board, ids }
}

describe('a list of posts', () => {
  let board: Awaited<ReturnType<TestApp['board']>>
  let ids: number[]
  beforeAll(async () => {
    ;({ board, ids } = await board30())
  })
  const rowsBy = (column: 'created_at' | 'hot' | 'votes' | 'active_at') =>
    site.db
      .selectFrom('posts')
      .select('id')
      .where('board_id', '=', board.id)
      .orderBy(column, 'desc')
      .orderBy('id', 'desc')
      .execute()

  test.each([
    ['latest', 'created_at'],
    ['hot', 'hot'],
    ['top', 'votes'],
    ['active', 'active_at'],
  ] as const)('by %s comes whole and in order, page by page', async (sort, column) => {
    const expected = (await rowsBy(column)).map((row) => row.id)
    for (const limit of [1, 7, 30, 100]) {
      expect(await walk(`/boards/${board.slug}/posts?sort=${sort}&limit=${limit}`)).toEqual(expected)
    }
  })

  test('neither loses nor doubles a post while others are written', async () => {
    let written = 0
    const seen = await walk(`/boards/${board.slug}/posts?limit=4`, async () => {
      if (written++ < 5) await site.post(author, board, { title: 'Meanwhile' })
    })
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids.toReversed())
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('has 20 rows unless told, and from 1 to 100', async () => {
    expect((await get(`/boards/${board.slug}/posts`)).items).toHaveLength(20)
    for (const limit of ['0', '101', '-1', 'x', '1.5', '1e1', '', ' 5', '0x10', '10&limit=20']) {
      const answer = await site.guest.api(
        'GET',
        `/boards/${board.slug}/posts?limit=${encodeURIComponent(limit).replace('%26', '&').replace('%3D', '=')}`,
      )
      expect(answer.statusCode, limit).toBe(422)
      expect(answer.json().errors[0].field).toBe('limit')
    }
  })

  const packed = (text: string) => Buffer.from(text).toString('base64url')
  test.each([
    'x',
    '%00',
    '====',
    "'; drop table posts; --",
    packed('|'),
    packed('hot'),
    packed('latest|2026-01-01T00:00:00Z|2|3'),
    packed('latest|2026-02-30T00:00:00Z|1'),
    packed('latest|0000-01-01T00:00:00Z|1'),
    packed('active|2026-01-01T00:00:00Z|99999999999999999999'),
    packed('hot|NaN|1'),
    packed('hot|Infinity|1'),
    packed('hot|1e999|1'),
    packed('hot|1e-400|1'),
    packed('top|99999999999|1'),
    packed('top|1.5|1'),
    packed('latest|infinity|1'),
    packed('active|2026-01-01|1'),
    'A'.repeat(101),
  ])('refuses the tampered cursor %s', async (after) => {
    for (const sort of ['latest', 'hot', 'top', 'active']) {
      for (const url of [`/api/v1/boards/${board.slug}/posts`, `/b/${board.slug}`, '/', '/api/v1/posts']) {
        const { statusCode } = await site.app.inject({
          url: `${url}?sort=${sort}&after=${after.startsWith('%') ? after : encodeURIComponent(after)}`,
        })
        expect([400, 422], `${sort} ${url}`).toContain(statusCode)
      }
    }
  })

  test('refuses a cursor of another order, and goes on by one of its own', async () => {
    for (const made of ['latest', 'hot', 'top', 'active']) {
      const { next } = (await site.guest.api('GET', `/posts?limit=1&sort=${made}`)).json()
      for (const sort of ['latest', 'hot', 'top', 'active']) {
        const answer = await site.guest.api('GET', `/posts?limit=1&sort=${sort}&after=${next}`)
        const found = [answer.statusCode, sort === made ? answer.json().items.length : answer.json().code]
        expect(found, `${made} for ${sort}`).toEqual(sort === made ? [200, 1] : [400, 'bad-cursor'])
      }
    }
  })

  test('a page with a cursor that is none leads to the first page of the same list', async () => {
    const answer = await site.guest.page('/?sort=top&after=zzz')
    expect(answer.statusCode).toBe(400)
    expect(answer.body).toContain('href="/?sort=top"')
    expect(answer.body).not.toContain('href="/?sort=top&amp;after')
  })

  test('refuses orders and periods that are none', async () => {
    for (const query of ['sort=random', 'sort=top&period=decade', 'sort=']) {
      expect((await site.guest.api('GET', `/posts?${query}`)).statusCode).toBe(422)
      const page = await site.guest.page(`/b/${board.slug}?${query}`)
      expect(page.statusCode).toBe(422)
      expect(page.body).toContain(`<a class="btn primary" href="/b/${board.slug}">`)
    }
  })
})

describe('a tag’s list', () => {
  const sorts = ['latest', 'hot', 'top', 'active'] as const
  test.each(sorts.flatMap((sort) => [[sort, 'rare'] as const, [sort, 'frequent'] as const]))(
    'by %s has the posts that carry it now, page by page, also of a %s one',
    async (sort, how) => {
      const { board, ids } = await board30()
      const [tag, other] = [`now-${sort}-${how}`, `before-${sort}-${how}`]
      const retag = async (id: number, tags: string[]) => {
        const { title, body, version } = (await author.api('GET', `/posts/${id}`)).json()
        const answer = await author.api('PATCH', `/posts/${id}`, { title, body, version, tags })
        expect(answer.statusCode, answer.body).toBe(200)
      }
      for (const id of ids) await retag(id, id % 2 ? [tag] : [other, tag])
      const [gone, moved] = [ids[3] ?? 0, ids[8] ?? 0]
      await retag(moved, [other])
      await author.api('DELETE', `/posts/${gone}`)
      const expected = (await walk(`/boards/${board.slug}/posts?sort=${sort}`)).filter((id) => id !== moved)
      expect(expected).toHaveLength(28)
      if (how === 'frequent')
        await ask(site.db, 'update tags set posts = posts + 1000000 where name = $1', [tag])
      const found: number[] = []
      for (let after: string | null = null, isMore = true; isMore; isMore = after !== null) {
        const list = { scope: { in: 'tag', tag }, sort, after, limit: 6, now: site.clock.now } as const
        const page = await listPosts(site.db, null, list)
        found.push(...page.posts.map((post) => post.id))
        after = page.next
      }
      expect(found).toEqual(expected)
    },
  )
})

test('the top of a period leaves out what is older', async () => {
  const board = await site.board()
  const start = site.clock.now
  const ages = { now: 1, yesterday: 25, thisMonth: 24 * 8, thisYear: 24 * 31, older: 24 * 366 }
  for (const [title, hours] of Object.entries(ages)) {
    site.clock.now = new Date(start.getTime() - hours * hour)
    await site.post(author, board, { title })
  }
  site.clock.now = start
  const titles = async (period: string) =>
    (await get(`/boards/${board.slug}/posts?sort=top&period=${period}`)).items.map((post) => post.title)
  const all = Object.keys(ages).toReversed()
  expect(await titles('day')).toEqual(all.slice(4))
  expect(await titles('week')).toEqual(all.slice(3))
  expect(await titles('month')).toEqual(all.slice(2))
  expect(await titles('year')).toEqual(all.slice(1))
  expect(await titles('all')).toEqual(all)
})

describe('what a member has read', () => {
  test('shows as the comments that are new since, and never below zero', async () => {
    const board = await site.board()
    const reader = await site.member()
    const post = await site.post(author, board)
    const unread = async (who = reader) => (await get(`/boards/${board.slug}/posts`, who)).items[0]?.unread
    const comment = async () =>
      (await author.api('POST', `/posts/${post.id}/comments`, { body: 'x' })).json().id
    const first = await comment()
    expect(await unread()).toBeNull()
    await reader.page(`/p/${post.id}/a-post`)
    await expect.poll(() => unread()).toBe(0)
    await comment()
    await comment()
    expect(await unread()).toBe(2)
    const page = await reader.page(`/p/${post.id}/a-post`)
    expect(page.body).toContain('id="fresh"')
    await expect.poll(() => unread()).toBe(0)
    await author.api('DELETE', `/comments/${first}`)
    expect(await unread()).toBe(0)
    expect(await unread(author)).toBe(0)
  })

  test('counts one’s own comment as read, and what stood there before as new', async () => {
    const board = await site.board()
    const reader = await site.member()
    const post = await site.post(author, board)
    await author.api('POST', `/posts/${post.id}/comments`, { body: 'first' })
    await author.api('POST', `/posts/${post.id}/comments`, { body: 'second' })
    await reader.api('POST', `/posts/${post.id}/comments`, { body: 'mine' })
    expect((await get(`/boards/${board.slug}/posts`, reader)).items[0]?.unread).toBe(2)
    expect((await reader.page(`/p/${post.id}/a-post`)).body).toContain('id="fresh"')
  })

  test('leads on from the first page of a long thread to where they stopped', async () => {
    const board = await site.board()
    const reader = await site.member()
    const post = await site.post(author, board)
    const write = async (body: string) =>
      (await author.api('POST', `/posts/${post.id}/comments`, { body })).json().id
    const ids: number[] = []
    for (let number = 1; number <= 52; number++) ids.push(await write(`comment ${number}`))
    const read = async (url: string) => (await reader.page(url)).body
    const first = `/p/${post.id}/a-post`
    expect(await read(first)).not.toContain('id="fresh"')
    const link = `<a href="/c/${ids[50]}">`
    await expect.poll(() => read(first)).toContain(link)
    const { location } = (await reader.page(`/c/${ids[50]}`)).headers
    expect(await read(String(location).replace(/#.*/, ''))).toContain('You stopped here')
    await expect.poll(() => read(first)).not.toContain('id="fresh"')
    await write('one more')
    expect(await read(first)).toContain('further on')
  })
})

describe('news', () => {
  test('counts what others wrote since, up to 99', async () => {
    const board = await site.board()
    const child = await site.board({ parent: board.slug })
    const reader = await site.member()
    const since = encodeURIComponent(site.clock.now.toISOString())
    const news = async (who: Pick<Actor, 'api'> = site.guest, where = `/boards/${board.slug}`) =>
      (await who.api('GET', `${where}/news?since=${since}`)).json().count
    expect(await news()).toBe(0)
    site.clock.now = new Date(site.clock.now.getTime() + 1000)
    await site.post(author, board)
    await site.post(author, child)
    await site.post(reader, board)
    expect(await news()).toBe(3)
    expect(await news(reader)).toBe(2)
    expect(await news(author)).toBe(1)
    expect(await news(site.guest, '')).toBe(3)
    for (let index = 0; index < 100; index++) await site.post(author, board)
    expect(await news()).toBe(99)
  })

  test.each([
    '',
    'yesterday',
    '2026-13-01T00:00:00Z',
    '2026-06-30T23:59:60Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999Z',
    '2026-01-01T00:00:00%2B99:99',
  ])('is no server error for since=%s', async (since) => {
    for (const url of ['/news', `/boards/${(await site.board()).slug}/news`]) {
      expect([200, 422]).toContain((await site.guest.api('GET', `${url}?since=${since}`)).statusCode)
    }
    expect((await site.guest.api('GET', '/news')).statusCode).toBe(422)
  })
})

describe('bookmarks', () => {
  test('are kept and forgotten, each harmless twice, and seen by their member alone', async () => {
    const board = await site.board()
    const [reader, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board, { title: 'Kept one' })
    const put = (who: Pick<Actor, 'api'>, id = post.id) => who.api('PUT', `/posts/${id}/bookmark`)
    expect((await put(site.guest)).statusCode).toBe(401)
    expect((await put(reader, 999_999_999)).statusCode).toBe(404)
    for (let twice = 0; twice < 2; twice++) expect((await put(reader)).json()).toEqual({ bookmarked: true })
    expect((await get('/me/bookmarks', reader)).items.map((item) => item.id)).toEqual([post.id])
    expect((await get('/me/bookmarks', other)).items).toEqual([])
    expect((await site.guest.api('GET', '/me/bookmarks')).statusCode).toBe(401)
    expect((await reader.api('GET', `/posts/${post.id}`)).json().mine.bookmarked).toBe(true)
    expect((await reader.page('/bookmarks')).body).toContain('Kept one')
    expect((await other.page('/bookmarks')).body).not.toContain('Kept one')
    const url = '/bookmarks?after=abc'
    const sent = await site.guest.page(url)
    expect(`${sent.statusCode} ${sent.headers.location}`).toBe(`303 /sign-in?next=${encodeURIComponent(url)}`)
    for (let twice = 0; twice < 2; twice++)
      expect((await reader.api('DELETE', `/posts/${post.id}/bookmark`)).json()).toEqual({ bookmarked: false })
    expect((await get('/me/bookmarks', reader)).items).toEqual([])
    await reader.page(`/p/${post.id}/bookmark`, { on: '1' })
    expect((await get('/me/bookmarks', reader)).items).toHaveLength(1)
    await reader.page(`/p/${post.id}/bookmark`, { on: '0' })
    expect((await get('/me/bookmarks', reader)).items).toHaveLength(0)
  })
})
