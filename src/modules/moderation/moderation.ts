import { emit } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { deleteComment, findVisibleComment } from '#modules/comments/comments.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { deletePost, findVisiblePost } from '#modules/posts/posts.ts'
import { checkReason } from '#modules/posts/rules.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Conflict, Forbidden, invalid, NotFound, violatedConstraint } from '#platform/errors.ts'
import { cleanText, lengthOf } from '#platform/text.ts'
import { block } from './member-acts.ts'
import { type Outcome, outcomes, type ReportReason, reportReasons } from './shapes.ts'

/** In code points. */
export const reportLimits = { detail: 1000 } as const

/** A post, or a comment of it. */
type Thing = { postId: number; commentId: number | null }
type WrittenThing = Thing & { authorId: number }

export type NewReport = ({ postId: number } | { commentId: number }) & {
  reason: string
  detail?: string
  now: Date
}

/**
 * Tells the moderators about something that the member may read.
 * @throws Unauthenticated, Forbidden, NotFound, Invalid, Conflict('already-reported') while their earlier report is open
 */
export async function report(db: Db, viewer: Viewer | null, input: NewReport): Promise<{ id: number }> {
  requireWriter(viewer)
  const reason = checkReportReason(input.reason)
  const detail = cleanText(input.detail ?? '').trim()
  if (lengthOf(detail) > reportLimits.detail)
    throw invalid('detail', 'too-long', { limit: reportLimits.detail })
  return transact(db, async (tx) => {
    const { postId, commentId } = await findReportable(tx, viewer, input)
    const row = {
      post_id: postId,
      comment_id: commentId,
      by_id: viewer.id,
      reason,
      detail,
      created_at: input.now,
    }
    const { id } = await tx.insertInto('reports').values(row).returning('id').executeTakeFirstOrThrow()
    await emit(tx, { type: 'report.opened', reportId: id, at: input.now })
    return { id }
  }).catch((error: unknown) => {
    throw violatedConstraint(error) === 'reports_once' ? new Conflict('already-reported') : error
  })
}

function checkReportReason(typed: string): ReportReason {
  const reason = reportReasons.find((known) => known === typed)
  if (!reason) throw invalid('reason', typed === '' ? 'required' : 'type')
  return reason
}

/** Locked, so that a report and the removal of what it is about come one after the other. */
async function findReportable(tx: Db, viewer: Viewer, input: NewReport): Promise<Thing> {
  if ('postId' in input) {
    const post = await findVisiblePost(tx, viewer, { id: input.postId, lock: true })
    return { postId: post.id, commentId: null }
  }
  const comment = await findVisibleComment(tx, viewer, { id: input.commentId, lock: true })
  return { postId: comment.postId, commentId: comment.id }
}

export type Resolution = {
  id: number
  outcome: string
  note?: string
  /** Blocks who wrote it as well. */
  block?: { reason: string; until: Date | null } | null
  now: Date
}

/**
 * Closes every open report about the thing that report `id` is about; `removed` also deletes the thing, `block` blocks
 * its author. One transaction, and the thing is locked, so of two moderators one decides.
 * @returns how many reports were closed
 * @throws Unauthenticated, Forbidden, NotFound, Invalid, Conflict('already-resolved')
 */
export async function resolveReports(
  db: Db,
  viewer: Viewer | null,
  input: Resolution,
): Promise<{ closed: number; outcome: Outcome }> {
  requireWriter(viewer)
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  const outcome = outcomes.find((known) => known === input.outcome)
  if (!outcome) throw invalid('outcome', input.outcome === '' ? 'required' : 'type')
  const note = checkReason(input.note ?? '', { field: 'note' })
  return transact(db, async (tx) => {
    const thing = await lockThing(tx, viewer, input.id)
    const closed = await closeReports(tx, thing, { outcome, byId: viewer.id, note, now: input.now })
    if (!closed.includes(input.id)) throw new Conflict('already-resolved')
    if (outcome === 'removed') await remove(tx, viewer, { ...thing, reason: note, now: input.now })
    const { postId, commentId, authorId } = thing
    const about = commentId === null ? { postId } : { postId, commentId }
    const act = outcome === 'removed' ? 'report.remove' : 'report.dismiss'
    await recordAct(tx, { ...about, byId: viewer.id, act, reason: note, now: input.now })
    await emit(tx, { type: 'reports.closed', reportIds: closed, at: input.now })
    if (input.block) await block(tx, viewer, { ...input.block, memberId: authorId, now: input.now })
    return { closed: closed.length, outcome }
  })
}

