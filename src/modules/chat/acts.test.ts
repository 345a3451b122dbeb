import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tasks } from '#roles/worker.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { forgetOldMessages } from './retention.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

let made = 0
const say = (who: Actor, room: number, body = 'x', more: object = {}) =>
  who.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: `c${++made}`, ...more })
const people = (count: number) => Promise.all(Array.from({ length: count }, () => site.member()))

async function groupOf(owner: Actor, ...others: Actor[]): Promise<number> {
  const members = others.map((one) => one.id)
  return (await owner.api('POST', '/chat/rooms', { members, name: 'Group' })).json<{ id: number }>().id
}
const pairOf = async (a: Actor, b: Actor) =>
  (await a.api('POST', '/chat/rooms', { members: [b.id] })).json<{ id: number }>().id
const codeOf = async (answer: Promise<{ statusCode: number; json: () => unknown }>) => {
  const { statusCode, json } = await answer
  return [statusCode, statusCode > 299 ? (json() as { code: string }).code : null]
}

describe('a group', () => {
  test('is brought people by its members; they read what is said from then on', async () => {
    const [a, b, c] = (await people(3)) as [Actor, Actor, Actor]
    const room = await groupOf(a, b)
    await say(a, room, 'Before')
    expect((await b.api('POST', `/chat/rooms/${room}/members`, { member: c.id })).statusCode).toBe(204)
    await say(a, room, 'After', { replyTo: 1 })
    const { items } = (await c.api('GET', `/chat/rooms/${room}/messages`)).json<{
      items: { body: string }[]
    }>()
    expect(items.map((one) => one.body)).toEqual(['', 'After'])
    expect((await c.api('GET', `/chat/rooms/${room}/messages/1/versions`)).statusCode).toBe(404)
    expect((await c.api('GET', `/chat/rooms/${room}/search?q=Before`)).json()).toEqual({
      items: [],
      next: null,
    })
    const page = await c.page(`/chat/${room}`)
    expect(page.body).not.toContain('Before')
  })

  test('tells who is blocked why they cannot write, with the reason', async () => {
    const [a, b] = (await people(2)) as [Actor, Actor]
    const room = await pairOf(a, b)
    const moderator = await site.member(undefined, 'moderator')
    const block = { reason: 'Please rest', days: '1' }
    expect((await moderator.page(`/mod/members/${a.id}/block`, block)).statusCode).toBe(303)
    const { body } = await a.page(`/chat/${room}`)
    expect(body).toContain('Reason: Please rest')
    expect(body).not.toContain('Only moderators write')
    expect((await b.page(`/chat/${room}`)).body).toContain('name="body"')
  })

  test('is renamed and cleared by its owner alone, and left by anybody', async () => {
    const [a, b, c] = (await people(3)) as [Actor, Actor, Actor]
    const room = await groupOf(a, b, c)
    expect((await b.api('PATCH', `/chat/rooms/${room}`, { name: 'Mine' })).statusCode).toBe(403)
    expect((await a.api('PATCH', `/chat/rooms/${room}`, { name: 'Ours' })).json()).toMatchObject({
      name: 'Ours',
    })
    expect((await b.api('DELETE', `/chat/rooms/${room}/members/${c.id}`)).statusCode).toBe(403)
    expect((await a.api('DELETE', `/chat/rooms/${room}/members/${c.id}`)).statusCode).toBe(204)
    expect((await say(c, room)).statusCode).toBe(404)
    expect((await a.api('DELETE', `/chat/rooms/${room}/members/${a.id}`)).statusCode).toBe(204)
    const left = await b.api('GET', `/chat/rooms/${room}/members`)
    expect(left.json<{ items: object[] }>().items).toEqual([
      expect.objectContaining({ id: b.id, owner: true }),
    ])
    expect((await b.api('GET', `/chat/rooms/${room}`)).json()).toMatchObject({ members: 1, owner: b.id })
  })

  test('does not take who keeps the inviting member away, and a pair takes nobody', async () => {
    const [a, b, c] = (await people(3)) as [Actor, Actor, Actor]
    await c.api('PUT', `/me/blocks/${a.id}`, { kind: 'block' })
    const room = await groupOf(a, b)
    expect(await codeOf(a.api('POST', `/chat/rooms/${room}/members`, { member: c.id }))).toEqual([
      403,
      'kept-away',
    ])
    expect(await codeOf(a.api('POST', '/chat/rooms', { members: [b.id, c.id] }))).toEqual([403, 'kept-away'])
    const pair = await pairOf(a, b)
    expect((await a.api('POST', `/chat/rooms/${pair}/members`, { member: c.id })).statusCode).toBe(422)
    expect((await a.api('DELETE', `/chat/rooms/${pair}/members/${a.id}`)).statusCode).toBe(422)
  })
})

