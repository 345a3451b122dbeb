import { Type } from 'typebox'
import { provenMember } from '#modules/accounts/guards.ts'
import { hasRecentProof } from '#modules/accounts/proof.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { deskPage, guardedPages } from '#modules/moderation/guards.ts'
import { paths } from '#paths.ts'
import { buttonOf, formOf, tick } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { Id } from '#platform/http/shapes.ts'
import type { DocumentOptions } from '#ui/document.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { eventTypes } from './events.ts'
import { isDone, type WebhookData, type WebhooksData, webhookPage, webhooksPage } from './views.ts'
import {
  createWebhook,
  findWebhook,
  listDeliveries,
  listWebhooks,
  removeWebhook,
  sendAgain,
  sendTest,
  switchWebhook,
} from './webhooks.ts'

/** /admin/webhooks: whom the site tells what happens, for administrators alone. */
export function webhookPages(pages: Server, web: Web): void {
  const routes = (scope: Server) => {
    listPages(scope, web)
    onePages(scope, web)
  }
  guardedPages(pages, web, { role: 'administrator', home: paths.webhooks(), routes })
}

const eventBoxes = Object.fromEntries(eventTypes.map((type) => [`event-${type}`, tick]))
const doneQuery = Type.Object({ done: Type.Optional(Type.String({ maxLength: 10 })) })

type State = Pick<WebhooksData, 'state' | 'made' | 'removed'>
const plain: State = { state: emptyState, made: null, removed: false }

function listPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = async (page: Page, viewer: Viewer, state: State): Promise<DocumentOptions> => {
    const webhooks = await listWebhooks(db, viewer)
    const proven = await hasRecentProof(db, viewer, page.now)
    const body = webhooksPage(page, { webhooks, events: eventTypes, proven, ...state })
    return deskPage(page.words.webhooks.title, body)
  }
  pages.get('/admin/webhooks', { schema: { querystring: doneQuery } }, async (request, reply) => {
    const viewer = await web.member(request)
    const page = await web.page(request)
    const removed = request.query.done === 'removed'
    return web.show(reply, page, await options(page, viewer, { ...plain, removed }))
  })

  // The secret stands in this answer alone: no address leads to it again.
  pages.post('/admin/webhooks', formOf(['url', { private: tick, ...eventBoxes }]), async (request, reply) => {
    const viewer = await provenMember(web, { request, reply, back: paths.webhooks() })
    if (!viewer) return reply
    const again = (page: Page, state: FormState) => options(page, viewer, { ...plain, state })
    return web.submit({ request, reply, again }, async ({ url = '', ...typed }) => {
      const events = eventTypes.filter((type) => typed[`event-${type}`] !== undefined)
      const input = { url, events, private: typed['private'] !== undefined, now: web.now() }
      const made = await createWebhook(web.deps, viewer, input)
      await web.deps.webhooks.refresh()
      return (page) => options(page, viewer, { ...plain, made })
    })
  })
}

function onePages(pages: Server, web: Web): void {
  const { db, webhooks } = web.deps
  const WebhookId = Type.String({ maxLength: 40 })
  const params = Type.Object({ id: WebhookId })
  pages.get('/admin/webhooks/:id', { schema: { params, querystring: doneQuery } }, async (request, reply) => {
    const viewer = await web.member(request)
    const page = await web.page(request)
    const { id } = request.params
    const [webhook, deliveries] = [await findWebhook(db, viewer, id), await listDeliveries(db, viewer, id)]
    const done: WebhookData['done'] = isDone(request.query.done) ? request.query.done : null
    const body = webhookPage(page, { webhook, deliveries, done })
    return web.show(reply, page, deskPage(page.words.webhooks.title, body))
  })

  /** A button of the page: does it and comes back. */
  function button(part: 'on' | 'off' | 'test', work: (viewer: Viewer, id: string) => Promise<unknown>): void {
    pages.post(`/admin/webhooks/:id/${part}`, buttonOf([], params), async (request, reply) => {
      const { id } = request.params
      await work(await web.member(request), id)
      await webhooks.refresh()
      return reply.redirect(paths.webhook(id, undefined, part), 303)
    })
  }
  button('on', (viewer, id) => switchWebhook(db, viewer, { id, on: true, now: web.now() }))
  button('off', (viewer, id) => switchWebhook(db, viewer, { id, on: false, now: web.now() }))
  button('test', (viewer, id) => sendTest(db, viewer, { webhookId: id, now: web.now() }))

  pages.post('/admin/webhooks/:id/remove', buttonOf([], params), async (request, reply) => {
    await removeWebhook(db, await web.member(request), { id: request.params.id, now: web.now() })
    await webhooks.refresh()
    return reply.redirect(paths.webhooks('removed'), 303)
  })

  pages.post(
    '/admin/webhooks/:id/deliveries/:delivery',
    buttonOf([], Type.Object({ id: WebhookId, delivery: Id })),
    async (request, reply) => {
      const { id, delivery } = request.params
      await sendAgain(db, await web.member(request), { webhookId: id, deliveryId: delivery })
      return reply.redirect(paths.webhook(id, undefined, 'again'), 303)
    },
  )
}
