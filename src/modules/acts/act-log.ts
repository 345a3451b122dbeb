import type { FastifyBaseLogger } from 'fastify'
import { ask, type Db, retryDeadlocks, transact } from '#platform/database.ts'
import { gathered } from '#platform/gathered.ts'
import { dayIn } from '#platform/zones.ts'
import { type Act, kinds } from './kinds.ts'
import { settleViews, shareSums, viewsAhead, writeActs } from './queries.ts'
import { isRobot, VisitorKeys, visitorCode } from './visitors.ts'

/** Milliseconds from the first act in memory until it is written: with the writing itself less than a second. */
const writeAfter = 400
const settleAfter = 10_000
/** Rows a statement, and the most that waits while the database is away. */
const mostRows = 5000
const mostWaiting = 100_000

const viewsOf = gathered<{ pending: number; counted: boolean }>(['bigint', 'bigint', 'date'], viewsAhead)

type Given = { timeZone: string; log: FastifyBaseLogger }

/**
 * Acts at posts, gathered in memory and written together within a second. Views of one person count once a day; the
 * database decides, so any number of processes may count.
 */
export class ActLog {
  readonly #db: Db
  readonly #log: FastifyBaseLogger
  readonly #keys: VisitorKeys
  readonly #timeZone: string
  #waiting = new Map<string, Act>()
  #running: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined
  #settling: NodeJS.Timeout | undefined
  #closed = false
  constructor(db: Db, { timeZone, log }: Given) {
    this.#db = db
    this.#log = log
    this.#keys = new VisitorKeys(db)
    this.#timeZone = timeZone
    // What a process that was killed had written but not settled.
    this.#settleSoon()
  }

  /** Notes an act; robots' are none. Costs a look into a map. */
  note(act: Act): void {
    const key = `${act.kind} ${act.postId} ${act.memberId ?? `${act.address} ${act.agent}`}`
    if (this.#waiting.has(key) || isRobot(act.agent)) return
    if (this.#waiting.size >= mostWaiting) return
    this.#waiting.set(key, act)
    this.#timer ??= this.#later(() => this.#write(), writeAfter)
  }

  /** What a reader sees beyond `posts.views`: views not yet added there, and their own of today. */
  async ahead(reader: Omit<Act, 'kind'> & { counts: boolean }): Promise<number> {
    const day = dayIn(this.#timeZone, reader.at)
    const person = reader.memberId ?? visitorCode(await this.#keys.of(day), reader).person
    const [row] = await viewsOf(this.#db, [reader.postId, person, day])
    const own = reader.counts && !isRobot(reader.agent) && !row?.counted
    return (row?.pending ?? 0) + (own ? 1 : 0)
  }

  /** Writes what waits, now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#running
    await this.#write()
    await this.#running
  }

  /** Adds what was written to the posts' own counters. */
  async settle(): Promise<void> {
    clearTimeout(this.#settling)
    this.#settling = undefined
    await retryDeadlocks(() => ask(this.#db, settleViews, []))
  }

  /** Writes and adds what there is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    try {
      await this.flush()
      await this.settle()
    } catch (error) {
      this.#log.warn({ err: error }, 'the last views could not be written')
    }
    clearTimeout(this.#timer)
    clearTimeout(this.#settling)
  }

  #later(work: () => Promise<void>, ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      work().catch((error: unknown) => this.#log.warn({ err: error }, 'views could not be written'))
    }, ms).unref()
  }

  #settleSoon(): void {
    if (!this.#closed) this.#settling ??= this.#later(() => this.settle(), settleAfter)
  }

  async #write(): Promise<void> {
    this.#timer = undefined
    if (this.#running || this.#waiting.size === 0) return
    const acts = this.#waiting
    this.#waiting = new Map()
    this.#running = this.#writeAll(acts)
    try {
      await this.#running
    } finally {
      this.#running = null
      if (this.#waiting.size > 0 && !this.#closed)
        this.#timer ??= this.#later(() => this.#write(), writeAfter)
    }
  }

  /** What could not be written waits again. */
  async #writeAll(acts: Map<string, Act>): Promise<void> {
    const byDay = Map.groupBy(acts, ([, act]) => dayIn(this.#timeZone, act.at))
    for (const [day, entries] of byDay) {
      for (let from = 0; from < entries.length; from += mostRows) {
        const part = entries.slice(from, from + mostRows)
        try {
          await this.#writePart(
            day,
            part.map(([, act]) => act),
          )
        } catch (error) {
          for (const [key, act] of part) this.#waiting.set(key, act)
          this.#log.warn({ err: error, acts: part.length }, 'views could not be written yet')
        }
      }
    }
    this.#settleSoon()
  }

  async #writePart(day: string, acts: readonly Act[]): Promise<void> {
    const key = await this.#keys.of(day)
    const codes = acts.map((act) => visitorCode(key, act))
    const values = [
      acts.map((act) => act.postId),
      acts.map((act) => kinds[act.kind]),
      codes.map((code) => code.person),
      codes.map((code) => code.address),
      acts.map((act) => act.at),
      day,
    ]
    await transact(this.#db, async (tx) => {
      await ask(tx, shareSums, [])
      await ask(tx, writeActs, values)
    })
  }
}
