import { Type } from 'typebox'
import type { Server } from '#platform/http/server.ts'
import { Nothing } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { removeBoard } from './board-removal.ts'

export function boardRemovalRoute(api: Server, web: Web): void {
  api.delete(
    '/boards/:slug',
    {
      schema: {
        tags: ['boards'],
        summary: 'Delete a board (administrator)',
        description:
          'One that has or had posts gives them to the board `to`: 202 while they are on their way there, 204 when it is gone. 409 while there are boards below it, open reports about its chat room, or more than `messages` messages in that: they go with it.',
        params: Type.Object({ slug: Type.String({ maxLength: 200 }) }),
        querystring: Type.Object({
          to: Type.Optional(Type.String({ maxLength: 200, description: 'Slug' })),
          messages: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 2_000_000_000,
              default: 0,
              description: 'As many messages of its chat room may go with it',
            }),
          ),
        }),
        response: { 202: Nothing, 204: Nothing },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      const { to = null, messages = 0 } = request.query
      const isGone = await removeBoard(web.deps.db, viewer, {
        board: request.params.slug,
        to,
        messages,
        now: web.now(),
      })
      return reply.code(isGone ? 204 : 202).send(null)
    },
  )
}
