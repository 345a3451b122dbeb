import type { MemberRole } from '#modules/accounts/viewer.ts'
import type { Author, BoardName } from '#modules/posts/shapes.ts'

export const reportReasons = ['spam', 'abuse', 'off-topic', 'illegal', 'other'] as const
export type ReportReason = (typeof reportReasons)[number]

export const outcomes = ['removed', 'dismissed'] as const
export type Outcome = (typeof outcomes)[number]

/** What a report or an act is about. `title` is the post's. */
export type Target =
  | { kind: 'post'; id: number; title: string }
  | { kind: 'comment'; id: number; title: string }

export type QueuedReport = {
  id: number
  reason: ReportReason
  detail: string
  by: Author
  at: Date
}

/** Everything reported about one post or comment; resolving one resolves all of it. */
export type QueueItem = {
  target: Target
  /** Rendered text of what is reported; '' when it is deleted already. */
  html: string
  deleted: boolean
  author: Author
  authorRole: MemberRole
  /** The block that holds the author now; `until` null: for good. */
  authorBlock: { until: Date | null } | null
  board: BoardName
  /** Oldest first, at most 100 of `count`. */
  reports: QueuedReport[]
  count: number
  /** Set when it was resolved. */
  resolution: { outcome: Outcome; by: Author; at: Date; note: string } | null
}
