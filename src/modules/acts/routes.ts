import { Type } from 'typebox'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { body, IdParams } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { whoOf } from './guards.ts'

/** What scripts tell when somebody shares a post. */
export function actRoutes(api: Server, web: Web): void {
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
