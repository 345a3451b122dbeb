import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openSession, signAccessToken } from '#modules/accounts/sessions.ts'
import { type Db, openDatabase } from '#platform/database.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'
import { loadSecret } from '#platform/secrets.ts'
import type { Command, Result } from './live-client.ts'
import { type Madang, memoryOf, processorTime, startBare, startMadang } from './processes.ts'

const usage = `node bench/live.ts [options]: the live connection of one process, its clients in a process of their own

  --connections N   how many connections are held (default 10000)
  --polls N         how many long polls are held (default 5000)
  --seconds N       seconds of sending (default 5)
  --only TEXT       only memory, room, rooms or polls; may be repeated
`
const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    polls: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
})
const count = {
  connections: Number(values.connections),
  polls: Number(values.polls),
  seconds: Number(values.seconds),
}
const say = (text: string) => process.stdout.write(`${text}\n`)
const isAsked = (name: string) => values.only.length === 0 || values.only.includes(name)

const memberCount = 1000
const roomCount = 200
const perRoom = 20

type Seeded = { tokens: string[]; large: number; rooms: { id: number; members: number[] }[] }

/** A thousand members with a session each, a room of all of them, and two hundred rooms of twenty. */
async function seed(dataDir: string): Promise<Seeded> {
  await using server = await startPostgres({ dataDir, log: () => {} })
  await migrate(server.url)
  await using database = openDatabase({ url: server.url, size: 4 })
  const { db, pool } = database
  const now = new Date()
  await pool.query(
    `insert into members (name, name_key, role, created_at) select 'm' || n, 'm' || n, 'member', $1 from generate_series(1, $2::int) n`,
    [now, memberCount],
  )
  const { rows } = await pool.query<{ id: number }>('select id from members order by id')
  const ids = rows.map((row) => row.id)
  const key = loadSecret(dataDir, 'token-key')
  const tokens: string[] = []
  for (const memberId of ids) {
    const { id: sessionId } = await openSession(db, { memberId, kind: 'client', agent: 'bench', now })
    tokens.push(await signAccessToken({ memberId, sessionId, key, now }))
  }
  const large = await room(db, ids)
  const rooms: Seeded['rooms'] = []
  for (let index = 0; index < roomCount; index++) {
    const members = Array.from({ length: perRoom }, (_, place) => (index * perRoom + place) % memberCount)
    rooms.push({
      id: await room(
        db,
        members.map((one) => ids[one] ?? 0),
      ),
      members,
    })
  }
  return { tokens, large, rooms }
}

async function room(db: Db, memberIds: readonly number[]): Promise<number> {
  const values = { kind: 'group', name: 'bench', owner_id: memberIds[0] ?? null, members: memberIds.length }
  const { id } = await db.insertInto('rooms').values(values).returning('id').executeTakeFirstOrThrow()
  const rows = memberIds.map((member_id) => ({ room_id: id, member_id }))
  await db.insertInto('room_members').values(rows).execute()
  return id
}

class Client {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'live-client.ts'))

  async ask(command: Command): Promise<Result> {
    this.#child.send(command)
    const [result] = await once(this.#child, 'message')
    return result
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Megabytes of a server's Node, the least of some seconds: garbage of the start is no cost of a connection. */
async function settledMemory(server: { pid: number }): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 12; i++) {
    await pause(1000)
    least = Math.min(least, memoryOf(server.pid).node)
  }
  return least
}

type Given = { madang: Madang; client: Client; seeded: Seeded }

async function memory({ madang, client, seeded }: Given): Promise<void> {
  const { url } = madang
  // What the first thousand cost once (code, caches) is no cost of the next.
  await client.ask({ kind: 'open', url, count: 1000, tokens: seeded.tokens })
  const before = await settledMemory(madang)
  const more = count.connections - 1000
  await client.ask({ kind: 'open', url, count: more, tokens: seeded.tokens })
  const after = await settledMemory(madang)
  const each = ((after - before) * 1024) / more
  say(
    `${count.connections} connections: ${before.toFixed(0)} -> ${after.toFixed(0)} MB, ${each.toFixed(1)} KB each`,
  )
  await client.ask({ kind: 'close' })
}

