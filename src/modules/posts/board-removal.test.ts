import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import { forgetOldMessages } from '#modules/chat/retention.ts'
import { recount } from '#modules/site/recount.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { begun, waiting } from '#test/support/database.ts'
import { workOff } from '#test/support/jobs.ts'
import { finishRemoval, removeBoard, resumeRemovals } from './board-removal.ts'

let site: TestApp
let admin: Actor
let mod: Actor
let member: Actor
let board: Board
let other: Board
beforeAll(async () => {
  site = await makeTestApp()
  admin = await site.member(undefined, 'administrator')
  mod = await site.member(undefined, 'moderator')
  member = await site.member()
})
afterAll(() => site[Symbol.asyncDispose]())
beforeEach(async () => {
  board = await site.board()
  other = await site.board()
})

const remove = (from: Board, to?: string, who: Pick<Actor, 'api'> = admin) =>
  who.api('DELETE', `/boards/${from.slug}${to === undefined ? '' : `?to=${to}`}`)
const find = async (slug: string) => site.guest.api('GET', `/boards/${slug}`)

/** Posts as they are after an import: only what a removal needs. */
async function fill(to: Board, count: number): Promise<void> {
  await site.database.pool.query(
    `insert into posts (board_id, author_id, kind, title, tags, created_at, active_at, hot)
     select $1, $2, 'discussion', 'Post ' || n, '{}', $3, $3, 0 from generate_series(1, $4) n`,
    [to.id, member.id, site.clock.now, count],
  )
  await site.database.pool.query('update boards set posts = posts + $2 where id = $1', [to.id, count])
}

