import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Unauthenticated } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, Instant, Nothing, nullable, Problem } from '#platform/http/shapes.ts'
import { problemOf } from '#ui/answers.ts'
import type { Web } from '#ui/web.ts'
import { languages } from '#words/words.ts'
import { deviceOf } from './cookies.ts'
import { findFactors, removeWayIn } from './factors.ts'
import {
  addPasskey,
  listPasskeys,
  NewPasskey,
  newPasskeyOptions,
  type Place,
  passkeyOptions,
  renamePasskey,
  UsedPasskey,
  usePasskey,
} from './passkeys.ts'
import { noteProof, proveByPassword, requireRecentProof } from './proof.ts'
import { beginSecondFactor, passSecondFactor } from './second-factor.ts'
import { openSession } from './sessions.ts'
import type { SignInWay } from './sign-ins.ts'
import { issueTokens, Tokens } from './tokens.ts'
import { beginTotp, confirmTotp, openTotp, removeTotp, renewRecoveryCodes } from './totp.ts'
import type { Viewer } from './viewer.ts'

const tags = ['sessions']
const ownTags = ['members']

/** Answer 401 of a sign-in whose password was right. */
export const SecondFactor = Type.Object(
  { ...Problem.properties, challenge: Type.Optional(Type.String()) },
  { description: 'With the code `second-factor`: send `challenge` and a code to /sessions/second' },
)

/** A client whose password was right and who has to send a code, too. */
export async function askForSecond(
  web: Web,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  memberId: number,
): Promise<FastifyReply> {
  const challenge = await beginSecondFactor(web.deps.db, { memberId, way: 'password', now: web.now() })
  const words = languages[web.language(request, null)]
  const given = { requestId: request.id, zone: web.deps.config.timeZone }
  const refusal = new Unauthenticated('second-factor')
  const problem = problemOf(words, refusal, given)
  return reply
    .code(401)
    .header('cache-control', 'no-store')
    .header('www-authenticate', refusal.challenge)
    .type('application/problem+json')
    .serializer((given: unknown) => JSON.stringify(given))
    .send({ ...problem, challenge })
}

/** Second factor, passkeys, and what guards changing them. */
export function factorRoutes(api: Server, web: Web): void {
  signInRoutes(api, web)
  proofRoutes(api, web)
  totpRoutes(api, web)
  passkeyRoutes(api, web)
  onePasskeyRoutes(api, web)
}

/** A client's session, for somebody who showed everything there is to show. */
async function openClient(web: Web, request: FastifyRequest, given: { memberId: number; way: SignInWay }) {
  const { db, key } = web.deps
  const now = web.now()
  const session = await openSession(db, { ...given, kind: 'client', ...deviceOf(request), now })
  await noteProof(db, session.id, now)
  return issueTokens({ memberId: given.memberId, sessionId: session.id, token: session.token, key, now })
}

const placeOf = async (web: Web, request: FastifyRequest): Promise<Place> => ({
  origin: web.origin(request),
  name: (await web.deps.site.current(web.now())).name,
})

// What browsers understand is the WebAuthn standard's matter: passed through as it was made.
const BrowserOptions = Type.Unsafe<object>({ type: 'object', additionalProperties: true })

function signInRoutes(api: Server, web: Web): void {
  api.post(
    '/sessions/second',
    {
      schema: {
        tags,
        summary: 'Complete a sign-in with a code of the authenticator app or a recovery code',
        body: body({ challenge: Type.String({ maxLength: 100 }), code: Type.String({ maxLength: 100 }) }),
        response: { 201: Tokens },
      },
    },
    async (request, reply) => {
      const { challenge: token, code } = request.body
      const { memberId, way } = await passSecondFactor(web.deps, { token, code, now: web.now() })
      return reply.code(201).send(await openClient(web, request, { memberId, way }))
    },
  )
  api.post(
    '/sessions/passkey/options',
    {
      schema: { tags, summary: 'What navigator.credentials.get() takes', response: { 200: BrowserOptions } },
    },
    async (request, reply) => {
      const place = await placeOf(web, request)
      reply.header('cache-control', 'no-store')
      return passkeyOptions(web.deps.db, { place, now: web.now() })
    },
  )
  api.post(
    '/sessions/passkey',
    {
      schema: {
        tags,
        summary: 'Sign in with a passkey',
        body: body({ passkey: UsedPasskey }),
        response: { 201: Tokens },
      },
    },
    async (request, reply) => {
      const place = await placeOf(web, request)
      const used = request.body.passkey
      const { memberId } = await usePasskey(web.deps.db, { used, place, now: web.now() })
      return reply.code(201).send(await openClient(web, request, { memberId, way: 'passkey' }))
    },
  )
}

/** The member who showed in the last ten minutes who they are. @throws Forbidden('prove-again') */
async function proven(web: Web, request: FastifyRequest): Promise<Viewer> {
  const viewer = await web.member(request)
  await requireRecentProof(web.deps.db, viewer, web.now())
  return viewer
}

function proofRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.post(
    '/me/proof',
    {
      schema: {
        tags: ownTags,
        summary: 'Show once more who you are; holds for ten minutes',
        description: 'Needed before anything below changes how you sign in.',
        body: body({ password: Type.String() }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await proveByPassword(web.deps, await web.member(request), { ...request.body, now: web.now() })
      return reply.code(204).send(null)
    },
  )
  const Factors = Type.Object({
    password: Type.Boolean(),
    totp: Type.Enum(['on', 'off', 'begun']),
    recoveryCodes: Type.Integer(),
    passkeys: Type.Array(
      Type.Object({ id: Id, name: Type.String(), createdAt: Instant, usedAt: nullable(Instant) }),
    ),
    identities: Type.Integer({ description: 'Linked accounts elsewhere' }),
  })
  api.get(
    '/me/factors',
    { schema: { tags: ownTags, summary: 'By what I get in', response: { 200: Factors } } },
    async (request) => {
      const viewer = await web.member(request)
      const factors = await findFactors(db, viewer.id)
      const passkeys = (await listPasskeys(db, viewer)).map((one) => ({
        ...one,
        createdAt: one.createdAt.toISOString(),
        usedAt: one.usedAt?.toISOString() ?? null,
      }))
      return { ...factors, passkeys }
    },
  )
}

function totpRoutes(api: Server, web: Web): void {
  const { deps } = web
  const Begun = Type.Object({
    secret: Type.String({ description: 'For typing, base 32' }),
    uri: Type.String({ description: 'For a QR code' }),
  })
  const Codes = Type.Object({ recoveryCodes: Type.Array(Type.String()) })
  api.post(
    '/me/totp',
    { schema: { tags: ownTags, summary: 'Begin to set up an authenticator app', response: { 201: Begun } } },
    async (request, reply) => {
      const viewer = await proven(web, request)
      await beginTotp(deps, viewer, web.now())
      const { name } = await deps.site.current(web.now())
      const begun = await openTotp(deps, viewer, name)
      reply.header('cache-control', 'no-store')
      return reply.code(201).send(begun ?? { secret: '', uri: '' })
    },
  )
  api.post(
    '/me/totp/confirm',
    {
      schema: {
        tags: ownTags,
        summary: 'Turn it on with a code of the app; answers the recovery codes, once',
        body: body({ code: Type.String({ maxLength: 100 }) }),
        response: { 200: Codes },
      },
    },
    async (request, reply) => {
      const viewer = await proven(web, request)
      reply.header('cache-control', 'no-store')
      return { recoveryCodes: await confirmTotp(deps, viewer, { ...request.body, now: web.now() }) }
    },
  )
  api.delete(
    '/me/totp',
    {
      schema: {
        tags: ownTags,
        summary: 'Turn the app and the recovery codes off',
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await removeTotp(deps.db, await proven(web, request), web.now())
      return reply.code(204).send(null)
    },
  )
  api.post(
    '/me/recovery-codes',
    { schema: { tags: ownTags, summary: 'Ten new codes; the old ones end', response: { 200: Codes } } },
    async (request, reply) => {
      const viewer = await proven(web, request)
      reply.header('cache-control', 'no-store')
      return { recoveryCodes: await renewRecoveryCodes(deps.db, viewer, web.now()) }
    },
  )
}

const PasskeyName = Type.String({ maxLength: 200 })

function passkeyRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.post(
    '/me/passkeys/options',
    {
      schema: {
        tags: ownTags,
        summary: 'What navigator.credentials.create() takes',
        response: { 200: BrowserOptions },
      },
    },
    async (request, reply) => {
      const viewer = await proven(web, request)
      reply.header('cache-control', 'no-store')
      return newPasskeyOptions(db, viewer, { place: await placeOf(web, request), now: web.now() })
    },
  )
  api.post(
    '/me/passkeys',
    {
      schema: {
        tags: ownTags,
        summary: 'Add a passkey',
        body: body({ passkey: NewPasskey, name: PasskeyName }),
        response: { 201: Type.Object({ id: Id }) },
      },
    },
    async (request, reply) => {
      const viewer = await proven(web, request)
      const place = await placeOf(web, request)
      const given = { made: request.body.passkey, name: request.body.name, place, now: web.now() }
      return reply.code(201).send(await addPasskey(db, viewer, given))
    },
  )
}

function onePasskeyRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.patch(
    '/me/passkeys/:id',
    {
      schema: {
        tags: ownTags,
        summary: 'Rename a passkey',
        params: IdParams,
        body: body({ name: PasskeyName }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await renamePasskey(db, await proven(web, request), { id: request.params.id, name: request.body.name })
      return reply.code(204).send(null)
    },
  )
  api.delete(
    '/me/passkeys/:id',
    { schema: { tags: ownTags, summary: 'Remove a passkey', params: IdParams, response: { 204: Nothing } } },
    async (request, reply) => {
      const viewer = await proven(web, request)
      await removeWayIn(db, viewer, { from: 'passkeys', id: request.params.id, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}
