import { hearEvents } from '#events.ts'
import type { Bus } from '#platform/bus.ts'
import type { Follower, News, RoomFeeds } from './feeds.ts'

/** How a wait ended: with messages, right after the number that was asked from; or with a reason to look again, or with none. */
export type Waited = { messages: string[] } | 'look' | 'nothing'

/** One long poll: follows a room until something is there for it. */
class Wait implements Follower {
  readonly after: number
  readonly memberId: number
  readonly #changes: number | null
  #messages: string[] = []
  #next: number
  #resolve: ((waited: Waited) => void) | null = null
  #ended: Waited | null = null
  constructor(given: { after: number; changes: number | null; memberId: number }) {
    this.#changes = given.changes
    this.after = given.after
    this.memberId = given.memberId
    this.#next = given.after + 1
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
    this.#resolve?.(waited)
  }

  done(): Promise<Waited> {
    return new Promise((resolve) => {
      if (this.#ended !== null) resolve(this.#ended)
      else this.#resolve = resolve
    })
  }
}

export type Waiter = { wait: (ms: number) => Promise<Waited> } & Disposable

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
  async follow(given: {
    roomId: number
    after: number
    changes: number | null
    memberId: number
  }): Promise<Waiter> {
    const one = new Wait(given)
    this.#open.add(one)
    const leave = () => {
      this.#open.delete(one)
      this.#feeds.unfollow(given.roomId, one)
    }
    try {
      await this.#feeds.follow(given.roomId, one)
    } catch (error) {
      leave()
      throw error
    }
    if (this.#stopped) one.end('nothing')
    const wait = async (ms: number): Promise<Waited> => {
      const timer = setTimeout(() => one.end('nothing'), ms)
      try {
        return await one.done()
      } finally {
        clearTimeout(timer)
      }
    }
    return { wait, [Symbol.dispose]: leave }
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
