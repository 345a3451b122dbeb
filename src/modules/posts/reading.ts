import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db, lookUp } from '#platform/database.ts'
import { findVisiblePost } from './posts.ts'

/** Keeps a post for later; again changes nothing. @throws NotFound */
export async function bookmarkPost(db: Db, viewer: Viewer, input: { id: number; now: Date }): Promise<void> {
  const post = await findVisiblePost(db, viewer, { id: input.id })
  await ask(
    db,
    'insert into bookmarks (member_id, post_id, created_at) values ($1, $2, $3) on conflict do nothing',
    [viewer.id, post.id, input.now],
  )
}

export async function unbookmarkPost(db: Db, viewer: Viewer, input: { id: number }): Promise<void> {
  await ask(db, 'delete from bookmarks where member_id = $1 and post_id = $2', [viewer.id, input.id])
}

/** What a member sees of a post's comments. */
export type SeenComments = {
  postId: number
  /** Up to which comment all were read before. */
  lastRead: number
  /** Those on the page. */
  ids: readonly number[]
  /** When the reader turned all pages before this one, the first of which was shown then; null: they came from anywhere. */
  turnedSince: Date | null
  /** What stands before this comment is on those pages; null: all is, whatever the order. */
  first: number | null
}

/** The oldest comment of others that may not have been read: it stands on another page, or came when that was shown. */
const unreadQuery = `select c.id from comments c
  where c.post_id = $2 and c.id > $3 and c.author_id <> $1 and c.deleted_at is null and c.id <> all($4::bigint[])
    and ($5::timestamptz is null or c.created_at > $5
      or c.path > (select path from comments where id = $6::bigint and post_id = $2))
  order by c.id limit 1`

const unreadValues = (viewer: Viewer, seen: SeenComments) => [
  ...[viewer.id, seen.postId, seen.lastRead],
  ...[seen.ids, seen.turnedSince, seen.first],
]

/** Where a thread goes on that a member has not read to its end, besides the page that they see. */
export async function findUnread(db: Db, viewer: Viewer, seen: SeenComments): Promise<number | null> {
  const [row] = await lookUp<{ id: number }>(db, unreadQuery, unreadValues(viewer, seen))
  return row?.id ?? null
}

/**
 * Notes how far a member has read: up to the first comment on a page that they may not have seen, and the count then.
 * Never goes back, so an old window does not make read comments unread. `opens`: the page is a thread's first.
 */
export async function markRead(
  db: Db,
  viewer: Viewer,
  input: SeenComments & { comments: number; opens: boolean; now: Date },
): Promise<void> {
  await ask(
    db,
    `insert into post_reads as r (member_id, post_id, last_comment_id, comments, read_at)
     select $1, $2, coalesce((${unreadQuery}) - 1, (select max(id) from comments where post_id = $2), 0), $7, $8
     on conflict (member_id, post_id) do update
       set last_comment_id = greatest(r.last_comment_id, excluded.last_comment_id), comments = excluded.comments,
         read_at = case when $9 then excluded.read_at else r.read_at end
       where r.last_comment_id < excluded.last_comment_id or r.comments <> excluded.comments or $9`,
    [...unreadValues(viewer, input), input.comments, input.now, input.opens],
  )
}
