import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { type Outcome, outcomes, type ReportReason, reportReasons } from '#modules/moderation/shapes.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import type { Author } from '#modules/posts/shapes.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Conflict, Forbidden, invalid, NotFound, violatedConstraint } from '#platform/errors.ts'
import { cleanLine, cleanText, lengthOf } from '#platform/text.ts'
import { findRoom } from './access.ts'
import { emptyMessage } from './messages.ts'

const limits = { detail: 1000, note: 500 } as const

/**
 * Tells the moderators about a message. They see this message, as it is now, and nothing else of the room.
 * @throws Unauthenticated, Forbidden, NotFound, Invalid, Conflict('already-reported')
 */
export async function reportMessage(
  db: Db,
  viewer: Viewer | null,
  input: { roomId: number; number: number; reason: string; detail?: string; now: Date },
): Promise<{ id: number }> {
  requireWriter(viewer)
  const reason = reportReasons.find((known) => known === input.reason)
  if (!reason) throw invalid('reason', input.reason === '' ? 'required' : 'type')
  const detail = cleanText(input.detail ?? '').trim()
  if (lengthOf(detail) > limits.detail) throw invalid('detail', 'too-long', { limit: limits.detail })
  return transact(db, async (tx) => {
    const room = await findRoom(tx, viewer, { id: input.roomId, lock: true })
    if (input.number <= room.fromNumber) throw new NotFound()
    const [row] = await ask<{ id: number }>(
      tx,
      `insert into message_reports (room_id, number, author_id, body, html, by_id, reason, detail, created_at)
       select room_id, number, author_id, body, html, $3, $4, $5, $6 from messages
       where room_id = $1 and number = $2 and deleted_at is null and notice is null returning id`,
      [room.id, input.number, viewer.id, reason, detail, input.now],
    )
    if (!row) throw new NotFound()
    return row
  }).catch((error: unknown) => {
    throw violatedConstraint(error) === 'message_reports_once' ? new Conflict('already-reported') : error
  })
}

export type ReportedMessage = {
  id: number
  author: Author
  html: string
  reason: ReportReason
  detail: string
  by: Author
  at: Date
}

/** Open reports, whoever waits longest first; at most 100. @throws Forbidden for all but moderators */
export async function listReportedMessages(db: Db, viewer: Viewer | null): Promise<ReportedMessage[]> {
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  const rows = await ask<
    Omit<ReportedMessage, 'author' | 'by'> & {
      authorId: number
      authorName: string | null
      byId: number
      byName: string | null
    }
  >(
    db,
    `select r.id, r.html, r.reason, r.detail, r.created_at as at, a.id as "authorId", a.name as "authorName",
       b.id as "byId", b.name as "byName"
     from message_reports r join members a on a.id = r.author_id join members b on b.id = r.by_id
     where r.outcome is null order by r.created_at, r.id limit 100`,
    [],
  )
  return rows.map(({ authorId, authorName, byId, byName, ...own }) => ({
    ...own,
    author: authorName === null ? null : { id: authorId, name: authorName },
    by: byName === null ? null : { id: byId, name: byName },
  }))
}

/**
 * Closes all open reports about the message that report `id` is about; `removed` also takes the message away.
 * @throws Unauthenticated, Forbidden, NotFound, Invalid, Conflict('already-resolved')
 */
export async function resolveMessageReports(
  db: Db,
  viewer: Viewer | null,
  input: { id: number; outcome: string; note?: string; now: Date },
): Promise<{ outcome: Outcome }> {
  requireWriter(viewer)
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  const outcome = outcomes.find((known) => known === input.outcome)
  if (!outcome) throw invalid('outcome', input.outcome === '' ? 'required' : 'type')
  const note = cleanLine(input.note ?? '')
  if (lengthOf(note) > limits.note) throw invalid('note', 'too-long', { limit: limits.note })
  const { now } = input
  return transact(db, async (tx) => {
    const [about] = await ask<{ roomId: number; number: number; authorId: number }>(
      tx,
      'select room_id as "roomId", number, author_id as "authorId" from message_reports where id = $1',
      [input.id],
    )
    if (!about) throw new NotFound()
    const place = [about.roomId, about.number]
    await ask(tx, 'select from rooms where id = $1 for no key update', [about.roomId])
    const closed = await ask<{ id: number }>(
      tx,
      `update message_reports set outcome = $3, resolved_by_id = $4, resolved_at = $5, note = $6
       where room_id = $1 and number = $2 and outcome is null returning id`,
      [...place, outcome, viewer.id, now, note],
    )
    if (!closed.some((row) => row.id === input.id)) throw new Conflict('already-resolved')
    if (outcome === 'removed') {
      const there = await ask(
        tx,
        'select from messages where room_id = $1 and number = $2 and deleted_at is null',
        place,
      )
      if (there.length > 0) await emptyMessage(tx, { ...about, byId: viewer.id, now })
    }
    const act = outcome === 'removed' ? 'message.remove' : 'message.dismiss'
    await recordAct(tx, { byId: viewer.id, act, memberId: about.authorId, reason: note, now })
    return { outcome }
  })
}