describe('deleting a board', () => {
  test('is for administrators alone', async () => {
    for (const who of [site.guest, member, mod]) {
      expect((await remove(board, undefined, who)).statusCode).toBe(who === site.guest ? 401 : 403)
    }
    expect((await find(board.slug)).statusCode).toBe(200)
    expect((await remove({ ...board, slug: 'nowhere' })).statusCode).toBe(404)
  })

  test('removes an empty one at once, with what was told of it', async () => {
    await member.api('PUT', `/boards/${board.slug}/follow`, {})
    await admin.api('PUT', `/boards/${board.slug}/chat`)
    await admin.api('PATCH', `/boards/${board.slug}`, { name: 'Short-lived' })
    expect((await remove(board)).statusCode).toBe(204)
    expect((await find(board.slug)).statusCode).toBe(404)
    expect((await site.guest.page(`/b/${board.slug}`)).statusCode).toBe(404)
    const log = (await admin.page('/mod/log')).body
    expect(log).toContain('Board deleted')
    expect(log).toContain(`Short-lived (${board.slug})`)
    expect((await admin.page('/notifications')).statusCode).toBe(200)
    expect((await site.board({ slug: board.slug })).slug).toBe(board.slug)
  })

  test('moves its posts first, deleted ones too: counted, in place, by their old addresses', async () => {
    const open = await site.post(member, board, { title: 'Stays', tags: ['kept'] })
    const deleted = await site.post(member, board)
    await mod.api('PUT', `/posts/${open.id}/pin`, {})
    await member.api('POST', `/posts/${open.id}/comments`, { body: 'A word' })
    await member.api('DELETE', `/posts/${deleted.id}`)
    expect((await remove(board, other.slug)).statusCode).toBe(204)
    expect((await site.guest.api('GET', `/posts/${open.id}`)).json()).toMatchObject({
      board: { slug: other.slug },
      comments: 1,
      pinned: false,
    })
    expect((await find(other.slug)).json().posts).toBe(1)
    expect((await member.api('PUT', `/posts/${deleted.id}/restored`)).statusCode).toBe(200)
    const page = await site.guest.page(`/p/${open.id}/stays`)
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain(`${board.name} → ${other.name}`)
    const moved = await site.guest.page(`/b/${board.slug}`)
    expect([moved.statusCode, moved.headers.location]).toEqual([302, `/b/${other.slug}`])
    expect(await recount(site.db)).toEqual([])
    const acts = await site.db
      .selectFrom('moderation_log')
      .select(['act', 'reason'])
      .where('board_id', '=', other.id)
      .where('act', '=', 'board.delete')
      .execute()
    expect(acts).toEqual([{ act: 'board.delete', reason: `${board.name} (${board.slug})` }])
    expect((await mod.api('GET', '/moderation/log')).json().items[0]).toMatchObject({
      act: 'post.unpin-moved',
      post: { id: open.id },
    })
  })

  test('of two that followed each other leads to the last, until the address is taken again', async () => {
    const last = await site.board()
    await site.post(member, board)
    await remove(board, other.slug)
    await remove(other, last.slug)
    expect((await site.guest.page(`/b/${board.slug}`)).headers.location).toBe(`/b/${last.slug}`)
    const again = await site.board({ slug: board.slug })
    expect((await site.guest.page(`/b/${again.slug}`)).statusCode).toBe(200)
    await site.post(member, again)
    expect((await remove(again, last.slug)).statusCode).toBe(204)
    expect((await find(last.slug)).json().posts).toBe(2)
  })

  test('tells nobody of a board that they could not see', async () => {
    const closed = await site.board({ readBy: 'moderators' })
    await site.post(mod, closed)
    await remove(closed, other.slug)
    expect((await site.guest.page(`/b/${closed.slug}`)).statusCode).toBe(404)
    expect((await mod.page(`/b/${closed.slug}`)).headers.location).toBe(`/b/${other.slug}`)
  })

  test('asks where its posts go, and refuses what cannot take them', async () => {
    await site.post(member, board)
    const shut = await site.board()
    await admin.api('PUT', `/boards/${shut.slug}/archive`, {})
    for (const [to, code] of [
      [undefined, 'required'],
      ['nowhere', 'no-such-board'],
      [board.slug, 'other-board'],
      [shut.slug, 'board-archived'],
    ] as const) {
      const refused = await remove(board, to)
      expect([refused.statusCode, refused.json().errors[0]]).toMatchObject([422, { field: 'to', code }])
    }
    const form = await admin.page(`/admin/boards/${board.slug}/delete`)
    expect(form.body).toContain(`value="${other.slug}"`)
    expect(form.body).not.toContain(`value="${shut.slug}"`)
    const again = await admin.page(`/admin/boards/${board.slug}/delete`, { to: '' })
    expect(again.statusCode).toBe(422)
    expect((await find(board.slug)).json()).toMatchObject({ archived: false, posts: 1 })
    const done = await admin.page(`/admin/boards/${board.slug}/delete`, { to: other.slug })
    expect(done.headers.location).toBe('/admin/boards?done=deleted')
    expect((await admin.page('/admin/boards?done=deleted')).body).toContain('The board is deleted.')
  })

  test('waits for boards below it', async () => {
    const child = await site.board({ parent: board.slug })
    const refused = await remove(board)
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'board-has-children'])
    const first = (await admin.page(`/admin/boards/${board.slug}/delete`)).body
    expect(first).toContain('Please move or delete them first.')
    expect(first).not.toContain('name="to"')
    expect((await remove(child)).statusCode).toBe(204)
    expect((await remove(board)).statusCode).toBe(204)
  })
})

