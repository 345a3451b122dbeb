import type { DomainEvent, EventType } from '#events.ts'

/** The events that a webhook can ask for, by what happens here. */
const told = {
  'post.published': ['post.published'],
  'post.changed': ['post.edited', 'post.deleted', 'post.restored'],
  'comment.written': ['comment.written'],
  'comment.changed': ['comment.edited', 'comment.deleted', 'comment.restored'],
  'report.opened': ['report.opened'],
  'member.joined': ['member.joined'],
} as const satisfies Partial<Record<EventType, readonly string[]>>
export type ToldEvent = (typeof told)[keyof typeof told][number]
export const eventTypes: readonly ToldEvent[] = Object.values(told).flat()

/** What may be told when such a thing happens. */
export function toldOf(type: EventType): readonly ToldEvent[] {
  return Object.hasOwn(told, type) ? told[type as keyof typeof told] : []
}

export type Telling = { event: ToldEvent; subjectId: number; at: Date }

/** How something that happened is told, and what it is about; null when it is not told. */
export function tellingOf(event: DomainEvent): Telling | null {
  if (!('at' in event)) return null
  const { at } = event
  switch (event.type) {
    case 'post.published':
      return { event: event.type, subjectId: event.postId, at }
    case 'comment.written':
      return { event: event.type, subjectId: event.commentId, at }
    case 'report.opened':
      return { event: event.type, subjectId: event.reportId, at }
    case 'member.joined':
      return { event: event.type, subjectId: event.memberId, at }
    case 'post.changed':
      return changeOf({ name: `post.${event.how}`, subjectId: event.postId, at })
    case 'comment.changed':
      return changeOf({ name: `comment.${event.how}`, subjectId: event.commentId, at })
    default:
      return null
  }
}

/** Moves, pins and locks are not told. */
function changeOf(change: { name: string; subjectId: number; at: Date }): Telling | null {
  const event = eventTypes.find((type) => type === change.name)
  return event ? { event, subjectId: change.subjectId, at: change.at } : null
}
