import { Type } from 'typebox'
import { apiPaths, paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, Instant, limitUpTo, Nothing, nullable, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { languageCodes } from '#words/words.ts'
import { changePassword, changeProfile, withdraw } from './accounts.ts'
import { deviceOf } from './cookies.ts'
import { askForSecond, factorRoutes, SecondFactor } from './factor-routes.ts'
import { join } from './joining.ts'
import { joiningRoutes } from './joining-routes.ts'
import { findProfile, membersByPrefix } from './members.ts'
import { noteProof } from './proof.ts'
import { hasSecondFactor } from './second-factor.ts'
import { sessionRoutes } from './session-routes.ts'
import { endSession, openSession, rotateRefreshToken } from './sessions.ts'
import { signInFrom } from './sign-in.ts'
import { issueTokens, Tokens } from './tokens.ts'
import type { Viewer } from './viewer.ts'

const Role = Type.Union([Type.Literal('member'), Type.Literal('moderator'), Type.Literal('administrator')])
const Country = nullable(Type.String({ description: 'Where they come from: two letters of ISO 3166-1' }))
const TimeZone = nullable(
  Type.String({ description: 'Whose clock pages and digests go by, as IANA names it; null: the site’s' }),
)
const Language = nullable(Type.Enum([...languageCodes]))
const Theme = Type.Union([Type.Literal('system'), Type.Literal('light'), Type.Literal('dark')])
const MemberName = Type.Object({ id: Id, name: Type.String() })
const Me = Type.Object({
  id: Id,
  name: Type.String(),
  role: Role,
  roles: Type.Array(Role),
  language: Language,
  theme: Theme,
  timeZone: TimeZone,
  blocked: nullable(Type.Object({ reason: Type.String(), until: nullable(Instant) })),
  waitsFor: nullable(
    Type.Enum(['approval', 'confirmation', 'nothing'], {
      description:
        'What keeps me from writing: approval, confirming my address, or nothing more: I was refused',
    }),
  ),
})
const tags = ['members']

export function accountRoutes(api: Server, web: Web): void {
  signUpRoute(api, web)
  memberRoutes(api, web)
  meRoutes(api, web)
  passwordRoutes(api, web)

  sessionRoutes(api, web)
  factorRoutes(api, web)
  joiningRoutes(api, web)
  signInRoutes(api, web)
}

function signInRoutes(api: Server, web: Web): void {
  const { db, key } = web.deps
  const issue = (session: { memberId: number; sessionId: string; token: string }) =>
    issueTokens({ ...session, key, now: web.now() })

  api.post(
    '/sessions',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Sign in',
        body: body({ login: Type.String(), password: Type.String() }),
        response: { 201: Tokens, 401: SecondFactor },
      },
    },
    async (request, reply) => {
      const device = deviceOf(request)
      const now = web.now()
      const { id } = await signInFrom(web.deps, { ...request.body, address: request.ip, ...device, now })
      if (await hasSecondFactor(db, id)) return askForSecond(web, { request, reply }, id)
      const session = await openSession(db, { memberId: id, kind: 'client', ...device, now })
      await noteProof(db, session.id, now)
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
      issue(
        await rotateRefreshToken(db, {
          token: request.body.refreshToken,
          network: deviceOf(request).network,
          now: web.now(),
        }),
      ),
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

function signUpRoute(api: Server, web: Web): void {
  const { db } = web.deps
  api.post(
    '/members',
    {
      schema: {
        tags,
        summary: 'Sign up',
        description:
          'As the site allows it: `invitation` is the token of an invitation, `message` what somebody says to whoever approves.',
        body: body({
          name: Type.String(),
          email: Type.String(),
          password: Type.String(),
          invitation: Type.Optional(Type.String({ maxLength: 200 })),
          message: Type.Optional(Type.String()),
        }),
        response: { 201: MemberName },
      },
    },
    async (request, reply) => {
      const { invitation = null, message = '', ...typed } = request.body
      const input = { ...typed, invitation, message }
      const member = await join(db, input, { rules: await web.joinRules(), now: web.now() })
      return reply.code(201).header('location', apiPaths.member(member.name)).send(member)
    },
  )
}

function memberRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/members',
    {
      schema: {
        tags,
        summary: 'Members whose name begins so, for completion',
        querystring: Type.Object({
          prefix: Type.String({ maxLength: 60, description: 'How the name begins' }),
          limit: limitUpTo(20, 8),
        }),
        response: { 200: wholeListOf(MemberName) },
      },
    },
    async (request) => {
      await web.member(request)
      const { prefix, limit = 8 } = request.query
      return { items: await membersByPrefix(db, { prefix, limit }), next: null }
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
            country: Country,
            avatar: nullable(Type.String({ description: 'The address of their picture' })),
            createdAt: Instant,
          }),
        },
      },
    },
    async (request) => {
      await web.viewer(request)
      const profile = await findProfile(db, request.params.name, web.now())
      return {
        ...profile,
        avatar: profile.avatar && paths.file(profile.avatar),
        createdAt: profile.createdAt.toISOString(),
      }
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
    timeZone: viewer.timeZone ?? null,
    blocked:
      blocked?.why === 'blocked'
        ? { reason: blocked.reason, until: blocked.until?.toISOString() ?? null }
        : null,
    waitsFor: blocked && waits[blocked.why],
  }
}

const waits = { blocked: null, waiting: 'approval', unconfirmed: 'confirmation', refused: 'nothing' } as const

function meRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get('/me', { schema: { tags, summary: 'Who I am', response: { 200: Me } } }, async (request) =>
    presentMe(await web.member(request)),
  )

  api.patch(
    '/me',
    {
      schema: {
        tags,
        summary: 'Change profile and preferences',
        body: body({
          about: Type.Optional(Type.String()),
          country: Type.Optional(Country),
          language: Type.Optional(Language),
          theme: Type.Optional(Theme),
          timeZone: Type.Optional(TimeZone),
        }),
        response: { 200: Me },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      const { about, country, language, theme, timeZone } = request.body
      const change = {
        ...(about === undefined ? {} : { about }),
        ...(country === undefined ? {} : { country }),
        ...(language === undefined ? {} : { language }),
        ...(theme === undefined ? {} : { theme }),
        ...(timeZone === undefined ? {} : { timeZone }),
      }
      await changeProfile(db, viewer, change)
      return presentMe({
        ...viewer,
        language: language === undefined ? viewer.language : language,
        theme: theme ?? viewer.theme,
        timeZone: timeZone === undefined ? (viewer.timeZone ?? null) : timeZone || null,
      })
    },
  )
}

function passwordRoutes(api: Server, web: Web): void {
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
      await changePassword(web.deps, await web.member(request), { ...request.body, now: web.now() })
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
      await withdraw(web.deps, viewer, { password: request.body.password, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}
