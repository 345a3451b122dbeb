import { Type } from 'typebox'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import {
  body,
  Id,
  IdParams,
  Instant,
  Nothing,
  nullable,
  optionalBody,
  wholeListOf,
} from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { changeEmail, confirmAgain, confirmEmail, forgotPassword } from './emails.ts'
import { invite, listInvitations, revokeInvitation } from './invitations.ts'
import { useLink } from './links.ts'

const Role = Type.Enum(['member', 'moderator', 'administrator'])

/** Addresses, forgotten passwords and invitations. */
export function joiningRoutes(api: Server, web: Web): void {
  emailRoutes(api, web)
  resetRoutes(api, web)
  invitationRoutes(api, web)
}

function emailRoutes(api: Server, web: Web): void {
  const { db, key } = web.deps
  const tags = ['members']
  api.put(
    '/me/email',
    {
      schema: {
        tags,
        summary: 'Change my e-mail address',
        description: 'Where addresses are confirmed the new one counts once the link sent to it was used.',
        body: body({ email: Type.String(), password: Type.String() }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const { confirmEmail: required, canSend } = await web.joinRules()
      const input = { ...request.body, confirm: required || canSend, key, now: web.now() }
      await changeEmail(web.deps, await web.member(request), input)
      return reply.code(204).send(null)
    },
  )
  api.post(
    '/me/email/confirmation',
    { schema: { tags, summary: 'Send the confirming link again', response: { 204: Nothing } } },
    async (request, reply) => {
      await confirmAgain(web.deps, await web.member(request), web.now())
      return reply.code(204).send(null)
    },
  )
  api.post(
    '/email-confirmations',
    {
      schema: {
        tags,
        summary: 'Confirm an e-mail address with the token of its link',
        body: body({ token: Type.String({ maxLength: 200 }) }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await confirmEmail(db, { token: request.body.token, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}

function resetRoutes(api: Server, web: Web): void {
  const tags = ['sessions']
  api.post(
    '/password-resets',
    {
      schema: {
        tags,
        summary: 'Ask for a link to set a new password',
        description: 'Answers the same whether there is such an account or not.',
        body: body({ login: Type.String({ minLength: 1, maxLength: 254 }) }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await forgotPassword(web.deps, { login: request.body.login, now: web.now() })
      return reply.code(204).send(null)
    },
  )
  api.post(
    '/password-resets/use',
    {
      schema: {
        tags,
        summary: 'Set a new password with the token of a link',
        description: 'Ends every session. An imported account without an address also needs `email`.',
        body: body({
          token: Type.String({ maxLength: 200 }),
          password: Type.String(),
          email: Type.Optional(Type.String()),
        }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await useLink(web.deps.db, { email: '', ...request.body, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}

const Invitation = Type.Object({
  id: Id,
  role: Role,
  email: nullable(Type.String()),
  uses: Type.Integer(),
  used: Type.Integer(),
  at: Instant,
  expiresAt: Instant,
  revoked: Type.Boolean(),
  by: nullable(Type.Object({ id: Id, name: Type.String() })),
  board: nullable(Type.Object({ slug: Type.String(), name: Type.String() })),
})

function invitationRoutes(api: Server, web: Web): void {
  const { db, key, config, site } = web.deps
  const tags = ['invitations']
  const summary = 'My invitations; for administrators everybody’s. Never their tokens'
  const Invitations = wholeListOf(Invitation)
  api.get('/invitations', { schema: { tags, summary, response: { 200: Invitations } } }, async (request) => {
    const found = await listInvitations(db, await web.member(request))
    const items = found.map(({ at, expiresAt, ...rest }) => ({
      ...rest,
      at: at.toISOString(),
      expiresAt: expiresAt.toISOString(),
    }))
    return { items, next: null }
  })
  const Made = Type.Object({ id: Id, token: Type.String(), url: Type.String(), expiresAt: Instant })
  const input = optionalBody({
    role: Type.Optional(Role),
    email: Type.Optional(Type.String()),
    uses: Type.Optional(Type.Integer({ default: 1 })),
    days: Type.Optional(Type.Integer({ default: 7 })),
    board: Type.Optional(
      Type.String({
        description: 'The board on which the newcomer arrives, by its address name',
        maxLength: 200,
      }),
    ),
  })
  api.post(
    '/invitations',
    {
      schema: {
        tags,
        summary: 'Invite; the token is in this answer alone',
        body: input,
        response: { 201: Made },
      },
    },
    async (request, reply) => {
      const { role = 'member', email = '', uses = 1, days = 7, board = '' } = request.body ?? {}
      const { invite: least } = await site.current(web.now())
      const canSend = config.mail !== null
      const given = { role, email, uses, days, board, least, canSend, key, now: web.now() }
      const { id, token, expiresAt } = await invite(web.deps, await web.viewer(request), given)
      const url = web.origin(request) + paths.join(token)
      return reply.code(201).send({ id, token, url, expiresAt: expiresAt.toISOString() })
    },
  )
  api.delete(
    '/invitations/:id',
    { schema: { tags, summary: 'End an invitation', params: IdParams, response: { 204: Nothing } } },
    async (request, reply) => {
      await revokeInvitation(db, await web.member(request), { id: request.params.id, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}
