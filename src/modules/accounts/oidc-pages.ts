import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { paths, safeNext } from '#paths.ts'
import { BadRequest, Forbidden } from '#platform/errors.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import {
  type Challenge,
  type ChallengeKind,
  findChallenge,
  openChallenge,
  takeChallenge,
} from './challenges.ts'
import { clearStepCookie, setStepCookie, signInBrowser, stepCookie } from './cookies.ts'
import { provenMember } from './guards.ts'
import { addIdentity, linkIdentity, useIdentity } from './identities.ts'
import { join } from './joining.ts'
import { arrivesAt } from './joining-pages.ts'
import { suggestEmail, suggestName } from './newcomers.ts'
import { type Arrival, Issuer } from './oidc.ts'
import { noteProof } from './proof.ts'
import { isTicket } from './proof-pages.ts'
import type { Viewer } from './viewer.ts'
import { arrivalPage } from './views/arrival.ts'

type Given = { request: FastifyRequest; reply: FastifyReply }

/** Signing in, linking and showing who one is by another site. Without settings there is no such page. */
export function oidcPages(pages: Server, web: Web): void {
  const { oidc } = web.deps.config
  if (!oidc) return
  const issuer = new Issuer(oidc, (error) =>
    web.deps.log.warn({ err: error }, 'signing in by the issuer failed'),
  )
  leavingPage(pages, web, issuer)
  pages.get('/sign-in/oidc/callback', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const challenge = await takeStep(web, { request, reply }, 'oidc')
    if (!challenge) throw new BadRequest('oidc-over')
    const { state = '', nonce = '', verifier = '', errand = '', next = '' } = challenge.data
    const url = new URL(web.origin(request) + paths.issuerCallback())
    url.search = request.url.split('?')[1] ?? ''
    const journey = { state, nonce, verifier }
    const arrival = await issuer.arrive({ url, journey, fresh: errand === 'prove', now: web.now() })
    if (errand === '') return welcome(web, { request, reply }, { arrival, next })
    const viewer = await web.member(request)
    if (viewer.sessionId !== challenge.data['session']) throw new BadRequest('oidc-over')
    return reply.redirect(await runErrand(web, viewer, { arrival, errand, next }), 303)
  })
  arrivalPages(pages, web, oidc.name)
}

function leavingPage(pages: Server, web: Web, issuer: Issuer): void {
  const query = Type.Object({
    next: Type.Optional(Type.String({ maxLength: 600 })),
    to: Type.Optional(Type.Enum(['link', 'prove'])),
    ticket: Type.Optional(Type.String({ maxLength: 100 })),
  })
  // A link and not a form: browsers let no form lead to another site under our policy.
  pages.get('/sign-in/oidc', { schema: { querystring: query } }, async (request, reply) => {
    const { to: errand, ticket = '' } = request.query
    const next = safeNext(request.query.next)
    const whose: { memberId?: number; session?: string } = {}
    if (errand) {
      const viewer =
        errand === 'link' ? await provenMember(web, { request, reply }) : await web.member(request)
      if (!viewer) return reply
      if (!isTicket(web, viewer, { errand, ticket })) throw new Forbidden('wrong-origin')
      whose.memberId = viewer.id
      whose.session = viewer.sessionId
    } else if (await web.viewer(request)) return reply.redirect(next, 303)
    const redirectUri = web.origin(request) + paths.issuerCallback()
    const { url, ...journey } = await issuer.leave({ redirectUri, fresh: errand === 'prove', now: web.now() })
    const { memberId, session = '' } = whose
    const token = await openChallenge(web.deps.db, {
      kind: 'oidc',
      ...(memberId ? { memberId } : {}),
      data: { ...journey, errand: errand ?? '', next, session },
      now: web.now(),
    })
    setStepCookie(web, reply, { kind: 'oidc', token })
    return reply.header('cache-control', 'no-store').redirect(url, 303)
  })
}

/** What this browser began, which it cannot finish twice. */
async function takeStep(web: Web, { request, reply }: Given, kind: ChallengeKind): Promise<Challenge | null> {
  const token = stepCookie(web, request, kind)
  if (token === '') return null
  clearStepCookie(web, reply, kind)
  return takeChallenge(web.deps.db, { kind, token, now: web.now() })
}

