import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { begun, waiting } from '#test/support/database.ts'
import type { Board } from './shapes.ts'

let site: TestApp
let admin: Actor
let mod: Actor
let member: Actor
let board: Board
beforeAll(async () => {
  site = await makeTestApp()
  admin = await site.member(undefined, 'administrator')
  mod = await site.member(undefined, 'moderator')
  member = await site.member()
})
afterAll(() => site[Symbol.asyncDispose]())
beforeEach(async () => {
  board = await site.board()
})

const archive = (slug: string, who: Pick<Actor, 'api'> = admin) =>
  who.api('PUT', `/boards/${slug}/archive`, { reason: 'Over' })
const reopen = (slug: string, who: Pick<Actor, 'api'> = admin) => who.api('DELETE', `/boards/${slug}/archive`)
const isArchived = async (slug: string) =>
  (await site.guest.api('GET', `/boards/${slug}`)).json().archived as boolean

describe('archiving a board', () => {
  test('is for administrators alone, both ways, and stands in the log once', async () => {
    for (const who of [site.guest, member, mod]) {
      const status = who === site.guest ? 401 : 403
      expect((await archive(board.slug, who)).statusCode).toBe(status)
      expect((await reopen(board.slug, who)).statusCode).toBe(status)
    }
    expect((await archive('no-such-board')).statusCode).toBe(404)
    expect(await isArchived(board.slug)).toBe(false)
    expect((await archive(board.slug)).statusCode).toBe(204)
    expect((await archive(board.slug)).statusCode).toBe(204)
    expect(await isArchived(board.slug)).toBe(true)
    expect((await reopen(board.slug)).statusCode).toBe(204)
    expect((await reopen(board.slug)).statusCode).toBe(204)
    expect(await isArchived(board.slug)).toBe(false)
    const acts = await site.db
      .selectFrom('moderation_log')
      .select(['act', 'reason', 'by_id'])
      .where('board_id', '=', board.id)
      .orderBy('id')
      .execute()
    expect(acts).toEqual([
      { act: 'board.archive', reason: 'Over', by_id: admin.id },
      { act: 'board.unarchive', reason: '', by_id: admin.id },
    ])
  })

  test('refuses a reason that is too long and changes nothing', async () => {
    const reason = 'x'.repeat(301)
    const answer = await admin.api('PUT', `/boards/${board.slug}/archive`, { reason })
    expect([answer.statusCode, answer.json().errors[0].field]).toEqual([422, 'reason'])
    const page = await admin.page(`/admin/boards/${board.slug}/archive`, { reason })
    expect(page.statusCode).toBe(422)
    expect(page.body).toContain('id="archive-reason"')
    expect(await isArchived(board.slug)).toBe(false)
  })

  test('is done and undone by forms, and the page says who did it', async () => {
    const address = `/admin/boards/${board.slug}`
    const done = await admin.page(`${address}/archive`, { reason: 'The year is over' })
    expect([done.statusCode, done.headers.location]).toEqual([303, `${address}#archive`])
    const shown = (await admin.page(address)).body
    expect(shown).toContain('The year is over')
    expect(shown).toContain(admin.name)
    expect((await admin.page('/admin/boards')).body).toContain('Archived')
    await admin.page(`${address}/unarchive`, {})
    expect(await isArchived(board.slug)).toBe(false)
  })
})