describe('somebody who is kept away', () => {
  test('S45 says, edits, reacts and mentions nothing in the old room of two, and is heard by the other no more', async () => {
    const [a, b] = (await people(2)) as [Actor, Actor]
    const room = await pairOf(a, b)
    await say(a, room, 'Mine')
    await say(b, room, 'Theirs')
    await b.api('PUT', `/me/blocks/${a.id}`, { kind: 'block' })
    const base = `/chat/rooms/${room}/messages`
    expect(await codeOf(say(a, room, 'Hello?'))).toEqual([403, 'kept-away'])
    expect(await codeOf(a.api('PATCH', `${base}/1`, { body: `@${b.name}` }))).toEqual([403, 'kept-away'])
    expect(await codeOf(a.api('PUT', `${base}/2/reactions/${encodeURIComponent('👍')}`))).toEqual([
      403,
      'kept-away',
    ])
    expect(await codeOf(say(b, room, 'Either way'))).toEqual([403, 'own-block'])
    expect(await codeOf(a.api('POST', '/chat/rooms', { members: [b.id] }))).toEqual([200, null])
    expect((await a.page(`/chat/${room}`)).body).not.toContain('name="body"')
    await b.api('DELETE', `/me/blocks/${a.id}`)
    expect((await say(a, room, 'Again')).statusCode).toBe(201)
  })

  test('opens no new room, and in a group neither answers nor reacts to who keeps them away', async () => {
    const [a, b, c] = (await people(3)) as [Actor, Actor, Actor]
    const room = await groupOf(c, a, b)
    await say(b, room, 'By b')
    await b.api('PUT', `/me/blocks/${a.id}`, { kind: 'block' })
    expect(await codeOf(a.api('POST', '/chat/rooms', { members: [b.id] }))).toEqual([403, 'kept-away'])
    expect((await say(a, room, 'To all')).statusCode).toBe(201)
    expect(await codeOf(say(a, room, 'To b', { replyTo: 1 }))).toEqual([403, 'kept-away'])
    const thumb = `/chat/rooms/${room}/messages/1/reactions/${encodeURIComponent('👍')}`
    expect(await codeOf(a.api('PUT', thumb))).toEqual([403, 'kept-away'])
    expect((await b.page(`/chat/${room}`)).body).not.toContain('To all')
    expect((await c.page(`/chat/${room}`)).body).toContain('To all')
  })

  test('by the moderators writes nothing anywhere and reads on', async () => {
    const [a, b] = (await people(2)) as [Actor, Actor]
    const moderator = await site.member(undefined, 'moderator')
    const room = await pairOf(a, b)
    await moderator.api('PUT', `/members/${a.id}/block`, { reason: 'rest' })
    expect((await say(a, room)).statusCode).toBe(403)
    expect((await a.api('GET', `/chat/rooms/${room}/messages`)).statusCode).toBe(200)
  })
})

