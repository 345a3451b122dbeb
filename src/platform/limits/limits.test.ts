import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, test } from 'vitest'
import type { Limits } from './limits.ts'
import { memoryLimits } from './memory.ts'
import { redisLimits, withFallback } from './redis.ts'

const url = inject('redisUrl')
const redis = url ? new Redis(url) : null
const adapters: [string, () => Limits][] = [['memory', () => memoryLimits()]]
if (redis) adapters.push(['Redis', () => redisLimits(redis, `test:${randomBytes(6).toString('hex')}:`)])
else process.stdout.write('Limits in Redis are not tested: there is no redis-server here.\n')

afterAll(() => redis?.quit())

const bucket = { capacity: 60, refillPerSecond: 20, cost: 3 }
const window = { limit: 5, seconds: 60, cost: 1 }
const rule = { limit: 5, seconds: 300, lockSeconds: 900 }
/** The beginning of a fixed minute, so that the window's arithmetic is exact. */
const minute = Math.floor(Date.now() / 60_000) * 60_000

describe.each(adapters)('limits in %s', (_name, make) => {
  test('a bucket allows a burst of 20, then 6.67 a second', async () => {
    const limits = make()
    for (let i = 0; i < 20; i++) expect((await limits.takeTokens('a', bucket, minute)).allowed).toBe(true)
    const refused = await limits.takeTokens('a', bucket, minute)
    expect(refused).toMatchObject({ allowed: false, limit: 20, remaining: 0, retryAfter: 1 })
    let allowed = 0
    for (let ms = 50; ms <= 3000; ms += 50)
      if ((await limits.takeTokens('a', bucket, minute + ms)).allowed) allowed++
    expect(allowed).toBe(20)
  })

  test('keys do not share a bucket', async () => {
    const limits = make()
    for (let i = 0; i < 21; i++) await limits.takeTokens('a', bucket, minute)
    expect((await limits.takeTokens('b', bucket, minute)).allowed).toBe(true)
  })

  test('a window refuses the request after its limit and names the wait', async () => {
    const limits = make()
    for (let i = 0; i < 5; i++) expect((await limits.countInWindow('a', window, minute)).allowed).toBe(true)
    const refused = await limits.countInWindow('a', window, minute)
    expect(refused.allowed).toBe(false)
    expect(refused.remaining).toBe(0)
    expect((await limits.countInWindow('a', window, minute + refused.retryAfter * 1000)).allowed).toBe(true)
  })

  test('the window slides: the last minute still weighs at the start of the next', async () => {
    const limits = make()
    for (let i = 0; i < 5; i++) await limits.countInWindow('a', window, minute + 30_000)
    expect((await limits.countInWindow('a', window, minute + 60_000)).allowed).toBe(false)
    expect((await limits.countInWindow('a', window, minute + 90_000)).allowed).toBe(true)
    expect((await limits.countInWindow('a', window, minute + 180_000)).remaining).toBe(4)
  })

  test('a refused request does not push the end of the wait away', async () => {
    const limits = make()
    for (let i = 0; i < 50; i++) await limits.countInWindow('a', window, minute)
    expect((await limits.countInWindow('a', window, minute + 120_000)).allowed).toBe(true)
  })

  test('five failures lock a key, success forgets them', async () => {
    const limits = make()
    const now = Date.now()
    for (let i = 0; i < 4; i++) expect(await limits.noteFailure('a', rule, now)).toBe(0)
    await limits.forgetFailures('a')
    for (let i = 0; i < 4; i++) expect(await limits.noteFailure('a', rule, now)).toBe(0)
    expect(await limits.lockedFor('a', now)).toBe(0)
    expect(await limits.noteFailure('a', rule, now)).toBe(900)
    expect(await limits.lockedFor('a', now)).toBeGreaterThan(890)
    expect(await limits.lockedFor('b', now)).toBe(0)
  })
})

test('the memory forgets the keys touched longest ago instead of growing', async () => {
  const limits = memoryLimits(10)
  for (let i = 0; i < 5; i++) await limits.countInWindow('old', window, minute)
  for (let i = 0; i < 20; i++) await limits.countInWindow(`new${i}`, window, minute)
  expect((await limits.countInWindow('old', window, minute)).allowed).toBe(true)
})

test('when Redis is away the memory counts, and the failure is told', async () => {
  const gone = new Redis('redis://127.0.0.1:1', {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  gone.on('error', () => {})
  let failures = 0
  const limits = withFallback(redisLimits(gone), memoryLimits(), () => failures++)
  for (let i = 0; i < 5; i++) expect((await limits.countInWindow('a', window, minute)).allowed).toBe(true)
  expect((await limits.countInWindow('a', window, minute)).allowed).toBe(false)
  expect(failures).toBe(6)
  gone.disconnect()
})
