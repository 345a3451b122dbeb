import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { signInBrowser } from '#modules/accounts/cookies.ts'
import { setupDonePage, setupPage, setupRefusedPage } from '#modules/accounts/views/setup.ts'
import { paths } from '#paths.ts'
import { invalid, NotFound } from '#platform/errors.ts'
import type { Html } from '#platform/html.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { isLanguage } from '#words/words.ts'
import { completeSetup, setupState } from './setup.ts'
import { defaults } from './site.ts'

const fields = [
  ...['token', 'siteName', 'description', 'language'],
  ...['name', 'email', 'password', 'password2'],
]

/** The page of the first start: the site's name and its first administrator. */
export function setupPages(pages: Server, web: Web): void {
  const { db, site } = web.deps
  const options = (page: Page, state: FormState, token: string) => ({
    title: page.words.setup.title,
    body: setupPage(page, { state, token }),
    robots: 'noindex',
  })
  const TokenQuery = Type.Object({ token: Type.Optional(Type.String({ maxLength: 200 })) })
  pages.get('/setup', { schema: { querystring: TokenQuery } }, async (request, reply) => {
    const { token = '' } = request.query
    const page = await web.page(request)
    const state = await setupState(db, token)
    if (state === 'open') {
      const siteName = page.site.name === defaults.name ? page.words.start.site : page.site.name
      const values = { siteName, language: page.language }
      return web.show(reply, page, options(page, { values, errors: {} }, token))
    }
    return closed(page, reply, state === 'done' ? setupDonePage(page) : setupRefusedPage(page))
  })
  const closed = (page: Page, reply: FastifyReply, body: Html) =>
    web.show(reply.code(404), page, { title: page.words.setup.title, body, robots: 'noindex' })
  pages.post('/setup', formOf(fields), async (request, reply) => {
    const { token = '' } = typedIn(request)
    const sent = web.submit(
      { request, reply, again: (page, state) => options(page, state, token) },
      async (typed) => {
        const { siteName = '', description = '', name = '', email = '', password = '', language } = typed
        const { password2: passwordAgain = '' } = typed
        if (!isLanguage(language)) throw invalid('language', 'required')
        const now = web.now()
        const member = await completeSetup(db, site, {
          token,
          siteName,
          description,
          name,
          email,
          password,
          passwordAgain,
          language,
          now,
        })
        await signInBrowser(web, { request, reply, memberId: member.id })
        return paths.home({ done: 'joined' })
      },
    )
    return sent.catch(async (error: unknown) => {
      if (!(error instanceof NotFound)) throw error
      // Somebody was quicker, or pressed twice.
      const page = await web.page(request)
      return closed(page, reply, setupDonePage(page))
    })
  })
}
