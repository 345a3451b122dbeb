import type { Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { Order } from '#platform/cursor.ts'
import { ask, type Db } from '#platform/database.ts'
import { plainText } from '#platform/markdown.ts'

export type MembersComment = {
  id: number
  post: { id: number; title: string }
  excerpt: string
  createdAt: Date
  votes: number
}

const query = `
  select c.id, c.created_at as "createdAt", c.votes, p.id as "postId", p.title, left(v.body, 1000) as body
  from comments c
  join posts p on p.id = c.post_id and p.deleted_at is null
  join boards b on b.id = p.board_id and b.read_by = any($2)
  join comment_versions v on v.comment_id = c.id and v.version = c.version
  where c.author_id = $1 and c.deleted_at is null
    and ($3::timestamptz is null or (c.created_at, c.id) < ($3, $4::bigint))
  order by c.created_at desc, c.id desc limit $5`

type Row = { id: number; createdAt: Date; votes: number; postId: number; title: string; body: string }

const byTime = new Order('comments', 'instant')

/** A member's comments that the viewer may see, newest first. */
export async function commentsOfMember(
  db: Db,
  viewer: Viewer | null,
  options: { memberId: number; after: string | null; limit: number },
): Promise<{ comments: MembersComment[]; next: string | null }> {
  const cursor = options.after ? byTime.unpack(options.after) : null
  const values = [
    options.memberId,
    readLevels(viewer),
    cursor?.value ?? null,
    cursor?.id ?? null,
    options.limit + 1,
  ]
  const rows = await ask<Row>(db, query, values)
  const { shown, next } = byTime.cut(rows, options.limit, (last) => last.createdAt.toISOString())
  const comments = shown.map(({ postId, title, body, ...row }) => ({
    ...row,
    post: { id: postId, title },
    excerpt: plainText(body, 160),
  }))
  return { comments, next }
}
