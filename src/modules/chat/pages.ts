import { randomUUID } from 'node:crypto'
import { Type } from 'typebox'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import type { Db } from '#platform/database.ts'
import { invalid } from '#platform/errors.ts'
import { buttonOf, formOf, idText } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedId, typedIn, type Web } from '#ui/web.ts'
import { limitChat } from './guards.ts'
import { readMessage } from './log.ts'
import { markRoomRead } from './marks.ts'
import { canRemove } from './messages.ts'
import { findCards, peopleNamed, readRoomPage } from './reading.ts'
import { boardRoomsFor, listRooms, openRoom } from './rooms.ts'
import { sendMessage } from './send.ts'
import { chatLimits, shownAtOnce, shownRooms } from './shapes.ts'
import { chatPage } from './views/list.ts'
import { cardOf } from './views/message.ts'
import { nameOfReading, type RoomPageData, roomPage } from './views/room.ts'

/** GET /chat and the rooms; what is done with rooms and messages is in act-pages.ts. */
export function chatPages(pages: Server, web: Web): void {
  listPages(pages, web)
  roomPages(pages, web)
  pages.post('/m/:id/chat', buttonOf([{ about: idText }], IdParams), async (request, reply) => {
    const viewer = await web.viewer(request)
    if (!viewer) return reply.redirect(paths.signIn(paths.chat()), 303)
    await limitChat(web, viewer, 'room')
    const { id } = await openRoom(web.deps.db, viewer, { members: [request.params.id], now: web.now() })
    const about = typedId(typedIn(request)['about'] ?? '')
    return reply.redirect(`${paths.room(id, { about })}#end`, 303)
  })
}

function listPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = async (page: Page, viewer: Viewer, given: { after: string | null; state: FormState }) => {
    const { rooms, next } = await listRooms(db, viewer, { after: given.after, limit: shownRooms })
    const boards = given.after === null ? await boardRoomsFor(db, viewer) : []
    return {
      title: page.words.chat.title,
      body: chatPage(page, { rooms, next, boards, state: given.state }),
      modules: ['main', 'room-list', 'people-field'],
      current: 'chat' as const,
      robots: 'noindex',
      width: 'wide' as const,
    }
  }
  const querystring = Type.Object({ after: Type.Optional(Type.String({ maxLength: 100 })) })
  pages.get('/chat', { schema: { querystring } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const { after = null } = request.query
    return web.show(reply, page, await options(page, page.viewer, { after, state: emptyState }))
  })
  pages.post('/chat', formOf(['names', 'name']), async (request, reply) => {
    const viewer = await web.viewer(request)
    if (!viewer) return reply.redirect(paths.signIn(paths.chat()), 303)
    const again = (page: Page, state: FormState) => options(page, viewer, { after: null, state })
    return web.submit({ request, reply, again }, async ({ names = '', name = '' }) => {
      requireWriter(viewer)
      await limitChat(web, viewer, 'room')
      const members = await namedMembers(web, names)
      const { id } = await openRoom(db, viewer, { members, name, now: web.now() })
      return `${paths.room(id)}#end`
    })
  })
}

/** @throws Invalid for names that nobody has */
async function namedMembers(web: Web, typed: string): Promise<number[]> {
  const names = typed.split(/[,，、]/u).map((one) => cleanLine(one).replace(/^@/, ''))
  const wanted = names.filter((one) => one !== '').slice(0, chatLimits.members)
  if (wanted.length === 0) throw invalid('names', 'required')
  const found = new Map(
    (await peopleNamed(web.deps.db, wanted.map(foldName))).map((one) => [one.key, one.id]),
  )
  const unknown = wanted.filter((one) => !found.has(foldName(one)))
  if (unknown.length > 0) throw invalid('names', 'no-such-people', { names: unknown.slice(0, 5).join(', ') })
  return [...found.values()]
}

const RoomQuery = Type.Object({
  before: Type.Optional(Type.Integer({ minimum: 0, maximum: 999_999_999_999_999 })),
  reply: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999_999_999 })),
  about: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999_999_999 })),
})