describe('what is being written while its board is archived', () => {
  type At = { slug: string; post: number; comment: number }
  type Call = Parameters<Actor['api']>
  test.each<[string, (at: At) => Call]>([
    ['a post', ({ slug }) => ['POST', `/boards/${slug}/posts`, { title: 'Late', body: 'B' }]],
    ['a comment', ({ post }) => ['POST', `/posts/${post}/comments`, { body: 'Late' }]],
    ['a vote', ({ post }) => ['PUT', `/posts/${post}/vote`, { value: 1 }]],
    ['a vote on a comment', ({ comment }) => ['PUT', `/comments/${comment}/vote`, { value: 1 }]],
    ['an edit', ({ post }) => ['PATCH', `/posts/${post}`, { body: 'Late' }]],
    ['an edit of a comment', ({ comment }) => ['PATCH', `/comments/${comment}`, { body: 'Late' }]],
  ])('is refused: %s lands no more', async (_, call) => {
    const child = await site.board({ parent: board.slug })
    const { slug } = child
    const post = (await site.post(member, child)).id
    const comment = (await member.api('POST', `/posts/${post}/comments`, { body: 'In time' })).json().id
    const before = await content(post)
    await using tx = await begun(site)
    await tx.query('select pg_advisory_xact_lock(7273265)')
    const put = 'insert into board_archives (board_id, by_id) select id, $1 from boards where slug = $2'
    await tx.query(put, [admin.id, board.slug])
    const writing = member.api(...call({ slug, post, comment }))
    await waiting(site, 1)
    await tx.query('commit')
    const refused = await writing
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'board-archived'])
    expect((await site.guest.api('GET', `/boards/${slug}`)).json().posts).toBe(1)
    expect(await content(post)).toEqual(before)
  })

  const content = async (post: number) => {
    const { version, votes, comments } = (await site.guest.api('GET', `/posts/${post}`)).json()
    const [comment] = (await site.guest.api('GET', `/posts/${post}/comments`)).json().items
    return [version, votes, comments, comment.version, comment.votes]
  }

  test('and was allowed before, is waited for', async () => {
    const post = await site.post(member, board)
    await using tx = await begun(site)
    await tx.query('delete from post_reads where post_id = $1', [post.id])
    const comment = member.api('POST', `/posts/${post.id}/comments`, { body: 'Just in time' })
    await waiting(site, 1)
    const archiving = archive(board.slug)
    await waiting(site, 2)
    await tx.query('commit')
    expect([(await comment).statusCode, (await archiving).statusCode]).toEqual([201, 204])
  })
})

