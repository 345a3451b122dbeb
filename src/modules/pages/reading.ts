import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { on } from '#freshness.ts'
import { hasAdministrator } from '#modules/accounts/accounts.ts'
import { findProfile } from '#modules/accounts/members.ts'
import { successorOf } from '#modules/boards/archiving.ts'
import { boardTree, findBranch } from '#modules/boards/boards.ts'
import { canArrange, canWrite } from '#modules/boards/policy.ts'
import { commentsOfMember } from '#modules/comments/of-member.ts'
import { followOf } from '#modules/follows/follows.ts'
import { aboutBoard, aboutBoards, aboutHome, aboutMember, aboutTag } from '#modules/machines/about-views.ts'
import { listDeleted } from '#modules/posts/deleted.ts'
import { type ListScope, listPinned, listPosts, shownInList } from '#modules/posts/queries.ts'
import type { PostList, PostSort, TopPeriod } from '#modules/posts/shapes.ts'
import { personalBlock } from '#modules/rights/people.ts'
import { paths } from '#paths.ts'
import type { Db } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import { dependsOn } from '#platform/http/page-cache.ts'
import type { Server } from '#platform/http/server.ts'
import { keptPage } from '#ui/kept.ts'
import type { Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { feedPages } from './feeds.ts'
import { postReadingPages } from './post-reading.ts'
import { boardPage, boardsPage, homePage, type Listing, tagPage } from './views/lists.ts'
import { bookmarksPage, memberPage } from './views/member.ts'

export const pageSize = 25

const Sort = Type.Union([
  Type.Literal('latest'),
  Type.Literal('hot'),
  Type.Literal('top'),
  Type.Literal('active'),
])
const Period = Type.Union([
  Type.Literal('day'),
  Type.Literal('week'),
  Type.Literal('month'),
  Type.Literal('year'),
  Type.Literal('all'),
])
const After = Type.Optional(Type.String({ maxLength: 100 }))
const ListQuery = Type.Object({ sort: Type.Optional(Sort), period: Type.Optional(Period), after: After })
type Query = { sort?: PostSort; period?: TopPeriod; after?: string }
const defaultSort = 'latest'
const modulesFor = (page: Page) => (page.viewer ? ['main'] : [])

/** The pages that one reads: lists, boards, members, posts. */
export function readingPages(pages: Server, web: Web): void {
  homeAndTags(pages, web)
  boardPages(pages, web)
  memberPages(pages, web)
  deletedPages(pages, web)
  bookmarkPages(pages, web)
  feedPages(pages, web)
  postReadingPages(pages, web)
}

async function listing(web: Web, page: Page, given: { scope: ListScope; query: Query }): Promise<Listing> {
  const { sort = defaultSort, period = 'all', after = null } = given.query
  const list = await listPosts(web.deps.db, page.viewer, {
    scope: given.scope,
    sort,
    period,
    after,
    limit: pageSize,
    now: page.now,
  })
  return { list, sort, period, after, defaultSort }
}

const BoardQuery = Type.Object({ ...ListQuery.properties, done: Type.Optional(Type.Literal('joined')) })
const HomeQuery = Type.Object({
  ...ListQuery.properties,
  done: Type.Optional(Type.Union([Type.Literal('joined'), Type.Literal('left')])),
})

function homeAndTags(pages: Server, web: Web): void {
  const { db } = web.deps
  pages.get(
    '/',
    { schema: { querystring: HomeQuery }, config: keptPage(HomeQuery) },
    async (request, reply) => {
      const page = await web.page(request)
      const [list, boards] = await Promise.all([
        listing(web, page, { scope: { in: 'everywhere' }, query: request.query }),
        boardTree(db, page.viewer),
      ])
      dependsOn(request, shownInList(list.sort, list.list.posts))
      const isUnset = list.list.posts.length === 0 && !(await hasAdministrator(db))
      const body = homePage(page, { listing: list, boards, done: request.query.done, isUnset })
      return web.show(reply, page, {
        title: page.site.name,
        body,
        current: 'home',
        width: 'wide',
        offline: true,
        ...aboutHome(page, list.after),
        modules: modulesFor(page),
      })
    },
  )

  const params = Type.Object({ tag: Type.String({ maxLength: 200 }) })
  const ofTag = { schema: { params, querystring: ListQuery }, config: keptPage(ListQuery) }
  pages.get('/t/:tag', ofTag, async (request, reply) => {
    const page = await web.page(request)
    const tag = request.params.tag.normalize('NFC').toLowerCase()
    const list = await listing(web, page, { scope: { in: 'tag', tag }, query: request.query })
    dependsOn(request, shownInList(list.sort, list.list.posts))
    return web.show(reply, page, {
      title: page.words.list.tag({ name: tag }),
      body: tagPage(page, { tag, listing: list, follow: await followOf(db, page.viewer, { tag }) }),
      width: 'list',
      ...aboutTag(page, { tag, after: list.after, empty: list.list.posts.length === 0 }),
      modules: modulesFor(page),
    })
  })
}

function boardPages(pages: Server, web: Web): void {
  const { db } = web.deps
  pages.get('/boards', { config: keptPage() }, async (request, reply) => {
    // How many posts each board has.
    dependsOn(request, [on.posts])
    const page = await web.page(request)
    const body = boardsPage(page, {
      boards: await boardTree(db, page.viewer),
      mayArrange: canArrange(page.viewer),
    })
    const title = page.words.site.boards
    return web.show(reply, page, {
      title,
      body,
      current: 'boards',
      ...aboutBoards(page),
      modules: modulesFor(page),
    })
  })

  const params = Type.Object({ slug: Type.String({ maxLength: 200 }) })
  const ofBoard = { schema: { params, querystring: BoardQuery }, config: keptPage(BoardQuery) }
  pages.get('/b/:slug', ofBoard, async (request, reply) => {
    const page = await web.page(request)
    const { slug } = request.params
    const branch = await findBranch(db, page.viewer, slug).catch(ifGone)
    if (!branch) return goToSuccessor(reply, page, slug)
    const { board, above, ids } = branch
    const list = await listing(web, page, { scope: { in: 'boards', ids }, query: request.query })
    const shown = list.after === null ? await withPinned(page, list, board.id) : list
    dependsOn(request, shownInList(list.sort, shown.list.posts))
    const mayWrite = canWrite(page.viewer, board)
    const follow = await followOf(db, page.viewer, { board: board.slug })
    return web.show(reply, page, {
      title: board.name,
      offline: true,
      body: boardPage(page, { board, above, listing: shown, mayWrite, follow, done: request.query.done }),
      current: 'boards',
      width: 'list',
      ...aboutBoard(page, { board, above, after: list.after }),
      modules: modulesFor(page),
    })
  })

  /** @throws NotFound when no board took the posts of one that was there */
  async function goToSuccessor(reply: FastifyReply, { viewer }: Page, slug: string) {
    const successor = await successorOf(db, viewer, slug)
    if (successor === null) throw new NotFound()
    return reply.redirect(paths.board(successor), 302)
  }

  /** On the first page the board's pinned posts stand on top, once. */
  async function withPinned(page: Page, given: Listing, boardId: number): Promise<Listing> {
    const pinned = await listPinned(db, page.viewer, boardId)
    if (pinned.length === 0) return given
    const rest = given.list.posts.filter((post) => !pinned.some((other) => other.id === post.id))
    const list: PostList = { posts: [...pinned, ...rest], next: given.list.next }
    return { ...given, list }
  }
}

function ifGone(error: unknown): null {
  if (error instanceof NotFound) return null
  throw error
}

function memberPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const params = Type.Object({ name: Type.String({ maxLength: 200 }) })
  const query = Type.Object({ after: After })

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    given: { name: string; what: 'posts' | 'comments'; after: string | null },
  ) {
    const page = await web.page(request)
    const member = await findProfile(db, given.name, page.now)
    const { after, what } = given
    const scope = { in: 'author', memberId: member.id } as const
    const limit = pageSize
    const posts =
      what === 'posts'
        ? await listPosts(db, page.viewer, { scope, sort: 'latest', after, limit, now: page.now })
        : null
    const comments =
      what === 'comments'
        ? await commentsOfMember(db, page.viewer, { memberId: member.id, after, limit })
        : null
    const shown = posts
      ? { what: 'posts' as const, posts: posts.posts }
      : { what: 'comments' as const, comments: comments?.comments ?? [] }
    dependsOn(request, [on.member(member.id), on.comments, ...shownInList('latest', posts?.posts ?? [])])
    for (const comment of comments?.comments ?? []) dependsOn(request, [on.post(comment.post.id)])
    const body = memberPage(page, {
      member,
      ...(await tiesTo(db, page, member.id)),
      show: shown,
      next: posts?.next ?? comments?.next ?? null,
      after,
    })
    const own = page.viewer?.id === member.id
    return web.show(reply, page, {
      title: member.name,
      body,
      width: 'list',
      ...aboutMember(page, { member, what, after }),
      modules: modulesFor(page),
      ...(own ? { current: 'me' as const } : {}),
    })
  }

  const schema = { schema: { params, querystring: query }, config: keptPage(query) }
  pages.get('/m/:name', schema, (request, reply) =>
    show(request, reply, { name: request.params.name, what: 'posts', after: request.query.after ?? null }),
  )
  pages.get('/m/:name/comments', schema, (request, reply) =>
    show(request, reply, { name: request.params.name, what: 'comments', after: request.query.after ?? null }),
  )
}

