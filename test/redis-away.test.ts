import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { buildApp } from '#app.ts'
import { announceOn, hearEvents } from '#events.ts'
import { SiteSettings } from '#modules/site/site.ts'
import { openDatabase } from '#platform/database.ts'
import { makeLog } from '#platform/log.ts'
import { type Metrics, makeMetrics } from '#platform/metrics.ts'
import { openShared } from '#start.ts'
import { makeTestApp } from './support/app.ts'
import { startRedis } from './support/redis.ts'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0
const stack = new AsyncDisposableStack()
afterAll(() => stack.disposeAsync())

/** What a process has that shares this Redis. */
async function join(url: string) {
  const metrics = makeMetrics()
  return { ...(await openShared({ redisUrl: url }, { stack, log: makeLog('silent'), metrics })), metrics }
}

async function read(metrics: Metrics, name: string): Promise<number> {
  const line = (await metrics.registry.metrics()).split('\n').find((text) => text.startsWith(`${name} `))
  return Number(line?.split(' ')[1])
}

async function end({ child }: { child: import('node:child_process').ChildProcess }): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

describe.skipIf(!isInstalled)('when Redis dies under load', () => {
  test('nothing fails, what waits is bounded and counted, and it is used again when it is back', async () => {
    const redis = await startRedis()
    const shared = await join(redis.url)
    const { metrics, bus } = shared
    const site = await makeTestApp({
      env: { PAGE_CACHE_MB: '8', ROW_CACHE_MB: '8', RATE_LIMITS: 'on' },
      shared,
    })
    stack.use(site)
    const writer = await site.member()
    const board = await site.board()
    const { id } = await site.post(writer, board, { title: 'Here' })
    await vi.waitFor(() => expect(bus.isUp()).toBe(true), 5000)
    expect(await read(metrics, 'madang_redis_up')).toBe(1)

    const statuses: number[] = []
    const ask = async (round: number) => {
      const answers = await Promise.all([
        site.guest.page('/'),
        site.guest.page(`/p/${id}/here?x=${round}`),
        site.guest.api('GET', `/posts/${id}`),
        writer.page(`/b/${board.slug}`),
        writer.api('PATCH', `/posts/${id}`, { title: 'Here', body: `Text ${round}`, version: round + 1 }),
      ])
      for (const { statusCode } of answers) statuses.push(statusCode)
      // The bucket of a member refills with the clock of the test.
      site.clock.now = new Date(site.clock.now.getTime() + 1000)
    }
    for (let round = 0; round < 10; round++) await ask(round)
    const [, ending] = await Promise.all([ask(10), end(redis)])
    expect(ending).toBeUndefined()
    for (let round = 11; round < 40; round++) await ask(round)
    expect(statuses.filter((status) => status >= 500)).toEqual([])
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    expect(await read(metrics, 'madang_redis_up')).toBe(0)
    expect(await read(metrics, 'madang_bus_waiting')).toBeGreaterThan(0)
    // What was written while nobody could be told is seen here at once.
    expect((await site.guest.page(`/p/${id}/here`)).body).toContain('Text 39')

    for (let i = 0; i < 1500; i++) bus.publish('t', i)
    expect(await read(metrics, 'madang_bus_waiting')).toBeLessThanOrEqual(1000)
    expect(await read(metrics, 'madang_bus_forgotten_total')).toBeGreaterThanOrEqual(500)

    const again = await startRedis(redis.port)
    stack.defer(() => end(again))
    await vi.waitFor(async () => expect(await read(metrics, 'madang_redis_up')).toBe(1), 20_000)
    await vi.waitFor(async () => expect(await read(metrics, 'madang_bus_waiting')).toBe(0), 5000)
    await ask(40)
    expect(statuses.slice(-5)).toEqual([200, 200, 200, 200, 200])
  })

  test('the other processes are told that something was forgotten, and show nothing old', async () => {
    const redis = await startRedis()
    const shared = await join(redis.url)
    const site = await makeTestApp({ env: { PAGE_CACHE_MB: '8' }, shared })
    stack.use(site)
    const elsewhere = await join(redis.url)
    const database = stack.use(openDatabase({ url: site.database.url, size: 4 }))
    announceOn(database.db, elsewhere.bus)
    const other = await buildApp({
      ...site.deps,
      db: database.db,
      site: new SiteSettings(database.db),
      ...elsewhere,
    })
    stack.defer(() => other.close())
    await vi.waitFor(() => expect([shared.bus.isUp(), elsewhere.bus.isUp()]).toEqual([true, true]), 5000)
    const writer = await site.member()
    const board = await site.board()
    const url = `/b/${board.slug}`
    let gaps = 0
    elsewhere.bus.onGap(() => gaps++)
    const heard: unknown[] = []
    hearEvents(elsewhere.bus, (event) => heard.push(event))

    expect((await other.inject(url)).headers['etag']).toBeDefined()
    await end(redis)
    await vi.waitFor(() => expect(elsewhere.bus.isUp()).toBe(false), 5000)
    await site.post(writer, board, { title: 'Unheard' })
    // Alone, a page is kept for a second.
    site.clock.now = new Date(site.clock.now.getTime() + 1500)
    expect((await other.inject(url)).body).toContain('Unheard')

    for (let i = 0; i < 1200; i++) shared.bus.publish('t', i)
    const again = await startRedis(redis.port)
    stack.defer(() => end(again))
    await vi.waitFor(() => expect([shared.bus.isUp(), elsewhere.bus.isUp()]).toEqual([true, true]), 20_000)
    await vi.waitFor(() => expect(gaps).toBeGreaterThan(0), 5000)
    await vi.waitFor(async () => {
      await site.post(writer, board, { title: 'Heard again' })
      expect(heard).not.toEqual([])
    }, 5000)
    expect((await other.inject(url)).body).toContain('Heard again')
  })
})
