import { Type } from 'typebox'
import { apiPaths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, listOf, listQuery, Nothing, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { findRoom } from './access.ts'
import { limitChat } from './guards.ts'
import { markRoomRead, muteRoom } from './marks.ts'
import { inviteToRoom, joinRoom, listMembers, removeFromRoom } from './members.ts'
import { listRooms, openRoom, renameRoom, setBoardRoom } from './rooms.ts'
import { chatLimits } from './shapes.ts'
import { ListedRoomShape, MemberShape, Number_, presentListed, presentRoom, RoomShape } from './wire.ts'

const tags = ['chat']

/** Rooms and who is in them; messages are in message-routes.ts. */
export function chatRoutes(api: Server, web: Web): void {
  listRoutes(api, web)
  roomRoutes(api, web)
  memberRoutes(api, web)
  leaveRoutes(api, web)
  markRoutes(api, web)
  boardRoomRoutes(api, web)
}

function listRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/chat/rooms',
    {
      schema: {
        tags,
        summary: 'Your rooms, last active first',
        querystring: Type.Object(listQuery),
        response: { 200: listOf(ListedRoomShape) },
      },
    },
    async (request) => {
      const { after = null, limit = 20 } = request.query
      const { rooms, next } = await listRooms(db, await web.member(request), { after, limit })
      return { items: rooms.map(presentListed), next }
    },
  )
  const Opened = Type.Object({ id: Id })
  api.post(
    '/chat/rooms',
    {
      schema: {
        tags,
        summary: 'Open a room: with one member the one that you two have',
        body: body({
          members: Type.Array(Id, { minItems: 1, maxItems: chatLimits.members }),
          name: Type.Optional(Type.String()),
        }),
        response: { 200: Opened, 201: Opened },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      await limitChat(web, viewer, 'room')
      const { members, name } = request.body
      const { id, made } = await openRoom(db, viewer, { members, name, now: web.now() })
      reply.header('location', apiPaths.room(id))
      return reply.code(made ? 201 : 200).send({ id })
    },
  )
}

function roomRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/chat/rooms/:id',
    { schema: { tags, summary: 'A room', params: IdParams, response: { 200: RoomShape } } },
    async (request) => presentRoom(await findRoom(db, await web.member(request), { id: request.params.id })),
  )
  api.patch(
    '/chat/rooms/:id',
    {
      schema: {
        tags,
        summary: 'Rename a group that is yours',
        params: IdParams,
        body: body({ name: Type.String() }),
        response: { 200: RoomShape },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      const { id } = request.params
      await renameRoom(db, viewer, { roomId: id, name: request.body.name })
      return presentRoom(await findRoom(db, viewer, { id }))
    },
  )
}

function memberRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/chat/rooms/:id/members',
    {
      schema: {
        tags,
        summary: 'Who is in a room',
        params: IdParams,
        response: { 200: wholeListOf(MemberShape) },
      },
    },
    async (request) => {
      const { members } = await listMembers(db, await web.member(request), request.params.id)
      const items = members.map((one) => ({ ...one, joinedAt: one.joinedAt.toISOString() }))
      return { items, next: null }
    },
  )
  api.post(
    '/chat/rooms/:id/members',
    {
      schema: {
        tags,
        summary: 'Bring somebody into a group; they read what is said from then on',
        params: IdParams,
        body: body({ member: Id }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      await limitChat(web, viewer, 'room')
      const input = { roomId: request.params.id, memberId: request.body.member, now: web.now() }
      await inviteToRoom(db, viewer, input)
      return reply.code(204).send(null)
    },
  )
}

/** Of one's own accord; an owner also sends others away. */
function leaveRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.put(
    '/chat/rooms/:id/joined',
    {
      schema: {
        tags,
        summary: "Put a board's room among yours",
        params: IdParams,
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await joinRoom(db, await web.member(request), { roomId: request.params.id, now: web.now() })
      return reply.code(204).send(null)
    },
  )
  api.delete(
    '/chat/rooms/:id/members/:member',
    {
      schema: {
        tags,
        summary: 'Leave a room, or remove somebody from a group that is yours',
        params: Type.Object({ id: Id, member: Id }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const { id, member } = request.params
      await removeFromRoom(db, await web.member(request), { roomId: id, memberId: member, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}

function markRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.put(
    '/chat/rooms/:id/read',
    {
      schema: {
        tags,
        summary: 'You have read up to this number',
        params: IdParams,
        body: body({ number: Number_ }),
        response: { 200: Type.Object({ unread: Type.Integer(), read: Type.Integer() }) },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      return markRoomRead(db, viewer, { roomId: request.params.id, number: request.body.number })
    },
  )
  for (const muted of [true, false]) {
    api.route({
      method: muted ? 'PUT' : 'DELETE',
      url: '/chat/rooms/:id/muted',
      schema: {
        tags,
        summary: muted ? 'No bells from this room' : 'Bells from this room again',
        params: IdParams,
        response: { 204: Nothing },
      },
      handler: async (request, reply) => {
        const viewer = await web.member(request)
        await muteRoom(db, viewer, { roomId: request.params.id, muted, now: web.now() })
        return reply.code(204).send(null)
      },
    })
  }
}

function boardRoomRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const params = Type.Object({ slug: Type.String({ maxLength: 100 }) })
  const response = { 200: Type.Object({ room: Type.Union([Id, Type.Null()]) }) }
  for (const open of [true, false]) {
    api.route({
      method: open ? 'PUT' : 'DELETE',
      url: '/boards/:slug/chat',
      schema: {
        tags,
        summary: open ? 'Give a board a room for whoever may read it' : "Close a board's room",
        params,
        response,
      },
      handler: async (request) => {
        const viewer = await web.member(request)
        const { id } = await setBoardRoom(db, viewer, { board: request.params.slug, open, now: web.now() })
        return { room: id }
      },
    })
  }
}
