import { Type } from 'typebox'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, Instant, Nothing, nullable, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { createKey, keyLimits, listKeys, type OwnKey, revokeKey } from './keys.ts'
import { scopes } from './scopes.ts'

const Scopes = Type.Array(Type.Enum([...scopes]))
const keyFields = {
  id: Id,
  name: Type.String(),
  scopes: Scopes,
  tail: Type.String({ description: 'The last four characters of the key' }),
  createdAt: Instant,
  expiresAt: Instant,
  usedAt: nullable(Instant),
}
const Key = Type.Object(keyFields)
const NewKey = Type.Object({ ...keyFields, key: Type.String({ description: 'Shown only now' }) })
const tags = ['keys']

function present({ createdAt, expiresAt, usedAt, ...rest }: OwnKey) {
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    usedAt: usedAt?.toISOString() ?? null,
  }
}

export function keyRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/me/keys',
    { schema: { tags, summary: 'My API keys that work', response: { 200: wholeListOf(Key) } } },
    async (request) => {
      const keys = await listKeys(db, await web.member(request), web.now())
      return { items: keys.map(present), next: null }
    },
  )

  api.post(
    '/me/keys',
    {
      schema: {
        tags,
        summary: 'Make an API key; it is in this answer and nowhere else',
        body: body({
          name: Type.String(),
          scopes: Scopes,
          days: Type.Optional(
            Type.Integer({
              description: `Until it ends: 1 to ${keyLimits.days}`,
              default: keyLimits.defaultDays,
            }),
          ),
        }),
        response: { 201: NewKey },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      const { key, made } = await createKey(db, viewer, { ...request.body, now: web.now() })
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...present(made), key })
    },
  )

  api.delete(
    '/me/keys/:id',
    { schema: { tags, summary: 'End one of my API keys', params: IdParams, response: { 204: Nothing } } },
    async (request, reply) => {
      await revokeKey(db, await web.member(request), request.params.id)
      return reply.code(204).send(null)
    },
  )
}
