import { emit, isHeard } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { recordMessageFiles } from '#modules/files/messages.ts'
import { fileNamesIn } from '#modules/files/names.ts'
import { Batches } from '#platform/batches.ts'
import { ask, type Db, identityOf, transact } from '#platform/database.ts'
import { Forbidden, invalid, NotFound } from '#platform/errors.ts'
import { findRoom, refuseClosed, refuseKeptAway } from './access.ts'
import { readMessage } from './log.ts'
import { joinBoardRoom } from './members.ts'
import { earsQuery, sendQuery } from './queries.ts'
import { chatLimits, type Message } from './shapes.ts'
import { checkMessage, type Written, writeText } from './text.ts'

export type NewMessage = {
  roomId: number
  body: string
  clientId: string
  replyTo?: number | null
  /** This site's address, by which links to its posts are known. */
  origin: string
  now: Date
}

export type Sent = { message: Message; fresh: boolean }

/**
 * Sends a message. The same `clientId` of the same member in the same room is the same message: sent again, it answers
 * with what is there. @throws Unauthenticated, Forbidden('blocked' | 'kept-away' | 'own-block' | 'board-closed'), NotFound, Invalid
 */
export async function sendMessage(db: Db, viewer: Viewer | null, input: NewMessage): Promise<Sent> {
  requireWriter(viewer)
  const { roomId, clientId, origin, now } = input
  const body = checkMessage(input.body)
  if (clientId === '' || clientId.length > chatLimits.clientId)
    throw invalid('clientId', 'too-long', { limit: chatLimits.clientId })
  const written = await writeText(db, { body, roomId, origin })
  const entry = { roomId, clientId, viewer, replyTo: input.replyTo ?? null, now, ...written }
  const sent = (await write(db, entry)) ?? (await joinAndWrite(db, entry))
  if (sent.fresh) return sent
  // Sent again: what stands in the log, which may be another text, and edited since; for who may still read it.
  await findRoom(db, viewer, { id: roomId })
  return { message: await readMessage(db, { roomId, number: sent.message.number }), fresh: false }
}

type Entry = Written & {
  roomId: number
  clientId: string
  viewer: Viewer
  replyTo: number | null
  now: Date
}

/** Whoever speaks in a board's room for the first time comes into its list. @throws what says why nothing was written */
async function joinAndWrite(db: Db, entry: Entry): Promise<Sent> {
  const { roomId, viewer, replyTo, now } = entry
  const room = await findRoom(db, viewer, { id: roomId })
  refuseClosed(viewer, room)
  if (room.kind === 'board' && !room.joined) {
    await joinBoardRoom(db, viewer, { room, now })
    const sent = await write(db, entry)
    if (sent) return sent
  }
  await refuseKeptAway(db, viewer, room)
  if (replyTo === null) throw new NotFound()
  const there = await ask(db, 'select from messages where room_id = $1 and number = $2 and notice is null', [
    room.id,
    replyTo,
  ])
  throw there.length > 0 ? new Forbidden('kept-away') : invalid('replyTo', 'no-such-message')
}

/** One transaction: locks the rooms, numbers and writes the messages. A null for each that was not allowed. */
async function writeBatch(tx: Db, entries: readonly Entry[]): Promise<(Sent | null)[]> {
  const roomIds = [...new Set(entries.map((entry) => entry.roomId))]
  await ask(tx, 'select from rooms where id = any($1) order by id for no key update', [roomIds])
  const rows = await ask<{ place: number; number: number | null; fresh: boolean }>(tx, sendQuery, [
    entries.map((one) => one.roomId),
    entries.map((one) => one.viewer.id),
    entries.map((one) => one.clientId),
    entries.map((one) => one.body),
    entries.map((one) => one.html),
    entries.map((one) => one.replyTo),
    entries.map((one) => `{${one.mentions.join()}}`),
    entries.map((one) => `{${one.posts.join()}}`),
    entries[0]?.now,
    entries.map((one) => `{${readLevels(one.viewer).join()}}`),
    entries.map((one) => isModerator(one.viewer)),
  ])
  const sent: (Sent | null)[] = entries.map(() => null)
  // Together in the log, so of one time.
  const at = entries[0]?.now.toISOString() ?? ''
  for (const { place, number, fresh } of rows) {
    const entry = entries[place - 1]
    if (entry && number !== null) sent[place - 1] = { message: toMessage(entry, { number, at }), fresh }
  }
  await follow(tx, entries, sent)
  return sent
}

/** What a message is the moment it is born. */
function toMessage({ viewer, ...entry }: Entry, born: { number: number; at: string }): Message {
  return {
    number: born.number,
    author: { id: viewer.id, name: viewer.name },
    avatar: viewer.avatar ?? null,
    body: entry.body,
    html: entry.html,
    replyTo: entry.replyTo,
    mentions: entry.mentions,
    posts: entry.posts,
    reactions: [],
    version: 1,
    change: 0,
    createdAt: born.at,
    editedAt: null,
    deleted: false,
    notice: null,
  }
}

/** What follows from new messages: their pictures, whoever listens in the transaction, and the bells after it. */
async function follow(tx: Db, entries: readonly Entry[], sent: readonly (Sent | null)[]): Promise<void> {
  const fresh = sent.flatMap((one, place) => {
    const entry = entries[place]
    return one?.fresh && entry ? [{ entry, message: one.message }] : []
  })
  if (fresh.length === 0) return
  const roomIds = [...new Set(fresh.map(({ entry }) => entry.roomId))]
  const ears = await ask<{ id: number; members: number[] }>(tx, earsQuery, [roomIds, chatLimits.small])
  const earsOf = new Map(ears.map((row) => [row.id, row.members]))
  const heard = isHeard(tx, 'message.sent')
  for (const { entry, message } of fresh) {
    const { roomId, viewer, body, now } = entry
    const { number } = message
    if (fileNamesIn(body).length > 0) await recordMessageFiles(tx, viewer, { roomId, number, body })
    if (heard) await emit(tx, { type: 'message.sent', roomId, number, memberId: viewer.id, at: now })
    const members = earsOf.get(roomId) ?? []
    await emit(tx, {
      type: 'room.told',
      roomId,
      what: 'message',
      number,
      of: number,
      json: JSON.stringify(message),
      by: viewer.id,
      members,
    })
  }
}

/**
 * Messages that come while others are being written are written together: a transaction for a hundred costs little more
 * than for one. A room is in one batch at a time, in the order in which its messages came.
 */
const batches = new Batches<Entry, Sent | null>({
  run: (db, entries) => transact(db, (tx) => writeBatch(tx, entries)),
  size: 100,
  atOnce: 2,
  keyOf: ({ roomId }) => roomId,
})

/** Messages on their way, by what makes two of them the same. */
const underWay = new WeakMap<object, Map<string, Promise<Sent | null>>>()

/** Null when it was not allowed. */
function write(db: Db, entry: Entry): Promise<Sent | null> {
  if (db.isTransaction) return batches.add(db, entry)
  const identity = identityOf(db)
  const known = underWay.get(identity) ?? new Map<string, Promise<Sent | null>>()
  underWay.set(identity, known)
  const key = `${entry.roomId} ${entry.viewer.id} ${entry.clientId}`
  const same = known.get(key)
  // The same message twice at once: the second waits for what becomes of the first.
  if (same) return same.then((sent) => sent && { ...sent, fresh: false })
  const done = batches.add(db, entry).finally(() => known.delete(key))
  known.set(key, done)
  return done
}
