import { Type } from 'typebox'
import { invalid } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, Instant, listQuery, nullable, optionalBody } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { languages } from '#words/words.ts'
import { kinds, outcomes, sources } from './kinds.ts'
import { countUnread, listNotifications, type Notification, placeOf } from './list.ts'
import { markNotificationsRead, type ReadInput } from './read.ts'
import { sentenceOf } from './sentences.ts'

const Name = Type.Object({ id: Id, name: Type.String() })
const Kind = Type.Enum([...kinds])
const Unread = Type.Integer({ description: 'Counts to 1000 and no further' })
const NotificationShape = Type.Object({
  id: Id,
  kind: Kind,
  what: Type.Enum(['', ...outcomes, ...sources], {
    description: 'What a moderator decided, or by what a followed post was found',
  }),
  count: Type.Integer({ description: 'How many things, or people, it stands for' }),
  at: Instant,
  read: Type.Boolean(),
  actor: nullable(Name),
  post: nullable(Type.Object({ id: Id, title: Type.String() })),
  comment: nullable(Id),
  board: nullable(Type.Object({ slug: Type.String(), name: Type.String() })),
  tag: nullable(Type.String()),
  room: nullable(Id),
  note: Type.String({ description: 'A moderator’s reason' }),
  text: Type.String({ description: 'One sentence in the reader’s language' }),
  url: Type.String({ description: 'Where it leads, without the host' }),
})

const tags = ['notifications']

export function notificationRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/notifications',
    {
      schema: {
        tags,
        summary: 'What I am told of, newest first',
        querystring: Type.Object({
          ...listQuery,
          unread: Type.Optional(Type.Boolean({ description: 'Only unread ones' })),
          kind: Type.Optional(Type.Enum([...kinds], { description: 'Only those of this kind' })),
        }),
        response: {
          200: Type.Object({
            items: Type.Array(NotificationShape),
            next: nullable(Type.String()),
            unread: Unread,
          }),
        },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      const { after = null, limit = 20, unread = false, kind } = request.query
      const words = languages[web.language(request, viewer)]
      const filter = kind ? { unread, kinds: [kind] } : { unread }
      const { items, next } = await listNotifications(db, viewer, { ...filter, after, limit })
      const shown = items.map((one) => ({ ...toShape(one), text: sentenceOf(words, one) }))
      return { items: shown, next, unread: await countUnread(db, viewer) }
    },
  )
  api.put(
    '/notifications/read',
    {
      schema: {
        tags,
        summary: 'Mark as read: some of them, those about a post, or all (until a time)',
        body: optionalBody({
          ids: Type.Optional(Type.Array(Id, { maxItems: 100 })),
          post: Type.Optional(Id),
          until: Type.Optional(Instant),
        }),
        response: { 200: Type.Object({ unread: Unread }) },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      await markNotificationsRead(db, viewer, toInput(request.body ?? {}, web.now()))
      web.deps.notifier.bell.ring([viewer.id])
      return { unread: await countUnread(db, viewer) }
    },
  )
}

/** @throws Invalid when it names more than one way to choose */
function toInput(given: { ids?: number[]; post?: number; until?: string }, now: Date): ReadInput {
  if (Object.keys(given).length > 1) throw invalid('ids', 'one-of-these')
  if (given.ids) return { ids: given.ids, now }
  if (given.post) return { postId: given.post, now }
  return { until: given.until ? new Date(given.until) : now, now }
}

function toShape(one: Notification) {
  const { id, kind, what, count, read, actor, post, board, tag, note, commentId, roomId, at } = one
  const same = { id, kind, what, count, read, actor, post, board, tag, note }
  return { ...same, at: at.toISOString(), comment: commentId, room: roomId, url: placeOf(one) }
}
