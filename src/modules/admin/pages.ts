import { Type } from 'typebox'
import { guardedPages } from '#modules/moderation/guards.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { checkSiteName } from '#modules/site/site.ts'
import { paths } from '#paths.ts'
import { ask, type Db } from '#platform/database.ts'
import type { Server } from '#platform/http/server.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { boardPages } from './board-pages.ts'
import { memberPages } from './member-pages.ts'
import { type Figures, sitePage } from './site-views.ts'
import { storagePages } from './storage-pages.ts'

/** Everything under /admin, for administrators alone. */
export function adminPages(pages: Server, web: Web): void {
  const routes = (scope: Server) => {
    sitePages(scope, web)
    memberPages(scope, web)
    boardPages(scope, web)
    storagePages(scope, web)
  }
  guardedPages(pages, web, { role: 'administrator', home: paths.admin(), routes })
}

function sitePages(pages: Server, web: Web): void {
  const { db, site } = web.deps
  const options = async (page: Page, state: FormState, saved: boolean) => ({
    title: page.words.admin.title,
    body: sitePage(page, { state, saved, figures: await countAll(db) }),
    modules: ['main'],
    robots: 'noindex',
  })
  const query = Type.Object({ saved: Type.Optional(Type.String({ maxLength: 5 })) })
  pages.get('/admin', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.page(request)
    const state = { values: { siteName: page.site.name }, errors: {} }
    return web.show(reply, page, await options(page, state, request.query.saved === '1'))
  })
  pages.post('/admin', async (request, reply) => {
    const viewer = await web.member(request)
    return web.submit(
      { request, reply, again: (page, state) => options(page, state, false) },
      async (typed) => {
        const name = checkSiteName(typed['siteName'] ?? '', 'siteName')
        const act = { byId: viewer.id, act: 'site.change', reason: name, now: web.now() } as const
        await site.change({ name }, (tx) => recordAct(tx, act))
        return paths.admin(1)
      },
    )
  })
}

/** Posts by the boards' counters: counting their rows takes longer the more there are. */
async function countAll(db: Db): Promise<Figures> {
  const [row] = await ask<Figures>(
    db,
    `select (select count(*) from members where name is not null) as members,
       (select count(*) from boards) as boards, (select coalesce(sum(posts), 0) from boards) as posts`,
    [],
  )
  return row ?? { members: 0, boards: 0, posts: 0 }
}