describe('a message', () => {
  test('is edited by its author with its history, and by no one else', async () => {
    const [a, b] = (await people(2)) as [Actor, Actor]
    const room = await pairOf(a, b)
    await say(a, room, 'First')
    const url = `/chat/rooms/${room}/messages/1`
    expect((await b.api('PATCH', url, { body: 'Second' })).statusCode).toBe(403)
    expect((await a.api('PATCH', url, { body: 'Second' })).json()).toMatchObject({
      body: 'Second',
      version: 2,
      change: 1,
    })
    expect((await a.api('PATCH', url, { body: 'Second' })).json()).toMatchObject({ version: 2, change: 1 })
    const versions = await b.api('GET', `${url}/versions`)
    expect(versions.json<{ items: { body: string }[] }>().items.map((one) => one.body)).toEqual([
      'Second',
      'First',
    ])
  })

  test('leaves its place when it is deleted, and nothing of its text anywhere', async () => {
    const [a, b] = (await people(2)) as [Actor, Actor]
    const room = await pairOf(a, b)
    await say(a, room, 'Sorry about this')
    const url = `/chat/rooms/${room}/messages/1`
    await a.api('PATCH', url, { body: 'Sorry about that' })
    await say(b, room, 'What?', { replyTo: 1 })
    expect((await b.api('DELETE', url)).statusCode).toBe(403)
    expect((await a.api('DELETE', url)).statusCode).toBe(204)
    expect((await a.api('DELETE', url)).statusCode).toBe(404)
    for (const answer of [
      await b.api('GET', `/chat/rooms/${room}/messages`),
      await b.page(`/chat/${room}`),
      await b.page(`/chat/${room}/messages/1`),
      await b.api('GET', '/chat/rooms'),
      await b.api('GET', `/chat/rooms/${room}/search?q=Sorry`),
    ])
      expect(answer.body).not.toContain('Sorry')
    expect((await b.api('GET', `${url}/versions`)).statusCode).toBe(404)
  })

  test('gets each emoji of each member once, and nothing that is none', async () => {
    const [a, b] = (await people(2)) as [Actor, Actor]
    const room = await pairOf(a, b)
    await say(a, room)
    const at = (emoji: string) => `/chat/rooms/${room}/messages/1/reactions/${encodeURIComponent(emoji)}`
    await Promise.all([a, b, a, b].map((one) => one.api('PUT', at('❤️'))))
    const answer = await a.api('PUT', at('👨‍👩‍👧'))
    expect(answer.json<{ reactions: { emoji: string; count: number }[] }>().reactions).toEqual([
      { emoji: '❤️', count: 2, by: expect.arrayContaining([a.id, b.id]) },
      { emoji: '👨‍👩‍👧', count: 1, by: [a.id] },
    ])
    for (const none of ['x', '', '1', '👍👍', '<b>', '__proto__'])
      expect([422, 404]).toContain((await a.api('PUT', at(none))).statusCode)
    await b.api('DELETE', at('❤️'))
    const back = await b.api('DELETE', at('❤️'))
    expect(back.json<{ reactions: { count: number }[] }>().reactions.map((one) => one.count)).toEqual([1, 1])
  })

  test('shows its picture to the people of the room and to nobody else', async () => {
    const [a, b, c] = (await people(3)) as [Actor, Actor, Actor]
    const room = await pairOf(a, b)
    const name = 'ab'.repeat(16)
    await site.db
      .insertInto('files')
      .values({ name, kind: 'image', uploader_id: a.id, width: 8, height: 8, sizes: [8], bytes: 10 })
      .execute()
    const see = async (who: Pick<Actor, 'page'>) =>
      (await who.page(`/files/${name}.webp`)).headers.etag !== undefined
    const seen = async () => [await see(a), await see(b), await see(c), await see(site.guest)]
    expect(await seen()).toEqual([true, false, false, false])
    // Naming somebody else's picture shows it to nobody.
    await say(b, room, `![](/files/${name}.webp)`)
    expect(await seen()).toEqual([true, false, false, false])
    await say(a, room, `![](/files/${name}.webp)`)
    expect(await seen()).toEqual([true, true, false, false])
    await a.api('DELETE', `/chat/rooms/${room}/messages/2`)
    expect(await seen()).toEqual([true, false, false, false])
  })

  test('shows the posts that it links to as cards, to each reader those that they may see', async () => {
    const moderator = await site.member(undefined, 'moderator')
    const a = await site.member()
    const staff = await site.board({ readBy: 'moderators' })
    const post = await site.post(moderator, staff, { title: 'Only for staff' })
    const room = await pairOf(moderator, a)
    await say(moderator, room, `http://localhost:80/p/${post.id}`)
    expect((await moderator.page(`/chat/${room}`)).body).toContain('Only for staff')
    expect((await a.page(`/chat/${room}`)).body).not.toContain('Only for staff')
    expect((await a.page(`/chat/cards?posts=${post.id}`)).body).toBe('')
  })

  test('is reported with its text; moderators see it alone and take it away', async () => {
    const [a, b] = (await people(2)) as [Actor, Actor]
    const moderator = await site.member(undefined, 'moderator')
    const room = await pairOf(a, b)
    await say(a, room, 'Unkind words')
    await say(b, room, 'A private answer')
    const url = `/chat/rooms/${room}/messages/1/report`
    const report = await b.api('POST', url, { reason: 'abuse', detail: 'Please look' })
    expect(report.statusCode).toBe(201)
    expect(await codeOf(b.api('POST', url, { reason: 'abuse' }))).toEqual([409, 'already-reported'])
    expect((await moderator.page('/mod')).body).toContain('1 reported message<')
    const page = (await moderator.page('/mod/messages')).body
    expect(page).toContain('Unkind words')
    expect(page).not.toContain('A private answer')
    expect((await moderator.api('GET', `/chat/rooms/${room}/messages`)).statusCode).toBe(404)
    const { id } = report.json<{ id: number }>()
    expect((await b.api('PUT', `/moderation/messages/${id}`, { outcome: 'removed' })).statusCode).toBe(403)
    expect(
      (await moderator.api('PUT', `/moderation/messages/${id}`, { outcome: 'removed' })).statusCode,
    ).toBe(200)
    expect(
      (await moderator.api('PUT', `/moderation/messages/${id}`, { outcome: 'removed' })).statusCode,
    ).toBe(409)
    expect((await moderator.page('/mod')).body).not.toContain('1 reported message<')
    expect((await b.api('GET', `/chat/rooms/${room}/messages`)).body).not.toContain('Unkind words')
    expect((await moderator.page('/mod/log')).body).toContain('Reported message deleted')
  })
})

