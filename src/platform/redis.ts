import { Redis } from 'ioredis'

/**
 * One connection that comes back by itself and fails fast meanwhile: what asks Redis has an answer of its own when
 * Redis is away. `onError` hears once of each reason why it is, `onBack` when it answers again.
 */
export function openRedis(url: string, onError: (error: Error) => void, onBack = () => {}): Redis {
  const redis = new Redis(url, {
    connectTimeout: 2000,
    commandTimeout: 500,
    // A machine that hangs closes nothing: without this it would be held for one that answers.
    socketTimeout: 2000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 5000),
  })
  let told = ''
  redis.on('error', (error: Error & { command?: unknown }) => {
    // With its arguments; the password is one of the first.
    delete error.command
    // Each of the tries, every five seconds, ends the same way.
    if (error.message !== told) onError(error)
    told = error.message
  })
  redis.on('ready', () => {
    if (told) onBack()
    told = ''
  })
  return redis
}
