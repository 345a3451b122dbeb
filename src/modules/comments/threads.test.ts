import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let author: Actor
let board: Awaited<ReturnType<TestApp['board']>>
beforeAll(async () => {
  site = await makeTestApp()
  board = await site.board()
  author = await site.member()
})
afterAll(() => site[Symbol.asyncDispose]())

const say = async (postId: number, values: Record<string, unknown> = {}): Promise<number> =>
  (await author.api('POST', `/posts/${postId}/comments`, { body: 'text', ...values })).json().id
const onPage = (body: string) =>
  [...body.matchAll(/<article class="c[^"]*" id="c(\d+)"/g)].map((match) => Number(match[1]))

/** The numbers of a thread's comments, page by page, by the links that a reader follows. */
async function follow(
  url: string,
  open: (url: string) => Promise<{ body: string }> = (url) => site.guest.page(url),
): Promise<number[][]> {
  const pages: number[][] = []
  for (let next: string | undefined = url; next; ) {
    const { body } = await open(next)
    pages.push(onPage(body))
    const href: string | undefined =
      /<a [^>]*href="([^"]*\?[^"]*after=[^"]*)"[^>]*rel="next"|rel="next"[^>]*href="([^"]*)"/
        .exec(body)
        ?.slice(1)
        .find(Boolean)
    next = href?.replaceAll('&amp;', '&').replace(/#.*/, '')
  }
  return pages
}

/** Where a permanent address leads: the page's comments and the one it points at. */
async function standsAt(id: number): Promise<{ shown: number[]; anchor: string }> {
  const answer = await site.guest.page(`/c/${id}`)
  expect(answer.statusCode).toBe(302)
  const [address = '', anchor = ''] = String(answer.headers.location).split('#')
  const page = await site.guest.page(address)
  expect(page.statusCode).toBe(200)
  return { shown: onPage(page.body), anchor }
}

describe('a thread of 437 comments', () => {
  let postId: number
  let order: number[]
  beforeAll(async () => {
    postId = (await site.post(author, board)).id
    const ids: number[] = []
    for (let index = 0; index < 437; index++) {
      const parent = index % 3 === 0 ? undefined : ids[Math.floor(index / 3) * 3]
      ids.push(await say(postId, parent ? { parent } : {}))
    }
    const rows = await site.db
      .selectFrom('comments')
      .select(['id', 'path'])
      .where('post_id', '=', postId)
      .orderBy('path')
      .execute()
    order = rows.map((row) => row.id)
  })

  test('is read page by page without loss or double', async () => {
    const pages = await follow(`/p/${postId}/a-post`)
    expect(pages.map((page) => page.length)).toEqual([50, 50, 50, 50, 50, 50, 50, 50, 37])
    expect(pages.flat()).toEqual(order)
  })

  test('leads from each comment’s address to the page on which it stands', async () => {
    for (const index of [0, 1, 48, 49, 50, 51, 100, 249, 435, 436]) {
      const id = order[index] ?? 0
      const { shown, anchor } = await standsAt(id)
      expect(anchor).toBe(`c${id}`)
      expect(shown, `comment ${index}`).toContain(id)
    }
  })

  test('counts as read what stood on the pages that were opened, and never goes back', async () => {
    const reader = await site.member()
    const [first = 0] = order
    const last = order.at(-1) ?? 0
    const readOf = () =>
      site.db
        .selectFrom('post_reads')
        .select(['last_comment_id', 'comments'])
        .where('member_id', '=', reader.id)
        .executeTakeFirst()
    await reader.page(String((await reader.page(`/c/${last}`)).headers.location).replace(/#.*/, ''))
    await expect.poll(readOf).toEqual({ last_comment_id: first - 1, comments: 437 })
    await follow(`/p/${postId}/a-post`, reader.page)
    await expect.poll(readOf).toEqual({ last_comment_id: Math.max(...order), comments: 437 })
    await reader.page(`/p/${postId}/a-post`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await readOf()).toEqual({ last_comment_id: Math.max(...order), comments: 437 })
  })

  test.each([
    'x',
    'AAAA',
    '9'.repeat(99),
    Buffer.from('tree||1;drop').toString('base64url'),
    Buffer.from('tree|1e400|1').toString('base64url'),
    Buffer.from('tree||99999999999999999999').toString('base64url'),
  ])('refuses the tampered cursor %s', async (after) => {
    expect((await site.guest.api('GET', `/posts/${postId}/comments?after=${after}`)).statusCode).toBe(400)
    expect((await site.guest.page(`/p/${postId}/a-post?after=${after}`)).statusCode).toBe(400)
  })

  test('shows nothing after a cursor from another thread', async () => {
    const other = await site.post(author, board)
    const foreign = Buffer.from(`tree||${order[10]}`).toString('base64url')
    const answer = await site.guest.api('GET', `/posts/${other.id}/comments?after=${foreign}`)
    expect(answer.json()).toEqual({ items: [], more: [], next: null })
  })
})

describe('what is new in a thread of two pages', () => {
  let postId: number
  let first: number
  let last: number
  let reader: Actor
  const later = () => {
    site.clock.now = new Date(site.clock.now.getTime() + 60_000)
  }
  const newOn = (body: string) =>
    [...body.matchAll(/<article class="c nw" id="c(\d+)"/g)].map((match) => Number(match[1]))
  /** What a page marks, when it was noted what stood there. */
  async function open(url: string, who = reader): Promise<{ body: string; news: number[] }> {
    const { body } = await who.page(url)
    await expect.poll(() => noted(who)).toBeTruthy()
    return { body, news: newOn(body) }
  }
  const row = (who: Actor) =>
    site.db
      .selectFrom('post_reads')
      .selectAll()
      .where('member_id', '=', who.id)
      .where('post_id', '=', postId)
      .executeTakeFirst()
  const noted = async (who: Actor) => {
    const { comments } = (await author.api('GET', `/posts/${postId}`)).json()
    return (await row(who))?.comments === comments
  }
  const page = (from = '') => `/p/${postId}/a-post${from}`
  const second = async () => {
    const { body } = await site.guest.page(page())
    return `?after=${/[?&;]after=([^"&#]+)/.exec(body)?.[1]}`
  }
  beforeEach(async () => {
    postId = (await site.post(author, board)).id
    first = await say(postId)
    for (let index = 0; index < 51; index++) last = await say(postId)
    reader = await site.member()
    later()
  })

  test('is what stands on a page that was never opened, though a later answer was read on the first', async () => {
    const late = await say(postId, { parent: first })
    later()
    expect((await open(page())).news).toEqual([])
    const again = await open(page())
    expect(again.news).toEqual([])
    expect(again.body).toMatch(/id="fresh".*href="\/c\/\d+"/)
    expect(onPage(again.body)).toContain(late)
    expect((await row(reader))?.last_comment_id).toBeLessThan(last)
    later()
    const newer = await say(postId, { parent: first })
    expect((await open(page())).news).toEqual([newer])
  })

  test('is an answer on the first page, when the reader came by a later one to the second', async () => {
    await open(page())
    await open(page(`${await second()}&from=first`))
    later()
    const early = await say(postId, { parent: first })
    const end = await say(postId)
    later()
    expect((await open(page(await second()))).news).toEqual([end])
    expect((await open(page())).news).toEqual([early])
    await expect.poll(async () => (await row(reader))?.last_comment_id).toBe(early)
    await open(page(`${await second()}&from=first`))
    await expect.poll(async () => (await row(reader))?.last_comment_id).toBe(end)
    expect((await open(page(await second()))).news).toEqual([])
  })

  test('is nothing after the pages were turned one by one', async () => {
    for (const parent of [first, last, first, last]) await say(postId, { parent })
    later()
    await follow(page(), open)
    await expect.poll(async () => (await row(reader))?.last_comment_id).toBeGreaterThan(last + 3)
    expect((await open(page())).body).not.toContain('id="fresh"')
    expect((await open(page(await second()))).news).toEqual([])
  })

  test('leaves the notification of a comment on another page unread', async () => {
    const { name } = reader
    await say(postId, { body: `@${name}` })
    await say(postId, { parent: first })
    const unread = async () => (await reader.api('GET', '/notifications')).json().unread
    await expect.poll(unread).toBe(1)
    await open(page())
    expect(await unread()).toBe(1)
    await open(page(await second()))
    expect(await unread()).toBe(0)
  })
})

describe('a question of 45 answers', () => {
  test('leads from each answer and comment to the page on which it stands', async () => {
    const post = await site.post(author, board, { kind: 'question' })
    const answers: number[] = []
    const below: number[] = []
    for (let index = 0; index < 45; index++) {
      const id = await say(post.id)
      answers.push(id)
      below.push(await say(post.id, { parent: id }))
    }
    await author.api('PUT', `/comments/${answers[44]}/vote`, { value: 1 })
    await author.api('PUT', `/posts/${post.id}/accepted`, { comment: answers[30] })
    const remark = await say(post.id, { remark: true })
    for (const id of [
      ...[0, 18, 19, 20, 21, 30, 43, 44].flatMap((index) => [answers[index] ?? 0, below[index] ?? 0]),
      remark,
    ]) {
      expect((await standsAt(id)).shown, `comment ${id}`).toContain(id)
    }
    const pages = await follow(`/p/${post.id}/a-post`)
    expect(pages.flat().toSorted((a, b) => a - b)).toEqual(
      [...answers, ...below, remark].toSorted((a, b) => a - b),
    )
  })

  test('leads to a comment far down below one answer', async () => {
    const post = await site.post(author, board, { kind: 'question' })
    const answer = await say(post.id)
    const ids: number[] = []
    for (let index = 0; index < 130; index++) ids.push(await say(post.id, { parent: answer }))
    const last = ids.at(-1) ?? 0
    expect((await standsAt(last)).shown).toContain(last)
  })
})
