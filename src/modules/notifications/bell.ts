import { emit } from '#events.ts'
import type { Bus } from '#platform/bus.ts'
import type { Db } from '#platform/database.ts'
import { countUnreadOfAll } from './list.ts'

/** Milliseconds in which rings are collected: one question for all who are to hear. */
const collectFor = 30

/** What open pages are told on the topic `me:ID`. */
export type Ring = { unread: number }

/** Tells the open pages of members how many unread notifications they have. A ring that is lost is made up by the next page. */
export class Bell {
  readonly #db: Db
  readonly #bus: Bus
  readonly #onFailure: (error: unknown) => void
  readonly #waiting = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #ringing = Promise.resolve()
  constructor(db: Db, bus: Bus, onFailure: (error: unknown) => void) {
    this.#db = db
    this.#bus = bus
    this.#onFailure = onFailure
  }

  /** Soon after what changed is committed. */
  ring(memberIds: readonly number[]): void {
    if (memberIds.length === 0) return
    // Nobody takes part in it: it is on the bus before this returns.
    void emit(this.#db, { type: 'notifications.changed', memberIds })
    for (const id of memberIds) if (this.#bus.mayHear(`me:${id}`)) this.#waiting.add(id)
    if (this.#waiting.size === 0) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#ringing = this.flush().catch(this.#onFailure)
    }, collectFor)
    this.#timer.unref()
  }

  async flush(): Promise<void> {
    const memberIds = [...this.#waiting]
    this.#waiting.clear()
    if (memberIds.length === 0) return
    for (const { memberId, unread } of await countUnreadOfAll(this.#db, memberIds)) {
      this.#bus.publish(`me:${memberId}`, { unread } satisfies Ring)
    }
  }

  /** Before the process ends: what waits, and what is on its way. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    await this.#ringing
    await this.flush()
  }
}
