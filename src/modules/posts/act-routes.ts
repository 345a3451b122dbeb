import { Type } from 'typebox'
import { toCsv } from '#platform/csv.ts'
import { countdownPage } from '#platform/cursor.ts'
import { NotFound } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams, listOf, listQuery, Nothing, optionalBody } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { lockPost, movePost, pinPost, unlockPost, unpinPost } from './acts.ts'
import { ListedVersionShape, presentListedVersion, presentVersion, VersionShape } from './presented.ts'
import { findVersion, fullVersions, listVersions } from './versions.ts'

const tags = ['posts']
const Reason = optionalBody({ reason: Type.Optional(Type.String()) })

/** What moderators do to a post, as small resources, and its history. */
export function postActRoutes(api: Server, web: Web): void {
  versionRoutes(api, web)
  csvRoute(api, web)
  const { db } = web.deps
  const acts = [
    { name: 'pin', on: pinPost, off: unpinPost },
    { name: 'lock', on: lockPost, off: unlockPost },
  ] as const
  for (const { name, on, off } of acts) {
    const schema = { tags: ['moderation'], params: IdParams, response: { 204: Nothing } }
    api.put(
      `/posts/:id/${name}`,
      { schema: { ...schema, summary: `${name} (moderator)`, body: Reason } },
      async (request, reply) => {
        await on(db, await web.member(request), {
          id: request.params.id,
          reason: request.body?.reason ?? '',
          now: web.now(),
        })
        return reply.code(204).send(null)
      },
    )
    api.delete(
      `/posts/:id/${name}`,
      { schema: { ...schema, summary: `un${name} (moderator)` } },
      async (request, reply) => {
        await off(db, await web.member(request), { id: request.params.id, now: web.now() })
        return reply.code(204).send(null)
      },
    )
  }
  api.put(
    '/posts/:id/board',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Move to another board (moderator)',
        params: IdParams,
        body: body({ board: Type.String({ description: 'Slug' }), reason: Type.Optional(Type.String()) }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const { board, reason = '' } = request.body
      await movePost(db, await web.member(request), { id: request.params.id, board, reason, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}

function versionRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/posts/:id/versions',
    {
      schema: {
        tags,
        summary: 'History, newest first',
        params: IdParams,
        querystring: Type.Object(listQuery),
        response: { 200: listOf(ListedVersionShape) },
      },
    },
    async (request) => {
      const { pageOf, ...page } = countdownPage(request.query)
      const asked = { postId: request.params.id, ...page }
      const versions = await listVersions(db, await web.viewer(request), asked)
      return pageOf(versions.map(presentListedVersion))
    },
  )
  api.get(
    '/posts/:id/versions/:version',
    {
      schema: {
        tags,
        summary: 'One version',
        params: Type.Object({ id: Id, version: Type.Integer({ minimum: 1, maximum: 2_000_000_000 }) }),
        response: { 200: VersionShape },
      },
    },
    async (request) => {
      const { id, version } = request.params
      return presentVersion(await findVersion(db, await web.viewer(request), { postId: id, version }))
    },
  )
}

function csvRoute(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/posts/:id/versions.csv',
    {
      schema: {
        tags,
        summary: 'History as CSV',
        params: IdParams,
        produces: ['text/csv'],
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      const versions = await fullVersions(db, await web.viewer(request), request.params.id)
      if (versions.length === 0) throw new NotFound()
      const rows = versions.map((v) => [
        v.version,
        v.at,
        v.by?.name ?? '',
        v.title,
        v.tags.join(' '),
        v.body,
        v.note,
      ])
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="post-${request.params.id}.csv"`)
        .send(toCsv([['version', 'at', 'by', 'title', 'tags', 'body', 'note'], ...rows]))
    },
  )
}
