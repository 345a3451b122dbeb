import { requireWriter } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Conflict, Forbidden, invalid, NotFound } from '#platform/errors.ts'
import { findRoom } from './access.ts'
import { writeNotice } from './notices.ts'
import { chatLimits, type FoundRoom } from './shapes.ts'
import { tellAccess } from './tell.ts'

export type RoomMember = {
  id: number
  name: string
  avatar: string | null
  owner: boolean
  joinedAt: Date
  /** How far they have read; null in rooms with many members. */
  read: number | null
}

/** Who is in the room, the longest first. @throws NotFound for whoever is not */
export async function listMembers(
  db: Db,
  viewer: Viewer,
  roomId: number,
): Promise<{ room: FoundRoom; members: RoomMember[] }> {
  const room = await findRoom(db, viewer, { id: roomId })
  const rows = await ask<RoomMember>(
    db,
    `select m.id, m.name, m.avatar, m.id = r.owner_id as owner, x.joined_at as "joinedAt",
       case when r.members <= ${chatLimits.small} then x.read_number end as read
     from room_members x join members m on m.id = x.member_id join rooms r on r.id = x.room_id
     where x.room_id = $1 and m.name is not null order by x.joined_at, m.id limit ${chatLimits.members}`,
    [roomId],
  )
  return { room, members: rows.map((row) => ({ ...row, owner: row.owner ?? false })) }
}

/** Members that can be written to, of these. Who keeps the viewer away cannot. @throws NotFound, Forbidden('kept-away' | 'own-block') */
export async function requireReachable(tx: Db, viewer: Viewer, ids: readonly number[]): Promise<void> {
  const rows = await ask<{ id: number; kept: boolean; own: boolean }>(
    tx,
    `select m.id,
       exists (select from personal_blocks k where k.member_id = m.id and k.other_id = $1 and k.kind = 'block') as kept,
       exists (select from personal_blocks k where k.member_id = $1 and k.other_id = m.id and k.kind = 'block') as own
     from members m where m.id = any($2) and m.name is not null`,
    [viewer.id, ids],
  )
  if (rows.length < ids.length) throw new NotFound()
  if (rows.some((row) => row.kept)) throw new Forbidden('kept-away')
  if (rows.some((row) => row.own)) throw new Forbidden('own-block')
}

/** Into the room's list; whoever is there stays as they are. Newcomers read what is said from now on. @returns whether somebody came */
export async function addMembers(
  tx: Db,
  given: { roomId: number; ids: readonly number[]; from: number; now: Date },
): Promise<boolean> {
  const added = await ask(
    tx,
    `insert into room_members (room_id, member_id, joined_at, from_number, read_number)
     select $1, id, $3, $4, $4 from unnest($2::bigint[]) id on conflict do nothing returning member_id`,
    [given.roomId, given.ids, given.now, given.from],
  )
  if (added.length === 0) return false
  await ask(tx, 'update rooms set members = members + $2::int where id = $1', [given.roomId, added.length])
  return true
}

/** A board's room is open to whoever may read the board; in its list are those who spoke or asked for it. */
export async function joinBoardRoom(
  db: Db,
  viewer: Viewer,
  { room, now }: { room: FoundRoom; now: Date },
): Promise<void> {
  await transact(db, async (tx) => {
    const { lastNumber } = await findRoom(tx, viewer, { id: room.id, lock: true })
    await addMembers(tx, { roomId: room.id, ids: [viewer.id], from: 0, now })
    // What was said before they came is no news to them.
    await ask(
      tx,
      'update room_members set read_number = greatest(read_number, $3) where room_id = $1 and member_id = $2',
      [room.id, viewer.id, lastNumber],
    )
  })
}

/** Puts the viewer into the list of a board's room. @throws NotFound, Invalid for other rooms */
export async function joinRoom(
  db: Db,
  viewer: Viewer | null,
  input: { roomId: number; now: Date },
): Promise<void> {
  requireWriter(viewer)
  const room = await findRoom(db, viewer, { id: input.roomId })
  if (!room.joined) await joinBoardRoom(db, viewer, { room, now: input.now })
}

/** Any member of a group brings others. @throws NotFound, Forbidden, Invalid, Conflict('room-full') */
export async function inviteToRoom(
  db: Db,
  viewer: Viewer | null,
  input: { roomId: number; memberId: number; now: Date },
): Promise<void> {
  requireWriter(viewer)
  await transact(db, async (tx) => {
    const room = await findRoom(tx, viewer, { id: input.roomId, lock: true })
    if (room.kind !== 'group') throw invalid('member', 'not-a-group')
    await requireReachable(tx, viewer, [input.memberId])
    if (room.members >= chatLimits.members)
      throw new Conflict('room-full', { facts: { limit: chatLimits.members } })
    const { memberId, now } = input
    const came = await addMembers(tx, { roomId: room.id, ids: [memberId], from: room.lastNumber, now })
    if (!came) return
    await tellAccess(tx, room.id)
    await writeNotice(tx, viewer, { roomId: room.id, what: 'added', memberId, now })
  })
}

/**
 * Leaves a room, or as its owner removes somebody; they read nothing more from then on. An owner who leaves hands it to
 * whoever is there longest. @throws NotFound, Forbidden, Invalid for a room of two
 */
export async function removeFromRoom(
  db: Db,
  viewer: Viewer,
  input: { roomId: number; memberId: number; now: Date },
): Promise<void> {
  await transact(db, async (tx) => {
    const room = await findRoom(tx, viewer, { id: input.roomId, lock: true })
    const { memberId, now } = input
    if (memberId !== viewer.id && (room.ownerId !== viewer.id || viewer.blocked))
      throw new Forbidden('forbidden')
    if (room.kind === 'pair') throw invalid('member', 'not-a-group')
    const gone = await ask(tx, 'delete from room_members where room_id = $1 and member_id = $2 returning 1', [
      room.id,
      memberId,
    ])
    if (gone.length === 0) throw new NotFound()
    await ask(
      tx,
      `update rooms set members = members - 1, owner_id = case when owner_id = $2 then (
         select x.member_id from room_members x where x.room_id = $1 order by x.joined_at, x.member_id limit 1
       ) else owner_id end where id = $1`,
      [room.id, memberId],
    )
    // First, so that whoever is gone is told nothing more.
    await tellAccess(tx, room.id)
    const what = memberId === viewer.id ? 'left' : 'removed'
    if (room.kind === 'group') await writeNotice(tx, viewer, { roomId: room.id, what, memberId, now })
  })
}
