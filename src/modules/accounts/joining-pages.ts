import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { paths, safeNext } from '#paths.ts'
import { NotFound } from '#platform/errors.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { DocumentOptions } from '#ui/document.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { signInBrowser } from './cookies.ts'
import { findInvitation } from './invitations.ts'
import { type Joined, join, joinQuietly } from './joining.ts'
import {
  type Invited,
  invitationGonePage,
  noSignUpPage,
  signUpPage,
  signUpSentPage,
} from './views/sign-up.ts'

const fields = ['next', 'name', 'email', 'password', 'password2', 'message']

/** Signing up, as the site allows it, and by invitation. */
export function joiningPages(pages: Server, web: Web): void {
  const query = Type.Object({ next: Type.Optional(Type.String({ maxLength: 600 })) })
  const show = (given: Shown) => showForm(web, given)
  pages.get('/sign-up', { schema: { querystring: query } }, async (request, reply) => {
    const next = request.query.next ?? null
    const page = await web.page(request)
    if (page.viewer) return reply.redirect(safeNext(next), 303)
    return show({ request, reply, page, next, invited: null })
  })
  pages.post('/sign-up', formOf(fields), (request, reply) => submit(web, { request, reply, token: null }))

  const params = Type.Object({ token: Type.String({ maxLength: 200 }) })
  pages.get('/join/:token', { schema: { params } }, async (request, reply) => {
    const page = await web.page(request)
    if (page.viewer) return reply.redirect(paths.home(), 303)
    return orGone(web, { request, reply }, async () => {
      const invited = await findInvited(web, request.params.token)
      return show({ request, reply, page, next: null, invited })
    })
  })
  pages.post('/join/:token', formOf(fields, params), (request, reply) =>
    orGone(web, { request, reply }, () => submit(web, { request, reply, token: request.params.token })),
  )
}

type Both = { request: FastifyRequest; reply: FastifyReply }
type Shown = Both & { page: Page; next: string | null; invited: Invited | null }

async function findInvited(web: Web, token: string): Promise<Invited> {
  const { byName, email, board } = await findInvitation(web.deps.db, { token, now: web.now() })
  return { token, byName, email, board: board?.name ?? null }
}

async function options(
  web: Web,
  page: Page,
  given: { state: FormState; next: string | null; invited: Invited | null },
) {
  const { mode } = await web.joinRules()
  const { oidc } = web.deps.config
  const next = given.invited ? paths.join(given.invited.token) : (given.next ?? undefined)
  const issuer = oidc && { name: oidc.name, href: paths.signInIssuer(next === undefined ? {} : { next }) }
  const body = signUpPage(page, { mode, issuer, ...given })
  return { title: page.words.signUp.title, body, robots: 'noindex' }
}

async function showForm(web: Web, { reply, page, next, invited }: Shown): Promise<FastifyReply> {
  const { mode } = await web.joinRules()
  if (mode === 'closed' || (mode === 'invitation' && !invited)) {
    const body = noSignUpPage(page, mode)
    return web.show(reply, page, { title: page.words.signUp.title, body, robots: 'noindex' })
  }
  const state = invited?.email ? { values: { email: invited.email }, errors: {} } : emptyState
  return web.show(reply, page, await options(web, page, { state, next, invited }))
}

async function submit(
  web: Web,
  { request, reply, token }: Both & { token: string | null },
): Promise<FastifyReply> {
  const { next = null } = typedIn(request)
  const again = async (page: Page, state: FormState) => {
    const invited = token === null ? null : await findInvited(web, token)
    return options(web, page, { state, next, invited })
  }
  return web.submit({ request, reply, again }, async (typed) => {
    const { name = '', email = '', password = '', password2: passwordAgain = '', message = '' } = typed
    const language = web.language(request, null)
    const input = { name, email, password, passwordAgain, message, language, invitation: token }
    const rules = await web.joinRules()
    const given = { rules, now: web.now() }
    // Where the address is confirmed by a mail, the page says no more than that: also when it is taken.
    if (rules.confirmEmail && rules.canSend) {
      await joinQuietly(web.deps, input, given)
      return (page) => Promise.resolve(sentPage(page, email))
    }
    const member = await join(web.deps.db, input, given)
    await signInBrowser(web, { request, reply, memberId: member.id, way: 'sign-up' })
    return landing(member, next)
  })
}

/** Whoever was invited to a board arrives there. */
function landing({ board }: Joined, next: string | null): string {
  return board === null ? arrivesAt(safeNext(next)) : paths.board(board, { done: 'joined' })
}

/** A newcomer who was on the way to nothing else is welcomed. */
export function arrivesAt(next: string): string {
  return next === paths.home() ? paths.home({ done: 'joined' }) : next
}

function sentPage(page: Page, email: string): DocumentOptions {
  const body = signUpSentPage(page, { email: email.trim() })
  return { title: page.words.signUp.sent, body, robots: 'noindex' }
}

/** An invitation that does not work gets a page of its own. */
async function orGone(
  web: Web,
  { request, reply }: Both,
  work: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
    const page = await web.page(request)
    const body = invitationGonePage(page)
    return web.show(reply.code(404), page, { title: page.words.signUp.title, body, robots: 'noindex' })
  }
}