describe('an archived board', () => {
  test('takes nothing new from anybody, and says why', async () => {
    const post = await site.post(member, board)
    const question = await site.post(member, board, { kind: 'question' })
    const comment = (await mod.api('POST', `/posts/${post.id}/comments`, { body: 'Kept' })).json()
    const own = (await member.api('POST', `/posts/${post.id}/comments`, { body: 'Mine' })).json()
    const answer = (await mod.api('POST', `/posts/${question.id}/comments`, { body: 'An answer' })).json()
    const gone = await site.post(member, board)
    await member.api('DELETE', `/posts/${gone.id}`)
    await mod.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    await archive(board.slug)
    const write = { title: 'T', body: 'B' }
    const refused = [
      await member.api('POST', `/boards/${board.slug}/posts`, write),
      await admin.api('POST', `/boards/${board.slug}/posts`, write),
      await member.api('PATCH', `/posts/${post.id}`, { body: 'Other' }),
      await member.api('DELETE', `/posts/${post.id}`),
      await member.api('PUT', `/posts/${gone.id}/restored`),
      await member.api('POST', `/posts/${post.id}/comments`, { body: 'More' }),
      await mod.api('POST', `/posts/${post.id}/comments`, { body: 'More', parent: comment.id }),
      await member.api('PATCH', `/comments/${own.id}`, { body: 'Other' }),
      await member.api('DELETE', `/comments/${own.id}`),
      await member.api('PUT', `/posts/${question.id}/accepted`, { comment: answer.id }),
      await admin.api('PUT', `/posts/${post.id}/vote`, { value: 1 }),
      await mod.api('DELETE', `/posts/${post.id}/vote`),
      await member.api('PUT', `/comments/${comment.id}/vote`, { value: 1 }),
    ]
    for (const one of refused) {
      expect([one.statusCode, one.json().code], one.body).toEqual([403, 'board-archived'])
    }
    const pages = [
      await member.page('/write', { board: board.slug, ...write }),
      await member.page(`/p/${post.id}/edit`),
      await member.page(`/p/${post.id}/delete`),
      await member.page(`/p/${post.id}/comments`, { body: 'More' }),
      await member.page(`/p/${post.id}/vote`, { value: '1' }),
    ]
    for (const page of pages) {
      expect(page.statusCode).toBe(403)
      expect(page.body).toContain('This board is archived')
    }
    expect((await member.api('GET', `/posts/${post.id}`)).json()).toMatchObject({ votes: 1, comments: 2 })
    await reopen(board.slug)
    expect((await member.api('POST', `/posts/${post.id}/comments`, { body: 'More' })).statusCode).toBe(201)
  })

  test('can be read as before, and is marked where it stands', async () => {
    const post = await site.post(member, board, { title: 'From good times' })
    await archive(board.slug)
    const page = (await member.page(`/b/${board.slug}`)).body
    expect(page).toContain('From good times')
    expect(page).toContain('This board is archived')
    expect(page).not.toContain(`/write?board=${board.slug}`)
    const read = (await member.page(`/p/${post.id}/from-good-times`)).body
    expect(read).toContain('The board of this post is archived')
    expect(read).not.toMatch(/<form class="(votes|form comment)|name="body"/)
    expect((await site.guest.page(`/p/${post.id}/from-good-times`)).body).toContain('is archived')
    expect((await site.guest.page('/boards')).body).toContain('Archived')
    expect((await site.guest.page('/')).body).toContain('From good times')
    expect((await site.guest.api('GET', '/search?q=good+times')).json().items).toHaveLength(1)
    expect((await member.api('PUT', `/posts/${post.id}/bookmark`)).statusCode).toBe(200)
  })

  test('is no place to write or to move to, but moderators still keep order', async () => {
    const other = await site.board()
    const post = await site.post(member, board)
    const moving = await site.post(member, other)
    await archive(board.slug)
    expect((await member.page('/write')).body).not.toContain(`value="${board.slug}"`)
    expect((await mod.page(`/p/${moving.id}/move`)).body).not.toContain(`value="${board.slug}"`)
    const refused = await mod.api('PUT', `/posts/${moving.id}/board`, { board: board.slug })
    expect([refused.statusCode, refused.json().errors[0]]).toMatchObject([
      422,
      { field: 'board', code: 'board-archived' },
    ])
    const done = [
      await mod.api('PATCH', `/posts/${post.id}`, { body: 'Without the address', note: 'Private' }),
      await mod.api('PUT', `/posts/${post.id}/lock`, {}),
      await mod.api('DELETE', `/posts/${post.id}`),
      await mod.api('PUT', `/posts/${post.id}/restored`),
      await mod.api('PUT', `/posts/${post.id}/board`, { board: other.slug }),
    ]
    expect(done.map((answer) => Math.floor(answer.statusCode / 100))).toEqual(done.map(() => 2))
  })

  test('closes what lies below it, as the tree is now', async () => {
    const child = await site.board({ parent: board.slug })
    const deeper = await site.board({ parent: child.slug })
    const states = () => Promise.all([board, child, deeper].map((one) => isArchived(one.slug)))
    await archive(board.slug)
    expect(await states()).toEqual([true, true, true])
    await reopen(deeper.slug)
    expect(await isArchived(deeper.slug)).toBe(true)
    expect((await admin.page(`/admin/boards/${deeper.slug}`)).body).toContain('A board above is archived')
    await archive(deeper.slug)
    await reopen(board.slug)
    expect(await states()).toEqual([false, false, true])
    await archive(board.slug)
    await admin.api('PATCH', `/boards/${child.slug}`, { parent: null })
    expect(await states()).toEqual([true, false, true])
  })

  test('takes no messages in its room either', async () => {
    const { room: id } = (await admin.api('PUT', `/boards/${board.slug}/chat`)).json()
    await member.api('PUT', `/chat/rooms/${id}/joined`)
    const say = () => member.api('POST', `/chat/rooms/${id}/messages`, { body: 'Hello', clientId: 'a' })
    await archive(board.slug)
    const refused = await say()
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'board-archived'])
    expect((await member.page(`/chat/${id}`)).body).toContain('This board is archived')
    await reopen(board.slug)
    expect((await say()).statusCode).toBe(201)
  })
})
