import type { Bus } from '#platform/bus.ts'
import { afterCommit, type Db, identityOf } from '#platform/database.ts'

/** What happens here that others may want to know: written by the verb that does it, in its transaction. */
export type DomainEvent = Act | Change
/** What somebody did, and when. */
type Act = { at: Date } & (
  | { type: 'post.published'; postId: number; mentions: readonly string[] }
  | { type: 'post.changed'; postId: number; how: PostChange }
  /** `mentions`, here and above: folded names in the text, whether or not somebody is called so. */
  | { type: 'comment.written'; commentId: number; postId: number; mentions: readonly string[] }
  | { type: 'comment.changed'; commentId: number; postId: number; how: 'edited' | 'deleted' | 'restored' }
  /** A vote given, changed or taken back. */
  | { type: 'vote.cast'; postId: number; commentId: number | null; memberId: number }
  | { type: 'report.opened'; reportId: number }
  /** Reports about one thing were decided at once. */
  | { type: 'reports.closed'; reportIds: readonly number[] }
  | { type: 'member.blocked'; memberId: number }
  | { type: 'member.joined'; memberId: number }
  /** Written in a room of the chat, by `memberId`. */
  | { type: 'message.sent'; roomId: number; number: number; memberId: number }
)
/** What looks different now. */
type Change =
  /** Name, picture, role or state: whatever others see of a member. */
  | { type: 'member.changed'; memberId: number }
  /** `readBy`: who may read, before or after it, at the most; for others nothing changed. */
  | { type: 'boards.changed'; readBy: 'everyone' | 'members' | 'moderators' }
  | { type: 'site.changed' }
  /** Some of a member's sessions or keys ended. */
  | { type: 'sessions.ended'; memberId: number }
  /** Members were told something, or what they were told was read or taken back. */
  | { type: 'notifications.changed'; memberIds: readonly number[] }
  /** Members came or went, or who may read a room is another question now. */
  | { type: 'room.access'; roomId: number }
  | RoomNews
/** What those who follow a room are told. */
export type RoomNews = {
  type: 'room.told'
  roomId: number
  what: 'message' | 'changed' | 'read'
  /** The message's, or the room's `change`; 0 of what has none. */
  number: number
  /** The number of the message that changed, 0 of what has none. */
  of: number
  /** As JSON, written once for all who get it. */
  json: string
  /** Who did it. */
  by: number
  /** Whom it is news for, wherever they are; empty in large rooms. */
  members: readonly number[]
}
export type EventType = DomainEvent['type']
export type PostChange =
  | 'edited'
  | 'deleted'
  | 'restored'
  | 'moved'
  | 'pinned'
  | 'unpinned'
  | 'locked'
  | 'unlocked'
  | 'accepted'

export type Subscriber = {
  /** From memory: nothing is asked for an event that nobody wants. */
  wants: (type: EventType) => boolean
  /** What follows from it: jobs, enqueued in the writer's transaction. */
  take: (tx: Db, event: DomainEvent) => Promise<void>
  /** The same for several of one type at once, where that costs less than one by one. */
  takeAll?: (tx: Db, events: readonly DomainEvent[]) => Promise<void>
}

type Audience = { subscribers: Subscriber[]; bus: Bus | null }

/** By the database that they belong to, so that two apps in one process do not hear each other. */
const audiences = new WeakMap<object, Audience>()

function audienceOf(db: Db): Audience {
  const identity = identityOf(db)
  const known = audiences.get(identity)
  if (known) return known
  const made: Audience = { subscribers: [], bus: null }
  audiences.set(identity, made)
  return made
}

export function subscribe(db: Db, subscriber: Subscriber): void {
  audienceOf(db).subscribers.push(subscriber)
}

/** From now on what is committed here is told to every process over `bus`. */
export function announceOn(db: Db, bus: Bus): void {
  audienceOf(db).bus = bus
}

/** Whether a subscriber takes part in the transaction: a verb of one statement opens one only then. */
export function isHeard(db: Db, type: EventType): boolean {
  return audienceOf(db).subscribers.some((one) => one.wants(type))
}

/**
 * Tells whoever wants to know: subscribers in the writer's transaction, so that what follows is there when that is
 * committed; listeners of every process (`hearEvents`) as soon as it is.
 */
export function emit(tx: Db, event: DomainEvent): Promise<void> {
  return emitAll(tx, [event])
}

/** The same for several events of one type. */
export async function emitAll(tx: Db, events: readonly DomainEvent[]): Promise<void> {
  const [first] = events
  if (!first) return
  const { subscribers, bus } = audienceOf(tx)
  for (const one of subscribers) {
    if (!one.wants(first.type)) continue
    if (one.takeAll) await one.takeAll(tx, events)
    else for (const event of events) await one.take(tx, event)
  }
  if (!bus) return
  afterCommit(tx, () => {
    for (const event of events) bus.publish(topic, event)
  })
}

const topic = 'event'

/** What was committed, here or in another process, soon after; may be lost while Redis is away (see `Bus.onGap`). */
export function hearEvents(bus: Bus, hear: (event: DomainEvent) => void): Disposable {
  return bus.subscribe(topic, (data) => {
    // Only `emit` publishes here; JSON made a text of the time on its way from another process.
    const event = data as DomainEvent
    hear('at' in event ? { ...event, at: new Date(event.at) } : event)
  })
}
