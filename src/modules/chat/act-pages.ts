import { Type } from 'typebox'
import { requireWriter } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import { invalid, NotFound } from '#platform/errors.ts'
import { buttonOf, formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, IdParams } from '#platform/http/shapes.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { findRoom } from './access.ts'
import { limitChat } from './guards.ts'
import { muteRoom } from './marks.ts'
import { inviteToRoom, joinRoom, listMembers, removeFromRoom } from './members.ts'
import { canRemove, deleteMessage, editMessage, messageVersions, react, searchRoom } from './messages.ts'
import { findCards, peopleNamed, readRoomPage } from './reading.ts'
import { reportMessage } from './reports.ts'
import { renameRoom } from './rooms.ts'
import { shownAtOnce } from './shapes.ts'
import { aboutPage, type MessageActs, messagePage, searchPage } from './views/about.ts'
import { nameOfReading } from './views/room.ts'
import { MessageParams } from './wire.ts'

/** What is done about rooms and with messages, each by a form of its own. */
export function chatActPages(pages: Server, web: Web): void {
  aboutPages(pages, web)
  memberActs(pages, web)
  messagePages(pages, web)
  messageActs(pages, web)
  searchPages(pages, web)
}

type About = { viewer: Viewer; roomId: number; state: FormState; refused: 'invite' | 'rename' | null }

async function aboutOptions(web: Web, page: Page, { viewer, roomId, state, refused }: About) {
  const { room, members } = await listMembers(web.deps.db, viewer, roomId)
  const people = members.filter((one) => one.id !== viewer.id)
  const name = nameOfReading(page, { room, people })
  return {
    title: name,
    body: aboutPage(page, { state, refused, room, members, name }),
    modules: ['main', 'people-field'],
    current: 'chat' as const,
    robots: 'noindex',
  }
}

function aboutPages(pages: Server, web: Web): void {
  const { db } = web.deps
  pages.get('/chat/:id/about', { schema: { params: IdParams } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const about = { viewer: page.viewer, roomId: request.params.id, state: emptyState, refused: null }
    return web.show(reply, page, await aboutOptions(web, page, about))
  })
  pages.post('/chat/:id/invite', formOf(['member'], IdParams), async (request, reply) => {
    const viewer = await web.member(request)
    const { id: roomId } = request.params
    const again = (page: Page, state: FormState) =>
      aboutOptions(web, page, { viewer, roomId, state, refused: 'invite' })
    return web.submit({ request, reply, again }, async ({ member = '' }) => {
      requireWriter(viewer)
      await limitChat(web, viewer, 'room')
      await findRoom(db, viewer, { id: roomId })
      const name = cleanLine(member).replace(/^@/, '')
      const [found] = name === '' ? [] : await peopleNamed(db, [foldName(name)])
      if (!found) throw invalid('member', name === '' ? 'required' : 'no-such-people', { names: name })
      await inviteToRoom(db, viewer, { roomId, memberId: found.id, now: web.now() })
      return paths.roomPart(roomId, 'about')
    })
  })
  pages.post('/chat/:id/rename', formOf(['name'], IdParams), async (request, reply) => {
    const viewer = await web.member(request)
    const { id: roomId } = request.params
    const again = (page: Page, state: FormState) =>
      aboutOptions(web, page, { viewer, roomId, state, refused: 'rename' })
    return web.submit({ request, reply, again }, async ({ name = '' }) => {
      await renameRoom(db, viewer, { roomId, name })
      return paths.roomPart(roomId, 'about')
    })
  })
}

function memberActs(pages: Server, web: Web): void {
  const { db } = web.deps
  for (const muted of [true, false]) {
    pages.post(`/chat/:id/${muted ? 'mute' : 'unmute'}`, buttonOf([], IdParams), async (request, reply) => {
      const { id: roomId } = request.params
      await muteRoom(db, await web.member(request), { roomId, muted, now: web.now() })
      return reply.redirect(paths.roomPart(roomId, 'about'), 303)
    })
  }
  pages.post('/chat/:id/join', buttonOf([], IdParams), async (request, reply) => {
    await joinRoom(db, await web.viewer(request), { roomId: request.params.id, now: web.now() })
    return reply.redirect(paths.room(request.params.id), 303)
  })
  pages.post('/chat/:id/leave', buttonOf([], IdParams), async (request, reply) => {
    const viewer = await web.member(request)
    await removeFromRoom(db, viewer, { roomId: request.params.id, memberId: viewer.id, now: web.now() })
    return reply.redirect(paths.chat(), 303)
  })
  const params = Type.Object({ id: Id, member: Id })
  pages.post('/chat/:id/members/:member/remove', buttonOf([], params), async (request, reply) => {
    const { id: roomId, member: memberId } = request.params
    await removeFromRoom(db, await web.member(request), { roomId, memberId, now: web.now() })
    return reply.redirect(paths.roomPart(roomId, 'about'), 303)
  })
}

type Shown = { viewer: Viewer; roomId: number; number: number } & Pick<
  MessageActs,
  'state' | 'refused' | 'reported'
>

