import type { Viewer } from '#modules/accounts/viewer.ts'
import { TooMany } from '#platform/errors.ts'
import type { Web } from '#ui/web.ts'

/** A member may say ten things in a row and then one a second; and open twenty rooms in a row, then one in three minutes. */
const buckets = {
  message: { capacity: 10, refillPerSecond: 1, cost: 1 },
  room: { capacity: 20, refillPerSecond: 1 / 180, cost: 1 },
} as const

/** Counts what fills rooms, whichever way it comes. @throws TooMany */
export async function limitChat(web: Web, viewer: Viewer, what: keyof typeof buckets): Promise<void> {
  const { config, limits } = web.deps
  if (!config.rateLimits) return
  const verdict = await limits.takeTokens(`chat-${what}-${viewer.id}`, buckets[what], web.now().getTime())
  if (!verdict.allowed) throw new TooMany('too-many', verdict.retryAfter)
}
