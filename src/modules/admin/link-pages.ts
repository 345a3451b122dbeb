import type { FastifyReply, FastifyRequest } from 'fastify'
import { provenMember } from '#modules/accounts/guards.ts'
import { listOpenLinks } from '#modules/accounts/links.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import { handOver } from '#modules/moderation/member-acts.ts'
import { paths } from '#paths.ts'
import { buttonOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { type LinksData, linksPage } from './link-views.ts'

/** Links that members asked for: without mail, and whenever one does not arrive, an administrator hands them over. */
export function linkPages(pages: Server, web: Web): void {
  const { db, key } = web.deps
  pages.get('/admin/links', (request, reply) => show(web, { request, reply, shown: null }))
  // The link stands in this answer alone, and who looked at it stands in the log.
  pages.post('/admin/links/:id', buttonOf([], IdParams), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply, back: paths.adminPart('links') })
    if (!viewer) return reply
    const { id } = request.params
    const { purpose, token, expiresAt } = await handOver(db, viewer, { id, key, now: web.now() })
    const path = purpose === 'confirm' ? paths.confirm(token) : paths.claim(token)
    reply.header('cache-control', 'no-store')
    return show(web, { request, reply, shown: { id, url: web.origin(request) + path, expiresAt } })
  })
}

type Given = { request: FastifyRequest; reply: FastifyReply; shown: LinksData['shown'] }

async function show(web: Web, { request, reply, shown }: Given): Promise<FastifyReply> {
  const viewer = await web.member(request)
  const page = await web.page(request)
  const links = await listOpenLinks(web.deps.db, viewer, page.now)
  const body = linksPage(page, { links, shown })
  return web.show(reply, page, deskPage(page.words.admin.links, body))
}
