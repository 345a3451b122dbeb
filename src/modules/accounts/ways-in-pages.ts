import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { paths, safeNext } from '#paths.ts'
import { invalid, NotFound } from '#platform/errors.ts'
import { buttonOf, formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { DocumentOptions } from '#ui/document.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { signInBrowser } from './cookies.ts'
import { findDeviceToken, useDeviceCode, useDeviceToken } from './device-codes.ts'
import { confirmEmail, forgotPassword } from './emails.ts'
import { findConfirmation } from './links.ts'
import { linkGonePage } from './views/claim.ts'
import {
  codeGonePage,
  codePage,
  codeTokenPage,
  confirmEmailPage,
  confirmedPage,
  forgotPage,
  forgotSentPage,
} from './views/ways-in.ts'

const params = Type.Object({ token: Type.String({ maxLength: 200 }) })
const frame = (title: string, body: DocumentOptions['body']): DocumentOptions => ({
  title,
  body,
  robots: 'noindex',
})

/** A forgotten password, confirming an address, signing in on a second device. */
export function waysInPages(pages: Server, web: Web): void {
  forgotPages(pages, web)
  confirmPages(pages, web)
  codePages(pages, web)
}

function forgotPages(pages: Server, web: Web): void {
  const options = (page: Page, state: FormState) =>
    frame(page.words.waysIn.forgotTitle, forgotPage(page, { state }))
  pages.get('/forgot', async (request, reply) => {
    const page = await web.page(request)
    return web.show(reply, page, options(page, emptyState))
  })
  pages.post('/forgot', formOf(['login']), async (request, reply) => {
    return web.submit({ request, reply, again: options }, async ({ login = '' }) => {
      if (login.trim() === '') throw invalid('login', 'required')
      await forgotPassword(web.deps, { login, now: web.now() })
      return paths.forgotDone()
    })
  })
  pages.get('/forgot/done', async (request, reply) => {
    const page = await web.page(request)
    const body = forgotSentPage(page, { canSend: web.deps.config.mail !== null })
    return web.show(reply, page, frame(page.words.waysIn.forgotTitle, body))
  })
}

function confirmPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const gone = (page: Page) => frame(page.words.waysIn.confirmTitle, linkGonePage(page))
  const options = async (page: Page, token: string, state: FormState) => {
    const { name, email } = await findConfirmation(db, token, page.now)
    return frame(page.words.waysIn.confirmTitle, confirmEmailPage(page, { token, name, email, state }))
  }
  pages.get('/confirm/:token', { schema: { params } }, async (request, reply) => {
    const page = await web.page(request)
    return orGone(web, { request, reply, gone }, async () =>
      web.show(reply, page, await options(page, request.params.token, emptyState)),
    )
  })
  pages.post('/confirm/:token', formOf([], params), async (request, reply) => {
    const { token } = request.params
    const again = (page: Page, state: FormState) => options(page, token, state)
    return orGone(web, { request, reply, gone }, () =>
      web.submit({ request, reply, again }, async () => {
        const { board } = await confirmEmail(db, { token, now: web.now() })
        return paths.confirmDone(board === null ? undefined : paths.board(board))
      }),
    )
  })
  const query = Type.Object({ next: Type.Optional(Type.String({ maxLength: 600 })) })
  pages.get('/confirm/done', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.page(request)
    const next = safeNext(request.query.next)
    return web.show(reply, page, frame(page.words.waysIn.confirmTitle, confirmedPage(page, next)))
  })
}

function codePages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = (page: Page, state: FormState) =>
    frame(page.words.waysIn.codeTitle, codePage(page, { state }))
  const gone = (page: Page) => frame(page.words.waysIn.codeTitle, codeGonePage(page))
  pages.get('/sign-in/code', async (request, reply) => {
    const page = await web.page(request)
    if (page.viewer) return reply.redirect(paths.home(), 303)
    return web.show(reply, page, options(page, emptyState))
  })
  pages.post('/sign-in/code', formOf(['code']), async (request, reply) =>
    web.submit({ request, reply, again: options }, async ({ code = '' }) => {
      const { memberId } = await useDeviceCode(web.deps, { code, address: request.ip, now: web.now() }).catch(
        asField,
      )
      await signInBrowser(web, { request, reply, memberId, way: 'code' })
      return paths.home()
    }),
  )
  pages.get('/sign-in/code/:token', { schema: { params } }, async (request, reply) => {
    const { token } = request.params
    const page = await web.page(request)
    return orGone(web, { request, reply, gone }, async () => {
      const { name } = await findDeviceToken(db, token, page.now)
      return web.show(reply, page, frame(page.words.waysIn.codeTitle, codeTokenPage(page, { token, name })))
    })
  })
  pages.post('/sign-in/code/:token', buttonOf([], params), async (request, reply) =>
    orGone(web, { request, reply, gone }, async () => {
      const { memberId } = await useDeviceToken(db, request.params.token, web.now())
      await signInBrowser(web, { request, reply, memberId, way: 'code' })
      return reply.redirect(paths.home(), 303)
    }),
  )
}

/** A typed code that is none stands beside its field, not on a page of its own. */
function asField(error: unknown): never {
  throw error instanceof NotFound ? invalid('code', 'wrong-device-code') : error
}

type Gone = { request: FastifyRequest; reply: FastifyReply; gone: (page: Page) => DocumentOptions }

/** A link that does not work gets a page that says what to do. */
async function orGone(web: Web, given: Gone, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
    const page = await web.page(given.request)
    return web.show(given.reply.code(404), page, given.gone(page))
  }
}
