import { isModerator } from '#modules/accounts/viewer.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { paths } from '#paths.ts'
import { Forbidden } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { whoOf } from './guards.ts'
import { readStats } from './stats.ts'
import { sharePage, statsPage } from './views.ts'
import { dayIn } from './visitors.ts'

const daysShown = 30

/** A post's numbers for its author, and its address to pass on. */
export function actPages(pages: Server, web: Web): void {
  const { db, config } = web.deps
  const dayOf = dayIn(config.timeZone)
  pages.get('/p/:id/stats', { schema: { params: IdParams } }, async (request, reply) => {
    const viewer = await web.member(request)
    const post = await findVisiblePost(db, viewer, { id: request.params.id })
    if (post.authorId !== viewer.id && !isModerator(viewer)) throw new Forbidden('forbidden')
    const page = await web.page(request)
    const since = dayOf(new Date(page.now.getTime() - (daysShown - 1) * 86_400_000))
    const stats = await readStats(db, { postId: post.id, since })
    return web.show(reply, page, {
      title: page.words.stats.title,
      body: statsPage(page, { post, stats }),
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
