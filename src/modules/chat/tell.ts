import { emit, type RoomNews } from '#events.ts'
import { ask, type Db } from '#platform/database.ts'
import { readMessage } from './log.ts'

/** Tells whoever follows a room, in every process, when this is committed. */
export function tellRoom(
  tx: Db,
  news: Omit<RoomNews, 'type' | 'members'> & Partial<Pick<RoomNews, 'members'>>,
): Promise<void> {
  return emit(tx, { type: 'room.told', members: [], ...news })
}

/** Members came or went: those who follow look again whether they may. */
export function tellAccess(tx: Db, roomId: number): Promise<void> {
  return emit(tx, { type: 'room.access', roomId })
}

/** Notes that a message changed, under the room's next change, and tells it. The caller has locked the room. */
export async function changeMessage(
  tx: Db,
  at: { roomId: number; number: number; by: number },
): Promise<void> {
  const { roomId, number, by } = at
  const [row] = await ask<{ change: number }>(
    tx,
    `with room as (update rooms set last_change = last_change + 1 where id = $1 returning last_change)
     update messages set change = room.last_change from room where room_id = $1 and number = $2 returning change`,
    [roomId, number],
  )
  if (!row) return
  const message = await readMessage(tx, at)
  await tellRoom(tx, {
    roomId,
    what: 'changed',
    number: row.change,
    of: number,
    by,
    json: JSON.stringify(message),
  })
}
