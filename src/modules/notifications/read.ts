import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'

export type ReadInput = { now: Date } & (
  | { ids: readonly number[] }
  /** All about a post; or what stands on a page of it: about the post, and these of its comments. */
  | { postId: number; commentIds?: readonly number[] }
  /** All that came until then, which is what the reader saw. */
  | { until: Date }
)

/** Marks the viewer's own as read; what is read already stays so. @returns how many were unread */
export async function markNotificationsRead(db: Db, viewer: Viewer, input: ReadInput): Promise<number> {
  const [condition, values] = conditionOf(input)
  const rows = await ask(
    db,
    `update notifications set read_at = $2, mail = null, push = false
     where member_id = $1 and read_at is null and ${condition} returning id`,
    [viewer.id, input.now, ...values],
  )
  return rows.length
}

function conditionOf(input: ReadInput): [string, unknown[]] {
  if ('ids' in input) return ['id = any($3)', [input.ids]]
  if ('until' in input) return ['at <= $3', [input.until]]
  if (!input.commentIds) return ['post_id = $3', [input.postId]]
  return ['post_id = $3 and (comment_id is null or comment_id = any($4))', [input.postId, input.commentIds]]
}

/** Marks the notifications of rooms as read: each pair is a member and a room. @returns whose there were */
export async function roomsRead(db: Db, pairs: readonly (readonly number[])[], now: Date): Promise<number[]> {
  if (pairs.length === 0) return []
  const rows = await ask<{ memberId: number }>(
    db,
    `update notifications n set read_at = $3, mail = null, push = false
     from unnest($1::bigint[], $2::bigint[]) r (member_id, room_id)
     where n.member_id = r.member_id and n.bundle = 'chat:' || r.room_id and n.read_at is null
       and exists (
         select from room_members rm join rooms o on o.id = rm.room_id
         where rm.room_id = r.room_id and rm.member_id = r.member_id and rm.read_number >= o.last_number)
     returning n.member_id as "memberId"`,
    [pairs.map(([memberId]) => memberId), pairs.map(([, roomId]) => roomId), now],
  )
  return rows.map((row) => row.memberId)
}

const keepRead = 90 * 86_400_000
const keepUnread = 365 * 86_400_000

/** Forgets what was read 90 days ago, and what nobody read in a year. In portions, so that nothing waits long. */
export async function forgetOldNotifications(db: Db, now: Date): Promise<void> {
  const limits = [new Date(now.getTime() - keepRead), new Date(now.getTime() - keepUnread)]
  for (let full = true; full; ) {
    const rows = await ask(
      db,
      `delete from notifications where id in (
         select id from notifications where read_at < $1 or read_at is null and at < $2 limit 5000) returning id`,
      limits,
    )
    full = rows.length === 5000
  }
}
