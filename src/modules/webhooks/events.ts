import type { EventType } from '#events.ts'

/** The events that a webhook can ask for. */
export const eventTypes = [
  'post.published',
  'comment.written',
  'report.opened',
  'member.joined',
] as const satisfies readonly EventType[]
export type ToldEvent = (typeof eventTypes)[number]
