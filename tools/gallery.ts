/**
 * Every view with invented data, for looking at and for taking pictures: `node tools/gallery.ts [PORT]`.
 * `/` lists the pages; `?lang=en`, `?theme=dark` and `?as=guest|member|moderator` choose how they are shown.
 */
import { createServer } from 'node:http'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { errorPage } from '#modules/pages/views/errors.ts'
import { historyPage, versionPage } from '#modules/pages/views/history.ts'
import { boardPage, boardsPage, homePage, type Listing, tagPage } from '#modules/pages/views/lists.ts'
import { bookmarksPage, memberPage } from '#modules/pages/views/member.ts'
import { postPage } from '#modules/pages/views/post.ts'
import { loadAssets } from '#platform/assets.ts'
import { html } from '#platform/html.ts'
import {
  boardsIn,
  listedPosts,
  now,
  pageFor,
  shownComments,
  shownPost,
  threadOf,
  viewerNamed,
} from '#test/support/fixtures.ts'
import { type DocumentOptions, document } from '#ui/document.ts'
import type { Page } from '#ui/page.ts'

type View = (page: Page) => DocumentOptions

const emptyForm = { values: {}, errors: {} }
const rights = (viewer: Viewer | null) => {
  const may = viewer !== null && !viewer.blocked
  const moderates = may && viewer.role !== 'member'
  return { edit: moderates, delete: moderates, restore: false, comment: may, accept: may }
}

function listing(page: Page, given: Partial<Listing> = {}): Listing {
  const posts = listedPosts(page.language, { member: page.viewer !== null })
  return {
    list: { posts, next: 'more' },
    sort: 'latest',
    period: 'week',
    after: null,
    defaultSort: 'latest',
    ...given,
  }
}

const empty = { list: { posts: [], next: null } }
const mineOf = (page: Page) =>
  page.viewer
    ? { vote: 1 as const, bookmarked: true, lastReadCommentId: 112, readAt: null, readComments: 12 }
    : null
const act = {
  by: { id: 3, name: '돌담길' },
  at: new Date('2026-11-20T02:00:00Z'),
  reason: '같은 이야기가 반복되어서',
}

function firstBoard(page: Page) {
  const board = boardsIn(page.language)[0]
  if (!board) throw new Error('no board')
  return board
}

