import { deskPage, guardedPages } from '#modules/moderation/guards.ts'
import { paths } from '#paths.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { listReportedMessages, resolveMessageReports } from './reports.ts'
import { reportedMessagesPage } from './views/reports.ts'

/** Messages that members reported, for moderators: GET /mod/messages, POST /mod/messages/{id}. */
export function messageReportPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = async (page: Page, refused: { id: number; state: FormState } | null) => {
    const reports = await listReportedMessages(db, page.viewer)
    return deskPage(
      page.words.chat.reportsTitle,
      reportedMessagesPage(page, { reports, refused }),
      'moderation',
    )
  }
  const routes = (scope: Server) => {
    scope.get('/mod/messages', async (request, reply) => {
      const page = await web.page(request)
      return web.show(reply, page, await options(page, null))
    })
    scope.post('/mod/messages/:id', formOf(['outcome', 'note'], IdParams), async (request, reply) => {
      const { id } = request.params
      const again = (page: Page, state: FormState) => options(page, { id, state })
      return web.submit({ request, reply, again }, async ({ outcome = '', note = '' }) => {
        const viewer = await web.viewer(request)
        await resolveMessageReports(db, viewer, { id, outcome, note, now: web.now() })
        return paths.reportedMessages()
      })
    })
  }
  guardedPages(pages, web, { role: 'moderator', home: paths.reportedMessages(), routes })
}
