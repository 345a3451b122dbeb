import { ask, type Db } from '#platform/database.ts'
import { type ActKind, kinds } from './kinds.ts'
import { peopleByKind, viewsByDay, viewsNow } from './queries.ts'

export type PostStats = {
  views: number
  /** Days with views, newest first. */
  days: { day: string; views: number }[]
  /** Of the last week; acts of the author and of those who count for nothing are not in it. */
  people: { kind: ActKind; people: number }[]
}

/** What the author of a post may know of its readers. `since`: the first day, as `2026-11-21`. */
export async function readStats(db: Db, given: { postId: number; since: string }): Promise<PostStats> {
  const [[total], days, rows] = await Promise.all([
    ask<{ views: number }>(db, viewsNow, [given.postId]),
    ask<PostStats['days'][number]>(db, viewsByDay, [given.postId, given.since]),
    ask<{ kind: number; people: number }>(db, peopleByKind, [given.postId]),
  ])
  const found = new Map(rows.map((row) => [row.kind, row.people]))
  const all = ['view', 'arrival', 'vote', 'bookmark', 'comment', 'answer', 'share', 'link'] as const
  const people = all.map((kind) => ({ kind, people: found.get(kinds[kind]) ?? 0 }))
  return { views: total?.views ?? 0, days, people: people.filter((one) => one.people > 0) }
}
