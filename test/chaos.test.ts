import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openSession, signAccessToken } from '#modules/accounts/sessions.ts'
import type { Db } from '#platform/database.ts'
import { loadSecret } from '#platform/secrets.ts'
import { makeTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { connectLive } from '#test/support/live.ts'
import { OwnRedis } from '#test/support/redis.ts'
import { type RunningServer, startServer } from '#test/support/server.ts'

const memberCount = 4
/** Milliseconds between two accidents, and the life of one connection. */
const pause = { accident: 1500, connection: 700, retry: 50 } as const

/** Two real processes on one database and one Redis; a place is null while its process is away. */
class Nodes {
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'madang-chaos-'))
  readonly #settings: Record<string, string>
  readonly #running: (RunningServer | null)[] = []

  constructor(settings: Record<string, string>) {
    this.#settings = settings
  }

  get key(): Uint8Array {
    return loadSecret(this.#dataDir, 'token-key')
  }

  async start(place: number): Promise<void> {
    this.#running[place] = await startServer(this.#dataDir, this.#settings)
  }

  async end(place: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const server = this.#running[place]
    this.#running[place] = null
    await server?.end(signal)
  }

  /** As a balancer would: one of those that run, which may have died a moment ago. */
  url(): string {
    const running = this.#running.filter((one) => one !== null)
    return running[Math.floor(Math.random() * running.length)]?.url ?? ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((_, place) => this.end(place, 'SIGTERM')))
    rmSync(this.#dataDir, { recursive: true, force: true })
  }
}

describe.skipIf(inject('redisUrl') === null)('while processes and Redis die and come back', () => {
  const stack = new AsyncDisposableStack()
  const redis = new OwnRedis()
  let database: TestDatabase
  let nodes: Nodes
  let tokens: string[] = []
  let room = 0

  beforeAll(async () => {
    database = stack.use(await makeTestDatabase())
    await redis.start()
    stack.defer(() => redis.kill())
    const settings = { DATABASE_URL: database.url, REDIS_URL: `redis://127.0.0.1:${redis.port}` }
    nodes = stack.use(new Nodes(settings))
    await nodes.start(0)
    await nodes.start(1)
    const members = await Promise.all(
      Array.from({ length: memberCount }, (_, n) => makeMember(database.db, n)),
    )
    tokens = members.map(({ token }) => token)
    const others = members.slice(1).map(({ id }) => id)
    const made = await post(0, '/chat/rooms', { name: 'chaos', members: others })
    room = (made as { id: number }).id
  })
  afterAll(() => stack.disposeAsync())

  async function makeMember(db: Db, n: number): Promise<{ id: number; token: string }> {
    const now = new Date()
    const row = {
      name: `m${n}`,
      name_key: `m${n}`,
      email: `m${n}@example.org`,
      email_key: `m${n}@example.org`,
    }
    const { id } = await db.insertInto('members').values(row).returning('id').executeTakeFirstOrThrow()
    const session = await openSession(db, { memberId: id, kind: 'client', agent: 'test', now })
    return { id, token: await signAccessToken({ memberId: id, sessionId: session.id, key: nodes.key, now }) }
  }

  /** As often as it takes until somebody acknowledges it. */
  async function post(who: number, path: string, body: object): Promise<unknown> {
    for (;;) {
      try {
        const answer = await fetch(`${nodes.url()}/api/v1${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        if (answer.ok) return await answer.json()
        if (answer.status < 500) throw new Error(await answer.text(), { cause: 'refused' })
      } catch (error) {
        if (error instanceof Error && error.cause === 'refused') throw error
      }
      await sleep(pause.retry)
    }
  }

  /** Says one thing after the other. @returns the numbers that were acknowledged, with what was said */
  async function talk(who: number, signal: AbortSignal): Promise<[number, string][]> {
    const said: [number, string][] = []
    for (let n = 0; !signal.aborted; n++) {
      const body = `${who}:${n}`
      const message = await post(who, `/chat/rooms/${room}/messages`, { body, clientId: body })
      said.push([(message as { number: number }).number, body])
    }
    return said
  }

  /** Follows the room over connections that are cut again and again, until `last()` is known and there. */
  async function listen(who: number, last: () => number | null): Promise<[number, string][]> {
    const heard: [number, string][] = []
    while (heard.at(-1)?.[0] !== last()) {
      const client = await connectLive(nodes.url(), { token: tokens[who] ?? '' }).catch(() => null)
      if (!client) {
        await sleep(pause.retry)
        continue
      }
      client.send({ subscribe: `room:${room}`, after: heard.at(-1)?.[0] ?? 0 })
      await Promise.race([sleep(pause.connection), client.closed])
      client.socket.terminate()
      for (const { topic, message } of client.frames)
        if (topic === `room:${room}` && message) heard.push([message.number, message.body])
    }
    return heard
  }

  test('every acknowledged message reaches every member once and in order', async () => {
    const stop = new AbortController()
    let last: number | null = null
    const listening = Promise.all(tokens.map((_, who) => listen(who, () => last)))
    const talking = Promise.all(tokens.map((_, who) => talk(who, stop.signal)))
    const accidents = [
      () => nodes.end(0, 'SIGKILL'),
      () => nodes.start(0),
      () => redis.kill(),
      () => redis.start(),
      // A deploy: the old one finishes, the new one takes over.
      async () => {
        await nodes.end(1, 'SIGTERM')
        await nodes.start(1)
      },
    ]
    for (const accident of accidents) {
      await sleep(pause.accident)
      await accident()
    }
    await sleep(pause.accident)
    stop.abort()
    const said = (await talking).flat().sort(([one], [two]) => one - two)
    last = said.at(-1)?.[0] ?? 0
    expect(said.length).toBeGreaterThan(memberCount * accidents.length)
    expect(said.map(([number]) => number)).toEqual(said.map((_, index) => index + 1))
    for (const heard of await listening) expect(heard).toEqual(said)
  })
})
