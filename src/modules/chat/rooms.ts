import { emit } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { findBoard } from '#modules/boards/boards.ts'
import { canArrange, readLevels } from '#modules/boards/policy.ts'
import { Order } from '#platform/cursor.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Forbidden, invalid, NotFound } from '#platform/errors.ts'
import { cleanLine, lengthOf } from '#platform/text.ts'
import { findRoom } from './access.ts'
import { addMembers, requireReachable } from './members.ts'
import { listQuery } from './queries.ts'
import { chatLimits, type ListedRoom, type Notice, type RoomKind, unreadOf } from './shapes.ts'
import { tellAccess } from './tell.ts'
import { previewOf } from './text.ts'

export type NewRoom = { members: readonly number[]; name?: string | undefined; now: Date }

/**
 * Opens a room with others: with one and without a name the room of the two, which there is once.
 * @returns whether it was made now
 * @throws Unauthenticated, Forbidden('blocked' | 'kept-away' | 'own-block'), NotFound, Invalid
 */
export async function openRoom(
  db: Db,
  viewer: Viewer | null,
  input: NewRoom,
): Promise<{ id: number; made: boolean }> {
  requireWriter(viewer)
  const ids = [...new Set(input.members)]
  const name = checkName(input.name ?? '')
  if (ids.includes(viewer.id)) throw invalid('members', 'own-room')
  if (ids.length === 0) throw invalid('members', 'required')
  if (ids.length >= chatLimits.members) throw invalid('members', 'too-long', { limit: chatLimits.members })
  const [otherId] = ids
  if (otherId !== undefined && ids.length === 1 && name === '')
    return openPair(db, viewer, { otherId, now: input.now })
  return transact(db, async (tx) => {
    await requireReachable(tx, viewer, ids)
    const [room] = await ask<{ id: number }>(
      tx,
      `insert into rooms (kind, name, owner_id, created_at, active_at) values ('group', $1, $2, $3, $3) returning id`,
      [name, viewer.id, input.now],
    )
    if (!room) throw new NotFound()
    await addMembers(tx, { roomId: room.id, ids: [viewer.id, ...ids], from: 0, now: input.now })
    return { id: room.id, made: true }
  })
}

function checkName(typed: string): string {
  const name = cleanLine(typed)
  if (lengthOf(name) > chatLimits.name) throw invalid('name', 'too-long', { limit: chatLimits.name })
  return name
}

async function openPair(
  db: Db,
  viewer: Viewer,
  { otherId, now }: { otherId: number; now: Date },
): Promise<{ id: number; made: boolean }> {
  const pair = [Math.min(viewer.id, otherId), Math.max(viewer.id, otherId)]
  const find = async (tx: Db) =>
    (await ask<{ id: number }>(tx, 'select id from rooms where low_id = $1 and high_id = $2', pair))[0]
  const known = await find(db)
  if (known) return { id: known.id, made: false }
  return transact(db, async (tx) => {
    await requireReachable(tx, viewer, [otherId])
    const [made] = await ask<{ id: number }>(
      tx,
      `insert into rooms (kind, low_id, high_id, created_at, active_at) values ('pair', $1, $2, $3, $3)
       on conflict on constraint rooms_pair_once do nothing returning id`,
      [...pair, now],
    )
    // The other one was quicker.
    const room = made ?? (await find(tx))
    if (!room) throw new NotFound()
    if (made) await addMembers(tx, { roomId: room.id, ids: pair, from: 0, now })
    return { id: room.id, made: made !== undefined }
  })
}

/** @throws NotFound, Forbidden for all but a group's owner, Invalid */
export async function renameRoom(
  db: Db,
  viewer: Viewer | null,
  input: { roomId: number; name: string },
): Promise<void> {
  requireWriter(viewer)
  const name = checkName(input.name)
  await transact(db, async (tx) => {
    const room = await findRoom(tx, viewer, { id: input.roomId, lock: true })
    if (room.kind !== 'group' || room.ownerId !== viewer.id) throw new Forbidden('forbidden')
    await ask(tx, 'update rooms set name = $2 where id = $1', [room.id, name])
    await tellAccess(tx, room.id)
  })
}

/** Gives a board a room, or closes it; what was said stays for the day it is opened again. @throws Forbidden, NotFound */
export async function setBoardRoom(
  db: Db,
  viewer: Viewer | null,
  input: { board: string; open: boolean; now: Date },
): Promise<{ id: number | null }> {
  if (!canArrange(viewer)) throw new Forbidden('forbidden')
  const board = await findBoard(db, viewer, input.board)
  return transact(db, async (tx) => {
    if (input.open) {
      const values = [board.id, input.now]
      const [room] = await ask<{ id: number }>(
        tx,
        `insert into rooms (kind, board_id, created_at, active_at) values ('board', $1, $2, $2)
         on conflict on constraint rooms_board_once do update set closed_at = null returning id`,
        values,
      )
      await emit(tx, { type: 'boards.changed', readBy: board.readBy })
      return { id: room?.id ?? null }
    }
    const [room] = await ask<{ id: number }>(
      tx,
      'update rooms set closed_at = coalesce(closed_at, $2) where board_id = $1 returning id',
      [board.id, input.now],
    )
    if (room) await emit(tx, { type: 'boards.changed', readBy: board.readBy })
    return { id: null }
  })
}

type Row = {
  id: number
  kind: RoomKind
  name: string
  members: number
  muted: boolean
  activeAt: Date
  lastNumber: number
  readNumber: number
  fromNumber: number
  forgotten: number
  number: number | null
  authorId: number
  authorName: string | null
  body: string
  at: Date
  deleted: boolean
  away: boolean
  notice: Notice['what'] | null
  aboutId: number
  aboutName: string | null
  people: ListedRoom['people']
}

const byActivity = new Order('rooms', 'instant')

/** The rooms that the viewer is in, last active first. @throws BadRequest('bad-cursor') */
export async function listRooms(
  db: Db,
  viewer: Viewer,
  options: { after: string | null; limit: number },
): Promise<{ rooms: ListedRoom[]; next: string | null }> {
  const cursor = options.after ? byActivity.unpack(options.after) : null
  const values = [viewer.id, readLevels(viewer), cursor?.value ?? null, cursor?.id ?? null, options.limit + 1]
  const rows = await ask<Row>(db, listQuery, values)
  const { shown, next } = byActivity.cut(rows, options.limit, (last) => last.activeAt.toISOString())
  return { rooms: shown.map(toListed), next }
}

function toListed(row: Row): ListedRoom {
  const { id, kind, name, people, members, muted, activeAt } = row
  const author = row.authorName === null ? null : { id: row.authorId, name: row.authorName }
  const member = row.aboutName === null ? null : { id: row.aboutId, name: row.aboutName }
  const notice = row.notice && { what: row.notice, member }
  const last =
    row.number === null
      ? null
      : {
          number: row.number,
          author,
          ...previewOf(row.body),
          at: row.at,
          deleted: row.deleted,
          away: row.away,
          notice,
        }
  return { id, kind, name, people, members, muted, activeAt, last, unread: unreadOf(row) }
}

/** Open rooms of boards that the viewer may read and is not in. */
export function boardRoomsFor(db: Db, viewer: Viewer): Promise<{ id: number; name: string; slug: string }[]> {
  return ask(
    db,
    `select r.id, b.name, b.slug from rooms r join boards b on b.id = r.board_id
     where r.closed_at is null and b.read_by = any($1)
       and not exists (select from room_members x where x.room_id = r.id and x.member_id = $2)
     order by b.position, b.id limit 100`,
    [readLevels(viewer), viewer.id],
  )
}
