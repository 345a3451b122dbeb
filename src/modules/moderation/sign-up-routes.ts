import { Type } from 'typebox'
import { listWaiting } from '#modules/accounts/approvals.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, Instant, Nothing, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { guardedRoutes } from './guards.ts'
import { decide } from './member-acts.ts'

const tags = ['moderation']
const Waiting = Type.Object({ id: Id, name: Type.String(), message: Type.String(), at: Instant })

/** Sign-ups that wait for approval. */
export function signUpRoutes(api: Server, web: Web): void {
  guardedRoutes(api, web, { role: 'moderator', routes: (scope) => routes(scope, web) })
}

function routes(api: Server, web: Web): void {
  const { db } = web.deps
  const List = wholeListOf(Waiting)
  api.get(
    '/sign-ups',
    { schema: { tags, summary: 'Who waits for approval (moderator)', response: { 200: List } } },
    async (request) => {
      const waiting = await listWaiting(db, await web.member(request))
      return { items: waiting.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() })), next: null }
    },
  )
  api.put(
    '/members/:id/approval',
    {
      schema: {
        tags,
        summary: 'Approve or refuse a sign-up (moderator)',
        description: 'The person is told; who was refused can be approved later.',
        params: IdParams,
        body: body({ approved: Type.Boolean(), reason: Type.Optional(Type.String()) }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const { approved, reason = '' } = request.body
      const input = { memberId: request.params.id, approved, reason, now: web.now() }
      await decide(db, await web.member(request), input)
      return reply.code(204).send(null)
    },
  )
}
