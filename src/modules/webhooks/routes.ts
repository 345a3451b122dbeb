import { Type } from 'typebox'
import { guardedRoutes } from '#modules/moderation/guards.ts'
import { apiPaths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, Instant, Nothing, nullable, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { eventTypes } from './events.ts'
import {
  createWebhook,
  type Delivery,
  findWebhook,
  listDeliveries,
  listWebhooks,
  removeWebhook,
  sendAgain,
  sendTest,
  switchWebhook,
  type Webhook,
} from './webhooks.ts'

const tags = ['administration']
const WebhookId = Type.String({ maxLength: 40 })
const params = Type.Object({ id: WebhookId })
const WebhookShape = Type.Object({
  id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  private: Type.Boolean({ description: 'Whether boards that not everyone may read are told of, too' }),
  createdAt: Instant,
  failures: Type.Integer({ description: 'In a row' }),
  disabledAt: nullable(Instant),
  disabledWhy: nullable(Type.Enum(['failures', 'administrator'])),
})
const DeliveryShape = Type.Object({
  id: Id,
  event: Type.String(),
  happenedAt: Instant,
  state: Type.Enum(['waiting', 'sent', 'failed', 'gone', 'stopped']),
  tries: Type.Integer(),
  triedAt: nullable(Instant),
  status: nullable(Type.Integer({ description: 'What the receiver answered' })),
  ms: nullable(Type.Integer()),
  problem: Type.String({ description: 'Why the last try failed; empty when it did not' }),
})

const present = ({ createdAt, disabledAt, ...rest }: Webhook) => ({
  ...rest,
  createdAt: createdAt.toISOString(),
  disabledAt: disabledAt?.toISOString() ?? null,
})
const presentDelivery = ({ happenedAt, triedAt, ...rest }: Delivery) => ({
  ...rest,
  happenedAt: happenedAt.toISOString(),
  triedAt: triedAt?.toISOString() ?? null,
})

/** Webhooks, for administrators. */
export function webhookRoutes(api: Server, web: Web): void {
  const routes = (scope: Server) => {
    listRoutes(scope, web)
    oneRoutes(scope, web)
    deliveryRoutes(scope, web)
  }
  guardedRoutes(api, web, { role: 'administrator', routes })
}

function listRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/admin/webhooks',
    { schema: { tags, summary: 'Webhooks (administrator)', response: { 200: wholeListOf(WebhookShape) } } },
    async (request) => {
      const webhooks = await listWebhooks(db, await web.member(request))
      return { items: webhooks.map(present), next: null }
    },
  )
  api.post(
    '/admin/webhooks',
    {
      schema: {
        tags,
        summary: 'Add a webhook; its secret is in this answer and nowhere else (administrator)',
        description: 'Takes a session that showed in the last ten minutes who it is: see /me/proof.',
        body: body({
          url: Type.String(),
          events: Type.Array(Type.Enum([...eventTypes]), { maxItems: 50 }),
          private: Type.Optional(Type.Boolean({ default: false })),
        }),
        response: { 201: Type.Object({ ...WebhookShape.properties, secret: Type.String() }) },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      const input = { private: false, ...request.body, now: web.now() }
      const { id, secret } = await createWebhook(web.deps, viewer, input)
      await web.deps.webhooks.refresh()
      const made = present(await findWebhook(db, viewer, id))
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .header('location', apiPaths.webhook(id))
        .send({ ...made, secret })
    },
  )
}

function oneRoutes(api: Server, web: Web): void {
  const { db, webhooks } = web.deps
  api.get(
    '/admin/webhooks/:id',
    { schema: { tags, summary: 'A webhook (administrator)', params, response: { 200: WebhookShape } } },
    async (request) => present(await findWebhook(db, await web.member(request), request.params.id)),
  )
  api.patch(
    '/admin/webhooks/:id',
    {
      schema: {
        tags,
        summary: 'Switch a webhook off or, with a clean record, on (administrator)',
        params,
        body: body({ on: Type.Boolean() }),
        response: { 200: WebhookShape },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      const { id } = request.params
      await switchWebhook(db, viewer, { id, on: request.body.on, now: web.now() })
      await webhooks.refresh()
      return present(await findWebhook(db, viewer, id))
    },
  )
  api.delete(
    '/admin/webhooks/:id',
    { schema: { tags, summary: 'Remove a webhook (administrator)', params, response: { 204: Nothing } } },
    async (request, reply) => {
      await removeWebhook(db, await web.member(request), { id: request.params.id, now: web.now() })
      await webhooks.refresh()
      return reply.code(204).send(null)
    },
  )
}

function deliveryRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const summary = 'The last deliveries of a webhook, newest first (administrator)'
  api.get(
    '/admin/webhooks/:id/deliveries',
    { schema: { tags, summary, params, response: { 200: wholeListOf(DeliveryShape) } } },
    async (request) => {
      const viewer = await web.member(request)
      const { id } = await findWebhook(db, viewer, request.params.id)
      return { items: (await listDeliveries(db, viewer, id)).map(presentDelivery), next: null }
    },
  )
  const Sent = Type.Object({ id: Id })
  api.post(
    '/admin/webhooks/:id/test',
    { schema: { tags, summary: 'Send a test (administrator)', params, response: { 202: Sent } } },
    async (request, reply) => {
      const input = { webhookId: request.params.id, now: web.now() }
      const id = await sendTest(db, await web.member(request), input)
      return reply.code(202).send({ id })
    },
  )
  api.post(
    '/admin/webhooks/:id/deliveries/:delivery',
    {
      schema: {
        tags,
        summary: 'Send a delivery once more (administrator)',
        params: Type.Object({ id: WebhookId, delivery: Id }),
        response: { 202: Sent },
      },
    },
    async (request, reply) => {
      const { id: webhookId, delivery: deliveryId } = request.params
      await sendAgain(db, await web.member(request), { webhookId, deliveryId })
      return reply.code(202).send({ id: deliveryId })
    },
  )
}
