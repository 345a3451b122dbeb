import { Order } from '#platform/cursor.ts'
import { ask, type Db } from '#platform/database.ts'

export const acts = [
  'post.pin',
  'post.unpin',
  'post.unpin-moved',
  'post.lock',
  'post.unlock',
  'post.move',
  'post.remove',
  'post.restore',
  'post.edit',
  'post.accept',
  'post.unaccept',
  'comment.remove',
  'comment.restore',
  'comment.edit',
  'report.dismiss',
  'report.remove',
  'message.remove',
  'message.dismiss',
  'member.block',
  'member.unblock',
  'member.role',
  'member.link',
  'member.approve',
  'member.refuse',
  'member.factors',
  'member.sessions',
  'member.sweep',
  'board.create',
  'board.change',
  'board.archive',
  'board.unarchive',
  'board.delete',
  'site.change',
  'text.publish',
  'text.change',
  'text.remove',
  'mail.test',
  'client.create',
  'client.revoke',
  'webhook.create',
  'webhook.remove',
] as const
export type ActName = (typeof acts)[number]

export type NewAct = {
  byId: number
  act: ActName
  reason?: string
  postId?: number
  commentId?: number
  memberId?: number
  boardId?: number
  now: Date
}

/** Writes a moderator's act into the log, in the act's own transaction. */
export async function recordAct(tx: Db, act: NewAct): Promise<void> {
  await recordActs(tx, [act])
}

/** The same for what one act brings about on many. */
export async function recordActs(tx: Db, made: readonly NewAct[]): Promise<void> {
  if (made.length === 0) return
  const rows = made.map((act) => ({
    by_id: act.byId,
    act: act.act,
    reason: act.reason ?? '',
    post_id: act.postId ?? null,
    comment_id: act.commentId ?? null,
    member_id: act.memberId ?? null,
    board_id: act.boardId ?? null,
    created_at: act.now,
  }))
  await tx.insertInto('moderation_log').values(rows).execute()
}

export type ListedAct = {
  id: number
  act: ActName
  by: { id: number; name: string } | null
  reason: string
  at: Date
  post: { id: number; title: string } | null
  commentId: number | null
  member: { id: number; name: string } | null
  board: { slug: string; name: string } | null
}

type ActRow = {
  id: number
  act: ActName
  reason: string
  at: Date
  byId: number
  byName: string | null
  postId: number | null
  title: string | null
  commentId: number | null
  memberId: number | null
  memberName: string | null
  slug: string | null
  boardName: string | null
}

const listQuery = `
  select l.id, l.act, l.reason, l.created_at as at, l.by_id as "byId", w.name as "byName", l.post_id as "postId", p.title,
         l.comment_id as "commentId", l.member_id as "memberId", m.name as "memberName", b.slug, b.name as "boardName"
  from moderation_log l
  join members w on w.id = l.by_id
  left join posts p on p.id = l.post_id
  left join members m on m.id = l.member_id
  left join boards b on b.id = l.board_id
  where ($1::timestamptz is null or (l.created_at, l.id) < ($1, $2::bigint))
  order by l.created_at desc, l.id desc limit $3`

const byTime = new Order('log', 'instant')

/** The log, newest first; for moderators (the caller checks). */
export async function listActs(
  db: Db,
  options: { after: string | null; limit: number },
): Promise<{ acts: ListedAct[]; next: string | null }> {
  const cursor = options.after ? byTime.unpack(options.after) : null
  const rows = await ask<ActRow>(db, listQuery, [
    cursor?.value ?? null,
    cursor?.id ?? null,
    options.limit + 1,
  ])
  const { shown, next } = byTime.cut(rows, options.limit, (last) => last.at.toISOString())
  return { acts: shown.map(toAct), next }
}

function toAct(row: ActRow): ListedAct {
  return {
    id: row.id,
    act: row.act,
    by: row.byName === null ? null : { id: row.byId, name: row.byName },
    reason: row.reason,
    at: row.at,
    post: row.postId === null ? null : { id: row.postId, title: row.title ?? '' },
    commentId: row.commentId,
    member:
      row.memberId === null || row.memberName === null ? null : { id: row.memberId, name: row.memberName },
    board: row.slug === null || row.boardName === null ? null : { slug: row.slug, name: row.boardName },
  }
}
