import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { invalid } from '#platform/errors.ts'
import { findRoom } from './access.ts'
import { joinBoardRoom } from './members.ts'
import { chatLimits, unreadOf } from './shapes.ts'
import { tellRoom } from './tell.ts'

/**
 * Notes how far the viewer has read; never goes back. @returns how much is unread now
 * @throws NotFound, Invalid for a number that the room has not come to
 */
export async function markRoomRead(
  db: Db,
  viewer: Viewer,
  input: { roomId: number; number: number },
): Promise<{ unread: number; read: number }> {
  const room = await findRoom(db, viewer, { id: input.roomId })
  if (input.number > room.lastNumber) throw invalid('number', 'from-the-future', { last: room.lastNumber })
  const read = Math.max(room.readNumber, room.fromNumber, input.number)
  if (room.joined && read > room.readNumber) {
    await transact(db, async (tx) => {
      await ask(
        tx,
        'update room_members set read_number = greatest(read_number, $3) where room_id = $1 and member_id = $2',
        [room.id, viewer.id, read],
      )
      // What a blocked member does is seen by nobody else.
      if (room.members > chatLimits.small || viewer.blocked) return
      const json = JSON.stringify({ member: viewer.id, number: read })
      await tellRoom(tx, { roomId: room.id, what: 'read', number: 0, of: 0, by: viewer.id, json })
    })
  }
  return { unread: unreadOf({ ...room, readNumber: read }), read }
}

/** Muted rooms ring no bells. @throws NotFound */
export async function muteRoom(
  db: Db,
  viewer: Viewer,
  input: { roomId: number; muted: boolean; now: Date },
): Promise<void> {
  const room = await findRoom(db, viewer, { id: input.roomId })
  if (!room.joined) await joinBoardRoom(db, viewer, { room, now: input.now })
  await ask(db, 'update room_members set muted = $3 where room_id = $1 and member_id = $2', [
    room.id,
    viewer.id,
    input.muted,
  ])
}
