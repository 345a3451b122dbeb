import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { forgetMessageFiles, recordMessageFiles } from '#modules/files/messages.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Forbidden, invalid, NotFound } from '#platform/errors.ts'
import { cleanLine } from '#platform/text.ts'
import { findRoom, refuseClosed, refuseKeptAway } from './access.ts'
import { findContaining, readMessage } from './log.ts'
import { chatLimits, type FoundRoom, type Message } from './shapes.ts'
import { changeMessage } from './tell.ts'
import { checkMessage, writeText } from './text.ts'

type Place = { roomId: number; number: number }
type Found = {
  authorId: number
  body: string
  version: number
  deleted: boolean
  replyAuthorId: number | null
}

/** A message that the viewer may read, with its room locked. @throws NotFound also for a deleted one */
async function lockMessage(
  tx: Db,
  viewer: Viewer,
  { roomId, number }: Place,
): Promise<{ room: FoundRoom; message: Found }> {
  const room = await findRoom(tx, viewer, { id: roomId, lock: true })
  const [message] = await ask<Found>(
    tx,
    `select t.author_id as "authorId", t.body, t.version, t.deleted_at is not null as deleted, q.author_id as "replyAuthorId"
     from messages t left join messages q on q.room_id = t.room_id and q.number = t.reply_to
     where t.room_id = $1 and t.number = $2 and t.notice is null`,
    [roomId, number],
  )
  if (!message || message.deleted || number <= room.fromNumber) throw new NotFound()
  return { room, message }
}

/** Whom somebody keeps away cannot reach them by changing what stands there already. @throws Forbidden */
async function refuseOld(
  tx: Db,
  viewer: Viewer,
  given: { room: FoundRoom; authorIds: readonly (number | null)[] },
): Promise<void> {
  refuseClosed(viewer, given.room)
  await refuseKeptAway(tx, viewer, given.room)
  const rows = await ask(
    tx,
    `select from personal_blocks where member_id = any($1) and other_id = $2 and kind = 'block'`,
    [given.authorIds.filter((id) => id !== null && id !== viewer.id), viewer.id],
  )
  if (rows.length > 0) throw new Forbidden('kept-away')
}

/** Changes the viewer's own message; what it said before stays in its history. @throws Unauthenticated, Forbidden, NotFound, Invalid */
export async function editMessage(
  db: Db,
  viewer: Viewer | null,
  input: Place & { body: string; origin: string; now: Date },
): Promise<Message> {
  requireWriter(viewer)
  const { roomId, number, now } = input
  const text = checkMessage(input.body)
  return transact(db, async (tx) => {
    const { room, message } = await lockMessage(tx, viewer, input)
    if (message.authorId !== viewer.id) throw new Forbidden('forbidden')
    await refuseOld(tx, viewer, { room, authorIds: [message.replyAuthorId] })
    if (message.body === text) return readMessage(tx, input)
    const { body, html, mentions, posts } = await writeText(tx, { body: text, roomId, origin: input.origin })
    await ask(
      tx,
      `with before as (
         insert into message_versions (room_id, number, version, body, created_at)
         select room_id, number, version, body, coalesce(edited_at, created_at) from messages where room_id = $1 and number = $2
       )
       update messages set body = $3, html = $4, mentions = $5, posts = $6, version = version + 1, edited_at = $7
       where room_id = $1 and number = $2`,
      [roomId, number, body, html, mentions, posts, now],
    )
    await forgetMessageFiles(tx, { roomId, number, body })
    await recordMessageFiles(tx, viewer, { roomId, number, body })
    await changeMessage(tx, { roomId, number, by: viewer.id })
    return readMessage(tx, input)
  })
}

/** Whether the viewer may take a message away: its author, the owner of a group, moderators in a board's room. */
export function canRemove(viewer: Viewer, room: FoundRoom, authorId: number | null): boolean {
  if (viewer.id === authorId) return true
  if (viewer.blocked) return false
  return room.kind === 'board' ? isModerator(viewer) : room.ownerId === viewer.id
}

/** Takes a message away: its text, history and pictures are gone, its place stays. @throws Unauthenticated, Forbidden, NotFound */
export async function deleteMessage(
  db: Db,
  viewer: Viewer | null,
  input: Place & { now: Date },
): Promise<void> {
  requireWriter(viewer)
  await transact(db, async (tx) => {
    const { room, message } = await lockMessage(tx, viewer, input)
    if (!canRemove(viewer, room, message.authorId)) throw new Forbidden('forbidden')
    await emptyMessage(tx, { ...input, byId: viewer.id })
  })
}

