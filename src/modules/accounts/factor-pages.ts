import type { FastifyReply, FastifyRequest } from 'fastify'
import { renderSVG } from 'uqr'
import { paths } from '#paths.ts'
import { Conflict, Invalid, NotFound } from '#platform/errors.ts'
import type { Html } from '#platform/html.ts'
import { buttonOf, checkForm, formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import { refusedForm } from '#ui/answers.ts'
import type { DocumentOptions } from '#ui/document.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { findFactors, removeWayIn } from './factors.ts'
import { setFirstPassword } from './first-password.ts'
import { provenMember } from './guards.ts'
import { listIdentities } from './identities.ts'
import { addPasskey, listPasskeys, NewPasskey, renamePasskey } from './passkeys.ts'
import { hasRecentProof, proveByPassword } from './proof.ts'
import { ticketFor } from './proof-pages.ts'
import { readPasskey } from './second-factor-pages.ts'
import { listSecurityEvents } from './security-events.ts'
import { beginTotp, confirmTotp, openTotp, removeTotp, renewRecoveryCodes } from './totp.ts'
import type { Viewer } from './viewer.ts'
import { factorSections, factorsDone } from './views/factors.ts'
import { browserName } from './views/settings.ts'
import { codesPage, firstPasswordPage, passkeyPage, totpOffPage, totpPage } from './views/totp.ts'

const frame = (title: string, body: Html): DocumentOptions => ({
  title,
  body,
  modules: ['main'],
  current: 'me',
  robots: 'noindex',
})

/** The sections of the security page about how the viewer gets in. */
export async function factorSectionsFor(
  web: Web,
  page: Page,
  { request, viewer, done }: { request: FastifyRequest; viewer: Viewer; done: string | undefined },
): Promise<Html> {
  const { db, config } = web.deps
  const href = paths.signInIssuer({ to: 'link', ticket: ticketFor(web, viewer, 'link') })
  return factorSections(page, {
    factors: await findFactors(db, viewer.id),
    proven: await hasRecentProof(db, viewer, page.now),
    passkeys: await listPasskeys(db, viewer),
    identities: await listIdentities(db, viewer),
    events: await listSecurityEvents(db, viewer),
    issuer: config.oidc && { name: config.oidc.name, href },
    done: factorsDone.find((one) => one === done) ?? null,
    device: browserName(request.headers['user-agent'] ?? '') || page.words.account.browser,
  })
}

/** Everything below /settings/security that changes how one gets in. */
export function factorPages(pages: Server, web: Web): void {
  firstPasswordPages(pages, web)
  totpPages(pages, web)
  totpOffPages(pages, web)
  recoveryCodePages(pages, web)
  passkeyPages(pages, web)
  pages.post('/settings/security/identities/:id/remove', buttonOf([], IdParams), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    await removeWayIn(web.deps.db, viewer, { from: 'identities', id: request.params.id, now: web.now() })
    return reply.redirect(paths.security('unlinked'), 303)
  })
}

function firstPasswordPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = (page: Page, state: FormState) =>
    frame(page.words.factors.setPassword, firstPasswordPage(page, { state }))
  pages.get('/settings/security/password', async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    if ((await findFactors(db, viewer.id)).password) throw new Conflict('has-password')
    const page = await web.page(request)
    return web.show(reply, page, options(page, emptyState))
  })
  pages.post('/settings/security/password', formOf(['password', 'password2']), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    return web.submit({ request, reply, again: options }, async (typed) => {
      const { password = '', password2: passwordAgain = '' } = typed
      await setFirstPassword(db, viewer, { password, passwordAgain, now: web.now() })
      return paths.security('password')
    })
  })
}

