import { Type } from 'typebox'
import { knownDraft } from '#modules/drafts/discard.ts'
import { Author, AuthorName, presentAuthor } from '#modules/posts/presented.ts'
import { showPost } from '#modules/posts/show.ts'
import { apiPaths } from '#paths.ts'
import { toCsv } from '#platform/csv.ts'
import { countdownPage } from '#platform/cursor.ts'
import type { Server } from '#platform/http/server.ts'
import {
  body,
  DeleteReason,
  Id,
  IdParams,
  Instant,
  listOf,
  listQuery,
  Nothing,
  nullable,
  publishedDraft,
  SeenVersion,
} from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { acceptAnswer, deleteComment, editComment, findVisibleComment, restoreComment } from './comments.ts'
import type { CommentVersion, ShownComment } from './shapes.ts'
import { readComment, readThread } from './thread.ts'
import { findCommentVersion, listCommentVersions } from './versions.ts'
import { writeComment } from './writing.ts'

const tags = ['comments']
const CommentShape = Type.Object({
  id: Id,
  post: Id,
  parent: nullable(Id),
  depth: Type.Integer(),
  author: Author,
  html: Type.String({ description: 'Empty for a tombstone' }),
  version: Type.Integer(),
  createdAt: Instant,
  editedAt: nullable(Instant),
  votes: Type.Integer(),
  deleted: Type.Boolean(),
  accepted: Type.Boolean(),
  answer: Type.Boolean({ description: 'Whether it answers a question; else a comment or remark' }),
  mine: Type.Integer({ description: 'My vote' }),
})
const OneShape = Type.Object({
  ...CommentShape.properties,
  body: Type.String({ description: 'Markdown' }),
})
const ThreadShape = Type.Object({
  ...listOf(CommentShape).properties,
  more: Type.Array(
    Type.Object({
      below: nullable(Id),
      after: Type.String({ description: 'What `after` takes' }),
    }),
    {
      description: 'Answers with more below them than is shown; null: there are more remarks on the question',
    },
  ),
})
const WrittenShape = Type.Object({
  id: Id,
  post: Id,
  parent: nullable(Id),
  depth: Type.Integer(),
  answer: Type.Boolean(),
  body: Type.String(),
  html: Type.String(),
  version: Type.Integer(),
  createdAt: Instant,
  author: AuthorName,
  votes: Type.Integer(),
})
const VersionShape = Type.Object({
  version: Type.Integer(),
  body: Type.String(),
  html: Type.String(),
  by: AuthorName,
  at: Instant,
})

function presentComment(postId: number, comment: ShownComment) {
  const { parentId, createdAt, editedAt, myVote, avatar, ...rest } = comment
  return {
    ...rest,
    author: presentAuthor(comment.author, avatar),
    post: postId,
    parent: parentId,
    createdAt: createdAt.toISOString(),
    editedAt: editedAt?.toISOString() ?? null,
    mine: myVote,
  }
}

const presentVersion = (version: CommentVersion) => ({ ...version, at: version.at.toISOString() })

export function commentRoutes(api: Server, web: Web): void {
  readingRoutes(api, web)
  oneRoute(api, web)
  writingRoutes(api, web)
  changeRoutes(api, web)
  commentVersionRoutes(api, web)
  acceptRoutes(api, web)
}

function readingRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/posts/:id/comments',
    {
      schema: {
        tags,
        summary: 'Comments in reading order',
        params: IdParams,
        querystring: Type.Object({
          order: Type.Optional(
            Type.Union([Type.Literal('votes'), Type.Literal('date')], {
              default: 'votes',
              description: 'Most votes first, or oldest first',
            }),
          ),
          ...listQuery,
        }),
        response: { 200: ThreadShape },
      },
    },
    async (request) => {
      const viewer = await web.viewer(request)
      const { order = 'votes', after = null, limit = 20 } = request.query
      const post = await showPost(db, viewer, request.params.id)
      const {
        comments,
        remarks,
        more = [],
        next,
      } = await readThread(db, viewer, { post, order, after, limit })
      const items = [...remarks, ...comments].map((comment) => presentComment(post.id, comment))
      return { items, more: [...more], next }
    },
  )
}

function oneRoute(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/comments/:id',
    { schema: { tags, summary: 'A comment', params: IdParams, response: { 200: OneShape } } },
    async (request) => {
      const viewer = await web.viewer(request)
      const { id } = request.params
      const { postId } = await findVisibleComment(db, viewer, { id })
      const post = await showPost(db, viewer, postId)
      const { body, ...comment } = await readComment(db, viewer, { post, id })
      return { ...presentComment(postId, comment), body }
    },
  )
}

function writingRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.post(
    '/posts/:id/comments',
    {
      schema: {
        tags,
        summary: 'Comment, answer or reply',
        params: IdParams,
        body: body({
          body: Type.String(),
          parent: Type.Optional(nullable(Id)),
          remark: Type.Optional(
            Type.Boolean({ description: 'On a question: about the question, no answer' }),
          ),
          ...publishedDraft,
        }),
        response: { 201: WrittenShape },
      },
    },
    async (request, reply) => {
      const viewer = await web.member(request)
      const { body: typed, parent = null, remark = false, ...known } = request.body
      const draft = knownDraft({ ...known, body: typed })
      const now = web.now()
      const input = { postId: request.params.id, body: typed, parentId: parent, remark, draft, now }
      const { id, postId, depth, isAnswer, body: text, html } = await writeComment(db, viewer, input)
      const author = { id: viewer.id, name: viewer.name }
      const written = {
        id,
        post: postId,
        parent,
        depth,
        answer: isAnswer,
        body: text,
        html,
        version: 1,
        author,
        votes: 0,
      }
      return reply
        .code(201)
        .header('location', apiPaths.comment(id))
        .send({ ...written, createdAt: now.toISOString() })
    },
  )
}

function changeRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  api.patch(
    '/comments/:id',
    {
      schema: {
        tags,
        summary: 'Edit a comment: adds a version',
        params: IdParams,
        body: body({ body: Type.String(), version: Type.Optional(SeenVersion) }),
        response: { 200: VersionShape },
      },
    },
    async (request) => {
      const viewer = await web.viewer(request)
      const { body: text, version = null } = request.body
      const edited = await editComment(db, viewer, {
        id: request.params.id,
        body: text,
        baseVersion: version,
        now: web.now(),
      })
      return presentVersion(
        await findCommentVersion(db, viewer, { commentId: edited.id, version: edited.version }),
      )
    },
  )
  api.delete(
    '/comments/:id',
    {
      schema: {
        tags,
        summary: 'Delete a comment (softly)',
        params: IdParams,
        querystring: Type.Object({ reason: Type.Optional(DeleteReason) }),
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const { reason = '' } = request.query
      await deleteComment(db, await web.viewer(request), { id: request.params.id, reason, now: web.now() })
      return reply.code(204).send(null)
    },
  )
  api.put(
    '/comments/:id/restored',
    {
      schema: { tags, summary: 'Bring a deleted comment back', params: IdParams, response: { 204: Nothing } },
    },
    async (request, reply) => {
      await restoreComment(db, await web.viewer(request), { id: request.params.id, now: web.now() })
      return reply.code(204).send(null)
    },
  )
}

function commentVersionRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const list = { querystring: Type.Object(listQuery), response: { 200: listOf(VersionShape) } }
  api.get(
    '/comments/:id/versions',
    { schema: { tags, summary: 'History, newest first', params: IdParams, ...list } },
    async (request) => {
      const { pageOf, ...page } = countdownPage(request.query)
      const asked = { commentId: request.params.id, ...page }
      const versions = await listCommentVersions(db, await web.viewer(request), asked)
      return pageOf(versions.map(presentVersion))
    },
  )
  api.get(
    '/comments/:id/versions/:version',
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
      return presentVersion(
        await findCommentVersion(db, await web.viewer(request), { commentId: id, version }),
      )
    },
  )
  api.get(
    '/comments/:id/versions.csv',
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
      const versions = await listCommentVersions(db, await web.viewer(request), {
        commentId: request.params.id,
      })
      const rows = versions.reverse().map((v) => [v.version, v.at, v.by?.name ?? '', v.body])
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="comment-${request.params.id}.csv"`)
        .send(toCsv([['version', 'at', 'by', 'body'], ...rows]))
    },
  )
}

function acceptRoutes(api: Server, web: Web): void {
  const { db } = web.deps
  const response = { 200: Type.Object({ accepted: nullable(Id) }) }
  api.put(
    '/posts/:id/accepted',
    {
      schema: { tags, summary: 'Accept an answer', params: IdParams, body: body({ comment: Id }), response },
    },
    async (request) => {
      const { comment } = request.body
      await acceptAnswer(db, await web.viewer(request), {
        postId: request.params.id,
        commentId: comment,
        now: web.now(),
      })
      return { accepted: comment }
    },
  )
  api.delete(
    '/posts/:id/accepted',
    { schema: { tags, summary: 'No accepted answer any more', params: IdParams, response } },
    async (request) => {
      await acceptAnswer(db, await web.viewer(request), {
        postId: request.params.id,
        commentId: null,
        now: web.now(),
      })
      return { accepted: null }
    },
  )
}