/** Whoever calls has locked the room and decided that it may be. */
export async function emptyMessage(tx: Db, given: Place & { byId: number; now: Date }): Promise<void> {
  const { roomId, number, byId, now } = given
  const place = [roomId, number]
  await ask(
    tx,
    `update messages set body = '', html = '', mentions = '{}', posts = '{}', deleted_at = $3, deleted_by_id = $4
     where room_id = $1 and number = $2`,
    [...place, now, byId],
  )
  await ask(tx, 'delete from message_versions where room_id = $1 and number = $2', place)
  await ask(tx, 'delete from message_reactions where room_id = $1 and number = $2', place)
  await forgetMessageFiles(tx, { roomId, number, body: '' })
  await changeMessage(tx, { roomId, number, by: byId })
}

export type MessageVersion = { version: number; body: string; at: Date }

/** What a message says and said, newest first. @throws NotFound */
export async function messageVersions(db: Db, viewer: Viewer, place: Place): Promise<MessageVersion[]> {
  const room = await findRoom(db, viewer, { id: place.roomId })
  if (place.number <= room.fromNumber) throw new NotFound()
  const rows = await ask<MessageVersion>(
    db,
    `select version, body, coalesce(edited_at, created_at) as at from messages
     where room_id = $1 and number = $2 and deleted_at is null and notice is null
     union all select version, body, created_at from message_versions where room_id = $1 and number = $2
     order by version desc limit 200`,
    [place.roomId, place.number],
  )
  if (rows.length === 0) throw new NotFound()
  return rows
}

/** One emoji: a base with its modifiers and joined parts, a flag, or a keycap. */
const emojiShape = /^(?:\p{RGI_Emoji})$/v

/** @throws Invalid for what is no emoji */
export function checkEmoji(typed: string): string {
  const emoji = typed.normalize('NFC')
  const shown = emojiShape.test(emoji) ? emoji : `${emoji}\ufe0f`
  if (emoji.length > 40 || !emojiShape.test(shown)) throw invalid('emoji', 'no-emoji')
  return shown
}

/** Sets or takes back the viewer's reaction; again changes nothing. @throws Unauthenticated, Forbidden, NotFound, Invalid */
export async function react(
  db: Db,
  viewer: Viewer | null,
  input: Place & { emoji: string; on: boolean; now: Date },
): Promise<Message> {
  requireWriter(viewer)
  const { roomId, number } = input
  const emoji = checkEmoji(input.emoji)
  return transact(db, async (tx) => {
    const { room, message } = await lockMessage(tx, viewer, input)
    await refuseOld(tx, viewer, { room, authorIds: [message.authorId] })
    const place = [roomId, number, viewer.id, emoji]
    const changed = input.on
      ? await ask(tx, reactQuery, [...place, input.now])
      : await ask(
          tx,
          'delete from message_reactions where (room_id, number, member_id, emoji) = ($1, $2, $3, $4) returning 1',
          place,
        )
    if (changed.length > 0) await changeMessage(tx, { roomId, number, by: viewer.id })
    return readMessage(tx, input)
  })
}

/** A message has at most so many different ones. */
const reactQuery = `
  insert into message_reactions (room_id, number, member_id, emoji, created_at)
  select $1, $2, $3, $4, $5
  where (select count(distinct emoji) from message_reactions where room_id = $1 and number = $2 and emoji <> $4) < ${chatLimits.reactions}
  on conflict do nothing returning 1`

/** How many messages one search looks through. */
const searchedAtOnce = 20_000

/**
 * Messages that contain the text, newest first. Looks through a bounded stretch of the room: `next` is the number before
 * which the next search goes on. @throws NotFound, Invalid
 */
export async function searchRoom(
  db: Db,
  viewer: Viewer,
  input: { roomId: number; text: string; before: number | null; limit: number },
): Promise<{ room: FoundRoom; found: Message[]; next: number | null }> {
  const text = cleanLine(input.text)
  if (text === '') throw invalid('q', 'required')
  if (text.length > chatLimits.search) throw invalid('q', 'too-long', { limit: chatLimits.search })
  const room = await findRoom(db, viewer, { id: input.roomId })
  const before = Math.min(input.before ?? room.lastNumber + 1, room.lastNumber + 1)
  const from = Math.max(room.fromNumber, room.forgotten, before - 1 - searchedAtOnce)
  const found = await findContaining(db, { roomId: room.id, before, from, text, limit: input.limit })
  const last = found.at(-1)
  const whole = found.length < input.limit
  const reached = whole ? from + 1 : (last?.number ?? before)
  const end = Math.max(room.fromNumber, room.forgotten) + 1
  return { room, found, next: reached > end ? reached : null }
}
