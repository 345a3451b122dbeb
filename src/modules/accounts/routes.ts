import { Type } from 'typebox'
import type { Server } from '#platform/http/server.ts'
import { body, Id, Instant, Nothing, nullable } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { changePassword, changeProfile, signUp, withdraw } from './accounts.ts'
import { findProfile, membersByPrefix } from './members.ts'
import { accessTokenLife, endSession, openSession, rotateRefreshToken, signAccessToken } from './sessions.ts'
import { signInFrom } from './sign-in.ts'
import type { Viewer } from './viewer.ts'

const Role = Type.Union([Type.Literal('member'), Type.Literal('moderator'), Type.Literal('administrator')])
const MemberName = Type.Object({ id: Id, name: Type.String() })
const Me = Type.Object({
  id: Id,
  name: Type.String(),
  role: Role,
  roles: Type.Array(Role),
  language: nullable(Type.String()),
  theme: Type.String(),
  blocked: nullable(Type.Object({ reason: Type.String(), until: nullable(Instant) })),
})
const Tokens = Type.Object({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  expiresIn: Type.Integer({ description: 'Seconds until the access token ends' }),
})
const tags = ['members']

export function accountRoutes(api: Server, web: Web): void {
  const { db, key } = web.deps
  memberRoutes(api, web)
  meRoutes(api, web)
  passwordRoutes(api, web)

  const issue = async (session: { memberId: number; sessionId: string; token: string }) => ({
    accessToken: await signAccessToken({ ...session, key, now: web.now() }),
    refreshToken: session.token,
    expiresIn: accessTokenLife,
  })

  api.post(
    '/sessions',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Sign in',
        body: body({ login: Type.String(), password: Type.String() }),
        response: { 201: Tokens },
      },
    },
    async (request, reply) => {
      const { id } = await signInFrom(web.deps, { ...request.body, address: request.ip, now: web.now() })
      const agent = request.headers['user-agent'] ?? ''
      const session = await openSession(db, { memberId: id, kind: 'client', agent, now: web.now() })
      return reply.code(201).send(await issue({ memberId: id, sessionId: session.id, token: session.token }))
    },
  )

  api.post(
    '/sessions/refresh',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Exchange a refresh token for a new pair',
        body: body({ refreshToken: Type.String() }),
        response: { 200: Tokens },
      },
    },
    async (request) =>
      issue(await rotateRefreshToken(db, { token: request.body.refreshToken, now: web.now() })),
  )

  api.delete(
    '/sessions/current',
    { schema: { tags: ['sessions'], summary: 'Sign out', response: { 204: Nothing } } },
    async (request, reply) => {
      await endSession(db, (await web.member(request)).sessionId)
      return reply.code(204).send(null)
    },
  )
}

function memberRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.post(
    '/members',
    {
      schema: {
        tags,
        summary: 'Sign up',
        body: body({ name: Type.String(), email: Type.String(), password: Type.String() }),
        response: { 201: MemberName },
      },
    },
    async (request, reply) => reply.code(201).send(await signUp(db, request.body, web.now())),
  )

  api.get(
    '/members',
    {
      schema: {
        tags,
        summary: 'Members whose name begins so, for completion',
        querystring: Type.Object({
          prefix: Type.String({ maxLength: 60 }),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, default: 8 })),
        }),
        response: { 200: Type.Object({ items: Type.Array(MemberName) }) },
      },
    },
    async (request) => {
      await web.member(request)
      const { prefix, limit = 8 } = request.query
      return { items: await membersByPrefix(db, { prefix, limit }) }
    },
  )

  api.get(
    '/members/:name',
    {
      schema: {
        tags,
        summary: "A member's public profile",
        params: Type.Object({ name: Type.String({ maxLength: 200 }) }),
        response: {
          200: Type.Object({
            id: Id,
            name: Type.String(),
            role: Role,
            about: Type.String(),
            createdAt: Instant,
          }),
        },
      },
    },
    async (request) => {
      await web.viewer(request)
      const profile = await findProfile(db, request.params.name, web.now())
      return { ...profile, createdAt: profile.createdAt.toISOString() }
    },
  )
}

function presentMe(viewer: Viewer) {
  const { blocked } = viewer
  return {
    id: viewer.id,
    name: viewer.name,
    role: viewer.role,
    roles: [viewer.role],
    language: viewer.language,
    theme: viewer.theme,
    blocked: blocked && { reason: blocked.reason, until: blocked.until?.toISOString() ?? null },
  }
}

function meRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get('/me', { schema: { tags, summary: 'Who I am', response: { 200: Me } } }, async (request) =>
    presentMe(await web.member(request)),
  )

  const Language = nullable(Type.Union([Type.Literal('ko'), Type.Literal('en')]))
  const Theme = Type.Union([Type.Literal('system'), Type.Literal('light'), Type.Literal('dark')])
  api.patch(
    '/me',
    {
      schema: {
        tags,
        summary: 'Change profile and preferences',
        body: body({
          about: Type.Optional(Type.String()),
          language: Type.Optional(Language),
          theme: Type.Optional(Theme),
        }),
        response: { 200: Me },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      const { about, language, theme } = request.body
      const change = {
        ...(about === undefined ? {} : { about }),
        ...(language === undefined ? {} : { language }),
        ...(theme === undefined ? {} : { theme }),
      }
      await changeProfile(db, viewer, change)
      return presentMe({
        ...viewer,
        language: language === undefined ? viewer.language : language,
        theme: theme ?? viewer.theme,
      })
    },
  )
}

function passwordRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.put(
    '/me/password',
    {
      schema: {
        tags,
        summary: 'Change the password; ends every other session',
        body: body({ password: Type.String(), newPassword: Type.String() }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await changePassword(db, await web.member(request), request.body)
      return reply.code(204).send(null)
    },
  )

  api.delete(
    '/me',
    {
      schema: {
        tags,
        summary: 'Withdraw: clears the person, keeps what they wrote',
        body: body({ password: Type.String() }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      await withdraw(db, viewer, { password: request.body.password, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}