function totpPages(pages: Server, web: Web): void {
  const { deps } = web
  const options = async (page: Page, viewer: Viewer, state: FormState) => {
    const open = await openTotp(deps, viewer, page.site.name)
    if (!open) throw new NotFound()
    const qr = renderSVG(open.uri, { border: 2 })
    return frame(page.words.factors.appTitle, totpPage(page, { state, secret: open.secret, qr }))
  }
  pages.post('/settings/security/totp', buttonOf([]), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    await beginTotp(deps, viewer, web.now())
    return reply.redirect(paths.securityPart('totp'), 303)
  })
  pages.get('/settings/security/totp', async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    const page = await web.page(request)
    reply.header('cache-control', 'no-store')
    return web.show(reply, page, await options(page, viewer, emptyState))
  })
  pages.post('/settings/security/totp/confirm', formOf(['code']), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    reply.header('cache-control', 'no-store')
    const { code = '' } = typedIn(request)
    try {
      checkForm(request)
      const codes = await confirmTotp(deps, viewer, { code, now: web.now() })
      return await showCodes(web, { request, reply, codes })
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      const page = await web.page(request)
      const state = refusedForm(page, error, {})
      return web.show(reply.code(error.status), page, await options(page, viewer, state))
    }
  })
}

/** In this very answer: nothing that can be asked for again holds the codes. */
async function showCodes(
  web: Web,
  given: { request: FastifyRequest; reply: FastifyReply; codes: readonly string[] },
): Promise<FastifyReply> {
  const page = await web.page(given.request)
  given.reply.header('cache-control', 'no-store')
  return web.show(given.reply, page, frame(page.words.factors.codesTitle, codesPage(page, given.codes)))
}

function totpOffPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = async (page: Page, viewer: Viewer, state: FormState) => {
    const { password } = await findFactors(db, viewer.id)
    return frame(page.words.factors.turnOffTitle, totpOffPage(page, { state, asks: password }))
  }
  pages.get('/settings/security/totp/off', async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    const page = await web.page(request)
    return web.show(reply, page, await options(page, viewer, emptyState))
  })
  pages.post('/settings/security/totp/off', formOf(['password']), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    const again = (page: Page, state: FormState) => options(page, viewer, state)
    return web.submit({ request, reply, again }, async ({ password = '' }) => {
      const now = web.now()
      if ((await findFactors(db, viewer.id)).password)
        await proveByPassword(web.deps, viewer, { password, now })
      await removeTotp(db, viewer, now)
      return paths.security('off')
    })
  })
}

function recoveryCodePages(pages: Server, web: Web): void {
  pages.post('/settings/security/recovery-codes', buttonOf([]), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    const codes = await renewRecoveryCodes(web.deps.db, viewer, web.now())
    return showCodes(web, { request, reply, codes })
  })
}

function passkeyPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = (page: Page, id: number, state: FormState) =>
    frame(page.words.factors.passkeyTitle, passkeyPage(page, { id, state }))
  pages.post('/settings/security/passkeys', buttonOf(['response', 'name']), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    const { response = '', name = '' } = typedIn(request)
    const place = { origin: web.origin(request), name: '' }
    await addPasskey(db, viewer, { made: readPasskey(NewPasskey, response), name, place, now: web.now() })
    return reply.redirect(paths.security('passkey'), 303)
  })
  pages.get('/settings/security/passkeys/:id', { schema: { params: IdParams } }, async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    const { id } = request.params
    const passkey = (await listPasskeys(db, viewer)).find((one) => one.id === id)
    if (!passkey) throw new NotFound()
    const page = await web.page(request)
    return web.show(reply, page, options(page, id, { values: { name: passkey.name }, errors: {} }))
  })
  pages.post('/settings/security/passkeys/:id', formOf(['name'], IdParams), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    const { id } = request.params
    const again = (page: Page, state: FormState) => options(page, id, state)
    return web.submit({ request, reply, again }, async ({ name = '' }) => {
      await renamePasskey(db, viewer, { id, name })
      return paths.security('renamed')
    })
  })
  pages.post('/settings/security/passkeys/:id/remove', buttonOf([], IdParams), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply })
    if (!viewer) return reply
    await removeWayIn(db, viewer, { from: 'passkeys', id: request.params.id, now: web.now() })
    return reply.redirect(paths.security('removed'), 303)
  })
}
