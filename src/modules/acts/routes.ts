import { Type } from 'typebox'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { body, Id, IdParams } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { whoOf } from './guards.ts'
import { kinds } from './kinds.ts'
import { readStats } from './stats.ts'

const Stats = Type.Object({
  post: Type.Object({ id: Id, title: Type.String() }),
  views: Type.Integer(),
  days: Type.Array(Type.Object({ day: Type.String({ format: 'date' }), views: Type.Integer() }), {
    description: 'Days with views of the last 30, newest first',
  }),
  people: Type.Array(Type.Object({ kind: Type.KeyOf(Type.Object(kinds)), people: Type.Integer() }), {
    description: 'How many people did what in the last 7 days',
  }),
  exposure: Type.Number({
    description: 'Arrivals, shares, votes, bookmarks and links taken in the last 7 days for each reader',
  }),
})

/** A post's numbers for its author, and what scripts tell when somebody shares a post. */
export function actRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const { timeZone } = web.deps.config
  api.get(
    '/posts/:id/stats',
    {
      schema: {
        tags: ['posts'],
        summary: 'Views by day and acts of the last week, for the author and moderators',
        params: IdParams,
        response: { 200: Stats },
      },
    },
    async (request) =>
      readStats(db, await web.member(request), { id: request.params.id, now: web.now(), timeZone }),
  )
  const how = Type.Union([Type.Literal('share'), Type.Literal('link')], {
    description: '`share`: sent on by the device, `link`: its address was taken',
  })
  api.post(
    '/posts/:id/share',
    {
      schema: {
        tags: ['posts'],
        summary: 'Note that a post is shared; answers its address to pass on',
        params: IdParams,
        body: body({ how }),
        response: { 200: Type.Object({ url: Type.String() }) },
      },
    },
    async (request) => {
      const viewer = await web.viewer(request)
      if (viewer) requireWriter(viewer)
      const post = await findVisiblePost(web.deps.db, viewer, { id: request.params.id })
      const who = whoOf(web, request, viewer?.id ?? null)
      web.deps.acts.note({ ...who, kind: request.body.how, postId: post.id })
      return { url: web.origin(request) + paths.postShared(post.id) }
    },
  )
}
