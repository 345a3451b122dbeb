import { Type } from 'typebox'
import { guardedRoutes } from '#modules/moderation/guards.ts'
import { outcomes, reportReasons } from '#modules/moderation/shapes.ts'
import { AuthorName } from '#modules/posts/presented.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, Instant, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { listReportedMessages, reportMessage, resolveMessageReports } from './reports.ts'
import { MessageParams } from './wire.ts'

const Reason = Type.Enum([...reportReasons])
const Outcome = Type.Enum([...outcomes])
const Reported = Type.Object({
  id: Id,
  author: AuthorName,
  html: Type.String({ description: 'The message as it was when it was reported' }),
  reason: Reason,
  detail: Type.String(),
  by: AuthorName,
  at: Instant,
})

/** Telling moderators of a message, and what they do about it. */
export function messageReportRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.post(
    '/chat/rooms/:id/messages/:number/report',
    {
      schema: {
        tags: ['chat'],
        summary: 'Tell the moderators about a message; they see it alone',
        params: MessageParams,
        body: body({ reason: Reason, detail: Type.Optional(Type.String()) }),
        response: { 201: Type.Object({ id: Id }) },
      },
    },
    async (request, reply) => {
      const { id: roomId, number } = request.params
      const { reason, detail = '' } = request.body
      const input = { roomId, number, reason, detail, now: web.now() }
      const { id } = await reportMessage(db, await web.viewer(request), input)
      return reply.code(201).send({ id })
    },
  )
  guardedRoutes(api, web, { role: 'moderator', routes: (scope) => queueRoutes(scope, web) })
}

function queueRoutes(scope: Server, web: Web): void {
  const { db } = web.deps
  const tags = ['moderation']
  scope.get(
    '/moderation/messages',
    {
      schema: {
        tags,
        summary: 'Messages of the chat that members reported, oldest first',
        response: { 200: wholeListOf(Reported) },
      },
    },
    async (request) => {
      const reports = await listReportedMessages(db, await web.viewer(request))
      return { items: reports.map((one) => ({ ...one, at: one.at.toISOString() })), next: null }
    },
  )
  scope.put(
    '/moderation/messages/:id',
    {
      schema: {
        tags,
        summary: 'Close all reports about a message; `removed` also takes it away',
        params: IdParams,
        body: body({ outcome: Outcome, note: Type.Optional(Type.String()) }),
        response: { 200: Type.Object({ outcome: Outcome }) },
      },
    },
    async (request) => {
      const { outcome, note = '' } = request.body
      const input = { id: request.params.id, outcome, note, now: web.now() }
      return resolveMessageReports(db, await web.viewer(request), input)
    },
  )
}
