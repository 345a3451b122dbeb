import { hearEvents, type RoomNews } from '#events.ts'
import type { Bus } from '#platform/bus.ts'
import type { Db } from '#platform/database.ts'
import { changesAfter, messagesAfter, newestOf } from './log.ts'
import type { Message } from './shapes.ts'

/** What those who follow a room are told: `text` is the whole frame, made once for all of them. */
export type News = {
  what: RoomNews['what'] | Moment['what']
  number: number
  of: number
  json: string
  by: number
  text: string
  /** `text` as it goes over a socket, kept by the first who needs it. */
  frame?: Buffer
}

/** What nobody keeps: who types, who is there. */
export type Moment = { roomId: number; what: 'typing' | 'here'; json: string; by: number }
const momentTopic = 'room.moment'

/** Somebody who follows one room: a subscription of a socket, or a long poll. Called synchronously; must not throw. */
export type Follower = {
  /** A message. They come in order, and each comes at least once to who has followed since before it. */
  take: (message: News) => void
  /** A message changed, or how far somebody has read. */
  hear: (news: News) => void
  /** Who may read the room is another question now. */
  doubt: () => void
}

const atOnce = 500
/** How often the followed rooms are looked at without a bell, in milliseconds: what a lost one may cost. */
const lookEvery = 10_000

