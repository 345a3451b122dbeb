import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signAccessToken } from '#modules/accounts/sessions.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { connectLive, listenLocally } from '#test/support/live.ts'
import { readFrame } from './frames.ts'

let site: TestApp
let origin = ''
let talker: Actor
beforeAll(async () => {
  site = await makeTestApp()
  origin = await listenLocally(site.app)
  talker = await site.member()
})
afterAll(() => site[Symbol.asyncDispose]())

async function connect(who: Actor) {
  const { id: memberId, viewer } = who
  const token = await signAccessToken({
    memberId,
    sessionId: viewer.sessionId,
    key: site.deps.key,
    now: site.clock.now,
  })
  return connectLive(origin, { token })
}

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const odd: readonly string[] = [
  '',
  'null',
  '1e400',
  '[]',
  '"subscribe"',
  '{',
  '{}',
  '{"subscribe":["room:1"]}',
  '{"subscribe":{"toString":1}}',
  '{"subscribe":"room:1e3"}',
  '{"subscribe":"room:-1"}',
  '{"subscribe":"room:9999999999999999999999"}',
  '{"subscribe":"__proto__"}',
  '{"subscribe":"constructor"}',
  '{"__proto__":{"subscribe":"me"}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"subscribe":"me","unsubscribe":"me"}',
  '{"subscribe":"room:1","after":-1}',
  '{"subscribe":"room:1","after":1.5}',
  '{"subscribe":"room:1","after":1e308}',
  '{"subscribe":"room:1","after":"1"}',
  '{"subscribe":"room:1","changes":[1]}',
  '{"subscribe":"room:1","role":"administrator"}',
  '{"typing":"me","after":1}',
  '{"token":["x"]}',
  '{"token":{"length":1}}',
  '{"ping":{"valueOf":1}}',
  deep(500),
  `{"subscribe":${deep(200)}}`,
  `{"subscribe":"${'가'.repeat(1000)}"}`,
]

test.each(odd.map((text) => [text.slice(0, 60), text]))('refuses %s and says why', (_name, text) => {
  expect(readFrame(text)).toBeTypeOf('string')
  expect(({} as Record<string, unknown>)['subscribe']).toBeUndefined()
})

describe('S13 S14 ten thousand odd frames', () => {
  test('are refused with a reason, end their connections, and nobody else notices', async () => {
    const listener = await site.member()
    const { id: room } = (await talker.api('POST', '/chat/rooms', { members: [listener.id] })).json<{
      id: number
    }>()
    const good = await connect(listener)
    good.send({ subscribe: `room:${room}`, after: 0 })
    await good.next((frame) => frame.subscribed !== undefined)
    let sent = 0
    const codes = new Set<number>()
    const reasons = new Set<unknown>()
    while (sent < 10_000) {
      const client = await connect(talker)
      for (let i = 0; i < 100; i++) client.send(odd[sent++ % odd.length] ?? '')
      codes.add(await client.closed)
      for (const frame of client.frames) reasons.add(frame['reason'] ?? frame.error)
    }
    expect(codes).toEqual(new Set([1008]))
    expect(reasons).toContain('no object')
    expect(reasons).toContain('unknown properties')
    await talker.api('POST', `/chat/rooms/${room}/messages`, { body: 'Still here', clientId: 'x' })
    expect((await good.next((frame) => frame.message !== undefined)).message?.body).toBe('Still here')
    good.close()
  }, 60_000)

  test('of a megabyte, in binary or in pieces end the connection before they are kept', async () => {
    const large = await connect(talker)
    large.send(`{"subscribe":"${'x'.repeat(1_000_000)}"}`)
    expect(await large.closed).toBe(1009)
    const binary = await connect(talker)
    for (let i = 0; i < 25; i++) binary.socket.send(Buffer.from([1, 2, 3]))
    expect(await binary.closed).toBe(1008)
    const broken = await connect(talker)
    broken.socket.send(Buffer.from([0xc3, 0x28]), { binary: false })
    expect(await broken.closed).toBe(1007)
  })

  test('that are well-formed and too many are refused; subscriptions have a bound', async () => {
    const client = await connect(talker)
    for (let i = 0; i < 200; i++) client.send({ subscribe: `room:${i + 1000}` })
    expect(await client.closed).toBe(1008)
    expect(client.frames.some((frame) => frame.error === 'too-many')).toBe(true)
  })
})

test('somebody who does not read is cut off, and reads everything when they come back', async () => {
  const slow = await site.member()
  const { id: room } = (await talker.api('POST', '/chat/rooms', { members: [slow.id] })).json<{
    id: number
  }>()
  const client = await connect(slow)
  client.send({ subscribe: `room:${room}`, after: 0 })
  await client.next((frame) => frame.subscribed !== undefined)
  client.socket.pause()
  const body = '가나다라'.repeat(1000)
  const last = 800
  // What the kernels of both sides keep is a few megabytes; then what waits here grows.
  for (let sent = 0; sent < last; sent += 50) {
    const some = Array.from({ length: 50 }, (_, index) =>
      talker.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: `slow${sent + index}` }),
    )
    await Promise.all(some)
  }
  client.socket.resume()
  await client.closed
  const got = client.numbers(room)
  expect(got.length).toBeLessThan(last)
  const back = await connect(slow)
  back.send({ subscribe: `room:${room}`, after: got.at(-1) ?? 0 })
  await back.next((frame) => frame.message?.number === last)
  expect([...got, ...back.numbers(room)]).toEqual(Array.from({ length: last }, (_, index) => index + 1))
  back.close()
}, 60_000)

test('a server that stops sends everybody away and answers long polls at once', async () => {
  await using stopping = await makeTestApp()
  const at = await listenLocally(stopping.app)
  const [a, b] = [await stopping.member(), await stopping.member()]
  const { id: room } = (await a.api('POST', '/chat/rooms', { members: [b.id] })).json<{ id: number }>()
  const token = await signAccessToken({
    memberId: a.id,
    sessionId: a.viewer.sessionId,
    key: stopping.deps.key,
    now: stopping.clock.now,
  })
  const client = await connectLive(at, { token })
  const poll = fetch(`${at}/api/v1/chat/rooms/${room}/messages?after=0&wait=25`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await new Promise((resolve) => setTimeout(resolve, 200))
  await stopping.app.close()
  expect(await client.closed).toBe(1001)
  const answer = await poll
  expect([answer.status, await answer.json()]).toEqual([200, { items: [], next: null }])
  // Less than the poll would wait.
}, 20_000)
