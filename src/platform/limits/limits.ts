/** What a limit says to one request. Times in seconds. */
export type Verdict = {
  allowed: boolean
  limit: number
  remaining: number
  /** Until the full allowance is there again. */
  resetAfter: number
  /** How long to wait before the next try; 0 when this one was allowed. */
  retryAfter: number
}

export type Bucket = { capacity: number; refillPerSecond: number; cost: number }
export type Window = { limit: number; seconds: number; cost: number }

/**
 * Counts what clients do. Two adapters: memory for one process, Redis for several; one contract test for both.
 * Counts may be lost (a restart, Redis away): limits are for fairness, never for correctness.
 */
export type Limits = {
  /** Token bucket: refilled steadily, takes `cost`; allows bursts up to `capacity`. */
  takeTokens: (key: string, bucket: Bucket, nowMs: number) => Promise<Verdict>
  /** Sliding window: what happened in the last `seconds`, estimated from this and the last fixed window. */
  countInWindow: (key: string, window: Window, nowMs: number) => Promise<Verdict>
  /** Notes a failure; from `limit` in `seconds` on the key is locked for `lockSeconds`. @returns seconds still locked, 0 if not */
  noteFailure: (key: string, rule: LockRule, nowMs: number) => Promise<number>
  /** Seconds for which the key is still locked, 0 if it is not. */
  lockedFor: (key: string, nowMs: number) => Promise<number>
  forgetFailures: (key: string) => Promise<void>
}

export type LockRule = { limit: number; seconds: number; lockSeconds: number }

/** The bucket's arithmetic, shared by the memory adapter and (in Lua) by Redis. */
export function tokensAfter(
  before: { tokens: number; at: number } | null,
  bucket: Bucket,
  nowMs: number,
): number {
  if (!before) return bucket.capacity
  const gained = (Math.max(0, nowMs - before.at) / 1000) * bucket.refillPerSecond
  return Math.min(bucket.capacity, before.tokens + gained)
}

export function bucketVerdict(tokens: number, bucket: Bucket): Verdict {
  const allowed = tokens >= bucket.cost
  const left = allowed ? tokens - bucket.cost : tokens
  const missing = Math.max(0, bucket.cost - left)
  return {
    allowed,
    limit: Math.floor(bucket.capacity / bucket.cost),
    remaining: Math.floor(left / bucket.cost),
    resetAfter: Math.ceil((bucket.capacity - left) / bucket.refillPerSecond),
    retryAfter: allowed ? 0 : Math.max(1, Math.ceil(missing / bucket.refillPerSecond)),
  }
}

/** Weighs the last fixed window by the share of it that the sliding one still covers. */
export function windowVerdict(
  counts: { current: number; previous: number },
  window: Window,
  nowMs: number,
): Verdict {
  const length = window.seconds * 1000
  const passed = (nowMs % length) / length
  const used = counts.previous * (1 - passed) + counts.current
  const allowed = used + window.cost <= window.limit
  const after = allowed ? used + window.cost : used
  return {
    allowed,
    limit: window.limit,
    remaining: Math.max(0, Math.floor(window.limit - after)),
    resetAfter: Math.ceil(window.seconds * (2 - passed)),
    retryAfter: allowed ? 0 : waitFor(counts, window, passed),
  }
}

/** Seconds until `cost` fits: within this window as the last one slides out, else in the next as this one does. */
function waitFor(counts: { current: number; previous: number }, window: Window, passed: number): number {
  const room = window.limit - window.cost
  if (counts.current <= room && counts.previous > 0) {
    const share = (room - counts.current) / counts.previous
    return Math.max(1, Math.ceil((1 - share - passed) * window.seconds))
  }
  const share = counts.current > 0 ? Math.max(0, room) / counts.current : 1
  return Math.max(1, Math.ceil((1 - passed + (1 - share)) * window.seconds))
}
