import { Type } from 'typebox'
import { type ListedMember, listMembers } from '#modules/accounts/members.ts'
import { paths } from '#paths.ts'
import { Order } from '#platform/cursor.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, Instant, listOf, listQuery, Nothing, nullable } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { guardedRoutes } from './guards.ts'
import { block, changeRole, linkFor, unblock } from './member-acts.ts'

const RoleName = Type.Enum(['member', 'moderator', 'administrator'])
const Blocked = Type.Object({ reason: Type.String(), until: nullable(Instant) })
const MemberShape = Type.Object({
  id: Id,
  name: Type.String(),
  role: RoleName,
  email: nullable(Type.String()),
  createdAt: Instant,
  unclaimed: Type.Boolean({ description: 'Imported, no password yet' }),
  blocked: nullable(Blocked),
})

function presentMember({ createdAt, blocked, ...rest }: ListedMember) {
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    blocked: blocked && { reason: blocked.reason, until: blocked.until?.toISOString() ?? null },
  }
}
const Search = Type.Optional(
  Type.String({ maxLength: 254, description: 'How the name or the e-mail address begins' }),
)

export function memberActRoutes(api: Server, web: Web): void {
  guardedRoutes(api, web, { role: 'moderator', routes: (scope) => blockRoutes(scope, web) })
  guardedRoutes(api, web, { role: 'administrator', routes: (scope) => adminRoutes(scope, web) })
}

function blockRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const tags = ['moderation']
  api.put(
    '/members/:id/block',
    {
      schema: {
        tags,
        summary: 'Block from writing (moderator); for good without `until`',
        params: IdParams,
        body: body({ reason: Type.String(), until: Type.Optional(nullable(Instant)) }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const { reason, until = null } = request.body
      const input = {
        memberId: request.params.id,
        reason,
        until: until === null ? null : new Date(until),
        now: web.now(),
      }
      await block(db, await web.member(request), input)
      return reply.code(204).send(null)
    },
  )
  api.delete(
    '/members/:id/block',
    { schema: { tags, summary: 'Lift the block (moderator)', params: IdParams, response: { 204: Nothing } } },
    async (request, reply) => {
      await unblock(db, await web.member(request), { memberId: request.params.id, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}

const byMember = new Order('member', 'none')

function adminRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const tags = ['administration']
  api.get(
    '/admin/members',
    {
      schema: {
        tags,
        summary: 'Members by the start of name or e-mail, newest first (administrator)',
        querystring: Type.Object({ search: Search, ...listQuery }),
        response: { 200: listOf(MemberShape) },
      },
    },
    async (request) => {
      const { search = '', after, limit = 20 } = request.query
      const before = after ? Number(byMember.unpack(after).id) : null
      const options = { search, before, limit: limit + 1, now: web.now() }
      const members = await listMembers(db, await web.viewer(request), options)
      const last = members.length > limit ? members[limit - 1] : undefined
      const next = last ? byMember.pack(last.id) : null
      return { items: members.slice(0, limit).map(presentMember), next }
    },
  )
  api.put(
    '/members/:id/role',
    {
      schema: {
        tags,
        summary: 'Give a role (administrator)',
        params: IdParams,
        body: body({ role: RoleName }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const input = { memberId: request.params.id, role: request.body.role, now: web.now() }
      await changeRole(db, await web.member(request), input)
      return reply.code(204).send(null)
    },
  )
  api.post(
    '/members/:id/link',
    {
      schema: {
        tags,
        summary: 'Make a one-time link to set a password (administrator)',
        description:
          'For claiming an imported account or for a forgotten password. A newer link ends the older ones.',
        params: IdParams,
        response: { 201: Type.Object({ url: Type.String(), expiresAt: Instant }) },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      const { token, expiresAt } = await linkFor(db, viewer, { memberId: request.params.id, now: web.now() })
      const url = web.origin(request) + paths.claim(token)
      return reply.code(201).send({ url, expiresAt: expiresAt.toISOString() })
    },
  )
}