describe('a board in whose room something was said', () => {
  const talk = async () => {
    const { room } = (await admin.api('PUT', `/boards/${board.slug}/chat`)).json()
    await member.api('PUT', `/chat/rooms/${room}/joined`)
    const say = (clientId: string) =>
      member.api('POST', `/chat/rooms/${room}/messages`, { body: 'Hello', clientId })
    await say('a')
    await say('b')
    return { room: Number(room), say }
  }
  const left = async (room: number) =>
    (
      await site.database.pool.query(
        `select (select count(*)::int from rooms where id = $1) as rooms, (select count(*)::int from messages where room_id = $1) as messages`,
        [room],
      )
    ).rows[0]

  test('goes with what was said, when its administrator was told how much that is', async () => {
    const { room, say } = await talk()
    const held = await remove(board)
    expect([held.statusCode, held.json().code]).toEqual([409, 'board-has-messages'])
    const address = `/admin/boards/${board.slug}/delete`
    expect((await admin.page(address)).body).toContain('2 messages')
    await say('c')
    const more = await admin.page(address, { messages: '2' })
    expect(more.statusCode).toBe(409)
    expect(more.body).toContain('there are 3 messages')
    expect(more.body).toContain('name="messages" value="3"')
    expect((await find(board.slug)).statusCode).toBe(200)
    expect((await admin.page(address, { messages: '3' })).statusCode).toBe(303)
    expect((await find(board.slug)).statusCode).toBe(404)
    for (const who of [member, admin]) {
      expect((await who.api('GET', `/chat/rooms/${room}/messages`)).statusCode).toBe(404)
      expect((await who.api('GET', '/chat/rooms')).body).not.toContain(board.name)
    }
    expect((await say('d')).statusCode).toBe(404)
    await workOff(site)
    expect(await left(room)).toEqual({ rooms: 0, messages: 0 })
  })

  test('and that has posts as well parts from its room at once', async () => {
    const { room } = await talk()
    await fill(board, 1001)
    const answer = await admin.api('DELETE', `/boards/${board.slug}?to=${other.slug}&messages=2`)
    expect(answer.statusCode).toBe(202)
    expect((await member.api('GET', `/chat/rooms/${room}/messages`)).statusCode).toBe(404)
    await workOff(site)
    expect((await find(board.slug)).statusCode).toBe(404)
    expect(await left(room)).toEqual({ rooms: 0, messages: 0 })
    expect(await recount(site.db)).toEqual([])
    expect((await admin.page('/mod/log')).body).toContain(`(${board.slug}), and 2 chat messages with it`)
  })

  test('stays while a report about it is open, and keeps all where the target is wrong', async () => {
    const { room } = await talk()
    await site.post(member, board)
    const wrong = await admin.api('DELETE', `/boards/${board.slug}?messages=2&to=nowhere`)
    expect(wrong.statusCode).toBe(422)
    expect(await left(room)).toEqual({ rooms: 1, messages: 2 })
    const sent = await mod.api('POST', `/chat/rooms/${room}/messages/1/report`, { reason: 'spam' })
    const go = () => admin.api('DELETE', `/boards/${board.slug}?messages=2&to=${other.slug}`)
    const held = await go()
    expect([held.statusCode, held.json().code]).toEqual([409, 'board-has-reports'])
    const page = (await admin.page(`/admin/boards/${board.slug}/delete`)).body
    expect(page).toContain('Please settle the reports first.')
    expect(page).not.toContain('name="messages"')
    await admin.page(`/mod/messages/${sent.json().id}`, { outcome: 'dismissed' })
    expect((await go()).statusCode).toBe(204)
  })
})

test('a private board is named to nobody who reads the posts that it left elsewhere', async () => {
  const cabinet = await site.board({ name: 'Secret cabinet', readBy: 'moderators' })
  const post = await site.post(mod, cabinet)
  expect((await remove(cabinet, other.slug)).statusCode).toBe(204)
  const page = await site.guest.page(`/p/${post.id}/a-post`)
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('Moved here from another board')
  expect(page.body).not.toContain('Secret')
})

test('a room of which only closed reports are left goes with its board', async () => {
  const { room } = (await admin.api('PUT', `/boards/${board.slug}/chat`)).json()
  await member.api('POST', `/chat/rooms/${room}/messages`, { body: 'Hello', clientId: 'one' })
  const sent = await mod.api('POST', `/chat/rooms/${room}/messages/1/report`, { reason: 'spam' })
  const form = { outcome: 'dismissed' }
  expect((await admin.page(`/mod/messages/${sent.json().id}`, form)).statusCode).toBe(303)
  const later = new Date(site.clock.now.getTime() + 40 * 86_400_000)
  expect(await forgetOldMessages(site.db, { days: 30, now: later })).toBeGreaterThan(0)
  expect((await remove(board)).statusCode).toBe(204)
})

