import { isModerator, type MemberRole, type Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import type { Author } from '#modules/posts/shapes.ts'
import { Order } from '#platform/cursor.ts'
import { ask, type Db } from '#platform/database.ts'
import { Forbidden } from '#platform/errors.ts'
import type { Outcome, QueuedReport, QueueItem, ReportReason } from './shapes.ts'

export type QueueShow = 'open' | 'done'

/** A thing's first report carries the thing: its place in the list, and what stands around the reports. */
type Head = {
  id: number
  /** When it was first reported (open) or resolved (done): the sort value. */
  at: Date
  postId: number
  commentId: number | null
  title: string
  html: string
  deleted: boolean
  authorId: number
  authorName: string | null
  authorRole: MemberRole
  blocked: boolean
  blockedUntil: Date | null
  boardId: number
  slug: string
  boardName: string
  outcome: Outcome | null
  note: string
  resolvedAt: Date | null
  resolvedById: number | null
  resolvedByName: string | null
}

const columns = `
  (case when r.comment_id is null then p.deleted_at else c.deleted_at end) is not null as deleted,
  r.id, r.post_id as "postId", r.comment_id as "commentId", p.title, m.id as "authorId", m.name as "authorName",
  m.role as "authorRole", x.id is not null as blocked, x.until as "blockedUntil",
  b.id as "boardId", b.slug, b.name as "boardName", r.outcome, r.note, r.resolved_at as "resolvedAt",
  r.resolved_by_id as "resolvedById", w.name as "resolvedByName",
  case when r.comment_id is null and p.deleted_at is null then pv.html
       when c.deleted_at is null then coalesce(cv.html, '') else '' end as html`
const joins = `
  join posts p on p.id = r.post_id
  join boards b on b.id = p.board_id and b.read_by = any($1)
  left join comments c on c.id = r.comment_id
  join members m on m.id = coalesce(c.author_id, p.author_id)
  left join lateral (
    select id, until from member_blocks
    where member_id = m.id and lifted_at is null and (until is null or until > $2) limit 1
  ) x on true
  left join members w on w.id = r.resolved_by_id
  left join post_versions pv on r.comment_id is null and pv.post_id = p.id and pv.version = p.version
  left join comment_versions cv on cv.comment_id = c.id and cv.version = c.version`

/** Oldest first: whoever waits longest comes first. */
const openQuery = `
  select ${columns}, r.created_at as at from reports r ${joins}
  where r.outcome is null and not exists (
      select from reports e where e.outcome is null and e.post_id = r.post_id
        and coalesce(e.comment_id, 0) = coalesce(r.comment_id, 0) and e.id < r.id)
    and ($3::timestamptz is null or (r.created_at, r.id) > ($3, $4::bigint))
  order by r.created_at, r.id limit $5`
/** Newest first. What was closed together has one time. */
const doneQuery = `
  select ${columns}, r.resolved_at as at from reports r ${joins}
  where r.outcome is not null and not exists (
      select from reports e where e.outcome is not null and e.resolved_at = r.resolved_at and e.post_id = r.post_id
        and coalesce(e.comment_id, 0) = coalesce(r.comment_id, 0) and e.id < r.id)
    and ($3::timestamptz is null or (r.resolved_at, r.id) < ($3, $4::bigint))
  order by r.resolved_at desc, r.id desc limit $5`
const resolvedQuery = `
  select ${columns}, r.resolved_at as at from reports r ${joins} where r.id = $3 and r.outcome is not null`

const byTime = { open: new Order('open', 'instant'), done: new Order('done', 'instant') }

/**
 * What members reported, one item for each post or comment. Two queries, whatever the length.
 * @throws Forbidden for all but moderators, BadRequest('bad-cursor')
 */
export async function listReports(
  db: Db,
  viewer: Viewer | null,
  options: { show: QueueShow; after: string | null; limit: number; now: Date },
): Promise<{ items: QueueItem[]; next: string | null }> {
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  const { show, limit, now } = options
  const cursor = options.after ? byTime[show].unpack(options.after) : null
  const values = [readLevels(viewer), now, cursor?.value ?? null, cursor?.id ?? null, limit + 1]
  const rows = await ask<Head>(db, show === 'open' ? openQuery : doneQuery, values)
  const { shown: heads, next } = byTime[show].cut(rows, limit, (last) => last.at.toISOString())
  const reports = await reportsOf(db, show, heads)
  return { items: heads.map((head) => toItem(head, reports.get(head.id))), next }
}

/** What became of the thing that report `id` was about; null while it is open or not for the viewer. @throws Forbidden */
export async function findResolved(
  db: Db,
  viewer: Viewer | null,
  { id, now }: { id: number; now: Date },
): Promise<QueueItem | null> {
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  const [head] = await ask<Head>(db, resolvedQuery, [readLevels(viewer), now, id])
  return head ? toItem(head, undefined) : null
}

/** A cursor by which the open queue begins with the thing that report `id` is about; null when it is not open. */
export async function cursorBefore(db: Db, id: number): Promise<string | null> {
  const [head] = await ask<{ id: number; at: Date }>(
    db,
    `select e.id, e.created_at as at from reports r
     join reports e on e.post_id = r.post_id and coalesce(e.comment_id, 0) = coalesce(r.comment_id, 0)
     where r.id = $1 and r.outcome is null and e.outcome is null order by e.id limit 1`,
    [id],
  )
  return head ? byTime.open.pack(head.id - 1, head.at.toISOString()) : null
}

type ReportRow = {
  headId: number
  id: number
  reason: ReportReason
  detail: string
  at: Date
  byId: number
  byName: string | null
  count: number
}
type Reports = { reports: QueuedReport[]; count: number }

const together = { open: 'r.outcome is null', done: 'r.resolved_at = h.resolved_at' }
const reportsQuery = (show: QueueShow) => `
  select h.id as "headId", r.id, r.reason, r.detail, r.created_at as at, r.by_id as "byId", m.name as "byName", r.count
  from reports h
  cross join lateral (
    select r.*, count(*) over () as count from reports r
    where ${together[show]} and r.post_id = h.post_id and coalesce(r.comment_id, 0) = coalesce(h.comment_id, 0)
    order by r.id limit 100
  ) r
  join members m on m.id = r.by_id
  where h.id = any($1) order by r.id`

async function reportsOf(db: Db, show: QueueShow, heads: readonly Head[]): Promise<Map<number, Reports>> {
  const found = new Map<number, Reports>()
  if (heads.length === 0) return found
  for (const row of await ask<ReportRow>(db, reportsQuery(show), [heads.map((head) => head.id)])) {
    const { headId, byId, byName, count, ...own } = row
    const one = found.get(headId) ?? { reports: [], count }
    one.reports.push({ ...own, by: toAuthor(byId, byName) })
    found.set(headId, one)
  }
  return found
}

function toItem(head: Head, found: Reports | undefined): QueueItem {
  const { title } = head
  return {
    target:
      head.commentId === null
        ? { kind: 'post', id: head.postId, title }
        : { kind: 'comment', id: head.commentId, title },
    html: head.html,
    deleted: head.deleted,
    author: toAuthor(head.authorId, head.authorName),
    authorRole: head.authorRole,
    authorBlock: head.blocked ? { until: head.blockedUntil } : null,
    board: { id: head.boardId, slug: head.slug, name: head.boardName },
    reports: found?.reports ?? [],
    count: found?.count ?? 0,
    resolution: toResolution(head),
  }
}

function toResolution(head: Head): QueueItem['resolution'] {
  const { outcome, resolvedAt, resolvedById, note } = head
  if (outcome === null || resolvedAt === null || resolvedById === null) return null
  return { outcome, by: toAuthor(resolvedById, head.resolvedByName), at: resolvedAt, note }
}

function toAuthor(id: number, name: string | null): Author {
  return name === null ? null : { id, name }
}
