import type { Redis } from 'ioredis'

/** Remembers what was used, so that it counts once. Two adapters: memory for one process, Redis for several. */
export type Once = {
  /** Whether `key` was not there in the last `seconds`; from now on it is. Of calls at the same moment one is the first. */
  isFirst: (key: string, seconds: number, nowMs: number) => Promise<boolean>
}

/** What one process saw. Full of keys that still count, it takes none for the first: better refused than used twice. */
export function memoryOnce(mostKeys = 100_000): Once {
  const until = new Map<string, number>()
  function forget(nowMs: number): void {
    for (const [key, end] of until) if (end <= nowMs) until.delete(key)
  }
  return {
    isFirst: async (key, seconds, nowMs) => {
      if ((until.get(key) ?? 0) > nowMs) return false
      if (until.size >= mostKeys) forget(nowMs)
      if (until.size >= mostKeys) return false
      until.set(key, nowMs + seconds * 1000)
      return true
    },
  }
}

/** One round trip; errors of Redis pass on to the caller. */
export function redisOnce(redis: Redis, prefix = 'madang:once:'): Once {
  return {
    isFirst: async (key, seconds) => (await redis.set(prefix + key, '1', 'EX', seconds, 'NX')) === 'OK',
  }
}

/** Both must agree; while `shared` fails (Redis away), this process's own memory decides. */
export function sharedOnce(own: Once, shared: Once, onFailure: (error: unknown) => void): Once {
  return {
    isFirst: async (key, seconds, nowMs) => {
      if (!(await own.isFirst(key, seconds, nowMs))) return false
      try {
        return await shared.isFirst(key, seconds, nowMs)
      } catch (error) {
        onFailure(error)
        return true
      }
    },
  }
}
