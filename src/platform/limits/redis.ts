import type { Redis } from 'ioredis'
import { bucketVerdict, type Limits, windowVerdict } from './limits.ts'

/** Takes tokens where they are kept: read, refill and take in one step. Returns the tokens before taking, as text. */
const takeScript = `
local kept = redis.call('hmget', KEYS[1], 'tokens', 'at')
local capacity, refill, cost, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local tokens = capacity
if kept[1] then tokens = math.min(capacity, tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) / 1000 * refill) end
local left = tokens
if tokens >= cost then left = tokens - cost end
redis.call('hset', KEYS[1], 'tokens', tostring(left), 'at', ARGV[4])
redis.call('pexpire', KEYS[1], math.ceil(capacity / refill * 1000) + 1000)
return tostring(tokens)`

/** Counts in this fixed window unless that would pass the limit. Returns both windows' counts before counting. */
const countScript = `
local current = tonumber(redis.call('get', KEYS[1]) or '0')
local previous = tonumber(redis.call('get', KEYS[2]) or '0')
local limit, cost, passed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if previous * (1 - passed) + current + cost <= limit then
  redis.call('incrby', KEYS[1], cost)
  redis.call('expire', KEYS[1], ARGV[4])
end
return {current, previous}`

const failScript = `
local failures = redis.call('incr', KEYS[1])
if failures == 1 then redis.call('expire', KEYS[1], ARGV[2]) end
if failures >= tonumber(ARGV[1]) then
  redis.call('set', KEYS[2], '1', 'ex', ARGV[3])
  return tonumber(ARGV[3])
end
return 0`

/** Limits that several processes share; one round trip each. Errors of Redis pass on to the caller. */
export function redisLimits(redis: Redis, prefix = 'madang:limit:'): Limits {
  const run = (script: string, keys: string[], values: (string | number)[]) =>
    redis.eval(script, keys.length, ...keys, ...values)
  return {
    takeTokens: async (key, bucket, nowMs) => {
      const values = [bucket.capacity, bucket.refillPerSecond, bucket.cost, nowMs]
      return bucketVerdict(Number(await run(takeScript, [`${prefix}b:${key}`], values)), bucket)
    },
    countInWindow: async (key, window, nowMs) => {
      const length = window.seconds * 1000
      const number = Math.floor(nowMs / length)
      const keys = [`${prefix}w:${key}:${number}`, `${prefix}w:${key}:${number - 1}`]
      const values = [window.limit, window.cost, (nowMs % length) / length, window.seconds * 2]
      const counts: unknown = await run(countScript, keys, values)
      const [current, previous] = Array.isArray(counts) ? counts.map(Number) : []
      return windowVerdict({ current: current ?? 0, previous: previous ?? 0 }, window, nowMs)
    },
    noteFailure: async (key, rule) => {
      const keys = [`${prefix}f:${key}`, `${prefix}l:${key}`]
      return Number(await run(failScript, keys, [rule.limit, rule.seconds, rule.lockSeconds]))
    },
    lockedFor: async (key) => Math.max(0, await redis.ttl(`${prefix}l:${key}`)),
    forgetFailures: async (key) => {
      await redis.del(`${prefix}f:${key}`, `${prefix}l:${key}`)
    },
  }
}

/** Asks `first`; while it fails (Redis away), `second` counts instead: slower limits, never an error. */
export function withFallback(first: Limits, second: Limits, onFailure: (error: unknown) => void): Limits {
  const either = <A extends unknown[], R>(ask: (limits: Limits) => (...values: A) => Promise<R>) => {
    return async (...values: A): Promise<R> => {
      try {
        return await ask(first)(...values)
      } catch (error) {
        onFailure(error)
        return ask(second)(...values)
      }
    }
  }
  return {
    takeTokens: either((limits) => limits.takeTokens),
    countInWindow: either((limits) => limits.countInWindow),
    noteFailure: either((limits) => limits.noteFailure),
    lockedFor: either((limits) => limits.lockedFor),
    forgetFailures: either((limits) => limits.forgetFailures),
  }
}