const views: Record<string, View> = {
  home: (page) => ({
    title: page.site.name,
    width: 'wide',
    current: 'home',
    body: homePage(page, { listing: listing(page), boards: boardsIn(page.language) }),
  }),
  'home-top': (page) => ({
    title: page.site.name,
    width: 'wide',
    body: homePage(page, {
      listing: listing(page, { sort: 'top', after: 'x' }),
      boards: boardsIn(page.language),
    }),
  }),
  'home-empty': (page) => ({
    title: page.site.name,
    width: 'wide',
    body: homePage(page, { listing: listing(page, empty), boards: [] }),
  }),
  board: (page) => ({
    title: firstBoard(page).name,
    width: 'list',
    current: 'boards',
    body: boardPage(page, {
      board: firstBoard(page),
      above: boardsIn(page.language).slice(1, 3),
      listing: listing(page),
      mayWrite: page.viewer !== null,
    }),
  }),
  'board-empty': (page) => ({
    title: firstBoard(page).name,
    width: 'list',
    body: boardPage(page, {
      board: firstBoard(page),
      above: [],
      listing: listing(page, empty),
      mayWrite: page.viewer !== null,
    }),
  }),
  tag: (page) => ({
    title: '#가을',
    width: 'list',
    body: tagPage(page, { tag: '가을', listing: listing(page) }),
  }),
  boards: (page) => ({
    title: page.words.boards.title,
    current: 'boards',
    body: boardsPage(page, {
      boards: boardsIn(page.language),
      mayArrange: page.viewer?.role === 'administrator',
    }),
  }),
  question: (page) => ({
    title: shownPost(page.language).title,
    body: postPage(page, {
      post: shownPost(page.language, { mine: mineOf(page) }),
      thread: threadOf(shownComments(page.language, { question: true }), {
        next: 'more',
        remarks: shownComments(page.language)
          .slice(12, 14)
          .map((one) => ({ ...one, id: one.id + 500, depth: 0 })),
      }),
      order: 'votes',
      may: rights(page.viewer),
      state: emptyForm,
    }),
  }),
  post: (page) => ({
    title: shownPost(page.language).title,
    body: postPage(page, {
      post: shownPost(page.language, { kind: 'discussion', acceptedId: null, mine: mineOf(page) }),
      thread: threadOf(shownComments(page.language)),
      order: 'date',
      may: rights(page.viewer),
      state: emptyForm,
    }),
  }),
  'post-locked': (page) => ({
    title: shownPost(page.language).title,
    body: postPage(page, {
      post: shownPost(page.language, {
        kind: 'discussion',
        pin: act,
        lock: act,
        move: { ...act, from: { id: 1, slug: 'talk', name: firstBoard(page).name } },
        comments: 0,
        mine: page.viewer
          ? { vote: 0, bookmarked: false, lastReadCommentId: null, readAt: null, readComments: null }
          : null,
      }),
      thread: threadOf([]),
      order: 'date',
      may: { ...rights(page.viewer), comment: false },
      state: emptyForm,
    }),
  }),
  'post-deleted': (page) => ({
    title: page.words.post.deletedTitle,
    body: postPage(page, {
      post: shownPost(page.language, { html: '', title: '', author: null, deleted: { at: now, by: null } }),
      thread: threadOf(shownComments(page.language).slice(0, 5)),
      order: 'date',
      may: { ...rights(page.viewer), comment: false },
      state: emptyForm,
    }),
  }),
  member: (page) => ({ title: '하늘', width: 'list', body: memberPage(page, memberData(page, 'posts')) }),
  'member-comments': (page) => ({
    title: '하늘',
    width: 'list',
    body: memberPage(page, memberData(page, 'comments')),
  }),
  bookmarks: (page) => ({
    title: page.words.list.bookmarksTitle,
    width: 'list',
    body: bookmarksPage(page, {
      posts: listedPosts(page.language, { count: 6, member: true }),
      next: null,
      after: 'x',
    }),
  }),
  'bookmarks-empty': (page) => ({
    title: page.words.list.bookmarksTitle,
    width: 'list',
    body: bookmarksPage(page, { posts: [], next: null, after: null }),
  }),
  history: (page) => ({
    title: page.words.history.title,
    width: 'list',
    body: historyPage(page, historyData(page)),
  }),
  version: (page) => ({
    title: page.words.history.title,
    body: versionPage(page, {
      of: { kind: 'post', id: 999, title: shownPost(page.language).title },
      version: {
        version: 2,
        title: shownPost(page.language).title,
        html: shownPost(page.language).html,
        by: act.by,
        at: act.at,
      },
    }),
  }),
}
for (const status of [400, 401, 403, 404, 409, 413, 422, 429, 500, 503]) {
  views[`error-${status}`] = (page) => ({
    title: String(status),
    body: errorPage(page, { status, requestId: 'req-1a2b' }),
  })
}