/** Sends and says how it went, with the processor time that the server spent on each message sent. */
async function measure(given: Given, name: string, command: Command & { kind: 'send' }): Promise<void> {
  const before = processorTime(given.madang.pid)
  const result = await given.client.ask(command)
  const after = processorTime(given.madang.pid)
  const each = (seconds: number) => Math.round((seconds * 1e6) / Math.max(1, result.sent ?? 0))
  line(name, result)
  say(
    `  processor time a message: Node ${each(after.node - before.node)} µs, PostgreSQL ${each(after.below - before.below)} µs`,
  )
}

function line(name: string, result: Result): void {
  const { sent = 0, received = 0, expected = 0, failed = 0, p50 = 0, p99 = 0, longest = 0 } = result
  say(
    `${name}: ${sent} sent, ${failed} refused, ${received} of ${expected} received, ` +
      `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(0)} ms`,
  )
}

async function oneRoom(given: Given): Promise<void> {
  const { client, seeded } = given
  const { url } = given.madang
  const { tokens, large } = seeded
  await client.ask({ kind: 'open', url, count: memberCount, tokens, topics: [`room:${large}`] })
  const rooms = [{ id: large, tokens: tokens.slice(0, 50) }]
  await measure(given, 'a room of 1,000, 5 messages a second', {
    kind: 'send',
    url,
    rooms,
    perSecond: 5,
    seconds: count.seconds,
    receivers: memberCount,
  })
  await client.ask({ kind: 'close' })
}

async function manyRooms(given: Given): Promise<void> {
  const { client, seeded } = given
  const { url } = given.madang
  const places = seeded.rooms.flatMap(({ id, members }) =>
    members.map((one) => ({ topic: `room:${id}`, token: seeded.tokens[one] ?? '' })),
  )
  const tokens = places.map((one) => one.token)
  const topics = places.map((one) => one.topic)
  await client.ask({ kind: 'open', url, count: places.length, tokens, topics })
  const rooms = seeded.rooms.map(({ id, members }) => ({
    id,
    tokens: members.map((one) => seeded.tokens[one] ?? ''),
  }))
  for (const perSecond of [500, 1000, 2000]) {
    await measure(given, `${roomCount} rooms of ${perRoom}, ${perSecond} messages a second`, {
      kind: 'send',
      url,
      rooms,
      perSecond,
      seconds: count.seconds,
      receivers: perRoom,
    })
  }
  await client.ask({ kind: 'close' })
}

async function polls({ madang, client, seeded }: Given): Promise<void> {
  const { url } = madang
  const { tokens, large: room } = seeded
  const answer = await fetch(`${url}/api/v1/chat/rooms/${room}`, {
    headers: { authorization: `Bearer ${tokens[0]}` },
  })
  const { last: after } = (await answer.json()) as { last: number }
  const bare = await startBare()
  try {
    for (const [name, server] of Object.entries({ Madang: madang, 'a bare server': bare })) {
      const waiting = { kind: 'poll', url: server.url, tokens, room, after } as const
      await client.ask({ ...waiting, count: 500 })
      await client.ask({ kind: 'close' })
      const before = await settledMemory(server)
      await client.ask({ ...waiting, count: count.polls })
      const held = await settledMemory(server)
      say(
        `${count.polls} long polls, ${name}: ${before.toFixed(0)} -> ${held.toFixed(0)} MB, ${(held - before).toFixed(1)} MB more`,
      )
      await client.ask({ kind: 'close' })
    }
  } finally {
    await bare.stop()
  }
}

async function main(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-live-'))
  const client = new Client()
  try {
    const seeded = await seed(dataDir)
    const madang = await startMadang(dataDir)
    try {
      const given = { madang, client, seeded }
      if (isAsked('room')) await oneRoom(given)
      if (isAsked('rooms')) await manyRooms(given)
      if (isAsked('polls')) await polls(given)
      if (isAsked('memory')) await memory(given)
    } finally {
      await madang.stop()
    }
  } finally {
    client.end()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

if (values.help) say(usage)
else await main()
