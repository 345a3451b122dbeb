import { Type } from 'typebox'
import { provenMember } from '#modules/accounts/guards.ts'
import { hasRecentProof } from '#modules/accounts/proof.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { deskPage, guardedPages } from '#modules/moderation/guards.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { paths } from '#paths.ts'
import { buttonOf, formOf, tick } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { DocumentOptions } from '#ui/document.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { type ClientsData, clientsPage } from './client-views.ts'
import { createClient, listClients, revokeClient } from './clients.ts'

type State = Pick<ClientsData, 'state' | 'made' | 'done'>
const plain: State = { state: emptyState, made: null, done: null }

/** /admin/clients: programs that sign their requests, for administrators alone. */
export function clientPages(pages: Server, web: Web): void {
  const routes = (scope: Server) => registerPages(scope, web)
  guardedPages(pages, web, { role: 'administrator', home: paths.clients(), routes })
}

async function options(
  web: Web,
  page: Page,
  { viewer, ...state }: State & { viewer: Viewer },
): Promise<DocumentOptions> {
  const clients = await listClients(web.deps.db, viewer)
  const { signedApps } = await web.deps.site.current(page.now)
  const proven = await hasRecentProof(web.deps.db, viewer, page.now)
  return deskPage(page.words.appClients.title, clientsPage(page, { clients, signedApps, proven, ...state }))
}

function registerPages(pages: Server, web: Web): void {
  const { db, site } = web.deps
  const query = Type.Object({ done: Type.Optional(Type.String({ maxLength: 10 })) })
  pages.get('/admin/clients', { schema: { querystring: query } }, async (request, reply) => {
    const viewer = await web.member(request)
    const { done } = request.query
    const said = done === 'revoked' || done === 'saved' ? done : null
    const page = await web.page(request)
    return web.show(reply, page, await options(web, page, { ...plain, viewer, done: said }))
  })

  // The secret stands in this answer alone: no address leads to it again.
  pages.post('/admin/clients', formOf(['name']), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply, back: paths.clients() })
    if (!viewer) return reply
    const again = (page: Page, state: FormState) => options(web, page, { ...plain, viewer, state })
    return web.submit({ request, reply, again }, async ({ name = '' }) => {
      const made = await createClient(web.deps, viewer, { name, now: web.now() })
      return (page) => options(web, page, { ...plain, viewer, made })
    })
  })

  pages.post('/admin/clients/rule', buttonOf([{ signedApps: tick }]), async (request, reply) => {
    const viewer = await web.member(request)
    const signedApps = typedIn(request)['signedApps'] !== undefined
    const act = { byId: viewer.id, act: 'site.change', reason: '', now: web.now() } as const
    await site.change({ signedApps }, (tx) => recordAct(tx, act))
    return reply.redirect(paths.clients('saved'), 303)
  })

  const params = Type.Object({ id: Type.String({ maxLength: 40 }) })
  pages.post('/admin/clients/:id/revoke', buttonOf([], params), async (request, reply) => {
    await revokeClient(db, await web.member(request), { id: request.params.id, now: web.now() })
    return reply.redirect(paths.clients('revoked'), 303)
  })
}
