import { Redis } from 'ioredis'

/**
 * One connection that comes back by itself and fails fast meanwhile: what asks Redis has an answer of its own when
 * Redis is away. `onError` hears of each failure of the connection.
 */
export function openRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    connectTimeout: 2000,
    commandTimeout: 500,
    // A machine that hangs closes nothing: without this it would be held for one that answers.
    socketTimeout: 2000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 5000),
  })
  redis.on('error', (error: Error & { command?: unknown }) => {
    // With its arguments; the password is one of the first.
    delete error.command
    onError(error)
  })
  return redis
}
