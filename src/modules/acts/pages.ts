import { findVisiblePost } from '#modules/posts/posts.ts'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { whoOf } from './guards.ts'
import { readStats } from './stats.ts'
import { sharePage, statsPage } from './views.ts'

/** A post's numbers for its author, and its address to pass on. */
export function actPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const { timeZone } = web.deps.config
  pages.get('/p/:id/stats', { schema: { params: IdParams } }, async (request, reply) => {
    const viewer = await web.member(request)
    const page = await web.page(request)
    const stats = await readStats(db, viewer, { id: request.params.id, now: page.now, timeZone })
    return web.show(reply, page, {
      title: page.words.stats.title,
      body: statsPage(page, stats),
      robots: 'noindex',
    })
  })
  pages.get('/p/:id/share', { schema: { params: IdParams } }, async (request, reply) => {
    const page = await web.page(request)
    const post = await findVisiblePost(db, page.viewer, { id: request.params.id })
    web.deps.acts.note({ ...whoOf(web, request, page.viewer?.id ?? null), kind: 'link', postId: post.id })
    const address = web.origin(request) + paths.postShared(post.id)
    return web.show(reply, page, {
      title: page.words.share.title,
      body: sharePage(page, { post, address }),
      robots: 'noindex',
    })
  })
}
