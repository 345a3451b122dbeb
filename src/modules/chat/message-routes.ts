import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Viewer } from '#modules/accounts/viewer.ts'
import type { Server } from '#platform/http/server.ts'
import {
  body,
  Id,
  IdParams,
  Instant,
  limitUpTo,
  listOf,
  Nothing,
  wholeListOf,
} from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { limitChat } from './guards.ts'
import { changesAfter, readAfter, readRoom } from './log.ts'
import { deleteMessage, editMessage, messageVersions, react, searchRoom } from './messages.ts'
import { sendMessage } from './send.ts'
import { chatLimits, type Message } from './shapes.ts'
import { Wait, type Waits } from './waiting.ts'
import { MessageParams, MessageShape, numberOf } from './wire.ts'

const tags = ['chat']
/** Seconds that a long poll waits at most: below what proxies and phones take for a dead connection. */
const longestWait = 25

/** The log of a room, to read and to write. */
export function messageRoutes(api: Server, web: Web, waits: Waits): void {
  logRoute(api, web, waits)
  searchRoute(api, web)
  sendRoute(api, web)
  changeRoutes(api, web)
  historyRoute(api, web)
  reactionRoutes(api, web)
}

const Changed = Type.Optional(
  Type.Array(MessageShape, {
    description: 'In the order of their `change`, the last of which is the next `changes`',
  }),
)

function logRoute(api: Server, web: Web, waits: Waits): void {
  const { db } = web.deps
  api.get(
    '/chat/rooms/:id/messages',
    {
      config: { waitsBy: 'wait' },
      schema: {
        tags,
        summary:
          'Messages, in order: the newest, those before a number, or those after one (with `wait`: a long poll)',
        description:
          'With `after` answers as soon as something is there, else after `wait` seconds with an empty list; `next` is the ' +
          'number to go on from. Without it `next` is the number before which older ones stand. With `changes`, the last ' +
          'change that you know of, what was edited, deleted or reacted to since comes as `changed`.',
        params: IdParams,
        querystring: Type.Object({
          after: numberOf('Messages with a higher `number`'),
          changes: numberOf('With `after`: answers `changed`, the earlier messages with a higher `change`'),
          before: numberOf('Without `after`: messages with a lower `number`'),
          wait: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: longestWait,
              default: 0,
              description: 'With `after`: seconds to wait for something to be there',
            }),
          ),
          limit: limitUpTo(100, 20),
        }),
        response: { 200: Type.Object({ ...listOf(MessageShape).properties, changed: Changed }) },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      const { after, changes = null, before = null, wait = 0, limit = 20 } = request.query
      const { id: roomId } = request.params
      if (after === undefined) {
        const { messages, older } = await readRoom(db, viewer, { roomId, before, limit })
        return { items: messages, next: older ? String(messages[0]?.number ?? 0) : null }
      }
      const poll = { roomId, after, changes, limit, wait }
      return wait === 0 ? newer(web, viewer, poll) : longPoll(web, waits, { request, reply, viewer, poll })
    },
  )
}

type Poll = { roomId: number; after: number; changes: number | null; limit: number; wait: number }

type Polled = { items: Message[]; next: string | null; changed?: Message[] }

async function newer(web: Web, viewer: Viewer, { changes, ...poll }: Poll): Promise<Polled> {
  const { db } = web.deps
  const { room, messages } = await readAfter(db, viewer, poll)
  const last = messages.at(-1)?.number ?? room.lastNumber
  const page: Polled = { items: messages, next: last < room.lastNumber ? String(last) : null }
  if (changes === null || changes >= room.lastChange) return page
  return { ...page, changed: await changesAfter(db, { ...poll, after: changes, from: room.fromNumber }) }
}

type Polling = { request: FastifyRequest; reply: FastifyReply; viewer: Viewer; poll: Poll }

/** Follows first and reads then, so that nothing said in between is missed. */
async function longPoll(web: Web, waits: Waits, polling: Polling) {
  const { request, reply, viewer, poll } = polling
  if (request.awaited instanceof Wait) return afterWait(web, polling, request.awaited)
  const wait = await waits.follow({ ...poll, memberId: viewer.id })
  try {
    const page = await newer(web, viewer, poll)
    if (page.items.length > 0 || page.changed?.length) {
      wait.leave()
      return page
    }
  } catch (error) {
    wait.leave()
    throw error
  }
  const resume = reply.letGo(wait)
  if (resume) {
    wait.wait(poll.wait * 1000, resume)
    return reply
  }
  await waitHere(request, wait, poll)
  return afterWait(web, polling, wait)
}

