import { ask, type Db } from '#platform/database.ts'
import { enqueue } from '#platform/jobs.ts'
import { tellAccess } from './tell.ts'

/** How many messages the room of a board holds, those that were deleted as well. */
export async function messagesOfBoard(db: Db, boardId: number): Promise<number> {
  const [row] = await ask<{ count: number }>(
    db,
    'select count(*) as count from messages t join rooms r on r.id = t.room_id where r.board_id = $1',
    [boardId],
  )
  return row?.count ?? 0
}

/**
 * Parts a board from its room: from now on it is a group without anybody in it, which a job empties and removes. The board
 * need not wait for that. The caller has locked the room, and seen that no report about it is open.
 */
export async function giveUpBoardRoom(tx: Db, given: { boardId: number; now: Date }): Promise<void> {
  const [room] = await ask<{ id: number }>(
    tx,
    `update rooms set kind = 'group', board_id = null, closed_at = $2, members = 0 where board_id = $1 returning id`,
    [given.boardId, given.now],
  )
  if (!room) return
  await ask(tx, 'delete from room_members where room_id = $1', [room.id])
  await enqueue(tx, { name: 'remove-room', payload: { room: room.id }, key: `remove-room:${room.id}` })
  await tellAccess(tx, room.id)
}

/** Messages that one statement removes. */
const atOnce = 5000

/** Removes a room that was given up, with its messages, their history, reactions and closed reports. */
export async function removeRoom(db: Db, roomId: number): Promise<void> {
  for (;;) {
    const gone = await ask(
      db,
      `delete from messages where room_id = $1 and number in (
         select number from messages where room_id = $1 order by number limit ${atOnce})
       returning number`,
      [roomId],
    )
    if (gone.length === 0) break
  }
  await ask(db, 'delete from rooms where id = $1', [roomId])
}
