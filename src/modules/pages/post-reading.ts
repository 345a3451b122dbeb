import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isReading, viewsAhead } from '#modules/acts/guards.ts'
import { findVisibleComment } from '#modules/comments/comments.ts'
import type { CommentOrder, CommentPage } from '#modules/comments/shapes.ts'
import { pageOfComment, readThread } from '#modules/comments/thread.ts'
import { newsIn } from '#modules/comments/views.ts'
import { aboutPost } from '#modules/machines/about-views.ts'
import { countUnread } from '#modules/notifications/list.ts'
import { markNotificationsRead } from '#modules/notifications/read.ts'
import { canAccept, canComment, canDelete, canEdit, canRestore } from '#modules/posts/policy.ts'
import { findUnread, markRead, type SeenComments } from '#modules/posts/reading.ts'
import { ownOf, type PostToShow, showPost, withOwn } from '#modules/posts/show.ts'
import { paths, titleSlug } from '#paths.ts'
import { dependsOn } from '#platform/http/page-cache.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, IdParams } from '#platform/http/shapes.ts'
import { keptPage } from '#ui/kept.ts'
import type { Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { historyPages } from './history.ts'
import { shownInThread } from './shown.ts'
import { postPage } from './views/post.ts'
import { valuesOfComment } from './writing.ts'

/** Comments a page of a discussion, answers a page of a question. */
const threadSize = { discussion: 50, question: 20 } as const

const ThreadQuery = Type.Object({
  order: Type.Optional(Type.Union([Type.Literal('votes'), Type.Literal('date')])),
  after: Type.Optional(Type.String({ maxLength: 100 })),
})
/** What changes nothing for guests. */
const MemberQuery = Type.Object({
  ...ThreadQuery.properties,
  /** Links to a next page say so to members: all pages before it were shown. */
  from: Type.Optional(Type.String({ maxLength: 20 })),
  /** What a form had become already that was sent once more: the post, or one of its comments. */
  again: Type.Optional(Type.String({ maxLength: 20 })),
})
type Query = { order?: CommentOrder; after?: string; from?: string; again?: string }

export function postReadingPages(pages: Server, web: Web): void {
  const { db } = web.deps
  historyPages(pages, web)

  const schema = { querystring: MemberQuery }
  pages.get('/p/:id', { schema: { ...schema, params: IdParams } }, async (request, reply) => {
    const post = await showPost(db, await web.viewer(request), request.params.id)
    return reply.redirect(paths.post(post, request.query), 301)
  })
  const params = Type.Object({ id: Id, slug: Type.String({ maxLength: 500 }) })
  const ofPost = { schema: { ...schema, params }, config: keptPage(ThreadQuery) }
  pages.get('/p/:id/:slug', ofPost, async (request, reply) => {
    const { id, slug } = request.params
    const page = await web.page(request)
    const post = await showPost(db, page.viewer, id)
    // The title changed since the link was made, or somebody shortened it: one address a post.
    if (!post.deleted && slug !== titleSlug(post.title))
      return reply.redirect(paths.post(post, request.query), 301)
    return showThread(web, { page, shared: post, query: request.query, reply, request })
  })

  const ofComment = {
    params: IdParams,
    querystring: Type.Object({ again: Type.Optional(Type.Literal('1')) }),
  }
  pages.get('/c/:id', { schema: ofComment }, async (request, reply) => {
    const viewer = await web.viewer(request)
    const comment = await findVisibleComment(db, viewer, { id: request.params.id, deleted: true })
    const post = await showPost(db, viewer, comment.postId)
    const limit = threadSize[post.kind]
    const after = await pageOfComment(db, { post, path: comment.path, limit })
    const again = request.query.again ? String(comment.id) : null
    return reply.redirect(`${paths.post(post, { after, again })}#c${comment.id}`, 302)
  })
}

type Shown = { page: Page; shared: PostToShow; query: Query; reply: FastifyReply; request: FastifyRequest }

async function showThread(web: Web, { page, shared, query, reply, request }: Shown) {
  const { viewer } = page
  const { order = 'votes', after = null } = query
  const { db } = web.deps
  const [own, thread, ahead] = await Promise.all([
    viewer && ownOf(db, viewer, shared.id),
    readThread(db, viewer, { post: shared, order, after, limit: threadSize[shared.kind] }),
    viewsAhead(web, { request, postId: shared.id, memberId: viewer?.id ?? null }),
  ])
  const seen = own ? withOwn(shared, own) : shared
  const post = { ...seen, views: seen.views + ahead }
  dependsOn(request, shownInThread(post, thread))
  const may = {
    edit: canEdit(viewer, post),
    delete: canDelete(viewer, post),
    restore: canRestore(viewer, post),
    comment: canComment(viewer, post),
    accept: post.kind === 'question' && canAccept(viewer, post),
  }
  const reading = { page, post, thread, turned: query.from === 'first', request }
  const body = postPage(page, {
    post,
    may,
    thread,
    order,
    follow: post.follow ?? null,
    unread: await unreadBelow(web, reading),
    turned: reading.turned,
    again: query.again ?? null,
    // Whoever comes back to a comment goes on with it.
    state: { values: valuesOfComment(post.begun), errors: {} },
  })
  if (viewer && !post.deleted) noteReading(web, reading)
  const unread = await readNotifications(web, reading)
  const title = post.title || page.words.post.deletedTitle
  return web.show(
    post.deleted ? reply.code(410) : reply,
    { ...page, unread },
    {
      title,
      body,
      modules: viewer ? ['main'] : [],
      offline: !post.deleted,
      ...aboutPost(page, { post, thread, after }),
    },
  )
}

type Reading = { page: Page; post: PostToShow; thread: CommentPage; turned: boolean; request: FastifyRequest }

const idsIn = ({ comments, remarks }: CommentPage) => [...comments, ...remarks].map(({ id }) => id)

function seenBy({ post, thread, turned }: Reading): SeenComments {
  const { lastReadCommentId, readAt = null } = post.mine ?? {}
  const isTree = post.kind === 'discussion'
  const ids = idsIn(thread)
  return {
    postId: post.id,
    lastRead: lastReadCommentId ?? 0,
    ids,
    // Answers stand in the order of their votes: only the last page has all others before it.
    turnedSince: turned && (isTree || thread.next === null) ? readAt : null,
    first: isTree ? (ids[0] ?? null) : null,
  }
}

/** Where a long thread goes on for who stopped before its end: the page that they come to first shows nothing of it. */
async function unreadBelow(web: Web, reading: Reading): Promise<number | null> {
  const { page, post, thread } = reading
  const lastRead = post.mine?.lastReadCommentId ?? null
  if (!page.viewer || lastRead === null || thread.previous || !thread.next) return null
  if (newsIn(page, reading).length > 0) return null
  return findUnread(web.deps.db, page.viewer, seenBy(reading))
}

/** What the page shows needs no notification any more. @returns how many are unread then */
async function readNotifications(web: Web, { page, post, thread, request }: Reading): Promise<number | null> {
  const { viewer, unread, now } = page
  if (!viewer || !post.tellsOf || !isReading(request)) return unread
  const shown = { postId: post.id, commentIds: idsIn(thread), now }
  if ((await markNotificationsRead(web.deps.db, viewer, shown)) === 0) return unread
  web.deps.notifier.bell.ring([viewer.id])
  return countUnread(web.deps.db, viewer)
}

/** After the answer is on its way: what was read is worth no waiting, and only what is new is written. */
function noteReading(web: Web, reading: Reading): void {
  const { page, post, thread, request } = reading
  const { viewer, now } = page
  if (!viewer || !post.mine) return
  const { lastReadCommentId: known, readComments } = post.mine
  const isNews = thread.previous
    ? idsIn(thread).some((id) => known === null || id > known)
    : newsIn(page, reading).length > 0
  if (known !== null && !isNews && readComments === post.comments) return
  const read = { ...seenBy(reading), comments: post.comments, opens: !thread.previous && isNews, now }
  markRead(web.deps.db, viewer, read).catch((error: unknown) =>
    request.log.warn({ err: error }, 'reading was not noted'),
  )
}
