import { Type } from 'typebox'
import { Order } from '#platform/cursor.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, Instant, listOf, listQuery, Nothing, nullable, optionalBody } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { type Followable, follow, levels, listFollows, unfollow } from './follows.ts'

const LevelShape = Type.Enum([...levels], { description: '`nothing` mutes a thread; for posts alone' })
const FollowShape = Type.Object({
  id: Id,
  level: LevelShape,
  at: Instant,
  board: nullable(Type.Object({ slug: Type.String(), name: Type.String() })),
  post: nullable(Type.Object({ id: Id, title: Type.String() })),
  tag: nullable(Type.String()),
  member: nullable(Type.Object({ id: Id, name: Type.String() })),
})
const tags = ['notifications']
const Name = Type.String({ maxLength: 200 })

const things = [
  { path: '/boards/:slug', what: 'a board and those inside it', Params: Type.Object({ slug: Name }) },
  { path: '/posts/:id', what: 'a post, or mute it', Params: Type.Object({ id: Id }) },
  { path: '/tags/:tag', what: 'a tag', Params: Type.Object({ tag: Name }) },
  { path: '/members/:id', what: 'a member', Params: Type.Object({ id: Id }) },
] as const

/** By the address that was asked. */
function thingOf(path: (typeof things)[number]['path'], params: object): Followable {
  const { slug = '', id = 0, tag = '' }: { slug?: string; id?: number; tag?: string } = params
  if (path === '/boards/:slug') return { board: slug }
  if (path === '/tags/:tag') return { tag }
  return path === '/posts/:id' ? { post: id } : { member: id }
}

const byFollow = new Order('follow', 'none')

export function followRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/me/follows',
    {
      schema: {
        tags,
        summary: 'What I follow, newest first',
        querystring: Type.Object(listQuery),
        response: { 200: listOf(FollowShape) },
      },
    },
    async (request) => {
      const { after, limit = 20 } = request.query
      const before = after === undefined ? null : Number(byFollow.unpack(after).id)
      const { follows, next } = await listFollows(db, await web.member(request), { before, limit })
      return {
        items: follows.map((one) => ({ ...one, at: one.at.toISOString() })),
        next: next === null ? null : byFollow.pack(next),
      }
    },
  )
  for (const { path, what, Params } of things) {
    const schema = { tags, params: Params, response: { 204: Nothing } }
    const input = optionalBody({ level: Type.Optional(LevelShape) })
    api.put(
      `${path}/follow`,
      { schema: { ...schema, summary: `Follow ${what}`, body: input } },
      async (request, reply) => {
        const viewer = await web.member(request)
        const { level = 'everything' } = request.body ?? {}
        await follow(db, viewer, { thing: thingOf(path, request.params), level, now: web.now() })
        return reply.code(204).send(null)
      },
    )
    api.delete(
      `${path}/follow`,
      { schema: { ...schema, summary: `Follow ${what} no more` } },
      async (request, reply) => {
        await unfollow(db, await web.member(request), thingOf(path, request.params))
        return reply.code(204).send(null)
      },
    )
  }
}
