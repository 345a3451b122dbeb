import type { Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { ask, type Db } from '#platform/database.ts'
import { otherOf } from './access.ts'
import { readRoom } from './log.ts'
import type { FoundRoom, Message, Preview } from './shapes.ts'
import { previewOf } from './text.ts'

export type Person = { id: number; name: string; avatar: string | null }
/** What a message answers, as far as the reader may read it. */
export type Quote = Preview & { name: string | null; deleted: boolean; away: boolean }
/** A post that a message links to, when the reader may see it. */
export type PostCard = { id: number; title: string; board: string; comments: number }

export type RoomReading = {
  room: FoundRoom
  messages: Message[]
  older: boolean
  /** Others in the room, at most twenty. */
  people: Person[]
  quotes: Map<number, Quote>
  cards: Map<number, PostCard>
  /** Whom the reader keeps away, here or not. */
  away: Set<number>
  /** Why nothing can be written here, when a pair is kept apart. */
  apart: 'kept-away' | 'own-block' | null
  /** How far the other one of a pair has read. */
  seen: number | null
}

/** A stretch of a room with all that its page shows. @throws NotFound */
export async function readRoomPage(
  db: Db,
  viewer: Viewer,
  options: { roomId: number; before: number | null; limit: number },
): Promise<RoomReading> {
  const { room, messages, older } = await readRoom(db, viewer, options)
  const people = await peopleIn(db, viewer, room.id)
  const other = room.kind === 'pair' ? otherOf(room, viewer.id) : null
  const blocks = await blocksOf(db, viewer, other)
  const blocked = blocks.filter((one) => one.kind === 'block' && (one.by === other || one.id === other))
  return {
    room,
    messages,
    older,
    people,
    quotes: await quotesFor(db, viewer, { room, messages }),
    cards: await findCards(
      db,
      viewer,
      messages.flatMap((one) => one.posts),
    ),
    away: new Set(blocks.filter((one) => one.by === viewer.id).map((one) => one.id)),
    apart: blocked.some((one) => one.by === other) ? 'kept-away' : blocked.length > 0 ? 'own-block' : null,
    seen: other === null ? null : (people.find((one) => one.id === other)?.read ?? null),
  }
}

function peopleIn(db: Db, viewer: Viewer, roomId: number): Promise<(Person & { read: number })[]> {
  return ask(
    db,
    `select m.id, m.name, m.avatar, x.read_number as read from room_members x
     join members m on m.id = x.member_id join rooms r on r.id = x.room_id and r.kind <> 'board'
     where x.room_id = $1 and x.member_id <> $2 and m.name is not null order by x.joined_at, m.id limit 20`,
    [roomId, viewer.id],
  )
}

/** All whom the viewer keeps away, who may say something later, and whether the other one of a pair keeps the viewer away. */
function blocksOf(
  db: Db,
  viewer: Viewer,
  other: number | null,
): Promise<{ by: number; id: number; kind: string }[]> {
  return ask(
    db,
    `select member_id as by, other_id as id, kind from personal_blocks
     where member_id = $1 or (member_id = $2 and other_id = $1)`,
    [viewer.id, other],
  )
}

async function quotesFor(
  db: Db,
  viewer: Viewer,
  { room, messages }: { room: FoundRoom; messages: readonly Message[] },
): Promise<Map<number, Quote>> {
  const numbers = messages.flatMap((one) => one.replyTo ?? []).filter((number) => number > room.fromNumber)
  if (numbers.length === 0) return new Map()
  const rows = await ask<Omit<Quote, keyof Preview> & { number: number; body: string }>(
    db,
    `select t.number, m.name, t.body, t.deleted_at is not null as deleted,
       exists (select from personal_blocks x where x.member_id = $3 and x.other_id = t.author_id) as away
     from messages t join members m on m.id = t.author_id where t.room_id = $1 and t.number = any($2)`,
    [room.id, numbers, viewer.id],
  )
  return new Map(rows.map(({ number, body, ...quote }) => [number, { ...quote, ...previewOf(body) }]))
}

/** Of these posts those that the reader may see. */
export async function findCards(
  db: Db,
  viewer: Viewer,
  ids: readonly number[],
): Promise<Map<number, PostCard>> {
  if (ids.length === 0) return new Map()
  const rows = await ask<PostCard>(
    db,
    `select p.id, p.title, b.name as board, p.comments from posts p join boards b on b.id = p.board_id
     where p.id = any($1) and p.deleted_at is null and b.read_by = any($2)`,
    [[...new Set(ids)].slice(0, 100), readLevels(viewer)],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** Members by the names that somebody typed, with commas between them, and the names that nobody has. */
export async function peopleNamed(db: Db, keys: readonly string[]): Promise<{ id: number; key: string }[]> {
  return ask(db, 'select id, name_key as key from members where name_key = any($1) and name is not null', [
    keys,
  ])
}
