import { Type } from 'typebox'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { paths } from '#paths.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { report } from './moderation.ts'
import { excerptOf, findThing, type Thing } from './things.ts'
import { reportedPage, reportPage } from './views.ts'

const SentQuery = Type.Object({ sent: Type.Optional(Type.String({ maxLength: 5 })) })

/** GET and POST /p/{id}/report and /c/{id}/report. */
export function reportPages(pages: Server, web: Web): void {
  const { db } = web.deps

  async function options(page: Page, thing: Thing, state: FormState) {
    const excerpt = await excerptOf(db, page.viewer, thing)
    const body = reportPage(page, { state, target: thing.target, excerpt })
    return { title: page.words.moderation.report, body, modules: ['main'], robots: 'noindex' }
  }

  for (const kind of ['post', 'comment'] as const) {
    const address = kind === 'post' ? '/p/:id/report' : '/c/:id/report'
    pages.get(address, { schema: { params: IdParams, querystring: SentQuery } }, async (request, reply) => {
      const page = await web.memberPage(request)
      requireWriter(page.viewer)
      // Once it is told, a moderator may have removed it already.
      const sent = request.query.sent === '1'
      const thing = await findThing(db, page.viewer, {
        kind,
        id: request.params.id,
        deleted: sent,
        titleWhenGone: page.words.post.deletedTitle,
      })
      if (!sent) return web.show(reply, page, await options(page, thing, emptyState))
      const body = reportedPage(page, { target: thing.target })
      return web.show(reply, page, {
        title: page.words.moderation.reported,
        body,
        modules: ['main'],
        robots: 'noindex',
      })
    })
    pages.post(address, formOf(['reason', 'detail'], IdParams), async (request, reply) => {
      const page = await web.page(request)
      const { id } = request.params
      if (!page.viewer) return reply.redirect(paths.signIn(paths.part({ kind, id }, 'report')), 303)
      requireWriter(page.viewer)
      const thing = await findThing(db, page.viewer, {
        kind,
        id,
        titleWhenGone: page.words.post.deletedTitle,
      })
      const again = (shown: Page, state: FormState) => options(shown, thing, state)
      return web.submit({ request, reply, again }, async ({ reason = '', detail = '' }) => {
        const about = kind === 'post' ? { postId: id } : { commentId: id }
        await report(db, page.viewer, { ...about, reason, detail, now: web.now() })
        return paths.reported({ kind, id })
      })
    })
  }
}
