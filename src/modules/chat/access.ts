import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { archivedIds } from '#modules/boards/archived.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { ask, type Db, lookUp } from '#platform/database.ts'
import { Forbidden, NotFound } from '#platform/errors.ts'
import type { FoundRoom } from './shapes.ts'

const columns = `
  r.id, r.kind, r.name, r.owner_id as "ownerId", r.low_id as "lowId", r.high_id as "highId", r.board_id as "boardId",
  b.name as "boardName", b.slug as "boardSlug", b.read_by as "readBy", b.write_by as "writeBy", coalesce(b.id in ${archivedIds}, false) as archived,
  r.closed_at is not null as closed, r.last_number as "lastNumber", r.last_change as "lastChange", r.forgotten, r.members,
  x.member_id is not null as joined, coalesce(x.from_number, 0) as "fromNumber",
  coalesce(x.read_number, case when r.kind = 'board' then r.last_number end, 0) as "readNumber",
  coalesce(x.muted, false) as muted`
const mayEnter = `case when r.kind = 'board' then r.closed_at is null and b.read_by = any($3) else x.member_id is not null end`

const findQuery = `
  select ${columns} from rooms r left join boards b on b.id = r.board_id
  left join room_members x on x.room_id = r.id and x.member_id = $2
  where r.id = $1 and ${mayEnter}`

/**
 * The only way to a room for a viewer. `lock` orders what changes it; whoever locks it first, numbers first.
 * @throws NotFound when it is not there or they are not in it
 */
export async function findRoom(
  db: Db,
  viewer: Viewer,
  given: { id: number; lock?: boolean },
): Promise<FoundRoom> {
  const values = [given.id, viewer.id, readLevels(viewer)]
  // Who waited for the lock looks again: what they saw before it is old.
  if (given.lock) await ask(db, 'select from rooms where id = $1 for no key update', [given.id])
  const [room] = given.lock
    ? await ask<FoundRoom>(db, findQuery, values)
    : await lookUp<FoundRoom>(db, findQuery, values)
  if (!room) throw new NotFound()
  return room
}

/** Of these members those who may read the room. One question for all that are connected. */
export async function readersOf(
  db: Db,
  given: { roomId: number; viewers: readonly Viewer[] },
): Promise<Set<number>> {
  const ids = given.viewers.map((viewer) => viewer.id)
  const [room] = await ask<{ readBy: FoundRoom['readBy']; closed: boolean; members: number[] }>(
    db,
    `select b.read_by as "readBy", r.closed_at is not null as closed,
       array(select x.member_id from room_members x where x.room_id = r.id and x.member_id = any($2)) as members
     from rooms r left join boards b on b.id = r.board_id where r.id = $1`,
    [given.roomId, ids],
  )
  if (!room || room.closed) return new Set()
  const { readBy } = room
  if (readBy === null) return new Set(room.members)
  const allowed = given.viewers.filter((viewer) => readLevels(viewer).includes(readBy))
  return new Set(allowed.map((viewer) => viewer.id))
}

/** Whether somebody in a pair keeps the other away: the one kept away is told so, the other that they do. */
export async function refuseKeptAway(db: Db, viewer: Viewer, room: FoundRoom): Promise<void> {
  if (room.kind !== 'pair') return
  const otherId = otherOf(room, viewer.id)
  const rows = await ask<{ by: number }>(
    db,
    `select member_id as by from personal_blocks
     where kind = 'block' and (member_id, other_id) in (($1, $2), ($2, $1))`,
    [viewer.id, otherId],
  )
  if (rows.some((row) => row.by === otherId)) throw new Forbidden('kept-away')
  if (rows.length > 0) throw new Forbidden('own-block')
}

export function otherOf(room: Pick<FoundRoom, 'lowId' | 'highId'>, memberId: number): number | null {
  return room.lowId === memberId ? room.highId : room.lowId
}

/** Whether the viewer may write there, as far as the room's kind goes. @throws Forbidden */
export function refuseClosed(viewer: Viewer, room: FoundRoom): void {
  if (room.archived) throw new Forbidden('board-archived')
  if (room.kind === 'board' && room.writeBy === 'moderators' && !isModerator(viewer))
    throw new Forbidden('board-closed')
}
