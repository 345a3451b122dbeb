import { hearEvents } from '#events.ts'
import type { Bus } from '#platform/bus.ts'
import type { Awaited } from '#platform/http/late-answers.ts'
import type { Follower, News, RoomFeeds } from './feeds.ts'

/** How a wait ended: with messages, right after the number that was asked from; or with a reason to look again, or with none. */
export type Waited = { messages: string[] } | 'look' | 'nothing'

export type Waiting = { roomId: number; after: number; changes: number | null; memberId: number }

/** One long poll: follows a room until something is there for it. */
export class Wait implements Follower, Awaited {
  readonly memberId: number
  readonly roomId: number
  readonly #changes: number | null
  readonly #leave: (wait: Wait) => void
  #messages: string[] = []
  #next: number
  #timer: NodeJS.Timeout | undefined
  #then: (() => void) | null = null
  #ended: Waited | null = null
  constructor(given: Waiting, leave: (wait: Wait) => void) {
    this.#changes = given.changes
    this.memberId = given.memberId
    this.roomId = given.roomId
    this.#next = given.after + 1
    this.#leave = leave
  }

  /** How it ended; "nothing" until then. */
  get ended(): Waited {
    return this.#ended ?? 'nothing'
  }

  take(message: News): void {
    if (message.number < this.#next) return
    if (message.number !== this.#next) {
      this.end('look')
      return
    }
    this.#messages.push(message.json)
    this.#next++
    // What is told in the same moment goes out together.
    if (this.#messages.length === 1) queueMicrotask(() => this.end({ messages: this.#messages }))
  }

  hear({ what, number }: News): void {
    if (what === 'changed' && this.#changes !== null && number > this.#changes) this.end('look')
  }

  doubt(): void {
    this.end('look')
  }

  end(waited: Waited): void {
    if (this.#ended !== null) return
    this.#ended = waited
    this.leave()
    this.#then?.()
  }

  /** Calls `then` once, as soon as there is something or after `ms`. */
  wait(ms: number, then: () => void): void {
    if (this.#ended !== null) {
      then()
      return
    }
    this.#then = then
    this.#timer = setTimeout(() => this.end('nothing'), ms)
  }

  /** Waits no longer, and calls nobody. */
  leave(): void {
    clearTimeout(this.#timer)
    this.#leave(this)
  }
}

/** The long polls of this process. */
export class Waits {
  readonly #feeds: RoomFeeds
  readonly #open = new Set<Wait>()
  #stopped = false
  readonly #bells: Disposable
  constructor({ feeds, bus }: { feeds: RoomFeeds; bus: Bus }) {
    this.#feeds = feeds
    // Their session may be over: the answer goes out, and the next poll says who they are again.
    this.#bells = hearEvents(bus, (event) => {
      if (event.type === 'sessions.ended' || event.type === 'member.changed') this.#endFor(event.memberId)
    })
  }

  get size(): number {
    return this.#open.size
  }

  /** Follows from now on: what is said while the caller reads the log is not missed. */
  async follow(given: Waiting): Promise<Wait> {
    const one = new Wait(given, this.#leave)
    this.#open.add(one)
    try {
      await this.#feeds.follow(given.roomId, one)
    } catch (error) {
      one.leave()
      throw error
    }
    if (this.#stopped) one.end('nothing')
    return one
  }

  readonly #leave = (one: Wait): void => {
    this.#open.delete(one)
    this.#feeds.unfollow(one.roomId, one)
  }

  #endFor(memberId: number): void {
    for (const one of this.#open) if (one.memberId === memberId) one.end('nothing')
  }

  /** Everybody gets an answer at once, and asks another process. */
  stop(): void {
    this.#stopped = true
    this.#bells[Symbol.dispose]()
    for (const one of this.#open) one.end('nothing')
  }
}
