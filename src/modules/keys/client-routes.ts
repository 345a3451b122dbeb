import { Type } from 'typebox'
import { guardedRoutes } from '#modules/moderation/guards.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Instant, Nothing, nullable, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { createClient, listClients, revokeClient } from './clients.ts'

const tags = ['administration']
const Client = Type.Object({
  id: Type.String(),
  name: Type.String(),
  by: nullable(Type.String({ description: 'Who added it' })),
  createdAt: Instant,
  usedAt: nullable(Instant),
})
const NewClient = Type.Object({ id: Type.String(), name: Type.String(), secret: Type.String() })

/** App clients, for administrators. */
export function clientRoutes(api: Server, web: Web): void {
  guardedRoutes(api, web, { role: 'administrator', routes: (scope) => registerRoutes(scope, web) })
}

function registerRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/admin/clients',
    { schema: { tags, summary: 'App clients (administrator)', response: { 200: wholeListOf(Client) } } },
    async (request) => {
      const clients = await listClients(db, await web.member(request))
      const items = clients.map(({ createdAt, usedAt, ...rest }) => ({
        ...rest,
        createdAt: createdAt.toISOString(),
        usedAt: usedAt?.toISOString() ?? null,
      }))
      return { items, next: null }
    },
  )
  api.post(
    '/admin/clients',
    {
      schema: {
        tags,
        summary: 'Add an app client; its secret is in this answer and nowhere else (administrator)',
        description: 'Takes a session that showed in the last ten minutes who it is: see /me/proof.',
        body: body({ name: Type.String() }),
        response: { 201: NewClient },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, now: web.now() }
      const made = await createClient(web.deps, await web.member(request), input)
      return reply.code(201).header('cache-control', 'no-store').send(made)
    },
  )
  const params = Type.Object({ id: Type.String({ maxLength: 40 }) })
  api.delete(
    '/admin/clients/:id',
    { schema: { tags, summary: 'Revoke an app client (administrator)', params, response: { 204: Nothing } } },
    async (request, reply) => {
      await revokeClient(db, await web.member(request), { id: request.params.id, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}