function roomPages(pages: Server, web: Web): void {
  const { db } = web.deps
  pages.get('/chat/:id', { schema: { params: IdParams, querystring: RoomQuery } }, async (request, reply) => {
    const viewer = await web.member(request)
    const { before = null, reply: replyTo = null, about } = request.query
    const state = about === undefined ? emptyState : beginsWith(web.origin(request) + paths.postShort(about))
    const asked = { viewer, roomId: request.params.id, before, replyTo, state }
    const data = await openPage(web, asked)
    // Counted after it was read.
    const page = await web.page(request)
    return web.show(reply, page, roomOptions(page, data))
  })
  pages.post(
    '/chat/:id/messages',
    formOf(['body', 'clientId', { replyTo: idText }], IdParams),
    async (request, reply) => {
      const { id: roomId } = request.params
      const viewer = await web.viewer(request)
      if (!viewer) return reply.redirect(paths.signIn(paths.room(roomId)), 303)
      const again = async (page: Page, state: FormState) => {
        const replyTo = typedId(state.values['replyTo'])
        return roomOptions(page, await openPage(web, { viewer, roomId, before: null, replyTo, state }))
      }
      return web.submit({ request, reply, again }, async ({ body = '', clientId = '', replyTo = '' }) => {
        await limitChat(web, viewer, 'message')
        await sendMessage(db, viewer, {
          roomId,
          body,
          clientId: clientId === '' ? randomUUID() : clientId,
          replyTo: typedId(replyTo),
          origin: web.origin(request),
          now: web.now(),
        })
        return `${paths.room(roomId)}#end`
      })
    },
  )
  const querystring = Type.Object({ posts: Type.String({ pattern: '^\\d{1,15}(,\\d{1,15}){0,9}$' }) })
  // For the script: cards of posts that a message just told of links to, as this reader may see them.
  pages.get('/chat/cards', { schema: { querystring } }, async (request, reply) => {
    const viewer = await web.member(request)
    const ids = request.query.posts.split(',').map(Number)
    const cards = await findCards(db, viewer, ids)
    const text = [...cards.values()].map((card) => cardOf(card).text).join('')
    return reply.type('text/html; charset=utf-8').header('cache-control', 'private, no-store').send(text)
  })
}

/** A message that begins with a link. */
function beginsWith(link: string): FormState {
  return { values: { body: `${link}\n` }, errors: {} }
}

type Asked = {
  viewer: Viewer
  roomId: number
  before: number | null
  replyTo: number | null
  state: FormState
}

/** What the page of a room shows; the newest messages are read by that. */
async function openPage(web: Web, { viewer, roomId, before, replyTo, state }: Asked): Promise<RoomPageData> {
  const { db } = web.deps
  const reading = await readRoomPage(db, viewer, { roomId, before, limit: shownAtOnce })
  const { room, messages } = reading
  const last = messages.at(-1)?.number ?? 0
  const atEnd = before === null || last >= room.lastNumber
  const readTo = Math.max(room.readNumber, room.fromNumber)
  if (atEnd && room.joined && last > room.readNumber) await markRoomRead(db, viewer, { roomId, number: last })
  return {
    ...reading,
    atEnd,
    // Whose first message is new has nothing to be told apart.
    readTo: room.joined && readTo > 0 && readTo < last ? readTo : null,
    removesAll: canRemove(viewer, room, null),
    state,
    reply: replyTo === null ? null : await replyOf(db, { room, number: replyTo }),
    clientId: randomUUID(),
    mayWrite: !viewer.blocked && !room.archived && (room.writeBy !== 'moderators' || isModerator(viewer)),
    // After this one was read.
    rooms: (await listRooms(db, viewer, { after: null, limit: shownRooms })).rooms,
  }
}

function roomOptions(page: Page, data: RoomPageData) {
  return {
    title: nameOfReading(page, data),
    body: roomPage(page, data),
    modules: ['main', 'chat', 'room-list'],
    current: 'chat' as const,
    robots: 'noindex',
    width: 'wide' as const,
  }
}

async function replyOf(
  db: Db,
  { room, number }: { room: RoomPageData['room']; number: number },
): Promise<RoomPageData['reply']> {
  if (number <= room.fromNumber || number > room.lastNumber) return null
  const { author } = await readMessage(db, { roomId: room.id, number })
  return { number, name: author?.name ?? null }
}
