import { type Db, identityOf } from '#platform/database.ts'

/** What happens here that others may want to know: written by the verb that does it, in its transaction. */
export type DomainEvent =
  | { type: 'post.published'; postId: number; at: Date }
  | { type: 'comment.written'; commentId: number; at: Date }
  | { type: 'report.opened'; reportId: number; at: Date }
  | { type: 'member.joined'; memberId: number; at: Date }
export type EventType = DomainEvent['type']

export const eventTypes = [
  'post.published',
  'comment.written',
  'report.opened',
  'member.joined',
] as const satisfies readonly EventType[]

export type Subscriber = {
  /** From memory: nothing is asked for an event that nobody wants. */
  wants: (type: EventType) => boolean
  /** What follows from it: jobs, enqueued in the writer's transaction. */
  take: (tx: Db, event: DomainEvent) => Promise<void>
}

/** By the database that they belong to, so that two apps in one process do not hear each other. */
const subscribers = new WeakMap<object, Subscriber[]>()

export function subscribe(db: Db, subscriber: Subscriber): void {
  const identity = identityOf(db)
  subscribers.set(identity, [...(subscribers.get(identity) ?? []), subscriber])
}

/** Whether `emit` would do anything: a verb of one statement opens a transaction only then. */
export function isHeard(db: Db, type: EventType): boolean {
  return subscribers.get(identityOf(db))?.some((one) => one.wants(type)) ?? false
}

/** Tells whoever wants to know, in the writer's transaction: what follows is there when that is committed. */
export async function emit(tx: Db, event: DomainEvent): Promise<void> {
  for (const one of subscribers.get(identityOf(tx)) ?? [])
    if (one.wants(event.type)) await one.take(tx, event)
}
