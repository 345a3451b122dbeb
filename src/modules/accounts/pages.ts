import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { paths, safeNext } from '#paths.ts'
import { NotFound } from '#platform/errors.ts'
import { buttonOf, formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { isLanguage, languages } from '#words/words.ts'
import { changeProfile } from './accounts.ts'
import { deviceOf, signInBrowser } from './cookies.ts'
import { factorPages } from './factor-pages.ts'
import { invitationPages } from './invitation-pages.ts'
import { joiningPages } from './joining-pages.ts'
import { findLink, useLink } from './links.ts'
import { oidcPages } from './oidc-pages.ts'
import { proofPages } from './proof-pages.ts'
import { secondFactorPages } from './second-factor-pages.ts'
import { securityPages } from './security-pages.ts'
import { endSession } from './sessions.ts'
import { settingsPages } from './settings-pages.ts'
import { signInFrom } from './sign-in.ts'
import { claimGonePage, claimPage } from './views/claim.ts'
import { otherWaysIn } from './views/passkeys.ts'
import { signInPage } from './views/sign-in.ts'
import { waysInPages } from './ways-in-pages.ts'

const emptyForm: FormState = { values: {}, errors: {} }
const NextQuery = Type.Object({ next: Type.Optional(Type.String({ maxLength: 600 })) })

export function accountPages(pages: Server, web: Web): void {
  signInPages(pages, web)
  joiningPages(pages, web)
  waysInPages(pages, web)
  claimPages(pages, web)
  settingsPages(pages, web)
  securityPages(pages, web)
  secondFactorPages(pages, web)
  proofPages(pages, web)
  factorPages(pages, web)
  oidcPages(pages, web)
  invitationPages(pages, web)
  preferencePages(pages, web)
}

function signInPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = (page: Page, state: FormState, next: string | null) => ({
    title: page.words.signIn.title,
    body: signInPage(page, {
      state,
      next,
      others: otherWaysIn(page, { issuer: web.deps.config.oidc?.name ?? null, next }),
    }),
    modules: ['passkeys'],
    robots: 'noindex',
  })
  pages.get('/sign-in', { schema: { querystring: NextQuery } }, async (request, reply) => {
    const next = request.query.next ?? null
    const page = await web.page(request)
    if (page.viewer) return reply.redirect(safeNext(next), 303)
    return web.show(reply, page, options(page, emptyForm, next))
  })
  pages.post('/sign-in', formOf(['login', 'password', 'next']), async (request, reply) => {
    const { next = null } = typedIn(request)
    return web.submit(
      { request, reply, again: (page, state) => options(page, state, next) },
      async (typed) => {
        const { login = '', password = '' } = typed
        const { id } = await signInFrom(web.deps, {
          login,
          password,
          address: request.ip,
          agent: deviceOf(request).agent,
          now: web.now(),
        })
        return signInBrowser(web, { request, reply, memberId: id, next: safeNext(typed['next']) })
      },
    )
  })
  pages.post('/sign-out', buttonOf(['next']), async (request, reply) => {
    const viewer = await web.viewer(request)
    if (viewer) await endSession(db, viewer.sessionId)
    reply.clearCookie(web.cookieName, { path: '/', secure: web.secure })
    return reply.redirect(paths.home(), 303)
  })
}

function claimPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const params = Type.Object({ token: Type.String({ maxLength: 200 }) })
  const show = async (page: Page, token: string, state: FormState) => {
    const link = await findLink(db, token, page.now)
    const body = claimPage(page, { state, token, name: link.name, hasEmail: link.email !== null })
    return { title: page.words.account.claimTitle, body, robots: 'noindex' }
  }
  const gone = (error: unknown, page: Page, reply: FastifyReply) => {
    if (!(error instanceof NotFound)) throw error
    return web.show(reply.code(404), page, {
      title: page.words.account.claimTitle,
      body: claimGonePage(page),
      robots: 'noindex',
    })
  }
  pages.get('/claim/:token', { schema: { params } }, async (request, reply) => {
    const page = await web.page(request)
    try {
      return web.show(reply, page, await show(page, request.params.token, emptyForm))
    } catch (error) {
      return gone(error, page, reply)
    }
  })
  pages.post('/claim/:token', formOf(['email', 'password', 'password2'], params), async (request, reply) => {
    const { token } = request.params
    try {
      return await web.submit(
        { request, reply, again: (page, state) => show(page, token, state) },
        async (typed) => {
          const { email = '', password = '', password2: passwordAgain = '' } = typed
          const { memberId } = await useLink(db, { token, email, password, passwordAgain, now: web.now() })
          return signInBrowser(web, { request, reply, memberId, way: 'link' })
        },
      )
    } catch (error) {
      return gone(error, await web.page(request), reply)
    }
  })
}

const themes = ['system', 'light', 'dark'] as const
const preferences = ['next', { theme: themes, language: ['', ...Object.keys(languages)] }]

/** Language and theme: of the member when there is one, else in cookies that hold just that. */
function preferencePages(pages: Server, web: Web): void {
  pages.post('/preferences', buttonOf(preferences), async (request, reply) => {
    const typed = typedIn(request)
    const viewer = await web.viewer(request)
    const { language } = typed
    const theme = themes.find((one) => one === typed['theme'])
    const cookie = { path: '/', sameSite: 'lax', secure: web.secure, maxAge: 365 * 86_400 } as const
    if (viewer) {
      await changeProfile(web.deps.db, viewer, {
        ...(isLanguage(language) ? { language } : {}),
        ...(language === '' ? { language: null } : {}),
        ...(theme ? { theme } : {}),
      })
    } else {
      if (isLanguage(language)) reply.setCookie('language', language, cookie)
      if (theme) reply.setCookie('theme', theme, cookie)
    }
    return reply.redirect(withoutLanguage(safeNext(typed['next'])), 303)
  })
}

/** The way back without `?lang=`, which would outdo the choice just made. */
function withoutLanguage(address: string): string {
  const url = new URL(address, 'http://site.invalid')
  url.searchParams.delete('lang')
  return url.pathname + url.search + url.hash
}