async function messageOptions(web: Web, page: Page, { viewer, roomId, number, ...shown }: Shown) {
  const { db } = web.deps
  const reading = await readRoomPage(db, viewer, { roomId, before: number + 1, limit: 1 })
  const message = reading.messages[0]
  if (message?.number !== number || message.notice !== null) throw new NotFound()
  const { room } = reading
  const own = message.author?.id === viewer.id
  const mayWrite = !viewer.blocked && !message.deleted && reading.apart === null
  const data: MessageActs = {
    ...shown,
    room,
    place: placeOf(room, number),
    message,
    // Whoever opened this page asked for it: what is folded elsewhere is shown.
    around: { ...reading, roomId, away: new Set() },
    versions:
      message.version > 1 && !message.deleted ? await messageVersions(db, viewer, { roomId, number }) : [],
    may: {
      write: mayWrite,
      edit: mayWrite && own,
      remove: !message.deleted && canRemove(viewer, room, message.author?.id ?? null),
      report: !viewer.blocked && !message.deleted && !own,
    },
  }
  return {
    title: page.words.chat.message({ number }),
    body: messagePage(page, data),
    current: 'chat' as const,
    robots: 'noindex',
  }
}

function messagePages(pages: Server, web: Web): void {
  const { db } = web.deps
  const querystring = Type.Object({ reported: Type.Optional(Type.String({ maxLength: 5 })) })
  pages.get(
    '/chat/:id/messages/:number',
    { schema: { params: MessageParams, querystring } },
    async (request, reply) => {
      const page = await web.memberPage(request)
      const { id: roomId, number } = request.params
      const reported = request.query.reported === '1'
      const shown = { viewer: page.viewer, roomId, number, state: emptyState, refused: null, reported }
      return web.show(reply, page, await messageOptions(web, page, shown))
    },
  )
  pages.post('/chat/:id/messages/:number/edit', formOf(['body'], MessageParams), async (request, reply) => {
    const viewer = await web.member(request)
    const { id: roomId, number } = request.params
    const again = (page: Page, state: FormState) =>
      messageOptions(web, page, { viewer, roomId, number, state, refused: 'edit', reported: false })
    return web.submit({ request, reply, again }, async ({ body = '' }) => {
      await editMessage(db, viewer, { roomId, number, body, origin: web.origin(request), now: web.now() })
      return backTo(web, viewer, { roomId, number })
    })
  })
  pages.post(
    '/chat/:id/messages/:number/report',
    formOf(['reason', 'detail'], MessageParams),
    async (request, reply) => {
      const viewer = await web.member(request)
      const { id: roomId, number } = request.params
      const again = (page: Page, state: FormState) =>
        messageOptions(web, page, { viewer, roomId, number, state, refused: 'report', reported: false })
      return web.submit({ request, reply, again }, async ({ reason = '', detail = '' }) => {
        await reportMessage(db, viewer, { roomId, number, reason, detail, now: web.now() })
        return `${paths.message(roomId, number)}?reported=1`
      })
    },
  )
}

/** Where a message stands: among the newest, which go on as they come, or with what was said before it. */
function placeOf(room: { id: number; lastNumber: number }, number: number): string {
  const isNew = number > room.lastNumber - shownAtOnce
  return `${paths.room(room.id, isNew ? {} : { before: number + 1 })}#m${number}`
}

/** Back to the message, after something was done with it. */
async function backTo(web: Web, viewer: Viewer, { roomId, number }: { roomId: number; number: number }) {
  return placeOf(await findRoom(web.deps.db, viewer, { id: roomId }), number)
}

function messageActs(pages: Server, web: Web): void {
  const { db } = web.deps
  pages.post('/chat/:id/messages/:number/delete', buttonOf([], MessageParams), async (request, reply) => {
    const { id: roomId, number } = request.params
    const viewer = await web.member(request)
    await deleteMessage(db, viewer, { roomId, number, now: web.now() })
    return reply.redirect(await backTo(web, viewer, { roomId, number }), 303)
  })
  pages.post(
    '/chat/:id/messages/:number/react',
    buttonOf(['emoji', { on: ['', '1'] }], MessageParams),
    async (request, reply) => {
      const viewer = await web.member(request)
      const { id: roomId, number } = request.params
      const { emoji = '', on = '' } = typedIn(request)
      await react(db, viewer, { roomId, number, emoji, on: on === '1', now: web.now() })
      return reply.redirect(await backTo(web, viewer, { roomId, number }), 303)
    },
  )
}

function searchPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const querystring = Type.Object({
    q: Type.Optional(Type.String({ maxLength: 1000 })),
    before: Type.Optional(Type.Integer({ minimum: 0, maximum: 999_999_999_999_999 })),
  })
  pages.get('/chat/:id/search', { schema: { params: IdParams, querystring } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const { q = '', before = null } = request.query
    const { id: roomId } = request.params
    const state = { values: { q }, errors: {} }
    const asked = cleanLine(q).slice(0, 100)
    const searched =
      asked === ''
        ? { room: await findRoom(db, page.viewer, { id: roomId }), found: null, next: null }
        : await searchRoom(db, page.viewer, { roomId, text: asked, before, limit: 50 })
    const cards = await findCards(db, page.viewer, searched.found?.flatMap((one) => one.posts) ?? [])
    const around = { roomId, quotes: new Map(), cards, away: new Set<number>() }
    const body = searchPage(page, { ...searched, q: asked, around, state })
    return web.show(reply, page, { title: page.words.chat.search, body, current: 'chat', robots: 'noindex' })
  })
}
