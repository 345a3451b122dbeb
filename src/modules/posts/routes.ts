import { Type } from 'typebox'
import { findProfile } from '#modules/accounts/members.ts'
import { viewsAhead } from '#modules/acts/guards.ts'
import { findBranch } from '#modules/boards/boards.ts'
import { knownDraft } from '#modules/drafts/discard.ts'
import { apiPaths } from '#paths.ts'
import { NotFound } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import {
  body,
  DeleteReason,
  IdParams,
  listOf,
  listQuery,
  Nothing,
  publishedDraft,
  SeenVersion,
} from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { listDeleted } from './deleted.ts'
import { canSee } from './policy.ts'
import { deletePost, editPost, publishPost, renderBody, restorePost } from './posts.ts'
import {
  DeletedPostShape,
  Kind,
  ListedPostShape,
  PostShape,
  presentDeleted,
  presentListed,
  presentPost,
} from './presented.ts'
import { countNews, type ListScope, listPosts } from './queries.ts'
import { bookmarkPost, unbookmarkPost } from './reading.ts'
import { postLimits } from './rules.ts'
import { showSource } from './show.ts'

const tags = ['posts']
const SlugParams = Type.Object({ slug: Type.String({ maxLength: 200 }) })
const Sort = Type.Union(
  [Type.Literal('latest'), Type.Literal('hot'), Type.Literal('top'), Type.Literal('active')],
  {
    default: 'latest',
    description: 'By the time of writing, by what is going on, by votes, or by the last comment',
  },
)
const Period = Type.Union(
  [
    Type.Literal('day'),
    Type.Literal('week'),
    Type.Literal('month'),
    Type.Literal('year'),
    Type.Literal('all'),
  ],
  { description: 'With `sort=top`: written that long ago at most' },
)
const ListQuery = Type.Object({ sort: Type.Optional(Sort), period: Type.Optional(Period), ...listQuery })
const TagList = Type.Array(Type.String(), { maxItems: 20 })

export function postRoutes(api: Server, web: Web): void {
  listRoutes(api, web)
  onePostRoutes(api, web)
  deletionRoutes(api, web)
  bookmarkRoutes(api, web)
  const { db } = web.deps

  api.post(
    '/boards/:slug/posts',
    {
      schema: {
        tags,
        summary: 'Publish a post',
        description: `Title at most ${postLimits.title} characters, body at most ${postLimits.body}, ${postLimits.tags} tags.`,
        params: SlugParams,
        body: body({
          title: Type.String(),
          body: Type.String(),
          kind: Type.Optional(Kind),
          tags: Type.Optional(TagList),
          ...publishedDraft,
        }),
        response: { 201: PostShape },
      },
    },
    async (request, reply) => {
      const viewer = await web.viewer(request)
      const { draft, draftVersion, kind, tags: typed, ...text } = request.body
      const post = await publishPost(db, viewer, {
        ...text,
        board: request.params.slug,
        ...(kind ? { kind } : {}),
        tags: typed ?? [],
        draft: knownDraft({ draft, draftVersion, body: text.body }),
        now: web.now(),
      })
      reply.code(201).header('location', apiPaths.post(post.id))
      return reply.send(presentPost(await showSource(db, viewer, post.id)))
    },
  )

  api.post(
    '/preview',
    {
      config: { cleansText: true },
      schema: {
        tags,
        summary: 'Markdown as it will look',
        body: body({ body: Type.String({ maxLength: postLimits.body * 2 }) }),
        response: { 200: Type.Object({ html: Type.String() }) },
      },
    },
    async (request) => {
      await web.member(request)
      return { html: await renderBody(db, request.body.body) }
    },
  )
}

function listRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const list = { querystring: ListQuery, response: { 200: listOf(ListedPostShape) } }
  type Query = {
    sort?: 'latest' | 'hot' | 'top' | 'active'
    period?: 'day' | 'week' | 'month' | 'year' | 'all'
    after?: string
    limit?: number
  }
  const answer = async (viewer: Awaited<ReturnType<Web['viewer']>>, scope: ListScope, query: Query) => {
    const { sort = 'latest', period = 'all', after = null, limit = 20 } = query
    const { posts, next } = await listPosts(db, viewer, { scope, sort, period, after, limit, now: web.now() })
    return { items: posts.map(presentListed), next }
  }

  api.get('/posts', { schema: { tags, summary: 'Posts of all boards', ...list } }, async (request) =>
    answer(await web.viewer(request), { in: 'everywhere' }, request.query),
  )
  api.get(
    '/boards/:slug/posts',
    { schema: { tags, summary: 'Posts of a board and the boards below it', params: SlugParams, ...list } },
    async (request) => {
      const viewer = await web.viewer(request)
      const { ids } = await findBranch(db, viewer, request.params.slug)
      return answer(viewer, { in: 'boards', ids }, request.query)
    },
  )
  deletedRoute(api, web)
  api.get('/me/bookmarks', { schema: { tags, summary: 'My bookmarks', ...list } }, async (request) =>
    answer(await web.member(request), { in: 'bookmarks' }, request.query),
  )

  const news = {
    querystring: Type.Object({
      since: Type.String({ format: 'date-time', description: 'Posts after this time are counted' }),
    }),
    response: { 200: Type.Object({ count: Type.Integer({ maximum: 99 }) }) },
  }
  api.get(
    '/news',
    { schema: { tags, summary: 'How many posts are newer, up to 99', ...news } },
    async (request) => {
      const viewer = await web.viewer(request)
      return { count: await countNews(db, viewer, { boardIds: null, since: new Date(request.query.since) }) }
    },
  )
  api.get(
    '/boards/:slug/news',
    {
      schema: { tags, summary: 'How many posts of a board are newer, up to 99', params: SlugParams, ...news },
    },
    async (request) => {
      const viewer = await web.viewer(request)
      const { ids } = await findBranch(db, viewer, request.params.slug)
      return { count: await countNews(db, viewer, { boardIds: ids, since: new Date(request.query.since) }) }
    },
  )
}

function deletedRoute(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/members/:name/deleted-posts',
    {
      schema: {
        tags,
        summary:
          'Deleted posts of a member, last deleted first (moderators; the member, of what they deleted themselves)',
        params: Type.Object({ name: Type.String({ maxLength: 200 }) }),
        querystring: Type.Object(listQuery),
        response: { 200: listOf(DeletedPostShape) },
      },
    },
    async (request) => {
      const viewer = await web.member(request)
      const { id: memberId } = await findProfile(db, request.params.name, web.now())
      const { after = null, limit = 20 } = request.query
      const { posts, next } = await listDeleted(db, viewer, { memberId, after, limit })
      return { items: posts.map(presentDeleted), next }
    },
  )
}

function onePostRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/posts/:id',
    { schema: { tags, summary: 'A post', params: IdParams, response: { 200: PostShape } } },
    async (request) => {
      const viewer = await web.viewer(request)
      const post = await showSource(db, viewer, request.params.id)
      if (!canSee(viewer, post)) throw new NotFound()
      const ahead = await viewsAhead(web, { request, postId: post.id, memberId: viewer?.id ?? null })
      return presentPost({ ...post, views: post.views + ahead })
    },
  )
  api.patch(
    '/posts/:id',
    {
      schema: {
        tags,
        summary: 'Edit a post: adds a version',
        params: IdParams,
        body: body({
          title: Type.Optional(Type.String()),
          body: Type.Optional(Type.String()),
          tags: Type.Optional(TagList),
          note: Type.Optional(Type.String({ description: 'Why' })),
          version: Type.Optional(SeenVersion),
        }),
        response: { 200: PostShape },
      },
    },
    async (request) => {
      const viewer = await web.viewer(request)
      const { version, ...change } = request.body
      await editPost(db, viewer, {
        ...change,
        id: request.params.id,
        baseVersion: version ?? null,
        now: web.now(),
      })
      return presentPost(await showSource(db, viewer, request.params.id))
    },
  )
}

function deletionRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.delete(
    '/posts/:id',
    {
      schema: {
        tags,
        summary: 'Delete a post (softly)',
        params: IdParams,
        querystring: Type.Object({ reason: Type.Optional(DeleteReason) }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const { reason = '' } = request.query
      await deletePost(db, await web.viewer(request), { id: request.params.id, reason, now: web.now() })
      return reply.code(204).send(null)
    },
  )
  api.put(
    '/posts/:id/restored',
    {
      schema: { tags, summary: 'Bring a deleted post back', params: IdParams, response: { 200: PostShape } },
    },
    async (request) => {
      const viewer = await web.viewer(request)
      await restorePost(db, viewer, { id: request.params.id, now: web.now() })
      return presentPost(await showSource(db, viewer, request.params.id))
    },
  )
}

function bookmarkRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const response = { 200: Type.Object({ bookmarked: Type.Boolean() }) }
  api.put(
    '/posts/:id/bookmark',
    { schema: { tags, summary: 'Bookmark', params: IdParams, response } },
    async (request) => {
      await bookmarkPost(db, await web.member(request), { id: request.params.id, now: web.now() })
      return { bookmarked: true }
    },
  )
  api.delete(
    '/posts/:id/bookmark',
    { schema: { tags, summary: 'Take the bookmark away', params: IdParams, response } },
    async (request) => {
      await unbookmarkPost(db, await web.member(request), { id: request.params.id })
      return { bookmarked: false }
    },
  )
}
