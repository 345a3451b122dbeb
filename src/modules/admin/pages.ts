import { deskPage, guardedPages } from '#modules/moderation/guards.ts'
import { paths } from '#paths.ts'
import { ask, type Db } from '#platform/database.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { aboutPages } from './about-pages.ts'
import { boardPages } from './board-pages.ts'
import { linkPages } from './link-pages.ts'
import { mailPages } from './mail-pages.ts'
import { memberPages } from './member-pages.ts'
import { settingPages } from './setting-pages.ts'
import { type Figures, sitePage } from './site-views.ts'
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
  pages.get('/admin', async (request, reply) => {
    const page = await web.page(request)
    const body = sitePage(page, await countAll(web.deps.db, page.now))
    return web.show(reply, page, deskPage(page.words.admin.title, body))
  })
}

/** Posts by the boards' counters: counting their rows takes longer the more there are. */
async function countAll(db: Db, now: Date): Promise<Figures> {
  const [row] = await ask<Figures>(
    db,
    `select (select count(*) from members where name is not null) as members,
       (select count(*) from boards) as boards, (select coalesce(sum(posts), 0) from boards) as posts,
       (select count(*) from members where approval = 'waiting' and name is not null) as waiting,
       (select count(*) from member_links where seed is not null and expires_at > $1) as links`,
    [now],
  )
  return row ?? { members: 0, boards: 0, posts: 0, waiting: 0, links: 0 }
}
