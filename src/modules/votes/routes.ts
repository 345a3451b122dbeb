import { Type } from 'typebox'
import type { Server } from '#platform/http/server.ts'
import { body, IdParams } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { castVote, withdrawVote } from './votes.ts'

const VoteShape = Type.Object({ votes: Type.Integer(), mine: Type.Integer() })

export function voteRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  for (const target of ['post', 'comment'] as const) {
    const schema = { tags: ['votes'], params: IdParams, response: { 200: VoteShape } }
    api.put(
      `/${target}s/:id/vote`,
      { schema: { ...schema, summary: `Vote on a ${target}`, body: body({ value: Type.Integer() }) } },
      async (request) =>
        castVote(db, await web.viewer(request), {
          target,
          id: request.params.id,
          value: request.body.value,
          now: web.now(),
        }),
    )
    api.delete(
      `/${target}s/:id/vote`,
      { schema: { ...schema, summary: `Take the vote on a ${target} back` } },
      async (request) =>
        withdrawVote(db, await web.viewer(request), { target, id: request.params.id, now: web.now() }),
    )
  }
}
