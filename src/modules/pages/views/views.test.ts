import { describe, expect, test } from 'vitest'
import { boardsIn, listedPosts, pageFor, shownPost, threadOf, viewerNamed } from '#test/support/fixtures.ts'
import type { Page } from '#ui/page.ts'
import { languages } from '#words/words.ts'
import { errorPage } from './errors.ts'
import { historyPage } from './history.ts'
import { boardPage, boardsPage, homePage, type Listing, tagPage } from './lists.ts'
import { bookmarksPage, memberPage } from './member.ts'
import { type PostPageData, postPage } from './post.ts'

const evil = `'"><img src=x onerror=alert(1)>`
const member = viewerNamed('하늘')
const none: Listing = {
  list: { posts: [], next: null },
  sort: 'latest',
  period: 'all',
  after: null,
  defaultSort: 'latest',
}
const board = () => ({ ...(boardsIn('ko')[0] as ReturnType<typeof boardsIn>[number]) })
const noRights = { edit: false, delete: false, restore: false, comment: false, accept: false }
const rows = (text: string) => text.match(/<li class="row/g)?.length ?? 0

function hostilePosts() {
  const author = { id: 1, name: evil }
  return listedPosts('ko', { count: 3 }).map((post) => ({
    ...post,
    title: evil,
    author,
    tags: [evil],
    board: { id: 1, slug: evil, name: evil },
  }))
}

describe('hostile titles and names', () => {
  const page = pageFor('ko', {
    viewer: member,
    site: { name: evil },
    here: `/${evil}`,
  })
  const list = { ...none, list: { posts: hostilePosts(), next: evil } }
  const hostileBoard = { ...board(), name: evil, about: evil, slug: evil }
  const shownMember = {
    id: 1,
    name: evil,
    role: 'member' as const,
    about: evil,
    createdAt: new Date(),
    unclaimed: false,
    blocked: { reason: evil, until: null },
  }
  const act = { by: { id: 1, name: evil }, at: new Date(), reason: evil }
  const views = {
    home: () => homePage(page, { listing: list, boards: [hostileBoard] }),
    board: () =>
      boardPage(page, { board: hostileBoard, above: [hostileBoard], listing: list, mayWrite: true }),
    boards: () => boardsPage(page, { boards: [hostileBoard], mayArrange: true }),
    tag: () => tagPage(page, { tag: evil, listing: list }),
    member: () =>
      memberPage(page, {
        member: shownMember,
        show: { what: 'posts', posts: hostilePosts() },
        next: null,
        after: null,
      }),
    comments: () =>
      memberPage(page, {
        member: shownMember,
        show: {
          what: 'comments',
          comments: [{ id: 1, post: { id: 1, title: evil }, excerpt: evil, createdAt: new Date(), votes: 1 }],
        },
        next: null,
        after: null,
      }),
    bookmarks: () => bookmarksPage(page, { posts: hostilePosts(), next: evil, after: evil }),
    history: () =>
      historyPage(page, {
        of: { kind: 'post', id: 1, title: evil },
        versions: [{ version: 2, by: act.by, at: act.at, note: evil }],
        compared: {
          from: { version: 1, title: evil, tags: [evil], body: `${evil} a` },
          to: { version: 2, title: 'x', tags: [], body: `${evil} b` },
        },
      }),
    post: () =>
      postPage(page, {
        post: shownPost('ko', {
          title: evil,
          tags: [evil],
          author: act.by,
          pin: act,
          lock: act,
          move: { ...act, from: { id: 2, slug: evil, name: evil } },
        }),
        thread: threadOf([]),
        order: 'votes',
        may: noRights,
        state: { values: {}, errors: {} },
      }),
    error: () => errorPage(page, { status: 500, message: evil, requestId: evil }),
  }
  test.each(Object.entries(views))('are text in %s', (_name, view) => {
    const { text } = view()
    expect(text).not.toContain('<img src=x')
    expect(text).toContain('&lt;img')
  })
})

describe('empty lists', () => {
  test('say what to do next, by who looks', () => {
    const guest = boardPage(pageFor('ko'), { board: board(), above: [], listing: none, mayWrite: false }).text
    expect(guest).toContain('/sign-in')
    const writer = boardPage(pageFor('ko', { viewer: member }), {
      board: board(),
      above: [],
      listing: none,
      mayWrite: true,
    }).text
    expect(writer).toContain('/write?board=talk')
    expect(rows(guest)).toBe(0)
  })

  test('past the end lead back to the first page, in a short period to a longer one', () => {
    const end = tagPage(pageFor('en'), { tag: 'x', listing: { ...none, after: 'far' } }).text
    expect(end).toContain(languages.en.list.end)
    expect(end).toContain('href="/t/x"')
    const day = homePage(pageFor('en'), { listing: { ...none, sort: 'top', period: 'day' }, boards: [] }).text
    expect(day).toContain('/?sort=top&amp;period=all')
  })
})

describe('rows', () => {
  const listing = (member: boolean): Listing => ({
    ...none,
    list: { posts: listedPosts('ko', { member }), next: 'n' },
  })
  test('are unread, read or neither for guests', () => {
    const guest = homePage(pageFor('ko'), { listing: listing(false), boards: [] }).text
    expect(guest).not.toMatch(/row (un|rd)/)
    const own = homePage(pageFor('ko', { viewer: member }), { listing: listing(true), boards: [] }).text
    expect(own).toMatch(/row un/)
    expect(own).toMatch(/row rd/)
    expect(rows(own)).toBe(25)
  })

  test('leave out the board on its own page', () => {
    const text = boardPage(pageFor('ko'), {
      board: board(),
      above: [],
      listing: listing(false),
      mayWrite: false,
    }).text
    expect(text).not.toContain('<a href="/b/talk">자유 이야기</a>')
    expect(text).toContain('<a href="/b/questions">')
  })
})

describe('a post', () => {
  const post = (viewer: Page['viewer'], given: Partial<PostPageData> = {}) =>
    postPage(pageFor('en', { viewer }), {
      post: shownPost('en', { author: { id: 1, name: 'miro' } }),
      thread: threadOf([]),
      order: 'votes',
      may: noRights,
      state: { values: {}, errors: {} },
      ...given,
    }).text
  const chat = 'action="/m/1/chat"'

  test('lets members who may write talk to its author, and nobody else', () => {
    const hold = { why: 'blocked', reason: '', until: null } as const
    expect(post(member)).toContain(chat)
    expect(post(null)).not.toContain(chat)
    expect(post({ ...member, id: 1 })).not.toContain(chat)
    expect(post({ ...member, blocked: hold })).not.toContain(chat)
    expect(post(member, { post: shownPost('en', { author: null }) })).not.toContain('/chat"')
  })

  test('is muted and heard of again from its menu', () => {
    const { mute, unmute } = languages.en.follows
    expect(post(member)).toMatch(new RegExp(`value="nothing">[^/]*</i>${mute}<`))
    expect(post(member, { follow: 'nothing' })).toMatch(new RegExp(`value="">[^/]*</i>${unmute}<`))
    expect(post(null)).not.toContain(mute)
  })
})

test('home welcomes who just joined and takes leave of who just left', () => {
  const t = languages.en.list
  const home = (viewer: Page['viewer'], done: 'joined' | 'left') =>
    homePage(pageFor('en', { viewer }), { listing: none, boards: [], done }).text
  expect(home(member, 'joined')).toContain(t.joined({ name: member.name }))
  expect(home(member, 'joined')).not.toContain('href="/admin"')
  expect(home({ ...member, role: 'administrator' }, 'joined').split(t.joinedWrite)[0]).toContain(
    `<a href="/admin">${languages.en.admin.todo}</a>`,
  )
  expect(home(null, 'joined')).not.toContain('role="status"')
  expect(home(null, 'left')).toContain(t.left)
  expect(home(member, 'left')).not.toContain(t.left)
})

test('home says how a site without an administrator gets one', () => {
  const home = (isUnset: boolean) =>
    homePage(pageFor('en'), { listing: none, boards: [], isUnset }).text.includes(languages.en.setup.waits)
  expect([home(true), home(false)]).toEqual([true, false])
})

test.each([400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 418, 507])(
  'error %i has a title and a way on in both languages',
  (status) => {
    for (const language of ['ko', 'en'] as const) {
      const { text } = errorPage(pageFor(language), { status })
      expect(text).toMatch(/<h1>[^<]+<\/h1>/)
      expect(text).toContain('class="btn')
    }
  },
)
