import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { limitRequest } from '#platform/http/limits.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { memoryLimits } from '#platform/limits/memory.ts'
import { redisLimits } from '#platform/limits/redis.ts'
import { median, table } from './report.ts'

/** What limits cost a request: in memory, and in Redis beside a bare PING. Redis is REDIS_URL's, or one started for this. */

const keys = 10_000
const bucket = { capacity: 60, refillPerSecond: 20, cost: 3 }
const window = { limit: 600, seconds: 60, cost: 1 }

/** `busy`: processor time, which other programs do not change; `wall`: until the answer is there. In microseconds. */
type Round = { busy: number; wall: number }
type Row = { what: string; rounds: Round[]; commands?: number }

function busyNow(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** One call, by five rounds after one that is thrown away. */
async function time(calls: number, call: (index: number) => Promise<unknown>): Promise<Round[]> {
  const rounds: Round[] = []
  for (let round = 0; round <= 5; round++) {
    const [busy, begin] = [busyNow(), performance.now()]
    for (let index = 0; index < calls; index++) await call(index)
    const wall = (performance.now() - begin) * 1000
    if (round > 0) rounds.push({ busy: (busyNow() - busy) / calls, wall: wall / calls })
  }
  return rounds
}

const asMember = (limits: Limits) => (index: number) =>
  limits.takeTokens(`m${index % keys}`, bucket, Date.now())
const asGuest = (limits: Limits) => (index: number) =>
  limits.countInWindow(`a10.0.${(index % keys) >> 8}.${index & 255}`, window, Date.now())

async function inMemory(): Promise<Row[]> {
  const limits = memoryLimits()
  return [
    { what: 'memory: a member’s bucket', rounds: await time(200_000, asMember(limits)) },
    { what: 'memory: an address’s window', rounds: await time(200_000, asGuest(limits)) },
    { what: 'memory: the whole hook, with headers', rounds: await hook(limits) },
  ]
}

/** The hook as it stands in the server, timed within real requests. */
async function hook(limits: Limits): Promise<Round[]> {
  const server = Fastify()
  let [busy, wall, index] = [0, 0, 0]
  server.addHook('onRequest', async (request, reply) => {
    const [before, begin] = [busyNow(), performance.now()]
    const memberId = index++ % 2 === 0 ? index % keys : null
    await limitRequest(limits, { request, reply, memberId, now: new Date() }).catch(() => {})
    wall += performance.now() - begin
    busy += busyNow() - before
  })
  server.get('/api/v1/posts/:id', () => 'ok')
  const rounds: Round[] = []
  for (let round = 0; round <= 5; round++) {
    busy = 0
    wall = 0
    for (let n = 0; n < 5000; n++)
      await server.inject({ url: '/api/v1/posts/1', remoteAddress: `10.0.${n >> 8}.${n & 255}` })
    if (round > 0) rounds.push({ busy: busy / 5000, wall: (wall * 1000) / 5000 })
  }
  await server.close()
  return rounds
}

async function inRedis(redis: Redis): Promise<Row[]> {
  const limits = redisLimits(redis, 'madang:bench:')
  const rows: Row[] = []
  for (const [what, call] of [
    ['Redis: PING, a bare round trip', () => redis.ping()],
    ['Redis: a member’s bucket', asMember(limits)],
    ['Redis: an address’s window', asGuest(limits)],
  ] as const) {
    const before = await sent(redis)
    const rounds = await time(5000, call)
    rows.push({ what, rounds, commands: ((await sent(redis)) - before - 1) / 30_000 })
  }
  return rows
}

/** Commands that clients sent; what a script calls within Redis is no round trip. */
async function sent(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats')
  const calls = (name: string) =>
    Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0)
  return calls('ping') + calls('eval') + calls('evalsha') + calls('info')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** A Redis of our own, or null where none is installed. */
async function startRedis(): Promise<{ url: string; process: ChildProcess } | null> {
  const port = await freePort()
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', settings, { stdio: 'ignore' })
  const failed = await Promise.race([
    new Promise<boolean>((resolve) => child.once('error', () => resolve(true))),
    wait(500, false),
  ])
  return failed ? null : { url: `redis://127.0.0.1:${port}`, process: child }
}

/** The costs as a Markdown table. */
export async function measureLimits(): Promise<string> {
  const rows = await inMemory()
  const given = process.env['REDIS_URL']
  const own = given ? null : await startRedis()
  const url = given ?? own?.url
  if (url) {
    const redis = new Redis(url)
    rows.push(...(await inRedis(redis)))
    await redis.quit()
  }
  own?.process.kill()
  const cells = rows.map(({ what, rounds, commands }) => [
    what,
    median(rounds.map((round) => round.busy)).toFixed(1),
    median(rounds.map((round) => round.wall)).toFixed(1),
    Math.min(...rounds.map((round) => round.wall)).toFixed(1),
    commands === undefined ? '–' : commands.toFixed(2),
  ])
  const text = table(
    ['one request', 'processor µs', 'until answered µs', 'best round µs', 'commands to Redis'],
    cells,
  )
  return url ? text : `${text}\n\nNo Redis: none is installed, and REDIS_URL is not set.`
}
