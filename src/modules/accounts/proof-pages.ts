import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { paths, safeNext } from '#paths.ts'
import { Unauthenticated } from '#platform/errors.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { findFactors } from './factors.ts'
import { UsedPasskey, usePasskey } from './passkeys.ts'
import { noteProof, proveByPassword } from './proof.ts'
import { readPasskey } from './second-factor-pages.ts'
import type { Viewer } from './viewer.ts'
import { provePage } from './views/second-factor.ts'

/** Asks for the password, a passkey or the issuer again, before ways in are changed. */
export function proofPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = async (page: Page, viewer: Viewer, given: { state: FormState; next: string }) => {
    const { password, passkeys, identities } = await findFactors(db, viewer.id)
    const { oidc } = web.deps.config
    const href = paths.signInIssuer({
      to: 'prove',
      ticket: ticketFor(web, viewer, 'prove'),
      next: given.next,
    })
    const issuer = oidc && identities > 0 ? { name: oidc.name, href } : null
    const ways = { password, passkey: passkeys > 0, issuer }
    return {
      title: page.words.factors.proveTitle,
      body: provePage(page, { ...given, ways }),
      modules: ['main', 'passkeys'],
      robots: 'noindex',
    }
  }
  const query = Type.Object({ next: Type.Optional(Type.String({ maxLength: 600 })) })
  pages.get('/settings/security/prove', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const next = safeNext(request.query.next ?? paths.security())
    return web.show(reply, page, await options(page, page.viewer, { state: emptyState, next }))
  })
  pages.post('/settings/security/prove', formOf(['next', 'password', 'response']), async (request, reply) => {
    const viewer = await web.member(request)
    const next = safeNext(typedIn(request)['next'] ?? paths.security())
    const again = (page: Page, state: FormState) => options(page, viewer, { state, next })
    return web.submit({ request, reply, again }, async ({ password = '', response }) => {
      if (response) await proveByPasskey(web, { request, viewer, response })
      else await proveByPassword(web.deps, viewer, { password, now: web.now() })
      return next === paths.security() ? paths.security('proved') : next
    })
  })
}

/** @throws Unauthenticated('passkey-refused'), also for a passkey of another member */
async function proveByPasskey(
  web: Web,
  given: { request: FastifyRequest; viewer: Viewer; response: string },
): Promise<void> {
  const { request, viewer } = given
  const used = readPasskey(UsedPasskey, given.response)
  const place = { origin: web.origin(request), name: '' }
  const { memberId } = await usePasskey(web.deps.db, { used, place, now: web.now() })
  if (memberId !== viewer.id) throw new Unauthenticated('passkey-refused')
  await noteProof(web.deps.db, viewer.sessionId, web.now())
}

/** What the issuer's answer is for, when it is not signing in. */
export type Errand = 'link' | 'prove'

/** Stands in a link that changes something: only a page of this very session knows it. */
export function ticketFor(web: Web, viewer: Viewer, errand: Errand): string {
  return createHmac('sha256', web.deps.key).update(`ticket ${errand} ${viewer.sessionId}`).digest('base64url')
}

export function isTicket(web: Web, viewer: Viewer, given: { errand: Errand; ticket: string }): boolean {
  const [a, b] = [Buffer.from(given.ticket), Buffer.from(ticketFor(web, viewer, given.errand))]
  return a.length === b.length && timingSafeEqual(a, b)
}
