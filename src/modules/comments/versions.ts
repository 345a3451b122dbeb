import type { Viewer } from '#modules/accounts/viewer.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { ask, type Db } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import { findVisibleComment } from './comments.ts'
import type { CommentVersion } from './shapes.ts'

type Row = Omit<CommentVersion, 'by'> & { byId: number; byName: string | null }

const text = `
  select v.version, v.body, v.html, v.by_id as "byId", m.name as "byName", v.created_at as at
  from comment_versions v join members m on m.id = v.by_id
  where v.comment_id = $1 and ($2::int is null or v.version = $2) and ($3::int is null or v.version < $3)
  order by v.version desc limit $4`

function toVersion({ byId, byName, ...row }: Row): CommentVersion {
  return { ...row, by: byName === null ? null : { id: byId, name: byName } }
}

/** A comment's history follows its post: what is deleted there is deleted here. */
async function requireVisible(db: Db, viewer: Viewer | null, commentId: number): Promise<void> {
  const comment = await findVisibleComment(db, viewer, { id: commentId, deleted: true })
  if (comment.postDeletedAt) await findVisiblePost(db, viewer, { id: comment.postId, deleted: true })
}

/** Versions of a comment below `before`, newest first. @throws NotFound as the comment itself. */
export async function listCommentVersions(
  db: Db,
  viewer: Viewer | null,
  { commentId, before = null, limit = 1000 }: { commentId: number; before?: number | null; limit?: number },
): Promise<CommentVersion[]> {
  await requireVisible(db, viewer, commentId)
  return (await ask<Row>(db, text, [commentId, null, before, limit])).map(toVersion)
}

export async function findCommentVersion(
  db: Db,
  viewer: Viewer | null,
  options: { commentId: number; version: number },
): Promise<CommentVersion> {
  await requireVisible(db, viewer, options.commentId)
  const [row] = await ask<Row>(db, text, [options.commentId, options.version, null, 1])
  if (!row) throw new NotFound()
  return toVersion(row)
}