function memberData(page: Page, what: 'posts' | 'comments'): Parameters<typeof memberPage>[1] {
  const blocked =
    page.viewer?.role === 'moderator'
      ? { reason: '광고를 여러 번 올림', until: new Date('2026-12-24T00:00:00Z') }
      : null
  const member = {
    id: 7,
    name: page.viewer?.name ?? '하늘',
    role: 'moderator' as const,
    about:
      page.language === 'ko'
        ? '텃밭과 오래된 라디오를 좋아합니다.\n느티나무 아래에 자주 있습니다.'
        : 'Gardens and old radios.',
    createdAt: new Date('2024-03-02T00:00:00Z'),
    unclaimed: false,
    blocked,
  }
  if (what === 'posts') {
    return {
      member,
      show: { what, posts: listedPosts(page.language, { count: 7, member: page.viewer !== null }) },
      next: 'x',
      after: null,
    }
  }
  const comments = listedPosts(page.language, { count: 8 }).map((post) => ({
    id: post.id,
    post,
    excerpt:
      '저도 작년에 같은 일을 겪었습니다. 한랭사를 일찍 씌우는 것이 가장 확실했고, 이미 생긴 뒤에는 며칠 동안 아침저녁으로 손으로 잡는 수밖에 없었어요.',
    createdAt: post.createdAt,
    votes: post.votes,
  }))
  return { member, show: { what, comments }, next: null, after: null }
}

function historyData(page: Page): Parameters<typeof historyPage>[1] {
  const from =
    '지난주에 심은 배추 서른 포기 가운데 절반에 애벌레가 생겼습니다.\n\n아침마다 손으로 잡고 있습니다.\n\n찾아본 방법:\n- 한랭사를 씌운다\n- 우유를 뿌린다\n'
  const to =
    '지난주에 심은 배추 서른 포기 가운데 거의 절반에 배추흰나비 애벌레가 생겼습니다.\n\n아침마다 손으로 잡고 있습니다.\n\n찾아본 방법:\n- 한랭사를 일찍 씌운다\n- 우유와 물을 섞어 뿌린다\n- 상추를 섞어 심는다\n'
  return {
    of: { kind: 'post', id: 999, title: shownPost(page.language).title },
    versions: [3, 2, 1].map((version) => ({
      version,
      by: act.by,
      at: act.at,
      note: version === 2 ? '방법을 더 적었습니다' : '',
    })),
    compared: {
      from: { version: 2, title: '배추에 벌레가 생겼어요', tags: ['텃밭'], body: from },
      to: {
        version: 3,
        title: '텃밭 배추에 벌레가 생겼는데 약 없이 잡는 방법이 있을까요?',
        tags: ['텃밭', '질문'],
        body: to,
      },
    },
  }
}

function pageOf(url: URL): Page {
  const asked = (name: string) => url.searchParams.get(name)
  const as = asked('as') ?? 'guest'
  const role = as === 'moderator' ? 'moderator' : 'member'
  const theme = asked('theme')
  return pageFor(asked('lang') === 'en' ? 'en' : 'ko', {
    viewer: as === 'guest' ? null : viewerNamed('하늘', { role }),
    theme: theme === 'dark' || theme === 'light' ? theme : 'system',
    openReports: as === 'moderator' ? 3 : null,
    here: url.pathname,
  })
}

/** Answers on loopback until it is ended. Port 0 takes a free one. */
export async function startGallery(
  port: number,
): Promise<{ port: number; names: string[]; close: () => void }> {
  const assets = loadAssets()
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const file = url.pathname.startsWith('/assets/')
      ? assets.find(url.pathname.slice('/assets/'.length))
      : undefined
    if (file) return response.setHeader('content-type', file.type).end(await file.body())
    const page = pageOf(url)
    const view = views[url.pathname.slice(1)]
    const list = html`<h1>Gallery</h1><ul>${Object.keys(views).map((name) => html`<li><a href="/${name}">${name}</a></li>`)}</ul>`
    const options = view ? view(page) : { title: 'Gallery', body: list, modules: [] }
    response.setHeader('content-type', 'text/html; charset=utf-8').end(document(page, assets, options).text)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const taken = typeof address === 'object' && address ? address.port : port
  return { port: taken, names: Object.keys(views), close: () => server.close() }
}

if (import.meta.main) {
  const { port } = await startGallery(Number(process.argv[2] ?? 4100))
  process.stdout.write(`http://127.0.0.1:${port}\n`)
}
