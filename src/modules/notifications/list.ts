import { on } from '#freshness.ts'
import { memberWasLetIn, type Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { paths } from '#paths.ts'
import { remember } from '#platform/cache.ts'
import { Order } from '#platform/cursor.ts'
import { ask, type Db, lookUp } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import type { Kind, What } from './kinds.ts'
import { findThings, type Things } from './things.ts'

/** What a notification is about, joined for looking at it now: `n` stands for its row. */
const about = `
  left join posts p on p.id = n.post_id
  left join comments c on c.id = n.comment_id
  left join boards b on b.id = coalesce(p.board_id, n.board_id)
  left join boards fb on fb.id = n.board_id
  left join personal_blocks away on away.member_id = n.member_id and away.other_id = n.actor_id`

/**
 * Whether its reader may know of it now: boards become private, their rooms as well, posts and comments are deleted. `readable` is the
 * condition on a board: the thing's, and the one that is followed, which it may have left. Of several in one some may be left when the last of them is gone,
 * or by others when its writer is kept away.
 */
const visible = (readable: (board: string) => string) => `(b.id is null or ${readable('b')})
  and (fb.id is null or ${readable('fb')})
  and (away.other_id is null or n.kind = 'moderation' or n.count > 1 and n.what <> 'member') and case n.kind
  when 'moderation' then true
  when 'chat' then exists (
    select from room_members rm join rooms r on r.id = rm.room_id left join boards rb on rb.id = r.board_id
    where rm.room_id = n.room_id and rm.member_id = n.member_id and rm.read_number < r.last_number
      and r.closed_at is null and (rb.id is null or ${readable('rb')}))
  when 'follow' then n.count > 1 and n.what <> 'post' or p.deleted_at is null and (c.deleted_at is null or n.count > 1)
  else p.deleted_at is null and (c.deleted_at is null or n.count > 1 and n.kind in ('reply', 'comment', 'answer')) end`

const byLevels = (board: string) => `${board}.read_by = any($2)`
const byRole = (board: string) =>
  `(${board}.read_by = 'everyone' or m.role <> 'member' or ${board}.read_by = 'members' and ${memberWasLetIn})`
/** More than this many unread ones are not counted. */
const mostUnread = 1000

const countUnreadOf = (readable: (board: string) => string) => `
  select count(*) as unread, coalesce(bool_or(kind = 'chat'), false) as chat from (
    select n.kind from notifications n ${about}
    where n.member_id = m.id and n.read_at is null and n.shown and ${visible(readable)} limit ${mostUnread}
  ) counted`

const ownUnreadQuery = `select u.unread, u.chat from (select $1::bigint as id) m, lateral (${countUnreadOf(byLevels)}) u`
const allUnreadQuery = `
  select m.id as "memberId", u.unread from members m, lateral (${countUnreadOf(byRole)}) u where m.id = any($1)`

/** How many unread notifications the viewer has, of those that they may see now; counts to 1000 and no further. */
export async function countUnread(db: Db, viewer: Viewer): Promise<number> {
  return (await findUnread(db, viewer)).unread
}

type Unread = { unread: number; chat: boolean }

/** The same, and whether messages of the chat are among them. */
export function findUnread(db: Db, viewer: Viewer): Promise<Unread> {
  const levels = readLevels(viewer)
  const question = { key: `unread ${viewer.id} ${levels.length}`, tags: () => [on.bell(viewer.id), on.bells] }
  return remember(db, question, async () => {
    const [row] = await lookUp<Unread>(db, ownUnreadQuery, [viewer.id, levels])
    return row ?? { unread: 0, chat: false }
  })
}

/** The same for several members at once. */
export function countUnreadOfAll(
  db: Db,
  memberIds: readonly number[],
): Promise<{ memberId: number; unread: number }[]> {
  return ask(db, allUnreadQuery, [memberIds])
}

type Person = { id: number; name: string }

export type Notification = {
  id: number
  kind: Kind
  what: What
  /** How many things, or voters, it stands for. */
  count: number
  at: Date
  read: boolean
  /** Who did the last of it; null for acts of the staff, and for who left. */
  actor: Person | null
  /** Those who did it, the latest first, as far as their names are told; `people` counts them all. */
  names: readonly string[]
  people: number
  avatar: string | null
  /** One line of what was written last; '' where nothing was, or the reader may not see it. */
  excerpt: string
  post: { id: number; title: string } | null
  commentId: number | null
  /** The first of several comments. */
  firstId: number | null
  board: { slug: string; name: string } | null
  tag: string | null
  /** The member who is followed. */
  member: Person | null
  roomId: number | null
  /** A moderator's reason. */
  note: string
}

type Row = {
  id: number
  kind: Kind
  what: What
  count: number
  at: Date
  read: boolean
  actorId: number | null
  actorName: string | null
  avatar: string | null
  postId: number | null
  title: string | null
  postGone: boolean
  commentId: number | null
  commentGone: boolean
  slug: string | null
  boardName: string | null
  tag: string | null
  roomId: number | null
  note: string
}

const columns = `n.id, n.kind, n.what, n.count, n.at, n.read_at is not null as read, n.actor_id as "actorId", a.name as "actorName", a.avatar,
  n.post_id as "postId", p.title, p.deleted_at is not null as "postGone", n.comment_id as "commentId",
  c.deleted_at is not null as "commentGone", coalesce(fb.slug, b.slug) as slug, coalesce(fb.name, b.name) as "boardName", n.tag, n.room_id as "roomId", n.note`
const from = `from notifications n ${about} left join members a on a.id = n.actor_id and away.other_id is null`

/** With what they stand for: of several, what is left and who is left. */
async function toNotifications(db: Db, rows: readonly Row[]): Promise<Notification[]> {
  const things = await findThings(
    db,
    rows.map((row) => row.id),
  )
  return rows.map((row) => toNotification(row, things.get(row.id)))
}

/** What is gone is not named, but to who wrote it and lost it to a moderator. */
function toNotification(row: Row, things: Things | undefined): Notification {
  const { id, kind, what, count, at, read, tag, roomId, note } = row
  const lost = what === 'removed'
  const gone = row.postGone || row.commentGone
  const several = count > 1 ? things : undefined
  const showsPost = row.postId !== null && (!row.postGone || (lost && row.commentId === null))
  const known = actorOf(row, several)
  const actor = kind === 'moderation' || (gone && !several && what !== 'member') ? null : known
  return {
    id,
    kind,
    what,
    count,
    at,
    read,
    actor,
    // Of a room only the last to write is told.
    names: kind === 'chat' ? [] : (several?.names ?? []),
    people: kind === 'vote' ? count : (several?.people ?? 0),
    avatar: actor && (several ? several.avatar : row.avatar),
    excerpt: things?.excerpt ?? '',
    post: showsPost ? { id: row.postId ?? 0, title: row.title ?? '' } : null,
    commentId: row.commentGone && !lost ? null : row.commentId,
    firstId: several?.firstId ?? null,
    board: row.slug === null ? null : { slug: row.slug, name: row.boardName ?? '' },
    tag,
    member: what === 'member' ? known : null,
    roomId,
    note,
  }
}

function actorOf({ actorId, actorName }: Row, several: Things | undefined): Person | null {
  const [name] = several?.names ?? []
  if (several && name !== undefined) return { id: several.actorId, name }
  return actorId === null || actorName === null ? null : { id: actorId, name: actorName }
}

export type NotificationFilter = { unread?: boolean; kinds?: readonly Kind[] }

const byTime = new Order('notices', 'instant')

/** The viewer's notifications, newest first. @throws BadRequest for a cursor that is none */
export async function listNotifications(
  db: Db,
  viewer: Viewer,
  options: NotificationFilter & { after: string | null; limit: number },
): Promise<{ items: Notification[]; next: string | null }> {
  const cursor = options.after ? byTime.unpack(options.after) : null
  const rows = await ask<Row>(db, listQuery, [
    viewer.id,
    readLevels(viewer),
    cursor?.value ?? null,
    cursor?.id ?? null,
    options.limit + 1,
    options.unread ?? false,
    options.kinds ?? null,
  ])
  const { shown, next } = byTime.cut(rows, options.limit, (last) => last.at.toISOString())
  return { items: await toNotifications(db, shown), next }
}

const listQuery = `
  select ${columns} ${from}
  where n.member_id = $1 and n.shown and ${visible(byLevels)}
    and ($3::timestamptz is null or (n.at, n.id) < ($3, $4::bigint))
    and (not $6::boolean or n.read_at is null) and ($7::text[] is null or n.kind = any($7))
  order by n.at desc, n.id desc limit $5`

/** One of the viewer's own. @throws NotFound also when what it tells of is not theirs to see any more */
export async function findNotification(db: Db, viewer: Viewer, id: number): Promise<Notification> {
  const [row] = await ask<Row>(
    db,
    `select ${columns} ${from} where n.id = $3 and n.member_id = $1 and ${visible(byLevels)}`,
    [viewer.id, readLevels(viewer), id],
  )
  const [found] = row ? await toNotifications(db, [row]) : []
  if (!found) throw new NotFound()
  return found
}

export type Waiting = { way: 'push' } | { way: 'mail' } | { way: 'digest'; daily: Date; weekly: Date }

/** Those that wait to be pushed, mailed, or mailed in a digest, to a member who may still know of them; newest first. */
export async function waitingFor(db: Db, memberId: number, waiting: Waiting): Promise<Notification[]> {
  const conditions = {
    push: 'n.push',
    mail: "n.mail = 'now'",
    digest: "(n.mail = 'daily' and n.at < $2 or n.mail = 'weekly' and n.at < $3)",
  }
  const rows = await ask<Row>(
    db,
    `select ${columns} ${from} join members m on m.id = n.member_id
     where n.member_id = $1 and n.read_at is null and ${conditions[waiting.way]} and ${visible(byRole)}
     order by n.at desc, n.id desc limit 50`,
    waiting.way === 'digest' ? [memberId, waiting.daily, waiting.weekly] : [memberId],
  )
  return toNotifications(db, rows)
}

/** Where one goes from a notification: of several comments to the first. */
export function placeOf({
  kind,
  what,
  count,
  post,
  commentId,
  firstId,
  board,
  tag,
  member,
  roomId,
}: Notification): string {
  if (kind === 'chat') return paths.room(roomId ?? 0)
  const isList = kind === 'follow' && count > 1
  if (isList && what === 'member' && member) return paths.member(member.name)
  if (isList && what === 'tag' && tag !== null) return paths.tag(tag)
  if (isList && what === 'board' && board) return paths.board(board.slug)
  if (what === 'removed' || !post) return paths.notifications()
  const comment = firstId ?? commentId
  return comment === null ? paths.post(post) : paths.comment(comment)
}
