import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { openForm } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { stopMails } from './settings.ts'
import { readUnsubscribeToken } from './unsubscribe.ts'
import { unsubscribePage } from './unsubscribe-views.ts'

/** Bytes of `List-Unsubscribe=One-Click`, in whatever wrapping. */
const mostSent = 10_000

/**
 * /unsubscribe: ends mails without signing in, by the token of a mail. A GET only asks, because mail programs open
 * links to look at them; the POST, which a mail program may send for its reader (RFC 8058), answers without a redirect.
 */
export function unsubscribePages(pages: Server, web: Web): void {
  const { db, key } = web.deps
  const params = Type.Object({ token: Type.String({ maxLength: 100 }) })
  const options = (page: Page, token: string, done: boolean) => ({
    title: page.words.unsubscribe.title,
    body: unsubscribePage(page, { ...readUnsubscribeToken(token, key), token, done }),
    robots: 'noindex',
  })
  pages.get('/unsubscribe/:token', { schema: { params } }, async (request, reply) => {
    const page = await web.page(request)
    const shown = options(page, request.params.token, false)
    return web.show(reply.header('cache-control', 'no-store'), page, shown)
  })
  void pages.register(async (instance: FastifyInstance) => {
    const scope = instance as Server
    // The address says it all: the body is not read. Most mail programs send a form, RFC 8058 prefers multipart.
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: mostSent }, (_request, _body, done) =>
      done(null),
    )
    scope.post('/unsubscribe/:token', openForm(params), async (request, reply) => {
      const { token } = request.params
      const { memberId, what } = readUnsubscribeToken(token, key)
      await stopMails(db, memberId, what)
      const page = await web.page(request)
      return web.show(reply.header('cache-control', 'no-store'), page, options(page, token, true))
    })
  })
}
