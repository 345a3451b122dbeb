import { Type } from 'typebox'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, Instant, Nothing, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { addDevice, identityOf, listDevices, removeDevice } from './push.ts'

const Key = Type.String({ maxLength: 200, description: 'base64url' })
const DeviceShape = Type.Object({ id: Id, service: Type.String(), at: Instant })
const tags = ['notifications']

export function pushRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/me/push',
    {
      schema: {
        tags,
        summary: 'My browsers that get pushed messages, and the key to subscribe with',
        response: { 200: Type.Object({ key: Key, ...wholeListOf(DeviceShape).properties }) },
      },
    },
    async (request) => {
      const devices = await listDevices(db, await web.member(request))
      const items = devices.map((one) => ({ ...one, at: one.at.toISOString() }))
      return { key: identityOf(web.deps).publicKey, items, next: null }
    },
  )
  api.post(
    '/me/push',
    {
      schema: {
        tags,
        summary: 'Send to this browser',
        description: 'What `PushSubscription.toJSON()` says. It ends with the session.',
        body: body({
          endpoint: Type.String({ maxLength: 1000 }),
          expirationTime: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
          keys: body({ p256dh: Key, auth: Key }),
        }),
        response: { 201: Type.Object({ id: Id }) },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      const { endpoint, keys } = request.body
      return reply.code(201).send(await addDevice(db, viewer, { endpoint, ...keys, now: web.now() }))
    },
  )
  api.delete(
    '/me/push/:id',
    {
      schema: { tags, summary: 'Send to this browser no more', params: IdParams, response: { 204: Nothing } },
    },
    async (request, reply) => {
      await removeDevice(db, await web.member(request), request.params.id)
      return reply.code(204).send(null)
    },
  )
}
