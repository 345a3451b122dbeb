import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { memoryOnce, type Once, redisOnce, sharedOnce } from './once.ts'

const url = inject('redisUrl')
const redis = url ? new Redis(url) : null
const adapters: [string, () => Once][] = [['memory', () => memoryOnce()]]
if (redis) adapters.push(['Redis', () => redisOnce(redis, `test:${randomBytes(6).toString('hex')}:`)])
else process.stdout.write('What counts once is not tested in Redis: there is no redis-server here.\n')

afterAll(() => redis?.quit())

const now = Date.now()

describe.each(adapters)('what counts once, in %s', (_name, make) => {
  test('the first passes, the second does not, another key does', async () => {
    const once = make()
    expect(await once.isFirst('a', 600, now)).toBe(true)
    expect(await once.isFirst('a', 600, now)).toBe(false)
    expect(await once.isFirst('b', 600, now)).toBe(true)
  })

  test('of twenty at the same moment one passes', async () => {
    const once = make()
    const passed = await Promise.all(Array.from({ length: 20 }, () => once.isFirst('a', 600, now)))
    expect(passed.filter(Boolean)).toHaveLength(1)
  })
})

test('the memory forgets what is too old to count, and lets nothing pass when it is full of what does', async () => {
  const once = memoryOnce(3)
  for (const key of ['a', 'b', 'c']) expect(await once.isFirst(key, 10, now)).toBe(true)
  expect(await once.isFirst('d', 10, now)).toBe(false)
  expect(await once.isFirst('d', 10, now + 10_000)).toBe(true)
  expect(await once.isFirst('a', 10, now + 10_000)).toBe(true)
})

test('what another process saw is refused; when Redis is away, what this one saw', async () => {
  const gone = new Redis('redis://127.0.0.1:1', {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  gone.on('error', () => {})
  let failures = 0
  const alone = sharedOnce(memoryOnce(), redisOnce(gone), () => failures++)
  expect(await alone.isFirst('a', 600, now)).toBe(true)
  expect(await alone.isFirst('a', 600, now)).toBe(false)
  expect(failures).toBe(1)
  gone.disconnect()

  const shared = memoryOnce()
  const [one, two] = [1, 2].map(() => sharedOnce(memoryOnce(), shared, () => failures++))
  expect(await one?.isFirst('a', 600, now)).toBe(true)
  expect(await two?.isFirst('a', 600, now)).toBe(false)
})