describe('a board with many posts', () => {
  test('stays where and as it is until it goes, and nothing new comes below it', async () => {
    await fill(board, 1001)
    expect((await remove(board, other.slug)).statusCode).toBe(202)
    const tries = [
      admin.api('POST', '/boards', { slug: 'below', name: 'Below', parent: board.slug }),
      admin.api('PATCH', `/boards/${other.slug}`, { parent: board.slug }),
      admin.api('PATCH', `/boards/${board.slug}`, { slug: 'renamed' }),
    ]
    for (const answer of await Promise.all(tries))
      expect([answer.statusCode, answer.json().code]).toEqual([409, 'board-leaving'])
    await workOff(site)
    expect((await find(board.slug)).statusCode).toBe(404)
  })

  test('goes on at the next start when its process was killed', async () => {
    await fill(board, 1001)
    await remove(board, other.slug)
    const { pool } = site.database
    const jobs = 'graphile_worker._private_jobs'
    await pool.query(`update ${jobs} set locked_at = now(), locked_by = 'gone'`)
    await resumeRemovals(site.db)
    expect((await pool.query(`delete from ${jobs} where locked_by = 'gone'`)).rowCount).toBe(1)
    await workOff(site)
    expect((await find(board.slug)).statusCode).toBe(404)
    expect((await find(other.slug)).json().posts).toBe(1001)
  })

  test('leaves in batches, takes nothing new meanwhile, and goes on where it stopped', async () => {
    await fill(board, 1200)
    expect((await remove(board, other.slug)).statusCode).toBe(202)
    expect((await find(board.slug)).json()).toMatchObject({ archived: true, posts: 200 })
    expect((await find(other.slug)).json().posts).toBe(1000)
    const write = await member.api('POST', `/boards/${board.slug}/posts`, { title: 'T', body: 'B' })
    expect(write.json().code).toBe('board-archived')
    for (const answer of [
      await remove(board, other.slug),
      await admin.api('DELETE', `/boards/${board.slug}/archive`),
    ]) {
      expect([answer.statusCode, answer.json().code]).toEqual([409, 'board-leaving'])
    }
    const receiving = await remove(other, board.slug)
    expect([receiving.statusCode, receiving.json().code]).toEqual([409, 'board-receiving'])
    expect((await admin.page(`/admin/boards/${board.slug}`)).body).toContain('are being moved')
    await workOff(site)
    expect((await find(board.slug)).statusCode).toBe(404)
    expect((await find(other.slug)).json().posts).toBe(1200)
    expect(await finishRemoval(site.db, { boardId: board.id, now: site.clock.now })).toBe(true)
  })

  test('is moved once by two at the same time', async () => {
    await fill(board, 1700)
    await remove(board, other.slug)
    const given = { boardId: board.id, now: site.clock.now }
    await Promise.all([finishRemoval(site.db, given), finishRemoval(site.db, given)])
    expect((await find(other.slug)).json().posts).toBe(1700)
    expect(await recount(site.db)).toEqual([])
  })
})

describe('what is written while a board goes', () => {
  test('is in the board that took the posts, or refused: never lost, never a fault', async () => {
    await site.post(member, board)
    const writing = Array.from({ length: 8 }, (_, n) =>
      member.api('POST', `/boards/${board.slug}/posts`, { title: `Late ${n}`, body: 'B' }),
    )
    const removal = removeBoard(site.db, admin.viewer, {
      board: board.slug,
      to: other.slug,
      now: site.clock.now,
    })
    const follows = Array.from({ length: 4 }, () => mod.api('PUT', `/boards/${board.slug}/follow`, {}))
    const answers = await Promise.all([...writing, ...follows])
    if (!(await removal)) await workOff(site)
    expect(answers.map((answer) => answer.statusCode).filter((status) => status >= 500)).toEqual([])
    const written = answers.filter((answer) => answer.statusCode === 201)
    for (const answer of written) {
      const post = await member.api('GET', `/posts/${answer.json().id}`)
      expect(post.json().board.slug).toBe(other.slug)
    }
    expect((await find(other.slug)).json().posts).toBe(written.length + 1)
    expect((await find(board.slug)).statusCode).toBe(404)
  })

  test('meets a board that went after it was found, and the form keeps the text', async () => {
    await using tx = await begun(site)
    await tx.query('select from boards where id = $1 for update', [board.id])
    const byApi = member.api('POST', `/boards/${board.slug}/posts`, { title: 'Late', body: 'B' })
    const byForm = member.page('/write', { board: board.slug, title: 'Late too', body: 'My words' })
    await waiting(site, 2)
    await tx.query('delete from boards where id = $1', [board.id])
    await tx.query('commit')
    expect((await byApi).statusCode).toBe(404)
    const shown = await byForm
    expect(shown.statusCode).toBe(422)
    expect(shown.body).toContain('There is no such board.')
    expect(shown.body).toContain('My words')
  })
})