describe('a room of a board', () => {
  test('is given and closed by administrators, and open to whoever may read the board', async () => {
    const administrator = await site.member(undefined, 'administrator')
    const a = await site.member()
    const [open, staff] = [
      await site.board({ name: 'Open yard' }),
      await site.board({ readBy: 'moderators' }),
    ]
    expect((await a.api('PUT', `/boards/${open.slug}/chat`)).statusCode).toBe(403)
    const room = (await administrator.api('PUT', `/boards/${open.slug}/chat`)).json<{ room: number }>().room
    const hidden = (await administrator.api('PUT', `/boards/${staff.slug}/chat`)).json<{ room: number }>()
      .room
    expect((await say(a, room)).statusCode).toBe(201)
    expect((await say(a, hidden)).statusCode).toBe(404)
    expect((await a.page('/chat')).body).toContain('Open yard')
    await administrator.api('DELETE', `/boards/${open.slug}/chat`)
    expect((await say(a, room)).statusCode).toBe(404)
    expect((await administrator.api('PUT', `/boards/${open.slug}/chat`)).json()).toEqual({ room })
    expect(
      (await a.api('GET', `/chat/rooms/${room}/messages`)).json<{ items: object[] }>().items,
    ).toHaveLength(1)
  })

  test('is written in by those who may write on the board', async () => {
    const administrator = await site.member(undefined, 'administrator')
    const a = await site.member()
    const board = await site.board({ writeBy: 'moderators' })
    const { room } = (await administrator.api('PUT', `/boards/${board.slug}/chat`)).json<{ room: number }>()
    expect(await codeOf(say(a, room))).toEqual([403, 'board-closed'])
    expect((await say(administrator, room)).statusCode).toBe(201)
    expect((await a.api('GET', `/chat/rooms/${room}/messages`)).statusCode).toBe(200)
  })
})

test('messages older than the site keeps them go, the numbers after them stay', async () => {
  const [a, b] = (await people(2)) as [Actor, Actor]
  const room = await pairOf(a, b)
  const start = site.clock.now
  for (let day = 0; day < 5; day++) {
    site.clock.now = new Date(start.getTime() + day * 86_400_000)
    await say(a, room, `Day ${day}`)
  }
  const forget = (days: number) => forgetOldMessages(site.db, { days, now: site.clock.now })
  expect(await forget(0)).toBe(0)
  expect(Object.keys(tasks(site.deps))).toContain('forget-old-messages')
  await forget(2)
  const numbers = async (query: string) =>
    (await b.api('GET', `/chat/rooms/${room}/messages${query}`))
      .json<{ items: { number: number }[] }>()
      .items.map((one) => one.number)
  expect(await numbers('')).toEqual([3, 4, 5])
  expect(await numbers('?after=0')).toEqual([3, 4, 5])
  const { items } = (await b.api('GET', '/chat/rooms')).json<{ items: { unread: number }[] }>()
  expect(items[0]?.unread).toBe(3)
  expect((await say(a, room)).json()).toMatchObject({ number: 6 })
  site.clock.now = start
})

describe('a flood', () => {
  test('from one member is stopped after some messages; others do not notice', async () => {
    await using limited = await makeTestApp({ env: { RATE_LIMITS: 'on' } })
    const [a, b] = [await limited.member(), await limited.member()]
    const { id } = (await a.api('POST', '/chat/rooms', { members: [b.id] })).json<{ id: number }>()
    const flood = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        a.api('POST', `/chat/rooms/${id}/messages`, { body: 'x', clientId: `f${index}` }),
      ),
    )
    const sent = flood.filter((one) => one.statusCode === 201)
    expect(sent.length).toBeLessThanOrEqual(10)
    expect(flood.filter((one) => one.statusCode === 429).length).toBe(40 - sent.length)
    const other = await b.api('POST', `/chat/rooms/${id}/messages`, { body: 'x', clientId: 'o' })
    expect(other.statusCode).toBe(201)
  })
})