/** One followed room of this process. `last` and `change` are what its followers were told of. */
export class Feed {
  readonly id: number
  readonly followers = new Set<Follower>()
  last = 0
  change = 0
  /** From then on `last` is known. */
  readonly ready: Promise<void>
  #catching: Promise<void> | null = null
  #again = false
  #known = false
  readonly #db: Db
  constructor(id: number, db: Db) {
    this.id = id
    this.#db = db
    this.ready = newestOf(db, [id]).then((found) => {
      const newest = found.get(id)
      this.last = newest?.last ?? 0
      this.change = newest?.change ?? 0
      this.#known = true
      if (this.#again) this.catchUp()
    })
    // Whoever follows awaits it and hears of the failure.
    this.ready.catch(() => {})
  }

  hear(news: RoomNews): void {
    const { what, number } = news
    if (what === 'read') {
      this.tell({ ...news, text: frameText(this.id, 'read', news.json) })
      return
    }
    if (!this.#known) {
      this.#again = true
      return
    }
    const newest = what === 'message' ? this.last : this.change
    if (number <= newest) return
    // Out of order, or one was not heard: the log says what comes in between.
    if (number !== newest + 1 || this.#catching) this.catchUp()
    else this.#deliver(news)
  }

  #deliver(news: Omit<RoomNews, 'type' | 'roomId' | 'members'>): void {
    const { what, number, of, json, by } = news
    if (what === 'message') {
      this.last = number
      const told: News = { what, number, of, json, by, text: frameText(this.id, 'message', json) }
      for (const one of this.followers) one.take(told)
      return
    }
    this.change = number
    this.tell({ what, number, of, json, by, text: frameText(this.id, 'changed', json) })
  }

  tell(news: News): void {
    for (const one of this.followers) one.hear(news)
  }

  doubt(): void {
    for (const one of this.followers) one.doubt()
  }

  /** Whether the log has more than was told. */
  isBehind(newest: { last: number; change: number }): boolean {
    return this.#known && (newest.last > this.last || newest.change > this.change)
  }

  /** Reads what was not heard from the log; a failure is made good by the next look. */
  catchUp(): void {
    if (this.#catching) {
      this.#again = true
      return
    }
    this.#again = false
    this.#catching = this.#read()
      .catch(() => {})
      .finally(() => {
        this.#catching = null
        if (this.#again) this.catchUp()
      })
  }

  async #read(): Promise<void> {
    for (;;) {
      const newest = (await newestOf(this.#db, [this.id])).get(this.id)
      if (!newest || !this.isBehind(newest)) return
      const asked = { roomId: this.id, limit: atOnce }
      const messages = await messagesAfter(this.#db, { ...asked, after: this.last })
      for (const message of messages) this.#deliver(newsOf(message))
      const changes = await changesAfter(this.#db, { ...asked, after: this.change, from: 0 })
      for (const message of changes)
        this.#deliver({ ...newsOf(message), what: 'changed', number: message.change })
      // What was removed meanwhile is not there to be told.
      if (messages.length === 0) this.last = Math.max(this.last, newest.last)
      if (changes.length === 0) this.change = Math.max(this.change, newest.change)
    }
  }
}

function newsOf(message: Message) {
  const { number, author } = message
  return {
    what: 'message',
    number,
    of: number,
    json: JSON.stringify(message),
    by: author?.id ?? 0,
  } as const
}

export function frameText(roomId: number, name: string, json: string): string {
  return `{"topic":"room:${roomId}","${name}":${json}}`
}

/** The rooms that somebody in this process follows, over one subscription to the bus. */
export class RoomFeeds {
  readonly #feeds = new Map<number, Feed>()
  readonly #db: Db
  readonly #bus: Bus
  readonly #stack = new DisposableStack()
  constructor({ db, bus }: { db: Db; bus: Bus }) {
    this.#db = db
    this.#bus = bus
    const events = hearEvents(bus, (event) => {
      if (event.type === 'room.told') this.#feeds.get(event.roomId)?.hear(event)
      else if (event.type === 'room.access') this.#feeds.get(event.roomId)?.doubt()
      else if (event.type === 'boards.changed') for (const feed of this.#feeds.values()) feed.doubt()
    })
    this.#stack.use(events)
    // Only `moment` publishes there.
    this.#stack.use(bus.subscribe(momentTopic, (data) => this.#pass(data as Moment)))
    this.#stack.use(bus.onGap(() => this.look()))
    const timer = setInterval(() => this.look(), lookEvery)
    timer.unref()
    this.#stack.defer(() => clearInterval(timer))
  }

  /** Follows a room from now on. What stands in the log already is the follower's own to read. */
  async follow(roomId: number, follower: Follower): Promise<Feed> {
    const feed = this.#feeds.get(roomId) ?? new Feed(roomId, this.#db)
    this.#feeds.set(roomId, feed)
    feed.followers.add(follower)
    try {
      await feed.ready
    } catch (error) {
      // The next one asks anew.
      if (this.#feeds.get(roomId) === feed) this.#feeds.delete(roomId)
      throw error
    }
    return feed
  }

  unfollow(roomId: number, follower: Follower): void {
    const feed = this.#feeds.get(roomId)
    feed?.followers.delete(follower)
    if (feed?.followers.size === 0) this.#feeds.delete(roomId)
  }

  followersOf(roomId: number): Follower[] {
    return [...(this.#feeds.get(roomId)?.followers ?? [])]
  }

  /** Tells those who follow a room, in every process, what nobody keeps. */
  moment(moment: Moment): void {
    this.#bus.publish(momentTopic, moment)
  }

  /** Who is there, as far as this process knows: each process tells its own. */
  tellHere({ roomId, json }: { roomId: number; json: string }): void {
    this.#pass({ roomId, what: 'here', json, by: 0 })
  }

  #pass({ roomId, what, json, by }: Moment): void {
    const text = frameText(roomId, what, json)
    this.#feeds.get(roomId)?.tell({ what, number: 0, of: 0, json, by, text })
  }

  /** Looks for what was said without a bell that reached this process. */
  look(): void {
    const ids = [...this.#feeds.keys()]
    if (ids.length === 0) return
    newestOf(this.#db, ids)
      .then((found) => {
        for (const [id, newest] of found) {
          const feed = this.#feeds.get(id)
          if (feed?.isBehind(newest)) feed.catchUp()
        }
      })
      // The database is away; the next turn finds what is new.
      .catch(() => {})
  }

  [Symbol.dispose](): void {
    this.#stack.dispose()
    this.#feeds.clear()
  }
}
