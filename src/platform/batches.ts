import { type Db, identityOf } from './database.ts'
import { Refusal } from './errors.ts'

export type BatchRules<Entry, Result> = {
  /** Does them all and answers in their order; in one transaction, so that after a failure none is done. */
  run: (db: Db, entries: readonly Entry[]) => Promise<readonly Result[]>
  /** Entries in a batch at most. */
  size: number
  /** Batches under way at once. */
  atOnce: number
  /** Entries of one key are never in two batches at once, and come in the order in which they were given. */
  keyOf?: (entry: Entry) => string | number
  /** Nor twice in one batch: the statement would touch a row twice. */
  once?: boolean
}

/**
 * What comes while others are being done is done together with whatever else comes: a statement for a hundred costs
 * little more than one for one. Whoever comes alone waits for nobody.
 */
export class Batches<Entry, Result> {
  readonly #rules: BatchRules<Entry, Result>
  /** By database, so that two sites in one process do not mix. */
  readonly #queues = new WeakMap<object, Queue<Entry, Result>>()
  constructor(rules: BatchRules<Entry, Result>) {
    this.#rules = rules
  }

  /** Within a transaction it is done by itself, there. */
  async add(db: Db, entry: Entry): Promise<Result> {
    if (db.isTransaction) return first(await this.#rules.run(db, [entry]))
    const identity = identityOf(db)
    const known = this.#queues.get(identity)
    if (known) return known.add(entry)
    const made = new Queue(db, this.#rules)
    this.#queues.set(identity, made)
    return made.add(entry)
  }
}

type Waiting<Entry, Result> = {
  entry: Entry
  key: string | number | undefined
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

class Queue<Entry, Result> {
  readonly #db: Db
  readonly #rules: BatchRules<Entry, Result>
  #waiting: Waiting<Entry, Result>[] = []
  readonly #busy = new Set<string | number>()
  #running = 0
  #isCalled = false
  constructor(db: Db, rules: BatchRules<Entry, Result>) {
    this.#db = db
    this.#rules = rules
  }

  add(entry: Entry): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, key: this.#rules.keyOf?.(entry), resolve, reject })
      this.#call()
    })
  }

  /** Begins when this turn of the event loop and the next are over: what comes with them goes along. */
  #call(): void {
    if (this.#isCalled || this.#running >= this.#rules.atOnce) return
    this.#isCalled = true
    setImmediate(() =>
      setImmediate(() => {
        this.#isCalled = false
        while (this.#running < this.#rules.atOnce && this.#begin()) {}
      }),
    )
  }

  /** @returns whether there was anything to begin */
  #begin(): boolean {
    const batch = this.#take()
    if (batch.length === 0) return false
    this.#running++
    void this.#run(batch)
    return true
  }

  #take(): Waiting<Entry, Result>[] {
    const { size, keyOf, once = false } = this.#rules
    if (!keyOf) return this.#waiting.splice(0, size)
    const [batch, later]: Waiting<Entry, Result>[][] = [[], []]
    const passed = new Set<string | number | undefined>()
    for (const one of this.#waiting) {
      const isHeld = passed.has(one.key) || (one.key !== undefined && this.#busy.has(one.key))
      if (isHeld || (batch?.length ?? 0) >= size) later?.push(one)
      else batch?.push(one)
      if (once) passed.add(one.key)
    }
    this.#waiting = later ?? []
    return batch ?? []
  }

  async #run(batch: readonly Waiting<Entry, Result>[]): Promise<void> {
    const keys = batch.flatMap(({ key }) => key ?? [])
    for (const key of keys) this.#busy.add(key)
    try {
      const results = await this.#rules.run(
        this.#db,
        batch.map(({ entry }) => entry),
      )
      for (const [place, one] of batch.entries()) one.resolve(results[place] as Result)
    } catch (error) {
      // One of many may be what the database refuses: each alone, so that it takes no other with it.
      if (batch.length > 1 && isOfOne(error)) for (const one of batch) await this.#alone(one)
      else for (const one of batch) one.reject(error)
    } finally {
      for (const key of keys) this.#busy.delete(key)
      this.#running--
      this.#call()
    }
  }

  async #alone({ entry, resolve, reject }: Waiting<Entry, Result>): Promise<void> {
    await this.#rules.run(this.#db, [entry]).then((results) => resolve(first(results)), reject)
  }
}

function first<Result>(results: readonly Result[]): Result {
  return results[0] as Result
}

/** Whether what was given is refused, as against a database that does not answer. */
function isOfOne(error: unknown): boolean {
  if (error instanceof Refusal) return true
  return error instanceof Error && 'code' in error && /^(?:21|22|23|P0)/.test(String(error.code))
}