/** Whoever goes away is not waited for. */
async function waitHere({ raw: { socket } }: FastifyRequest, wait: Wait, poll: Poll): Promise<void> {
  const gone = () => wait.end('nothing')
  socket.once('close', gone)
  await new Promise<void>((then) => wait.wait(poll.wait * 1000, then))
  socket.off('close', gone)
}

function afterWait(web: Web, { reply, viewer, poll }: Polling, { ended }: Wait) {
  if (ended === 'nothing') return { items: [], next: null }
  if (ended === 'look') return newer(web, viewer, poll)
  // As they were told, without making objects of them and texts again.
  const items = ended.messages.slice(0, poll.limit)
  const next = items.length < ended.messages.length ? `"${poll.after + items.length}"` : null
  return reply
    .type('application/json')
    .serializer((text: unknown) => String(text))
    .send(`{"items":[${items.join()}],"next":${next}}`)
}

function searchRoute(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/chat/rooms/:id/search',
    {
      schema: {
        tags,
        summary: 'Messages of a room that contain a text, newest first',
        description:
          'Looks through a stretch of the room at a time; `next` is the `before` with which to go on.',
        params: IdParams,
        querystring: Type.Object({
          q: Type.String({ maxLength: 1000, description: 'The text' }),
          before: numberOf('Messages with a lower `number`'),
          limit: limitUpTo(100, 20),
        }),
        response: { 200: listOf(MessageShape) },
      },
    },
    async (request) => {
      const { q: text, before = null, limit = 20 } = request.query
      const input = { roomId: request.params.id, text, before, limit }
      const { found, next } = await searchRoom(db, await web.member(request), input)
      return { items: found, next: next === null ? null : String(next) }
    },
  )
}

function sendRoute(api: Server, web: Web): void {
  const { db } = web.deps
  api.post(
    '/chat/rooms/:id/messages',
    {
      config: { cleansText: true },
      schema: {
        tags,
        summary: 'Send a message; 200 and the same message when this `clientId` was sent before',
        params: IdParams,
        body: body({
          body: Type.String(),
          clientId: Type.String({
            minLength: 1,
            maxLength: chatLimits.clientId,
            description: 'Made by you, another one for each message',
          }),
          replyTo: Type.Optional(Id),
        }),
        response: { 200: MessageShape, 201: MessageShape },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      await limitChat(web, viewer, 'message')
      const { body: text, clientId, replyTo = null } = request.body
      const { message, fresh } = await sendMessage(db, viewer, {
        roomId: request.params.id,
        body: text,
        clientId,
        replyTo,
        origin: web.origin(request),
        now: web.now(),
      })
      return reply.code(fresh ? 201 : 200).send(message)
    },
  )
}

const one = '/chat/rooms/:id/messages/:number'

function changeRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.patch(
    one,
    {
      config: { cleansText: true },
      schema: {
        tags,
        summary: 'Change your message; what it said stays in its history',
        params: MessageParams,
        body: body({ body: Type.String() }),
        response: { 200: MessageShape },
      },
    },
    async (request) => {
      const { id: roomId, number } = request.params
      const viewer = await web.member(request)
      const input = { roomId, number, body: request.body.body, origin: web.origin(request), now: web.now() }
      return editMessage(db, viewer, input)
    },
  )
  api.delete(
    one,
    { schema: { tags, summary: 'Take a message away', params: MessageParams, response: { 204: Nothing } } },
    async (request, reply) => {
      const { id: roomId, number } = request.params
      await deleteMessage(db, await web.member(request), { roomId, number, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}

function historyRoute(api: Server, web: Web): void {
  const { db } = web.deps
  const Version = Type.Object({ version: Type.Integer(), body: Type.String(), at: Instant })
  api.get(
    `${one}/versions`,
    {
      schema: {
        tags,
        summary: 'What a message says and said, newest first',
        params: MessageParams,
        response: { 200: wholeListOf(Version) },
      },
    },
    async (request) => {
      const { id: roomId, number } = request.params
      const versions = await messageVersions(db, await web.member(request), { roomId, number })
      return { items: versions.map((each) => ({ ...each, at: each.at.toISOString() })), next: null }
    },
  )
}

function reactionRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const params = Type.Object({ id: Id, number: Id, emoji: Type.String({ maxLength: 60 }) })
  for (const on of [true, false]) {
    api.route({
      method: on ? 'PUT' : 'DELETE',
      url: '/chat/rooms/:id/messages/:number/reactions/:emoji',
      schema: {
        tags,
        summary: on ? 'React with an emoji' : 'Take a reaction back',
        params,
        response: { 200: MessageShape },
      },
      handler: async (request) => {
        const { id: roomId, number, emoji } = request.params
        return react(db, await web.member(request), { roomId, number, emoji, on, now: web.now() })
      },
    })
  }
}
