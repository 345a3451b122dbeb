import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { buildApp } from '#app.ts'
import { announceOn } from '#events.ts'
import { signAccessToken } from '#modules/accounts/sessions.ts'
import { redisBus } from '#platform/bus.ts'
import { openDatabase } from '#platform/database.ts'
import { openRedis } from '#platform/redis.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { connectLive, type LiveClient, listenLocally } from '#test/support/live.ts'
import { OwnRedis } from '#test/support/redis.ts'

describe.skipIf(inject('redisUrl') === null)('two processes with one database and one Redis', () => {
  const stack = new AsyncDisposableStack()
  let site: TestApp
  let redis: OwnRedis
  let origins: string[] = []
  beforeAll(async () => {
    site = stack.use(await makeTestApp())
    redis = new OwnRedis()
    stack.defer(() => redis.kill())
    await redis.start()
    origins = [await startProcess(), await startProcess()]
  })
  afterAll(() => stack.disposeAsync())

  /** Everything of a process but the process: its own connections to the database and to Redis, its own port. */
  async function startProcess(): Promise<string> {
    const database = stack.use(openDatabase({ url: site.database.url, size: 6 }))
    const connection = openRedis(`redis://127.0.0.1:${redis.port}`, () => {})
    stack.defer(() => connection.disconnect())
    const bus = stack.use(redisBus(connection))
    announceOn(database.db, bus)
    const app = await buildApp({ ...site.deps, db: database.db, bus })
    stack.defer(() => app.close())
    return listenLocally(app)
  }

  const tokenOf = (who: Actor) =>
    signAccessToken({
      memberId: who.id,
      sessionId: who.viewer.sessionId,
      key: site.deps.key,
      now: site.clock.now,
    })
  const connect = async (who: Actor, process: number) =>
    connectLive(origins[process] ?? '', { token: await tokenOf(who) })

  async function ask(who: Actor, process: number, given: { method?: string; url: string; body?: object }) {
    const { method = 'POST', url, body } = given
    return fetch(`${origins[process]}/api/v1${url}`, {
      method,
      headers: {
        authorization: `Bearer ${await tokenOf(who)}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  }

  async function openRoom(a: Actor, b: Actor): Promise<number> {
    const answer = await ask(a, 0, { url: '/chat/rooms', body: { members: [b.id] } })
    return ((await answer.json()) as { id: number }).id
  }

  let said = 0
  const say = (who: Actor, process: number, room: number) =>
    ask(who, process, { url: `/chat/rooms/${room}/messages`, body: { body: 'x', clientId: `p${++said}` } })
  const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

  async function followed(clients: readonly LiveClient[], room: number): Promise<void> {
    for (const one of clients) {
      one.send({ subscribe: `room:${room}`, after: 0 })
      await one.next((frame) => frame.subscribed !== undefined)
    }
  }

  test('tell each other: messages sent to both at once come to all, once and in order', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await openRoom(a, b)
    const clients = [await connect(a, 0), await connect(b, 1)]
    await followed(clients, room)
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => say(index % 2 ? a : b, index % 3 === 0 ? 1 : 0, room)),
    )
    for (const one of clients) {
      await one.next((frame) => frame.message?.number === 100)
      expect(one.numbers(room)).toEqual(upTo(100))
      one.close()
    }
  })

  test('end a connection here for a sign-out there', async () => {
    const a = await site.member()
    const client = await connect(a, 1)
    client.send({ subscribe: 'me' })
    await client.next((frame) => frame.subscribed === 'me')
    await ask(a, 0, { method: 'DELETE', url: '/sessions/current' })
    expect(await client.closed).toBe(4401)
    // Sooner than the check that looks at all connections now and then would end it.
  }, 20_000)

  test('lose nothing when Redis is killed in the middle and comes back', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await openRoom(a, b)
    const clients = [await connect(a, 0), await connect(b, 1)]
    await followed(clients, room)
    const statuses: number[] = []
    for (let i = 0; i < 60; i++) {
      if (i === 20) await redis.kill()
      if (i === 40) await redis.start()
      statuses.push((await say(i % 2 ? a : b, i % 2, room)).status)
    }
    expect(new Set(statuses)).toEqual(new Set([201]))
    for (const one of clients) {
      for (let waited = 0; one.numbers(room).length < 60 && waited < 20_000; waited += 100) await pause(100)
      expect(one.numbers(room)).toEqual(upTo(60))
    }
    await say(a, 0, room)
    await Promise.all(clients.map((one) => one.next((frame) => frame.message?.number === 61)))
    for (const one of clients) one.close()
  })
})
