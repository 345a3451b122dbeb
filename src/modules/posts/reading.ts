import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
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

/**
 * Notes how far a member has read: the newest comment on the page and the count then. Never goes back, so an old
 * window or page 1 of a long thread does not make read comments unread.
 */
export async function markRead(
  db: Db,
  viewer: Viewer,
  input: { postId: number; lastCommentId: number; comments: number; now: Date },
): Promise<void> {
  await ask(
    db,
    `insert into post_reads as r (member_id, post_id, last_comment_id, comments, read_at) values ($1, $2, $3, $4, $5)
     on conflict (member_id, post_id) do update
       set last_comment_id = greatest(r.last_comment_id, excluded.last_comment_id), comments = excluded.comments, read_at = $5
       where r.last_comment_id < excluded.last_comment_id or r.comments <> excluded.comments`,
    [viewer.id, input.postId, input.lastCommentId, input.comments, input.now],
  )
}
