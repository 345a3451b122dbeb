import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signAccessToken } from '#modules/accounts/sessions.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { askRaw, connectLive, listenLocally } from '#test/support/live.ts'

let site: TestApp
let origin = ''
beforeAll(async () => {
  site = await makeTestApp()
  origin = await listenLocally(site.app)
})
afterAll(() => site[Symbol.asyncDispose]())

const tokenOf = (who: Actor) =>
  signAccessToken({
    memberId: who.id,
    sessionId: who.viewer.sessionId,
    key: site.deps.key,
    now: site.clock.now,
  })
const connect = async (who: Actor) => connectLive(origin, { token: await tokenOf(who) })

async function roomOf(opener: Actor, ...others: Actor[]): Promise<number> {
  const members = others.map((one) => one.id)
  return (await opener.api('POST', '/chat/rooms', { members })).json<{ id: number }>().id
}

const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='

let said = 0
const say = (who: Actor, room: number, body = `Message ${++said}`) =>
  who.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: `c${++said}` })

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('who connects', () => {
  test('is known by token in the header, by a first frame, or by cookie from our own pages', async () => {
    const a = await site.member()
    const byHeader = await connect(a)
    byHeader.send({ subscribe: 'me' })
    await byHeader.next((frame) => frame.subscribed === 'me')
    const byFrame = await connectLive(origin)
    byFrame.send({ subscribe: 'me' })
    await byFrame.next((frame) => frame.error === 'not-signed-in')
    byFrame.send({ token: await tokenOf(a) })
    byFrame.send({ subscribe: 'me' })
    await byFrame.next((frame) => frame.subscribed === 'me')
    const byCookie = await connectLive(origin, { headers: { cookie: a.cookie, origin } })
    byCookie.send({ subscribe: 'me' })
    await byCookie.next((frame) => frame.subscribed === 'me')
    for (const one of [byHeader, byFrame, byCookie]) one.close()
  })

  test('with a cookie from a foreign page, or from nowhere, is refused before it is a connection', async () => {
    const { cookie } = await site.member()
    for (const headers of [
      { cookie, origin: 'http://evil.example' },
      { cookie, origin: 'null' },
      { cookie },
      { origin: 'http://evil.example' },
    ])
      await expect(connectLive(origin, { headers })).rejects.toThrow('403')
  })

  test('with a token that is no good is refused; nothing in the address helps', async () => {
    await expect(connectLive(origin, { token: 'nonsense' })).rejects.toThrow('401')
    const late = await connectLive(origin)
    late.send({ token: 'nonsense' })
    expect(await late.closed).toBe(1008)
    const plain = await site.guest.api('GET', '/live')
    expect([plain.statusCode, plain.json<{ code: string }>().code]).toEqual([400, 'websocket-only'])
  })

  test.each([
    ['without a key', 'upgrade: websocket\r\nsec-websocket-version: 13'],
    ['of a version that nobody speaks', `upgrade: websocket\r\nsec-websocket-version: 99\r\n${key}`],
    ['to another protocol', `upgrade: nonsense\r\nsec-websocket-version: 13\r\n${key}`],
  ])('by an upgrade %s gets a problem document', async (_what, headers) => {
    const answer = await askRaw(
      origin,
      `GET /api/v1/live HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n${headers}\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    for (const part of ['sec-websocket-version: 13', 'application/problem+json', '"code":"websocket-only"'])
      expect(answer).toContain(part)
  })
})

describe('a room that is followed', () => {
  test('is replayed from a number, then told as it is said, each once and in order', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    for (let i = 0; i < 5; i++) await say(a, room)
    const client = await connect(b)
    client.send({ subscribe: `room:${room}`, after: 2 })
    const more = Promise.all(Array.from({ length: 40 }, () => say(a, room)))
    await client.next((frame) => frame.message?.number === 45)
    await more
    expect(client.numbers(room)).toEqual(upTo(45, 3))
    client.close()
  })

  test('is followed from now on without a number, and from the first message with 0', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    for (let i = 0; i < 450; i++) await say(a, room)
    const [now, all] = [await connect(b), await connect(b)]
    now.send({ subscribe: `room:${room}` })
    all.send({ subscribe: `room:${room}`, after: 0 })
    await now.next((frame) => frame.subscribed !== undefined)
    await say(a, room)
    await Promise.all([now, all].map((one) => one.next((frame) => frame.message?.number === 451)))
    expect(now.numbers(room)).toEqual([451])
    expect(all.numbers(room)).toEqual(upTo(451))
    now.close()
    all.close()
  })

  test('gives a client that loses its connection again and again every message once', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    const got: number[] = []
    let sending = true
    const sender = (async () => {
      for (let i = 0; i < 200; i++) await say(a, room)
      sending = false
    })()
    while (sending || got.length < 200) {
      const client = await connect(b)
      client.send({ subscribe: `room:${room}`, after: got.at(-1) ?? 0 })
      await new Promise((resolve) => setTimeout(resolve, 30))
      client.socket.terminate()
      got.push(...client.numbers(room))
    }
    await sender
    expect(got).toEqual(upTo(200))
  })

  test('gives a socket and a long poll with the same number the same messages', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    const client = await connect(b)
    client.send({ subscribe: `room:${room}`, after: 0 })
    const polled: number[] = []
    const polling = (async () => {
      while (polled.length < 60) {
        const answer = await b.api('GET', `/chat/rooms/${room}/messages?after=${polled.at(-1) ?? 0}&wait=10`)
        polled.push(...answer.json<{ items: { number: number }[] }>().items.map((one) => one.number))
      }
    })()
    for (let i = 0; i < 20; i++) await Promise.all([say(a, room), say(b, room), say(a, room)])
    await polling
    await client.next((frame) => frame.message?.number === 60)
    expect(client.numbers(room)).toEqual(upTo(60))
    expect(polled).toEqual(upTo(60))
    client.close()
  })

  test('tells what changed, also to who was away then', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    for (let i = 0; i < 3; i++) await say(a, room)
    const client = await connect(b)
    client.send({ subscribe: `room:${room}`, after: 3 })
    await client.next((frame) => frame.subscribed !== undefined)
    await a.api('PATCH', `/chat/rooms/${room}/messages/2`, { body: 'Edited' })
    const changed = await client.next((frame) => frame.changed !== undefined)
    expect(changed).toMatchObject({
      topic: `room:${room}`,
      changed: { number: 2, body: 'Edited', version: 2, change: 1 },
    })
    client.close()
    await b.api('PUT', `/chat/rooms/${room}/messages/1/reactions/${encodeURIComponent('👍')}`)
    await a.api('DELETE', `/chat/rooms/${room}/messages/3`)
    const back = await connect(b)
    back.send({ subscribe: `room:${room}`, after: 3, changes: 1 })
    await back.next((frame) => frame.changed?.number === 3)
    expect(back.frames.flatMap((frame) => (frame.changed ? [frame.changed] : []))).toEqual([
      expect.objectContaining({ number: 1, change: 2, reactions: [{ emoji: '👍', count: 1, by: [b.id] }] }),
      expect.objectContaining({ number: 3, change: 3, deleted: true, body: '', html: '' }),
    ])
    back.close()
  })

  test('is refused to strangers, and from numbers of the future', async () => {
    const [a, b, c] = [await site.member(), await site.member(), await site.member()]
    const room = await roomOf(a, b)
    const client = await connect(c)
    client.send({ subscribe: `room:${room}`, after: 0 })
    expect(await client.next((frame) => frame.error !== undefined)).toEqual({
      error: 'not-found',
      topic: `room:${room}`,
    })
    const member = await connect(b)
    member.send({ subscribe: `room:${room}`, after: 5 })
    expect(await member.next((frame) => frame.error !== undefined)).toEqual({
      error: 'from-the-future',
      topic: `room:${room}`,
      last: 0,
    })
    await say(a, room)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([...client.numbers(room), ...member.numbers(room)]).toEqual([])
    client.close()
    member.close()
  })

  test('ends for whoever is removed, and newcomers do not hear what was before them', async () => {
    const [a, b, c, d] = [await site.member(), await site.member(), await site.member(), await site.member()]
    const room = await roomOf(a, b, c)
    await say(a, room, 'Before')
    const [gone, stays] = [await connect(c), await connect(b)]
    for (const one of [gone, stays]) {
      one.send({ subscribe: `room:${room}`, after: 0 })
      await one.next((frame) => frame.message?.number === 1)
    }
    await a.api('DELETE', `/chat/rooms/${room}/members/${c.id}`)
    await gone.next((frame) => frame.ended === 'not-found')
    await a.api('POST', `/chat/rooms/${room}/members`, { member: d.id })
    const late = await connect(d)
    late.send({ subscribe: `room:${room}`, after: 0 })
    await late.next((frame) => frame.subscribed !== undefined)
    await a.api('PATCH', `/chat/rooms/${room}/messages/1`, { body: 'Before, edited' })
    await say(a, room, 'After')
    await Promise.all([late, stays].map((one) => one.next((frame) => frame.message?.number === 4)))
    expect(gone.numbers(room)).toEqual([1])
    // Who went and who came stands in the log as well.
    expect(stays.numbers(room)).toEqual([1, 2, 3, 4])
    expect(late.numbers(room)).toEqual([3, 4])
    expect(late.frames.filter((frame) => frame.changed)).toEqual([])
    for (const one of [gone, stays, late]) one.close()
  })
})

describe('a connection ends', () => {
  test.each([
    ['signing out', (who: Actor) => who.api('DELETE', '/sessions/current')],
    ['ending all other sessions', (who: Actor) => who.page('/settings/sessions', {})],
  ])(
    'with %s',
    async (_name, act) => {
      const a = await site.member()
      const client = await connect(a)
      client.send({ subscribe: 'me' })
      await client.next((frame) => frame.subscribed === 'me')
      await act(a)
      expect(await client.closed).toBe(4401)
      // Sooner than the check that looks at all connections now and then would end it.
    },
    20_000,
  )

  test('and a board that is closed to a member ends its room for them, staff stays', async () => {
    const administrator = await site.member(undefined, 'administrator')
    const a = await site.member()
    const board = await site.board({ name: 'Yard' })
    const { room } = (await administrator.api('PUT', `/boards/${board.slug}/chat`)).json<{ room: number }>()
    const [client, staff] = [await connect(a), await connect(administrator)]
    for (const one of [client, staff]) {
      one.send({ subscribe: `room:${room}` })
      await one.next((frame) => frame.subscribed !== undefined)
    }
    await administrator.api('PATCH', `/boards/${board.slug}`, { readBy: 'moderators' })
    await client.next((frame) => frame.ended === 'not-found')
    await say(administrator, room)
    await staff.next((frame) => frame.message?.number === 1)
    expect(client.numbers(room)).toEqual([])
    client.close()
    staff.close()
  })
})

describe('other topics', () => {
  test('tell of new comments and votes of a post that the viewer may see', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const board = await site.board()
    const post = await site.post(a, board)
    const client = await connect(b)
    client.send({ subscribe: `post:${post.id}` })
    await client.next((frame) => frame.subscribed !== undefined)
    const comment = (await a.api('POST', `/posts/${post.id}/comments`, { body: 'First' })).json<{
      id: number
    }>()
    await a.api('PUT', `/comments/${comment.id}/vote`, { value: 1 })
    await b.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    expect(await client.next((frame) => frame['comment'] === comment.id)).toEqual({
      topic: `post:${post.id}`,
      comment: comment.id,
    })
    await client.next((frame) => frame['votes'] === 1 && frame['of'] === comment.id)
    await client.next((frame) => frame['votes'] === 1 && frame['of'] === undefined)
    await a.api('DELETE', `/posts/${post.id}`)
    await client.next((frame) => frame.ended === 'not-found')
    client.close()
  })

  test('tell of new posts on boards that the viewer may read, and of no others', async () => {
    const moderator = await site.member(undefined, 'moderator')
    const b = await site.member()
    const [open, staff] = [await site.board(), await site.board({ readBy: 'moderators' })]
    const hidden = await site.post(moderator, staff)
    const client = await connect(b)
    client.send({ subscribe: 'posts' })
    client.send({ subscribe: `post:${hidden.id}` })
    await client.next((frame) => frame.error === 'not-found')
    await site.post(moderator, staff)
    await site.post(moderator, open)
    await client.next((frame) => frame['board'] === open.slug)
    expect(client.frames.some((frame) => frame['board'] === staff.slug)).toBe(false)
    client.close()
  })

  test('tell a member what concerns them, and of news in rooms that they do not look at', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    const client = await connect(b)
    client.send({ subscribe: 'me' })
    await client.next((frame) => frame.subscribed === 'me')
    site.deps.bus.publish(`me:${b.id}`, { notification: 7 })
    site.deps.bus.publish(`me:${a.id}`, { notification: 8 })
    expect(await client.next((frame) => 'notification' in frame)).toEqual({ topic: 'me', notification: 7 })
    await say(a, room)
    expect(await client.next((frame) => 'chat' in frame)).toEqual({ topic: 'me', chat: { room, number: 1 } })
    await b.api('PUT', `/chat/rooms/${room}/muted`)
    await say(a, room)
    await say(b, room)
    site.deps.bus.publish(`me:${b.id}`, { notification: 9 })
    await client.next((frame) => frame['notification'] === 9)
    expect(client.frames.filter((frame) => 'chat' in frame)).toHaveLength(1)
    client.close()
  })

  test('tell who types and who is there', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    const [one, two] = [await connect(a), await connect(b)]
    for (const client of [one, two]) {
      client.send({ subscribe: `room:${room}` })
      await client.next((frame) => frame.subscribed !== undefined)
    }
    one.send({ typing: `room:${room}` })
    expect(await two.next((frame) => 'typing' in frame)).toMatchObject({ typing: { id: a.id, name: a.name } })
    await two.next((frame) => JSON.stringify(frame['here']) === JSON.stringify([a.id, b.id]))
    one.close()
    await two.next((frame) => JSON.stringify(frame['here']) === JSON.stringify([b.id]))
    expect(one.frames.filter((frame) => 'typing' in frame)).toEqual([])
    two.close()
  })
})
