import { Type } from 'typebox'
import type { Server } from '#platform/http/server.ts'
import { body, nullable } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { kinds, mailTimes, type Ways } from './kinds.ts'
import { findSettings, saveSettings } from './settings.ts'

const WaysShape = body({
  page: Type.Boolean({ description: 'In the page and the bell' }),
  mail: Type.Enum([...mailTimes]),
  push: Type.Boolean(),
})
const TimeZone = nullable(
  Type.String({ maxLength: 60, description: 'For the time of digests; null: the site’s' }),
)
const Kinds = Type.Record(Type.Enum([...kinds]), WaysShape)
const tags = ['notifications']
const place = '/me/notification-settings'

export function notificationSettingRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const shape = Type.Object({ kinds: Kinds, timeZone: TimeZone })
  api.get(
    place,
    { schema: { tags, summary: 'How I want to hear of each kind', response: { 200: shape } } },
    async (request) => {
      const { ways, timeZone } = await findSettings(db, await web.member(request))
      return { kinds: ways, timeZone }
    },
  )
  api.put(
    place,
    {
      schema: {
        tags,
        summary: 'Change how I want to hear of some kinds',
        body: body({
          kinds: Type.Optional(
            body(Object.fromEntries(kinds.map((kind) => [kind, Type.Optional(WaysShape)]))),
          ),
          timeZone: Type.Optional(TimeZone),
        }),
        response: { 200: shape },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      const { kinds: given, timeZone } = request.body
      const changes: Partial<Record<string, Ways>> = given ?? {}
      await saveSettings(db, viewer, {
        ways: changes,
        ...(timeZone === undefined ? {} : { timeZone }),
        now: web.now(),
      })
      const saved = await findSettings(db, viewer)
      return { kinds: saved.ways, timeZone: saved.timeZone }
    },
  )
}