/** What binds the reader to a member. */
async function tiesTo(db: Db, { viewer }: Page, id: number) {
  return {
    keptAway: await personalBlock(db, viewer, id),
    follow: await followOf(db, viewer, { member: id }),
  }
}

/** What a member wrote and somebody deleted, for the member and for moderators. */
function deletedPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const params = Type.Object({ name: Type.String({ maxLength: 200 }) })
  const query = Type.Object({ after: After })
  pages.get('/m/:name/deleted', { schema: { params, querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const member = await findProfile(db, request.params.name, page.now)
    const after = request.query.after ?? null
    const asked = { memberId: member.id, after, limit: pageSize }
    const { posts, next } = await listDeleted(db, page.viewer, asked)
    const show = { what: 'deleted' as const, deleted: posts }
    return web.show(reply, page, {
      title: `${page.words.member.deleted} · ${member.name}`,
      body: memberPage(page, { member, ...(await tiesTo(db, page, member.id)), show, next, after }),
      width: 'list',
      modules: ['main'],
      robots: 'noindex',
      ...(page.viewer.id === member.id ? { current: 'me' as const } : {}),
    })
  })
}

function bookmarkPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({ after: After })
  pages.get('/bookmarks', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const after = request.query.after ?? null
    const { posts, next } = await listPosts(db, page.viewer, {
      scope: { in: 'bookmarks' },
      sort: 'latest',
      after,
      limit: pageSize,
      now: page.now,
    })
    return web.show(reply, page, {
      title: page.words.list.bookmarksTitle,
      body: bookmarksPage(page, { posts, next, after }),
      current: 'me',
      width: 'list',
      modules: ['main'],
      robots: 'noindex',
    })
  })
}
