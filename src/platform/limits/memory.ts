import {
  type Bucket,
  bucketVerdict,
  type Limits,
  type LockRule,
  tokensAfter,
  type Window,
  windowVerdict,
} from './limits.ts'

/** A map that forgets what was touched longest ago once it holds `most` entries, so that no flood of keys fills memory. */
class Recent<V> {
  readonly #entries = new Map<string, V>()
  readonly #most: number
  constructor(most: number) {
    this.#most = most
  }
  get(key: string): V | undefined {
    return this.#entries.get(key)
  }
  set(key: string, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#most) return
    const oldest = this.#entries.keys().next()
    if (!oldest.done) this.#entries.delete(oldest.value)
  }
  delete(key: string): void {
    this.#entries.delete(key)
  }
}

type Counts = { window: number; current: number; previous: number }

/** Limits of one process. */
export function memoryLimits(mostKeys = 50_000): Limits {
  const buckets = new Recent<{ tokens: number; at: number }>(mostKeys)
  const windows = new Recent<Counts>(mostKeys)
  const locks = new Recent<{ failures: number; since: number; until: number }>(mostKeys)

  async function takeTokens(key: string, bucket: Bucket, nowMs: number) {
    const tokens = tokensAfter(buckets.get(key) ?? null, bucket, nowMs)
    const verdict = bucketVerdict(tokens, bucket)
    buckets.set(key, { tokens: verdict.allowed ? tokens - bucket.cost : tokens, at: nowMs })
    return verdict
  }

  async function countInWindow(key: string, window: Window, nowMs: number) {
    const number = Math.floor(nowMs / (window.seconds * 1000))
    const counts = slide(windows.get(key), number)
    const verdict = windowVerdict(counts, window, nowMs)
    windows.set(key, verdict.allowed ? { ...counts, current: counts.current + window.cost } : counts)
    return verdict
  }

  async function noteFailure(key: string, rule: LockRule, nowMs: number) {
    const before = locks.get(key)
    const fresh = !before || nowMs - before.since > rule.seconds * 1000
    const failures = fresh ? 1 : before.failures + 1
    const until = failures >= rule.limit ? nowMs + rule.lockSeconds * 1000 : 0
    locks.set(key, { failures, since: fresh ? nowMs : before.since, until })
    return until > 0 ? rule.lockSeconds : 0
  }

  async function lockedFor(key: string, nowMs: number) {
    return Math.max(0, Math.ceil(((locks.get(key)?.until ?? 0) - nowMs) / 1000))
  }

  return {
    takeTokens,
    countInWindow,
    noteFailure,
    lockedFor,
    forgetFailures: async (key) => locks.delete(key),
  }
}

function slide(before: Counts | undefined, window: number): Counts {
  if (!before || before.window < window - 1) return { window, current: 0, previous: 0 }
  if (before.window === window - 1) return { window, current: 0, previous: before.current }
  return before
}
