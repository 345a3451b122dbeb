import type { Feed, Follower, News, RoomFeeds } from '#modules/chat/feeds.ts'
import { frameText } from '#modules/chat/feeds.ts'
import { changesAfter, messagesAfter } from '#modules/chat/log.ts'
import type { Db } from '#platform/database.ts'
import { type Topic, textFrame } from './frames.ts'
import type { Slots } from './slots.ts'
import type { LiveSocket, Subscription } from './socket.ts'

const atOnce = 200
/** Bytes that may wait while older messages are sent; the next ones are read when they are gone. */
const replayAhead = 200_000

export type Following = {
  db: Db
  feeds: RoomFeeds
  slots: Slots
  doubt: (roomId: number) => void
  /** Called once, when it is over. */
  left: (subscription: RoomSubscription) => void
}

/**
 * A socket that follows a room. While older messages are sent from the log (`replaying`), what is told is left to the log
 * as well; it ends when the last number sent is the last one told, in one turn of the event loop, so that each message
 * goes out once and in order.
 */
export class RoomSubscription implements Subscription, Follower {
  readonly topic: Topic
  readonly roomId: number
  readonly socket: LiveSocket
  /** The last number sent. */
  last = 0
  /** What was said before the member came is not theirs to read, however it changes. */
  from = 0
  isSmall = false
  /** The last change of the room that was told. */
  change = 0
  #replaying = true
  /** Nothing is sent until it is clear that the member may read, to begin with and whenever that is in doubt. */
  #held = true
  #doubted = false
  #ended = false
  /** Which replay goes on: an older one that waits for the database ends when it comes back. */
  #run = 0
  #feed: Feed | null = null
  readonly #given: Following
  constructor(given: Following, of: { topic: Topic; roomId: number; socket: LiveSocket }) {
    this.#given = given
    this.topic = of.topic
    this.roomId = of.roomId
    this.socket = of.socket
  }

  async follow(): Promise<void> {
    this.#feed = await this.#given.feeds.follow(this.roomId, this)
  }

  take(message: News): void {
    if (this.#replaying || message.number <= this.last) return
    if (message.number !== this.last + 1) {
      void this.replay()
      return
    }
    this.last = message.number
    this.#pass(message)
  }

  hear(news: News): void {
    if (news.of > 0 && news.of <= this.from) return
    if (news.what === 'typing' && news.by === this.socket.viewer?.id) return
    if (this.#held) return
    if (news.what === 'changed') this.change = news.number
    this.#pass(news)
  }

  doubt(): void {
    this.#held = true
    this.#doubted = true
    this.#replaying = true
    this.#given.doubt(this.roomId)
  }

  get isOver(): boolean {
    return this.#ended
  }

  /** The member may read; unless that has come into doubt meanwhile. */
  async start(): Promise<void> {
    if (this.#doubted) return
    this.#held = false
    await this.replay()
  }

  resume(): void {
    this.#doubted = false
    this.#held = false
    void this.replay()
    if (this.#feed && this.#feed.change > this.change) void this.replayChanges(this.change)
  }

  #pass(news: News): void {
    news.frame ??= textFrame(news.text)
    this.socket.pass(news.frame)
  }

  /** Sends what stands in the log after `last`, then follows. A failure is told; the client subscribes again. */
  async replay(): Promise<void> {
    this.#replaying = true
    await this.#orEnd(() => this.#replay(++this.#run))
  }

  async #orEnd(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch {
      if (this.#ended) return
      this.socket.tell({ topic: this.topic.name, ended: 'unavailable' })
      this.end()
    }
  }

  async #replay(run: number): Promise<void> {
    const feed = this.#feed
    const isOver = () => this.#ended || this.#held || run !== this.#run
    while (feed && !isOver()) {
      if (this.last >= feed.last) {
        this.#replaying = false
        return
      }
      const { db, slots } = this.#given
      const target = feed.last
      const asked = { roomId: this.roomId, after: this.last, limit: atOnce }
      const messages = await slots.use(() => messagesAfter(db, asked))
      if (isOver()) return
      for (const message of messages) {
        this.last = message.number
        this.socket.pass(textFrame(frameText(this.roomId, 'message', JSON.stringify(message))))
      }
      // What retention took away meanwhile comes no more.
      if (messages.length === 0) this.last = Math.max(this.last, target)
      await this.#drained()
    }
  }

  /** Sends what changed while the client was away. What changes from now on it hears anyway. */
  async replayChanges(after: number): Promise<void> {
    await this.#orEnd(() => this.#replayChanges(after))
  }

  async #replayChanges(after: number): Promise<void> {
    for (let done = after; !this.#ended && !this.#held; ) {
      const { db, slots } = this.#given
      const asked = { roomId: this.roomId, after: done, limit: atOnce, from: this.from }
      const changed = await slots.use(() => changesAfter(db, asked))
      if (this.#ended || this.#held) return
      for (const message of changed) {
        this.change = Math.max(this.change, message.change)
        this.socket.pass(textFrame(frameText(this.roomId, 'changed', JSON.stringify(message))))
      }
      if (changed.length < atOnce) return
      done = changed.at(-1)?.change ?? done
      await this.#drained()
    }
  }

  async #drained(): Promise<void> {
    const { below } = this.socket
    if (!below || below.writableLength < replayAhead) return
    await new Promise<void>((resolve) => {
      const go = () => {
        below.off('drain', go).off('close', go)
        resolve()
      }
      below.once('drain', go).once('close', go)
    })
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#given.left(this)
    this.#given.feeds.unfollow(this.roomId, this)
    this.socket.remove(this)
  }
}
