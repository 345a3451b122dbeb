import { deskPage, guardedPages } from '#modules/moderation/guards.ts'
import { oneOf } from '#modules/site/site.ts'
import { paths } from '#paths.ts'
import { failedJobs } from '#platform/failed-jobs.ts'
import { buttonOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { aboutPages } from './about-pages.ts'
import { boardPages } from './board-pages.ts'
import { readChecklist, showChecklist } from './checklist.ts'
import { siteFigures } from './figures.ts'
import { linkPages } from './link-pages.ts'
import { mailPages } from './mail-pages.ts'
import { memberPages } from './member-pages.ts'
import { settingPages } from './setting-pages.ts'
import { sitePage } from './site-views.ts'
import { storagePages } from './storage-pages.ts'
import { textPages } from './text-pages.ts'

/** Everything under /admin, for administrators alone. */
export function adminPages(pages: Server, web: Web): void {
  const routes = (scope: Server) => {
    sitePages(scope, web)
    memberPages(scope, web)
    boardPages(scope, web)
    storagePages(scope, web)
    settingPages(scope, web)
    aboutPages(scope, web)
    textPages(scope, web)
    linkPages(scope, web)
    mailPages(scope, web)
  }
  guardedPages(pages, web, { role: 'administrator', home: paths.admin(), routes })
}

function sitePages(pages: Server, web: Web): void {
  const { db, config } = web.deps
  pages.get('/admin', async (request, reply) => {
    const viewer = await web.member(request)
    const page = await web.page(request)
    const { now } = page
    const [figures, todo, failing] = await Promise.all([
      siteFigures(db, { now, timeZone: config.timeZone }),
      readChecklist(db, { viewer, config, now }),
      failedJobs(db, null),
    ])
    const body = sitePage(page, { figures, todo, failing })
    return web.show(reply, page, deskPage(page.words.admin.title, body))
  })
  pages.post('/admin/checklist', buttonOf([{ show: ['0', '1'] }]), async (request, reply) => {
    await showChecklist(db, oneOf(['0', '1'], typedIn(request)['show'], 'show') === '1')
    return reply.redirect(paths.admin(), 303)
  })
}
