import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
import { invalid, NotFound } from '#platform/errors.ts'
import { escapeLike } from '#platform/text.ts'
import { findRoom } from './access.ts'
import { changedQuery, containingQuery, newerQuery, olderQuery, oneQuery } from './queries.ts'
import type { FoundRoom, Message, Reaction } from './shapes.ts'

type Row = Omit<Message, 'author' | 'createdAt' | 'editedAt' | 'reactions'> & {
  authorId: number
  authorName: string | null
  createdAt: Date
  editedAt: Date | null
  reactions: Reaction[] | null
}

function toMessage(row: Row): Message {
  const { authorId, authorName, ...own } = row
  return {
    ...own,
    author: authorName === null ? null : { id: authorId, name: authorName },
    avatar: authorName === null ? null : own.avatar,
    reactions: own.reactions ?? [],
    createdAt: own.createdAt.toISOString(),
    editedAt: own.editedAt?.toISOString() ?? null,
  }
}

type Asked = { roomId: number; after: number; limit: number }

/** The room's messages after a number, in order. For who followed the rules of access already: sockets and long polls. */
export async function messagesAfter(db: Db, { roomId, after, limit }: Asked): Promise<Message[]> {
  const rows = await ask<Row>(db, newerQuery, [roomId, after, limit])
  return rows.map(toMessage)
}

/** Messages above number `from` that changed after the room's change `after`, in the order of their last change. */
export async function changesAfter(
  db: Db,
  { roomId, after, limit, from }: Asked & { from: number },
): Promise<Message[]> {
  const rows = await ask<Row>(db, changedQuery, [roomId, after, limit, from])
  return rows.map(toMessage)
}

/** Of the rooms that exist, their newest number and change. */
export async function newestOf(
  db: Db,
  roomIds: readonly number[],
): Promise<Map<number, { last: number; change: number }>> {
  const rows = await ask<{ id: number; last: number; change: number }>(
    db,
    'select id, last_number as last, last_change as change from rooms where id = any($1)',
    [roomIds],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

export async function readMessage(
  tx: Db,
  { roomId, number }: { roomId: number; number: number },
): Promise<Message> {
  const [row] = await ask<Row>(tx, oneQuery, [roomId, number])
  if (!row) throw new NotFound()
  return toMessage(row)
}

/** Messages whose text contains another, newest first, between two numbers. */
export async function findContaining(
  db: Db,
  given: { roomId: number; before: number; from: number; text: string; limit: number },
): Promise<Message[]> {
  const pattern = `%${escapeLike(given.text)}%`
  const values = [given.roomId, given.before, given.from, pattern, given.limit]
  return (await ask<Row>(db, containingQuery, values)).map(toMessage)
}

export type MessagePage = {
  room: FoundRoom
  /** In order, the oldest first. */
  messages: Message[]
  /** Whether older ones stand before them, that the viewer may read. */
  older: boolean
}

/** The newest messages of a room, or those before a number. @throws NotFound */
export async function readRoom(
  db: Db,
  viewer: Viewer,
  options: { roomId: number; before: number | null; limit: number },
): Promise<MessagePage> {
  const room = await findRoom(db, viewer, { id: options.roomId })
  const before = options.before ?? room.lastNumber + 1
  const values = [room.id, before, options.limit + 1, room.fromNumber]
  const rows = await ask<Row>(db, olderQuery, values)
  const messages = rows.slice(0, options.limit).map(toMessage).reverse()
  return { room, messages, older: rows.length > options.limit }
}

/**
 * The messages after a number. @throws NotFound, Invalid for a number that the room has not come to: whoever has it
 * knows another room's past, and starts anew
 */
export async function readAfter(
  db: Db,
  viewer: Viewer,
  options: { roomId: number; after: number; limit: number },
): Promise<{ room: FoundRoom; after: number; messages: Message[] }> {
  const room = await findRoom(db, viewer, { id: options.roomId })
  if (options.after > room.lastNumber) throw invalid('after', 'from-the-future', { last: room.lastNumber })
  const after = Math.max(options.after, room.fromNumber)
  const nothingNew = after >= room.lastNumber
  const messages = nothingNew ? [] : await messagesAfter(db, { ...options, after })
  return { room, after, messages }
}
