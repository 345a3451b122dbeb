import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { ask, type Db } from '#platform/database.ts'
import { Forbidden } from '#platform/errors.ts'
import { dayIn } from '#platform/zones.ts'
import { exposureOf } from './exposure.ts'
import { type ActKind, kinds } from './kinds.ts'
import { peopleByKind, viewsByDay, viewsNow } from './queries.ts'

export type PostStats = {
  post: { id: number; title: string }
  views: number
  /** Days with views, newest first. */
  days: { day: string; views: number }[]
  /** Of the last week; acts of the author and of those who count for nothing are not in it. */
  people: { kind: ActKind; people: number }[]
  /** The exposure rate of the same week. */
  exposure: number
}

const daysShown = 30

const shown = ['view', 'arrival', 'vote', 'bookmark', 'comment', 'answer', 'share', 'link'] as const

/**
 * What the author of a post and moderators may know of its readers. `timeZone`: where the site is.
 * @throws NotFound for who may not see the post, Forbidden for other readers
 */
export async function readStats(
  db: Db,
  viewer: Viewer,
  { id, now, timeZone }: { id: number; now: Date; timeZone: string },
): Promise<PostStats> {
  const post = await findVisiblePost(db, viewer, { id })
  if (post.authorId !== viewer.id && !isModerator(viewer)) throw new Forbidden('forbidden')
  const since = dayIn(timeZone, new Date(now.getTime() - (daysShown - 1) * 86_400_000))
  const [[total], days, rows] = await Promise.all([
    ask<{ views: number }>(db, viewsNow, [post.id]),
    ask<PostStats['days'][number]>(db, viewsByDay, [post.id, since]),
    ask<{ kind: number; people: number }>(db, peopleByKind, [post.id]),
  ])
  const counted = new Map(rows.map((row) => [row.kind, row.people]))
  const found = shown.map((kind) => ({ kind, people: counted.get(kinds[kind]) ?? 0 }))
  return {
    post: { id: post.id, title: post.title },
    views: total?.views ?? 0,
    days,
    people: found.filter((one) => one.people > 0),
    exposure: exposureOf(new Map(found.map((one) => [one.kind, one.people]))),
  }
}
