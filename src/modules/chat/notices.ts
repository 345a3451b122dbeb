import { randomUUID } from 'node:crypto'
import { emit } from '#events.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
import { readMessage } from './log.ts'
import { noticeQuery } from './queries.ts'
import type { Notice } from './shapes.ts'
import { tellRoom } from './tell.ts'

/**
 * Writes into a group's log that somebody came or went, under its next number, and tells it as any message. Nobody who has
 * read all before it has something unread by it, but whoever was brought in. The caller has locked the room.
 */
export async function writeNotice(
  tx: Db,
  viewer: Viewer,
  given: { roomId: number; what: Notice['what']; memberId: number; now: Date },
): Promise<void> {
  const { roomId, what, memberId, now } = given
  const values = [roomId, viewer.id, randomUUID(), what, memberId, now]
  const [row] = await ask<{ number: number }>(tx, noticeQuery, values)
  if (!row) return
  const { number } = row
  const isNews = what === 'added'
  const json = JSON.stringify(await readMessage(tx, { roomId, number }))
  const members = isNews ? [memberId] : []
  await tellRoom(tx, { roomId, what: 'message', number, of: number, by: viewer.id, json, members })
  if (isNews) await emit(tx, { type: 'message.sent', roomId, number, memberId: viewer.id, at: now })
}