async function lockThing(tx: Db, viewer: Viewer, reportId: number): Promise<WrittenThing> {
  const [thing] = await ask<Thing>(
    tx,
    'select post_id as "postId", comment_id as "commentId" from reports where id = $1',
    [reportId],
  )
  if (!thing) throw new NotFound()
  const options = { lock: true, deleted: true }
  const { authorId } =
    thing.commentId === null
      ? await findVisiblePost(tx, viewer, { id: thing.postId, ...options })
      : await findVisibleComment(tx, viewer, { id: thing.commentId, ...options })
  return { ...thing, authorId }
}

/** @returns the ids of the reports that were still open. */
async function closeReports(
  tx: Db,
  thing: Thing,
  given: { outcome: Outcome; byId: number; note: string; now: Date },
): Promise<number[]> {
  const rows = await ask<{ id: number }>(
    tx,
    `update reports set outcome = $3, resolved_by_id = $4, note = $5, resolved_at = $6
     where post_id = $1 and coalesce(comment_id, 0) = coalesce($2::bigint, 0) and outcome is null returning id`,
    [thing.postId, thing.commentId, given.outcome, given.byId, given.note, given.now],
  )
  return rows.map((row) => row.id)
}

/** Closes as removed every open report about what `authorId` wrote and is deleted. */
export async function closeReportsOfRemoved(
  tx: Db,
  given: { authorId: number; byId: number; note: string; now: Date },
): Promise<void> {
  const rows = await ask<{ id: number }>(
    tx,
    `update reports r set outcome = 'removed', resolved_by_id = $2, note = $3, resolved_at = $4
     from posts p where p.id = r.post_id and r.outcome is null and (
       (r.comment_id is null and p.author_id = $1 and p.deleted_at is not null)
       or exists (select from comments c where c.id = r.comment_id and c.author_id = $1 and c.deleted_at is not null))
     returning r.id`,
    [given.authorId, given.byId, given.note, given.now],
  )
  if (rows.length === 0) return
  await emit(tx, { type: 'reports.closed', reportIds: rows.map((row) => row.id), at: given.now })
}

/** What is deleted already stays as it is. */
async function remove(tx: Db, viewer: Viewer, given: Thing & { reason: string; now: Date }): Promise<void> {
  const { postId, commentId, reason, now } = given
  if (commentId === null) await deletePost(tx, viewer, { id: postId, reason, now })
  else await deleteComment(tx, viewer, { id: commentId, reason, now })
}

const reportedMessages =
  'select count(*) from (select distinct room_id, number from message_reports where outcome is null limit 100) messages'

/** Messages of the chat with open reports, which have a page of their own; counts to 100 and no further. */
export async function countReportedMessages(db: Db): Promise<number> {
  const [row] = await ask<{ count: number }>(db, reportedMessages, [])
  return row?.count ?? 0
}

/** What waits for moderators: posts, comments and messages with open reports, and sign-ups; each counts to 100 and no further. */
export async function countOpenReports(db: Db): Promise<number> {
  const [row] = await ask<{ count: number }>(
    db,
    `select (select count(*) from (
         select distinct post_id, coalesce(comment_id, 0) from reports where outcome is null limit 100
       ) things) + (select count(*) from (
         select from members where approval = 'waiting' and name is not null limit 100
       ) people) + (${reportedMessages}) as count`,
    [],
  )
  return row?.count ?? 0
}
