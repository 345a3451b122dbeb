import { Type } from 'typebox'
import { acts, type ListedAct, listActs } from '#modules/modlog/modlog.ts'
import { AuthorName } from '#modules/posts/presented.ts'
import { invalid } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, Instant, listOf, listQuery, nullable } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { guardedRoutes } from './guards.ts'
import { memberActRoutes } from './member-routes.ts'
import { report, resolveReports } from './moderation.ts'
import { listReports } from './queue.ts'
import { outcomes, type QueueItem, reportReasons } from './shapes.ts'
import { signUpRoutes } from './sign-up-routes.ts'

const tags = ['moderation']
const BoardName = Type.Object({ id: Id, slug: Type.String(), name: Type.String() })
const Reason = Type.Enum([...reportReasons])
const Outcome = Type.Enum([...outcomes])

const ReportShape = Type.Object({
  id: Id,
  reason: Reason,
  detail: Type.String(),
  by: AuthorName,
  at: Instant,
})
const QueueItemShape = Type.Object({
  id: Id,
  kind: Type.Enum(['post', 'comment']),
  target: Type.Object({ id: Id, title: Type.String({ description: "The post's title" }) }),
  html: Type.String({ description: 'What is reported; empty when it is deleted' }),
  deleted: Type.Boolean({ description: 'Whether it is deleted already' }),
  author: AuthorName,
  board: BoardName,
  count: Type.Integer({ description: 'How many reported it' }),
  reports: Type.Array(ReportShape, { description: 'Oldest first, at most 100' }),
  resolution: nullable(Type.Object({ outcome: Outcome, by: AuthorName, at: Instant, note: Type.String() })),
})
const Block = body({ reason: Type.String(), until: Type.Optional(nullable(Instant)) })
const ActShape = Type.Object({
  id: Id,
  act: Type.Enum([...acts]),
  by: AuthorName,
  reason: Type.String(),
  at: Instant,
  post: nullable(Type.Object({ id: Id, title: Type.String() })),
  comment: nullable(Id),
  member: AuthorName,
  board: nullable(Type.Object({ slug: Type.String(), name: Type.String() })),
})

function presentItem(item: QueueItem) {
  const { target, reports, resolution, authorRole: _role, authorBlock: _block, ...rest } = item
  return {
    ...rest,
    id: reports[0]?.id ?? 0,
    kind: target.kind,
    target: { id: target.id, title: target.title },
    reports: reports.map((one) => ({ ...one, at: one.at.toISOString() })),
    resolution: resolution && { ...resolution, at: resolution.at.toISOString() },
  }
}

const presentAct = ({ commentId, at, ...rest }: ListedAct) => ({
  ...rest,
  comment: commentId,
  at: at.toISOString(),
})

export function moderationRoutes(api: Server, web: Web): void {
  reportRoute(api, web)
  guardedRoutes(api, web, { role: 'moderator', routes: (scope) => staffRoutes(scope, web) })
  memberActRoutes(api, web)
  signUpRoutes(api, web)
}

function staffRoutes(api: Server, web: Web): void {
  queueRoutes(api, web)
  logRoute(api, web)
}

const NewReport = body({
  post: Type.Optional(Id),
  comment: Type.Optional(Id),
  reason: Reason,
  detail: Type.Optional(Type.String()),
})

/** @throws Invalid unless exactly one of the two is named */
function reportedThing({ post, comment }: { post?: number; comment?: number }) {
  if (post !== undefined && comment !== undefined) throw invalid('comment', 'one-of', { other: 'post' })
  if (post !== undefined) return { postId: post }
  if (comment !== undefined) return { commentId: comment }
  throw invalid('post', 'required')
}

function reportRoute(api: Server, web: Web): void {
  api.post(
    '/reports',
    {
      schema: {
        tags,
        summary: 'Report a post or a comment to the moderators',
        description: 'Names either `post` or `comment`. 409 while your earlier report of it is open.',
        body: NewReport,
        response: { 201: Type.Object({ id: Id }) },
      },
    },
    async (request, reply) => {
      const { reason, detail = '', ...about } = request.body
      const input = { ...reportedThing(about), reason, detail, now: web.now() }
      return reply.code(201).send(await report(web.deps.db, await web.viewer(request), input))
    },
  )
}

function queueRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/moderation/reports',
    {
      schema: {
        tags,
        summary: 'Reports, one item for each post or comment (moderator)',
        querystring: Type.Object({
          show: Type.Optional(
            Type.Enum(['open', 'done'], {
              default: 'open',
              description: 'Those that wait, or those that were closed',
            }),
          ),
          ...listQuery,
        }),
        response: { 200: listOf(QueueItemShape) },
      },
    },
    async (request) => {
      const { show = 'open', after = null, limit = 20 } = request.query
      const { items, next } = await listReports(db, await web.viewer(request), {
        show,
        after,
        limit,
        now: web.now(),
      })
      return { items: items.map(presentItem), next }
    },
  )
  api.put(
    '/moderation/reports/:id',
    {
      schema: {
        tags,
        summary: 'Close every open report about one thing (moderator)',
        description:
          '`removed` also deletes the post or comment, `block` blocks who wrote it, for good without `until`. 409 when another moderator was first.',
        params: IdParams,
        body: body({ outcome: Outcome, note: Type.Optional(Type.String()), block: Type.Optional(Block) }),
        response: { 200: Type.Object({ outcome: Outcome, closed: Type.Integer() }) },
      },
    },
    async (request) => {
      const { outcome, note = '', block } = request.body
      const until = block?.until ? new Date(block.until) : null
      const input = {
        id: request.params.id,
        outcome,
        note,
        block: block ? { reason: block.reason, until } : null,
        now: web.now(),
      }
      return resolveReports(db, await web.viewer(request), input)
    },
  )
}

function logRoute(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/moderation/log',
    {
      schema: {
        tags,
        summary: "Every moderator's act, newest first (moderator)",
        querystring: Type.Object(listQuery),
        response: { 200: listOf(ActShape) },
      },
    },
    async (request) => {
      const { after = null, limit = 20 } = request.query
      const { acts, next } = await listActs(db, { after, limit })
      return { items: acts.map(presentAct), next }
    },
  )
}
