import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

type Told = { number: number; body: string; deleted: boolean; reactions: object[] }

let made = 0
const say = (who: Actor, room: number, body: string, clientId = `c${++made}`) =>
  who.api('POST', `/chat/rooms/${room}/messages`, { body, clientId })
const people = () => Promise.all([site.member(), site.member(), site.member()])
const logOf = async (who: Actor, room: number) =>
  (await who.api('GET', `/chat/rooms/${room}/messages?after=0&limit=100`)).json<{ items: Told[] }>().items

async function groupOf(owner: Actor, ...others: Actor[]): Promise<number> {
  const members = others.map((one) => one.id)
  return (await owner.api('POST', '/chat/rooms', { members, name: 'Group' })).json<{ id: number }>().id
}

/** Everything that one can ask of a room, and what it is answered. */
async function everything(who: Actor, room: number): Promise<Record<string, number>> {
  const own = `/chat/rooms/${room}`
  const asked: Parameters<Actor['api']>[] = [
    ['GET', own],
    ['GET', `${own}/messages`],
    ['GET', `${own}/messages?after=0&wait=1`],
    ['GET', `${own}/messages/1/versions`],
    ['GET', `${own}/search?q=a`],
    ['GET', `${own}/members`],
    ['POST', `${own}/messages`, { body: 'Still here', clientId: 'mine' }],
    ['PATCH', `${own}/messages/1`, { body: 'Changed' }],
    ['PUT', `${own}/messages/1/reactions/${encodeURIComponent('👍')}`],
    ['POST', `${own}/messages/1/report`, { reason: 'spam' }],
    ['DELETE', `${own}/messages/1`],
    ['PUT', `${own}/read`, { number: 1 }],
    ['PUT', `${own}/muted`],
  ]
  const answers = await Promise.all(
    asked.map(async (call) => [`${call[0]} ${call[1]}`, (await who.api(...call)).statusCode] as const),
  )
  return Object.fromEntries(answers)
}

describe('who loses a room', () => {
  test('by a board that becomes private is answered at once while they wait, and 404 for everything', async () => {
    const administrator = await site.member(undefined, 'administrator')
    const reader = await site.member()
    const board = await site.board({ name: 'Was open' })
    const { room } = (await administrator.api('PUT', `/boards/${board.slug}/chat`)).json<{ room: number }>()
    expect((await say(reader, room, 'Mine', 'mine')).statusCode).toBe(201)
    const waiting = reader.api('GET', `/chat/rooms/${room}/messages?after=1&wait=20`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const change = { name: board.name, readBy: 'moderators' }
    expect((await administrator.api('PATCH', `/boards/${board.slug}`, change)).statusCode).toBe(200)
    expect((await waiting).statusCode).toBe(404)
    const answers = await everything(reader, room)
    expect(Object.entries(answers).filter(([, status]) => status !== 404)).toEqual([])
    expect((await reader.page('/chat')).body).not.toContain('Was open')
    expect(await logOf(administrator, room)).toHaveLength(1)
  })

  test('by leaving gets not even their own message back by sending it again', async () => {
    const [a, b] = await people()
    const room = await groupOf(a, b)
    await say(b, room, 'Mine', 'mine')
    await a.api('DELETE', `/chat/rooms/${room}/members/${b.id}`)
    const answers = await everything(b, room)
    expect(Object.entries(answers).filter(([, status]) => status !== 404)).toEqual([])
  })

  test('while they send says nothing after it, and leaves no hole', async () => {
    const [a, b, c] = await people()
    const room = await groupOf(a, b, c)
    const sends = Array.from({ length: 30 }, (_, i) => say(b, room, `By b ${i}`))
    const removed = a.api('DELETE', `/chat/rooms/${room}/members/${b.id}`)
    const answers = (await Promise.all(sends)).map((one) => one.statusCode)
    expect((await removed).statusCode).toBe(204)
    await say(c, room, 'After')
    const log = await logOf(a, room)
    expect(log.map((one) => one.number)).toEqual(log.map((_, index) => index + 1))
    // What b said, that they were removed, and what came after it.
    expect(log).toHaveLength(answers.filter((status) => status === 201).length + 2)
    expect(answers.filter((status) => status !== 201 && status !== 404 && status !== 429)).toEqual([])
  })
})

test('a clientId is its sender’s in its room: another member’s, or in another room, it is another message', async () => {
  const [a, b, c] = await people()
  const [one, two] = [await groupOf(a, b), await groupOf(a, c)]
  await say(a, one, 'Between a and b', 'shared')
  const [others, elsewhere, stranger] = [
    await say(b, one, 'By b', 'shared'),
    await say(a, two, 'Between a and c', 'shared'),
    await say(c, one, 'By a stranger', 'shared'),
  ]
  expect(others.json()).toMatchObject({ number: 2, body: 'By b' })
  expect(elsewhere.json()).toMatchObject({ number: 1, body: 'Between a and c' })
  expect(stranger.statusCode).toBe(404)
  expect(stranger.body).not.toContain('Between a and b')
})

test('what cannot be seen is no message; what is too long is refused with the limit, hidden signs not counted', async () => {
  const [a, b] = await people()
  const room = await groupOf(a, b)
  for (const nothing of [
    '\u200b',
    '\u200d\u200c',
    '\u2060\ufeff',
    '\u3164',
    '\u2800',
    '\u0301',
    '\u202e',
    ' \n\t',
  ])
    expect((await say(a, room, nothing)).statusCode).toBe(422)
  const long = await say(a, room, '가'.repeat(5000))
  expect(long.statusCode).toBe(422)
  expect(long.json<{ errors: object[] }>().errors).toMatchObject([{ field: 'body', code: 'too-long' }])
  expect(long.body).toContain('4000')
  expect((await say(a, room, `a${'\u200b'.repeat(5000)}`)).json()).toMatchObject({ body: 'a' })
  expect(await logOf(b, room)).toHaveLength(1)
})

describe('a message that is deleted', () => {
  test('while it is edited and reacted to stays deleted, with nothing left of any of them', async () => {
    const [a, b] = await people()
    for (let round = 0; round < 5; round++) {
      const room = await groupOf(a, b)
      await say(a, room, 'Secret 0')
      const own = `/chat/rooms/${room}/messages/1`
      const answers = await Promise.all([
        ...Array.from({ length: 6 }, (_, i) => a.api('PATCH', own, { body: `Secret ${i + 1}` })),
        a.api('DELETE', own),
        b.api('PUT', `${own}/reactions/${encodeURIComponent('👍')}`),
        ...Array.from({ length: 3 }, (_, i) => a.api('PATCH', own, { body: `Secret ${i + 7}` })),
      ])
      expect(answers.filter(({ statusCode }) => ![200, 204, 404].includes(statusCode))).toEqual([])
      expect(await logOf(b, room)).toMatchObject([{ number: 1, body: '', deleted: true, reactions: [] }])
      expect((await a.api('GET', `${own}/versions`)).statusCode).toBe(404)
      const kept = await site.db
        .selectFrom('message_versions')
        .select('body')
        .where('room_id', '=', room)
        .execute()
      expect(kept).toEqual([])
      expect((await a.api('PATCH', own, { body: 'Back' })).statusCode).toBe(404)
    }
  })

  test('twice at once is deleted once', async () => {
    const [a, b] = await people()
    const room = await groupOf(a, b)
    await say(a, room, 'Twice')
    const own = `/chat/rooms/${room}/messages/1`
    const answers = await Promise.all([a.api('DELETE', own), a.api('DELETE', own)])
    expect(answers.map((one) => one.statusCode).sort()).toEqual([204, 404])
  })
})
