import { mentionKeys } from '#modules/posts/posts.ts'
import { ask, type Db } from '#platform/database.ts'

type Versions = { newer: string; older: string | null; byId: number }

const versionsQuery = {
  post: `
    select v.body as newer, w.body as older, v.by_id as "byId" from posts p
    join post_versions v on v.post_id = p.id and v.version = p.version
    left join post_versions w on w.post_id = p.id and w.version = p.version - 1 where p.id = $1`,
  comment: `
    select v.body as newer, w.body as older, v.by_id as "byId" from comments c
    join comment_versions v on v.comment_id = c.id and v.version = c.version
    left join comment_versions w on w.comment_id = c.id and w.version = c.version - 1 where c.id = $1`,
}

/** Whom the newest version of a text mentions that the one before did not. */
export async function newMentions(
  tx: Db,
  text: { postId: number; commentId: number | null },
): Promise<{ mentions: string[]; byId: number }> {
  const { postId, commentId } = text
  const [row] = await ask<Versions>(tx, commentId === null ? versionsQuery.post : versionsQuery.comment, [
    commentId ?? postId,
  ])
  if (!row?.newer.includes('@')) return { mentions: [], byId: 0 }
  const before = new Set(mentionKeys(row.older ?? ''))
  return { mentions: mentionKeys(row.newer).filter((name) => !before.has(name)), byId: row.byId }
}

/** Whom a comment mentions now. */
export async function mentionsOfComment(db: Db, commentId: number): Promise<string[]> {
  const [row] = await ask<Versions>(db, versionsQuery.comment, [commentId])
  return row ? mentionKeys(row.newer) : []
}

/** Whom a post mentions now. */
export async function mentionsOfPost(db: Db, postId: number): Promise<string[]> {
  const [row] = await ask<Versions>(db, versionsQuery.post, [postId])
  return row ? mentionKeys(row.newer) : []
}
