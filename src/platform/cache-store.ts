export type Stored<V> = {
  value: V
  /** Bytes that it takes, about. */
  size: number
  /** Milliseconds since 1970 until which it may be used. */
  until: number
  /** What it depends on: `drop` with one of these forgets it. */
  tags: readonly string[]
  /** What `moment` said before its data was read. */
  since: number
}
type Held<V> = {
  key: string
  value: V
  size: number
  until: number
  tags: readonly string[]
  /** Asked for twice. */
  proven: boolean
  /** Asked for since it came to the end of the line. */
  used: boolean
}

/** So many tags of past drops, and as many before them, are remembered one by one. */
const mostDropped = 10_000
/** What a key, its entry and its place in the maps take, and one tag of it. */
const overhead = { entry: 400, tag: 100 }
/** Share of the memory that is kept for what was asked for twice. */
const provenShare = 0.8

/**
 * Values by key, each with the tags that it depends on, within a bound of memory. Forgets first what was asked for only
 * once (segmented LRU: Karedla, Love and Wherry 1994, with a second chance instead of a move at every call), so that a
 * walk over ten thousand pages leaves the busy ones.
 */
export class TaggedStore<V> {
  readonly #mostBytes: number
  readonly #fresh = new Map<string, Held<V>>()
  readonly #proven = new Map<string, Held<V>>()
  readonly #byTag = new Map<string, Set<Held<V>>>()
  /** When which tag was dropped last: two halves, of which the older goes as a whole. */
  #dropped = new Map<string, number>()
  #droppedBefore = new Map<string, number>()
  #floor = 0
  #moment = 0
  #bytes = 0
  #provenBytes = 0
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Goes on with every drop. */
  get moment(): number {
    return this.#moment
  }
  get bytes(): number {
    return this.#bytes
  }
  get count(): number {
    return this.#fresh.size + this.#proven.size
  }

  get(key: string, nowMs: number): V | undefined {
    const held = this.#proven.get(key) ?? this.#fresh.get(key)
    if (held === undefined) return undefined
    if (held.until <= nowMs) {
      this.#remove(held)
      return undefined
    }
    if (held.proven) held.used = true
    else this.#prove(held)
    return held.value
  }

  /** Not taken: what is too large, and what depends on something that was dropped after its data was read. */
  set(key: string, stored: Stored<V>): boolean {
    const size = stored.size + key.length * 2 + overhead.entry + stored.tags.length * overhead.tag
    if (size > this.#mostBytes / 8 || this.isStale(stored)) return false
    this.delete(key)
    const held = {
      key,
      value: stored.value,
      size,
      until: stored.until,
      tags: stored.tags,
      proven: false,
      used: false,
    }
    this.#fresh.set(key, held)
    this.#bytes += size
    for (const tag of held.tags) {
      const holders = this.#byTag.get(tag)
      if (holders) holders.add(held)
      else this.#byTag.set(tag, new Set([held]))
    }
    this.#makeRoom()
    return true
  }

  /** Whether something that this depends on was dropped since its data was read. */
  isStale({ tags, since }: Pick<Stored<V>, 'tags' | 'since'>): boolean {
    if (since < this.#floor) return true
    return tags.some((tag) => (this.#dropped.get(tag) ?? this.#droppedBefore.get(tag) ?? 0) > since)
  }

  /** A value that is there takes `bytes` more. */
  grow(key: string, bytes: number): void {
    const held = this.#proven.get(key) ?? this.#fresh.get(key)
    if (!held) return
    held.size += bytes
    this.#bytes += bytes
    if (held.proven) this.#provenBytes += bytes
    this.#makeRoom()
  }

  delete(key: string): void {
    const held = this.#proven.get(key) ?? this.#fresh.get(key)
    if (held) this.#remove(held)
  }

  /** Forgets all that depends on one of the tags. */
  drop(tags: readonly string[]): void {
    if (tags.length === 0) return
    this.#moment++
    for (const tag of tags) {
      this.#dropped.set(tag, this.#moment)
      for (const held of this.#byTag.get(tag) ?? []) this.#remove(held)
    }
    if (this.#dropped.size >= mostDropped) this.#forgetOlder()
  }

  /** What was read before the older half was dropped is not taken any more. */
  #forgetOlder(): void {
    for (const moment of this.#droppedBefore.values()) this.#floor = Math.max(this.#floor, moment)
    this.#droppedBefore = this.#dropped
    this.#dropped = new Map()
  }

  dropAll(): void {
    this.#floor = ++this.#moment
    this.#dropped.clear()
    this.#droppedBefore.clear()
    this.#fresh.clear()
    this.#proven.clear()
    this.#byTag.clear()
    this.#bytes = 0
    this.#provenBytes = 0
  }

  *values(): Iterable<V> {
    for (const { value } of this.#fresh.values()) yield value
    for (const { value } of this.#proven.values()) yield value
  }

  /** Asked for again: last to be forgotten. */
  #prove(held: Held<V>): void {
    this.#fresh.delete(held.key)
    held.proven = true
    this.#proven.set(held.key, held)
    this.#provenBytes += held.size
    while (this.#provenBytes > this.#mostBytes * provenShare) {
      const next = this.#proven.values().next()
      if (next.done) break
      const oldest = next.value
      this.#proven.delete(oldest.key)
      if (oldest.used) this.#proven.set(oldest.key, oldest)
      else {
        // Gets another chance among the new ones.
        this.#provenBytes -= oldest.size
        oldest.proven = false
        this.#fresh.set(oldest.key, oldest)
      }
      oldest.used = false
    }
  }

  #makeRoom(): void {
    while (this.#bytes > this.#mostBytes) {
      const oldest = this.#fresh.values().next()
      const next = oldest.done ? this.#proven.values().next() : oldest
      if (next.done) break
      this.#remove(next.value)
    }
  }

  #remove(held: Held<V>): void {
    const place = held.proven ? this.#proven : this.#fresh
    if (place.get(held.key) !== held) return
    place.delete(held.key)
    this.#bytes -= held.size
    if (held.proven) this.#provenBytes -= held.size
    for (const tag of held.tags) {
      const holders = this.#byTag.get(tag)
      holders?.delete(held)
      if (holders?.size === 0) this.#byTag.delete(tag)
    }
  }
}
