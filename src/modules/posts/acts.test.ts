import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let board: Awaited<ReturnType<TestApp['board']>>
let author: Actor
let mod: Actor
let admin: Actor
beforeAll(async () => {
  site = await makeTestApp()
  board = await site.board({ name: 'First board' })
  author = await site.member()
  mod = await site.member('mira', 'moderator')
  admin = await site.member(undefined, 'administrator')
})
afterAll(() => site[Symbol.asyncDispose]())

const logOf = (postId: number) =>
  site.db
    .selectFrom('moderation_log')
    .select(['act', 'by_id', 'reason'])
    .where('post_id', '=', postId)
    .orderBy('id')
    .execute()
const postsOf = async (id: number) =>
  (await site.db.selectFrom('boards').select('posts').where('id', '=', id).executeTakeFirstOrThrow()).posts

describe.each(['pin', 'lock'] as const)('to %s', (act) => {
  const put = (who: Pick<Actor, 'api'>, id: number, reason = 'why so') =>
    who.api('PUT', `/posts/${id}/${act}`, { reason })
  const take = (who: Pick<Actor, 'api'>, id: number) => who.api('DELETE', `/posts/${id}/${act}`)
  const has = async (id: number) =>
    (await site.guest.api('GET', `/posts/${id}`)).json()[`${act === 'pin' ? 'pinn' : 'lock'}ed`]

  test('is for moderators, shown with who and why, and again with another reason tells that one', async () => {
    const post = await site.post(author, board)
    expect((await put(site.guest, post.id)).statusCode).toBe(401)
    expect((await put(author, post.id)).statusCode).toBe(403)
    expect((await take(author, post.id)).statusCode).toBe(403)
    expect(await has(post.id)).toBe(false)
    expect((await put(mod, post.id)).statusCode).toBe(204)
    expect((await put(admin, post.id)).statusCode).toBe(204)
    expect((await put(admin, post.id, '')).statusCode).toBe(204)
    expect(await has(post.id)).toBe(true)
    expect((await site.guest.page(`/p/${post.id}/a-post`)).body).not.toContain(admin.name)
    expect((await put(admin, post.id, 'until the vote')).statusCode).toBe(204)
    const page = await site.guest.page(`/p/${post.id}/a-post`)
    expect(page.body).toContain('until the vote')
    expect(page.body).toContain(admin.name)
    expect(page.body).not.toContain('why so')
    expect((await take(mod, post.id)).statusCode).toBe(204)
    expect((await take(mod, post.id)).statusCode).toBe(204)
    expect(await has(post.id)).toBe(false)
    expect(await logOf(post.id)).toEqual([
      { act: `post.${act}`, by_id: mod.id, reason: 'why so' },
      { act: `post.${act}`, by_id: admin.id, reason: 'until the vote' },
      { act: `post.un${act}`, by_id: mod.id, reason: '' },
    ])
  })

  test('needs no reason and no body, and takes none that is too long', async () => {
    const post = await site.post(author, board)
    expect((await put(mod, post.id, 'x'.repeat(501))).json().errors[0].field).toBe('reason')
    expect((await mod.api('PUT', `/posts/${post.id}/${act}`, {})).statusCode).toBe(204)
    await take(mod, post.id)
    expect((await mod.api('PUT', `/posts/${post.id}/${act}`)).statusCode).toBe(204)
    expect((await put(mod, 999_999_999)).statusCode).toBe(404)
  })
})

test('pinned posts stand on top of their board’s first page, once', async () => {
  const own = await site.board()
  const first = await site.post(author, own, { title: 'Pinned one' })
  for (let index = 0; index < 30; index++) await site.post(author, own, { title: `Later ${index}` })
  expect((await site.guest.page(`/b/${own.slug}`)).body).not.toContain('Pinned one')
  await mod.api('PUT', `/posts/${first.id}/pin`, {})
  const { body } = await site.guest.page(`/b/${own.slug}`)
  expect(body.indexOf('Pinned one')).toBeGreaterThan(0)
  expect(body.indexOf('Pinned one')).toBeLessThan(body.indexOf('Later 29'))
  const next = /href="([^"]*after=[^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  expect(next).not.toBe('')
  expect((await site.guest.page(next)).body.split('Later 0<')).toHaveLength(2)
})

describe('to move', () => {
  const move = (who: Pick<Actor, 'api'>, id: number, to: string, reason = 'fits better') =>
    who.api('PUT', `/posts/${id}/board`, { board: to, reason })

  test('is for moderators, keeps who, where from and why, and counts on both boards', async () => {
    const to = await site.board({ name: 'Second board' })
    const post = await site.post(author, board)
    const before = await postsOf(board.id)
    expect((await move(site.guest, post.id, to.slug)).statusCode).toBe(401)
    expect((await move(author, post.id, to.slug)).statusCode).toBe(403)
    expect((await move(mod, post.id, 'nowhere')).statusCode).toBe(404)
    expect((await move(mod, post.id, to.slug)).statusCode).toBe(204)
    expect((await move(mod, post.id, to.slug)).statusCode).toBe(204)
    expect((await site.guest.api('GET', `/posts/${post.id}`)).json().board.slug).toBe(to.slug)
    expect([await postsOf(board.id), await postsOf(to.id)]).toEqual([before - 1, 1])
    const page = await site.guest.page(`/p/${post.id}/a-post`)
    expect(page.body).toContain('fits better')
    expect(page.body).toContain('First board')
    expect(await logOf(post.id)).toEqual([{ act: 'post.move', by_id: mod.id, reason: 'fits better' }])
  })

  test('ends a pin, no lock, and the log says so', async () => {
    const to = await site.board()
    const post = await site.post(author, board)
    await mod.api('PUT', `/posts/${post.id}/pin`, {})
    await mod.api('PUT', `/posts/${post.id}/lock`, {})
    await move(admin, post.id, to.slug)
    expect((await site.guest.api('GET', `/posts/${post.id}`)).json()).toMatchObject({
      pinned: false,
      locked: true,
    })
    const log = (await logOf(post.id)).slice(2)
    expect(log).toEqual([
      { act: 'post.unpin-moved', by_id: admin.id, reason: '' },
      { act: 'post.move', by_id: admin.id, reason: 'fits better' },
    ])
    expect((await mod.page('/mod/log')).body).toContain('Pin ended by a move')
  })

  test('does not tell the name of a board that not everyone may know', async () => {
    const hidden = await site.board({ name: 'Hidden corner', readBy: 'moderators' })
    const post = await site.post(mod, hidden)
    await move(mod, post.id, board.slug)
    expect((await site.guest.page(`/p/${post.id}/a-post`)).body).not.toContain('Hidden corner')
    await move(mod, post.id, hidden.slug)
    expect((await author.page(`/p/${post.id}/a-post`)).statusCode).toBe(404)
  })

  test('in opposite directions at once leaves both boards counted right', async () => {
    const [a, b] = [await site.board(), await site.board()]
    const posts = await Promise.all(
      Array.from({ length: 10 }, (_, index) => site.post(author, index % 2 ? a : b)),
    )
    const answers = await Promise.all(
      posts.map((post, index) => move(mod, post.id, index % 2 ? b.slug : a.slug)),
    )
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([204]))
    expect([await postsOf(a.id), await postsOf(b.id)]).toEqual([5, 5])
  })
})
