import { serialize } from 'node:v8'
import { TaggedStore } from './cache-store.ts'
import { type Db, identityOf } from './database.ts'

export type CacheOptions = {
  mostBytes: number
  clock: () => Date
  /** The latest moment until which an answer of `now` may be used, for what no event tells. */
  lasts: (now: Date) => Date
  watch?: { onHit?: () => void; onMiss?: () => void }
}
type Question<T> = {
  key: string
  /** What the answer depends on: as soon as one of these changes it is asked anew. */
  tags: (value: T) => Iterable<string>
  /** Bytes of what is made of the answer and lives as long as it is kept. */
  beside?: (value: T) => number
}

/** Answers of the database in the memory of this process: each asked once for all who want it at once. Never a secret. */
export class Cache {
  readonly store: TaggedStore<unknown>
  readonly #options: CacheOptions
  readonly #asking = new Map<string, Promise<unknown>>()
  constructor(options: CacheOptions) {
    this.#options = options
    this.store = new TaggedStore(options.mostBytes)
  }

  drop(tags: readonly string[]): void {
    if (tags.length === 0) return
    this.store.drop(tags)
    // Whoever asks from now on must not be given what was read before.
    this.#asking.clear()
  }

  dropAll(): void {
    this.store.dropAll()
    this.#asking.clear()
  }

  /** The answer that is known, else what `load` gives. It is everybody's: nobody may change it. */
  async remember<T>(question: Question<T>, load: () => Promise<T>): Promise<T> {
    const known = this.store.get(question.key, this.#options.clock().getTime())
    if (known !== undefined) {
      this.#options.watch?.onHit?.()
      // The key says which question it answers, and with it the type.
      return known as T
    }
    const running = this.#asking.get(question.key)
    if (running) return running as Promise<T>
    this.#options.watch?.onMiss?.()
    const asking = this.#ask(question, load)
    this.#asking.set(question.key, asking)
    const end = () => {
      if (this.#asking.get(question.key) === asking) this.#asking.delete(question.key)
    }
    asking.then(end, end)
    return asking
  }

  async #ask<T>({ key, tags, beside }: Question<T>, load: () => Promise<T>): Promise<T> {
    const since = this.store.moment
    const value = freeze(await load())
    const until = this.#options.lasts(this.#options.clock()).getTime()
    // Twice what it takes written down: objects have their names and heads.
    const size = serialize(value).length * 2 + (beside?.(value) ?? 0)
    this.store.set(key, { value, size, until, tags: [...new Set(tags(value))], since })
    return value
  }
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || value instanceof Date)
    return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}

/** By the database that they answer for, so that two sites in one process do not mix. */
const caches = new WeakMap<object, Cache>()

/** From now on `remember` keeps answers of `db` in `cache`, until disposed. */
export function answerFrom(db: Db, cache: Cache): Disposable {
  const identity = identityOf(db)
  caches.set(identity, cache)
  return {
    [Symbol.dispose]: () => {
      if (caches.get(identity) === cache) caches.delete(identity)
    },
  }
}

/** What `load` asks of `db`, from memory where it is known. Within a transaction always anew: it may see its own writes. */
export function remember<T>(db: Db, question: Question<T>, load: () => Promise<T>): Promise<T> {
  const cache = db.isTransaction ? undefined : caches.get(identityOf(db))
  return cache ? cache.remember(question, load) : load()
}
