import { Type } from 'typebox'
import type { Server } from '#platform/http/server.ts'
import { body, Id, Instant, Nothing, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { blockPerson, listPersonalBlocks, unblockPerson } from './people.ts'

const Kind = Type.Union([Type.Literal('mute'), Type.Literal('block')])
const Person = Type.Object({ id: Id, name: Type.String(), kind: Kind, since: Instant })
const Params = Type.Object({ member: Id })
const tags = ['members']

/** Whom I keep away. */
export function rightsRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/me/blocks',
    {
      schema: {
        tags,
        summary: 'Members I muted or blocked',
        response: { 200: wholeListOf(Person) },
      },
    },
    async (request) => {
      const people = await listPersonalBlocks(db, await web.member(request))
      return { items: people.map((person) => ({ ...person, since: person.since.toISOString() })), next: null }
    },
  )
  api.put(
    '/me/blocks/:member',
    {
      schema: {
        tags,
        summary: 'Mute or block a member',
        params: Params,
        body: body({ kind: Kind }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      await blockPerson(db, viewer, {
        memberId: request.params.member,
        kind: request.body.kind,
        now: web.now(),
      })
      web.deps.notifier.bell.ring([viewer.id])
      return reply.code(204).send(null)
    },
  )
  api.delete(
    '/me/blocks/:member',
    { schema: { tags, summary: 'Read a member again', params: Params, response: { 204: Nothing } } },
    async (request, reply) => {
      const viewer = await web.member(request)
      await unblockPerson(db, viewer, request.params.member)
      web.deps.notifier.bell.ring([viewer.id])
      return reply.code(204).send(null)
    },
  )
}
