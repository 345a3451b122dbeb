import type { DomainEvent, EventType, Subscriber } from '#events.ts'
import type { Bus } from '#platform/bus.ts'
import { afterCommit, ask, type Db } from '#platform/database.ts'
import { Bell } from './bell.ts'
import { enqueueFollowers } from './followers.ts'
import { newMentions } from './mentions.ts'
import { roomsRead } from './read.ts'
import {
  type Telling,
  type Told,
  tellAccepted,
  tellApproved,
  tellBlocked,
  tellComments,
  tellMentioned,
  tellRemoved,
  tellReporters,
  tellRooms,
  tellVotes,
} from './tell.ts'

/** Milliseconds after a vote until its author is told, after a message until those who have not read it are, and after it was read. */
const waits = { votes: 1500, rooms: 5000, reads: 300 } as const

/** Things whose votes one statement counts, and rooms, which have members each. */
const atOnce = { votes: 200, rooms: 20 } as const

export type NotifierDeps = {
  db: Db
  bus: Bus
  /** Whether this site sends mails. */
  mails: boolean
  clock: () => Date
  onFailure: (error: unknown) => void
}

/** The only types that are listened for; in the writer's transaction, so few and cheap. */
const heard: ReadonlySet<EventType> = new Set<EventType>([
  'comment.written',
  'comment.changed',
  'post.published',
  'post.changed',
  'vote.cast',
  'reports.closed',
  'member.joined',
  'member.blocked',
  'message.sent',
  'room.told',
])

/**
 * Tells members what concerns them. What one person does to a few others is written with the act, in one statement;
 * votes and chat, which come in hundreds, are remembered here and counted a little later from their own tables, so a
 * process that dies forgets at most to tell of them until the next vote or message.
 */
export class Notifier implements Subscriber {
  readonly bell: Bell
  readonly #deps: NotifierDeps
  readonly #votes = { post: new Set<number>(), comment: new Set<number>() }
  readonly #rooms = new Set<number>()
  /** Member and room. */
  readonly #reads = new Set<string>()
  /** What a timer began: the database stays open until it is done. */
  readonly #counting = new Set<Promise<void>>()
  readonly #timers: Partial<Record<keyof typeof waits, ReturnType<typeof setTimeout>>> = {}
  constructor(deps: NotifierDeps) {
    this.#deps = deps
    this.bell = new Bell(deps.db, deps.bus, deps.onFailure)
  }

  wants(type: EventType): boolean {
    return heard.has(type)
  }

  async take(tx: Db, event: DomainEvent): Promise<void> {
    if (event.type === 'vote.cast') {
      if (event.commentId === null) this.#votes.post.add(event.postId)
      else this.#votes.comment.add(event.commentId)
      return this.#later('votes')
    }
    if (event.type === 'message.sent') {
      this.#rooms.add(event.roomId)
      return this.#later('rooms')
    }
    if (event.type === 'room.told') {
      if (event.what !== 'read') return
      this.#reads.add(`${event.by}:${event.roomId}`)
      return this.#later('reads')
    }
    this.#ring(tx, await this.#tell(tx, event))
  }

  async takeAll(tx: Db, events: readonly DomainEvent[]): Promise<void> {
    const comments = events.flatMap((event) => (event.type === 'comment.written' ? [event] : []))
    if (comments.length < 2) for (const event of events) await this.take(tx, event)
    else this.#ring(tx, await this.#tellComments(tx, comments))
  }

  #ring(tx: Db, told: Told): void {
    if (told.length > 0) afterCommit(tx, () => this.bell.ring(told))
  }

  #tellComments(tx: Db, events: readonly Extract<DomainEvent, { type: 'comment.written' }>[]): Promise<Told> {
    const at = events[0]?.at ?? this.#deps.clock()
    const comments = events.map(({ commentId: id, mentions }) => ({ id, mentions }))
    return tellComments(tx, this.#telling(at), comments)
  }

  #telling(at: Date): Telling {
    return { at, mails: this.#deps.mails }
  }

  async #tell(tx: Db, event: DomainEvent): Promise<Told> {
    switch (event.type) {
      case 'comment.written':
        return this.#tellComments(tx, [event])
      case 'post.published': {
        await enqueueFollowers(tx, event.postId)
        if (event.mentions.length === 0) return []
        const [post] = await ask<{ byId: number }>(
          tx,
          'select author_id as "byId" from posts where id = $1',
          [event.postId],
        )
        const text = {
          postId: event.postId,
          commentId: null,
          mentions: event.mentions,
          byId: post?.byId ?? 0,
        }
        return tellMentioned(tx, this.#telling(event.at), text)
      }
      case 'reports.closed':
        return tellReporters(tx, this.#telling(event.at), event.reportIds)
      case 'member.joined':
        return tellApproved(tx, this.#telling(event.at), event.memberId)
      case 'member.blocked':
        return tellBlocked(tx, this.#telling(event.at), event.memberId)
      case 'post.changed':
      case 'comment.changed':
        return this.#tellChange(tx, event)
      default:
        return []
    }
  }

  async #tellChange(
    tx: Db,
    event: Extract<DomainEvent, { type: 'post.changed' | 'comment.changed' }>,
  ): Promise<Told> {
    const telling = this.#telling(event.at)
    const commentId = event.type === 'comment.changed' ? event.commentId : null
    const thing = { postId: event.postId, commentId }
    if (event.how === 'deleted') return tellRemoved(tx, telling, thing)
    if (event.how === 'accepted') return tellAccepted(tx, telling, event.postId)
    if (event.how === 'edited')
      return tellMentioned(tx, telling, { ...thing, ...(await newMentions(tx, thing)) })
    return []
  }

  #later(what: keyof typeof waits): void {
    if (this.#timers[what]) return
    const timer = setTimeout(() => {
      delete this.#timers[what]
      const counting = this.flush(what)
        .catch(this.#deps.onFailure)
        .finally(() => this.#counting.delete(counting))
      this.#counting.add(counting)
    }, waits[what])
    timer.unref()
    this.#timers[what] = timer
  }

  /** Counts now what was remembered. */
  async flush(what: keyof typeof waits): Promise<void> {
    const { db, clock } = this.#deps
    const telling = this.#telling(clock())
    if (what === 'rooms') {
      for (const ids of portions(take(this.#rooms), atOnce.rooms))
        this.bell.ring(await tellRooms(db, telling, ids))
      return
    }
    if (what === 'reads') {
      const pairs = take(this.#reads).map((pair) => pair.split(':').map(Number))
      await roomsRead(db, pairs, clock())
      // Also where a message came in the meantime and nothing was marked: how many are unread is counted again.
      return this.bell.ring([...new Set(pairs.flatMap(([memberId]) => memberId ?? []))])
    }
    for (const kind of ['post', 'comment'] as const) {
      for (const ids of portions(take(this.#votes[kind]), atOnce.votes))
        this.bell.ring(await tellVotes(db, telling, { kind, ids }))
    }
  }

  /** Before the process ends: everything that was remembered. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer)
    await Promise.all(this.#counting)
    await this.flush('votes')
    await this.flush('rooms')
    await this.flush('reads')
    await this.bell[Symbol.asyncDispose]()
  }
}

function take<T>(set: Set<T>): T[] {
  const all = [...set]
  set.clear()
  return all
}

function* portions<T>(all: readonly T[], size: number): Iterable<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size)
}
