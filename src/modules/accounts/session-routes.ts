import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { NotFound } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Instant, Nothing, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { deviceOf } from './cookies.ts'
import { makeDeviceCode, useDeviceCode, useDeviceToken } from './device-codes.ts'
import { endOwnSession, endSessions, listSessions, openSession } from './sessions.ts'
import { listSignIns } from './sign-ins.ts'
import { issueTokens, Tokens } from './tokens.ts'

const tags = ['sessions']
const SessionId = Type.String({ format: 'uuid' })
const Device = {
  agent: Type.String({ description: 'The user agent as it was sent' }),
  network: Type.String({ description: 'The network around the address, such as 203.0.113.0/24' }),
}
const Session = Type.Object({
  id: SessionId,
  kind: Type.Enum(['browser', 'client']),
  ...Device,
  createdAt: Instant,
  seenAt: Instant,
  current: Type.Boolean(),
})
const SignIn = Type.Object({
  way: Type.String({ description: 'password, sign-up, link, code, passkey or oidc' }),
  refused: Type.Boolean(),
  ...Device,
  at: Instant,
})

/** Where I am signed in, my last sign-ins, and signing in on a second device. */
export function sessionRoutes(api: Server, web: Web): void {
  ownSessions(api, web)
  deviceCodes(api, web)
}

function ownSessions(api: Server, web: Web): void {
  const { db } = web.deps
  const Sessions = wholeListOf(Session)
  api.get(
    '/me/sessions',
    { schema: { tags, summary: 'Where I am signed in', response: { 200: Sessions } } },
    async (request) => {
      const sessions = await listSessions(db, await web.member(request))
      const items = sessions.map(({ createdAt, seenAt, ...rest }) => ({
        ...rest,
        createdAt: createdAt.toISOString(),
        seenAt: seenAt.toISOString(),
      }))
      return { items, next: null }
    },
  )
  api.delete(
    '/me/sessions',
    { schema: { tags, summary: 'Sign out everywhere else', response: { 204: Nothing } } },
    async (request, reply) => {
      const viewer = await web.member(request)
      await endSessions(db, { memberId: viewer.id, except: viewer.sessionId })
      return reply.code(204).send(null)
    },
  )
  const params = Type.Object({ id: SessionId })
  api.delete(
    '/me/sessions/:id',
    { schema: { tags, summary: 'Sign out one device', params, response: { 204: Nothing } } },
    async (request, reply) => {
      await endOwnSession(db, await web.member(request), request.params.id)
      return reply.code(204).send(null)
    },
  )
  const SignIns = wholeListOf(SignIn)
  api.get(
    '/me/sign-ins',
    { schema: { tags, summary: 'My last 50 sign-ins and refused tries', response: { 200: SignIns } } },
    async (request) => {
      const found = await listSignIns(db, await web.member(request))
      return { items: found.map(({ at, id: _, ...rest }) => ({ ...rest, at: at.toISOString() })), next: null }
    },
  )
}

function deviceCodes(api: Server, web: Web): void {
  const { db } = web.deps
  const Code = Type.Object({
    code: Type.String({ description: 'For typing' }),
    url: Type.String({ description: 'For a QR code' }),
    expiresAt: Instant,
  })
  api.post(
    '/me/sign-in-code',
    {
      schema: {
        tags,
        summary: 'A code for a second device',
        description: 'Works once, within five minutes; a newer one ends the older one.',
        response: { 201: Code },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      const made = await makeDeviceCode(db, viewer, { key: web.deps.key, now: web.now() })
      const url = web.origin(request) + paths.signInCode(made.token)
      return reply.code(201).send({ code: made.code, url, expiresAt: made.expiresAt.toISOString() })
    },
  )
  api.post(
    '/sessions/code',
    {
      schema: {
        tags,
        summary: 'Sign in with a code that another device shows',
        description: 'Either `code` as typed or `token`, the last part of the address in the QR code.',
        body: body({
          code: Type.Optional(Type.String({ maxLength: 40 })),
          token: Type.Optional(Type.String({ maxLength: 200 })),
        }),
        response: { 201: Tokens },
      },
    },
    async (request, reply) => {
      const { code, token } = request.body
      if (code === undefined && token === undefined) throw new NotFound('code-gone')
      const now = web.now()
      const { memberId } =
        token === undefined
          ? await useDeviceCode(web.deps, { code: code ?? '', address: request.ip, now })
          : await useDeviceToken(db, token, now)
      const given = { memberId, kind: 'client', way: 'code', ...deviceOf(request), now } as const
      const session = await openSession(db, given)
      const { id: sessionId, token: refresh } = session
      const pair = await issueTokens({ memberId, sessionId, token: refresh, key: web.deps.key, now })
      return reply.code(201).send(pair)
    },
  )
}