/** Somebody who has been here signs in; somebody new chooses a name. */
async function welcome(
  web: Web,
  { request, reply }: Given,
  { arrival, next }: { arrival: Arrival; next: string },
): Promise<FastifyReply> {
  const { db } = web.deps
  const now = web.now()
  const known = await useIdentity(db, { ...arrival, now })
  if (known) {
    const given = { request, reply, memberId: known.memberId, way: 'oidc', next } as const
    return reply.redirect(await signInBrowser(web, given), 303)
  }
  const { issuer, subject, label, name, email } = arrival
  const data = { issuer, subject, label, name, email: email ?? '', next }
  const token = await openChallenge(db, { kind: 'oidc-sign-up', data, now })
  setStepCookie(web, reply, { kind: 'oidc-sign-up', token })
  return reply.redirect(paths.signUpIssuer(), 303)
}

async function runErrand(
  web: Web,
  viewer: Viewer,
  given: { arrival: Arrival; errand: string; next: string },
): Promise<string> {
  const { db } = web.deps
  const now = web.now()
  if (given.errand === 'link') {
    await linkIdentity(db, viewer, { ...given.arrival, now })
    return paths.security('linked')
  }
  const known = await useIdentity(db, { ...given.arrival, now })
  if (known?.memberId !== viewer.id) throw new Forbidden('oidc-another')
  await noteProof(db, viewer.sessionId, now)
  return given.next === paths.security() ? paths.security('proved') : given.next
}

/** Whoever the issuer knows and we do not: chooses a free name, and gives an address unless the issuer confirmed one. */
function arrivalPages(pages: Server, web: Web, issuer: string): void {
  const { db } = web.deps
  const kind = 'oidc-sign-up'
  const find = async (request: FastifyRequest): Promise<Found | null> => {
    const found = await findChallenge(db, { kind, token: stepCookie(web, request, kind), now: web.now() })
    if (!found) return null
    const { next = '/' } = found.data
    const email = await suggestEmail(db, found.data['email'] ?? '')
    return { data: found.data, email, next, invitation: invitationIn(next) }
  }
  const options = async (page: Page, state: FormState, { email, invitation }: Found) => {
    const { mode } = await web.joinRules()
    const asks = mode === 'approval' && invitation === null
    const body = arrivalPage(page, { state, email, issuer, asks })
    return { title: page.words.factors.arriveTitle, body, robots: 'noindex' }
  }
  pages.get('/sign-up/oidc', async (request, reply) => {
    const found = await find(request)
    if (!found) return reply.redirect(paths.signIn(), 303)
    const page = await web.page(request)
    const state = { values: { name: await suggestName(db, found.data['name'] ?? '') }, errors: {} }
    return web.show(reply, page, await options(page, state, found))
  })
  pages.post('/sign-up/oidc', formOf(['name', 'email', 'message']), async (request, reply) => {
    const found = await find(request)
    if (!found) throw new BadRequest('oidc-over')
    const again = (page: Page, state: FormState) => options(page, state, found)
    return web.submit({ request, reply, again }, (typed) => admit(web, { request, reply }, { found, typed }))
  })
}

type Found = { data: Record<string, string>; email: string | null; next: string; invitation: string | null }

/** Makes the member and links the identity, both or neither. */
async function admit(
  web: Web,
  { request, reply }: Given,
  { found, typed }: { found: Found; typed: Record<string, string> },
): Promise<string> {
  const { name = '', message = '' } = typed
  const { issuer = '', subject = '', label = '' } = found.data
  const asked = { kind: 'oidc-sign-up', token: stepCookie(web, request, 'oidc-sign-up') } as const
  const now = web.now()
  const email = found.email ?? typed['email'] ?? ''
  const language = web.language(request, null)
  const input = { name, email, password: null, message, language, invitation: found.invitation }
  const confirmed = found.email !== null
  const member = await join(web.deps.db, input, {
    rules: await web.joinRules(),
    now,
    arrival: {
      confirmed,
      keep: async (tx, memberId) => {
        if (!(await takeChallenge(tx, { ...asked, now }))) throw new BadRequest('oidc-over')
        await addIdentity(tx, { memberId, issuer, subject, label, now })
      },
    },
  })
  clearStepCookie(web, reply, 'oidc-sign-up')
  return signInBrowser(web, {
    request,
    reply,
    memberId: member.id,
    way: 'oidc',
    next: member.board === null ? arrivesAt(found.next) : paths.board(member.board),
    shown: true,
  })
}

/** The invitation with which somebody set out, when they come from its page. */
function invitationIn(next: string): string | null {
  return /^\/join\/([\w-]{20,200})$/.exec(next)?.[1] ?? null
}
