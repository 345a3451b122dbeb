import { isAdministrator } from '#modules/accounts/viewer.ts'
import type { Board, BoardBranch } from '#modules/boards/shapes.ts'
import { boardHead, boardNav, boardTree } from '#modules/boards/views.ts'
import type { Level } from '#modules/follows/follows.ts'
import { followForm } from '#modules/follows/views.ts'
import type { PostList, PostSort, TopPeriod } from '#modules/posts/shapes.ts'
import { type ListData, postList } from '#modules/posts/views/list.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'

/** One page of a list, as the query answered it. */
export type Listing = {
  list: PostList
  sort: PostSort
  period: TopPeriod
  after: string | null
  defaultSort: PostSort
}

function listing(
  page: Page,
  given: Listing,
  rest: Pick<ListData, 'address' | 'empty' | 'boardId' | 'beside'>,
): Html {
  return postList(page, { ...given, ...rest })
}

export type HomeData = {
  listing: Listing
  boards: readonly BoardBranch[]
  done?: 'joined' | 'left' | undefined
  /** Nobody has used the address that the terminal shows at the first start. */
  isUnset?: boolean
}

/** Home: every post that the reader may see. Needs `width: 'wide'`. */
export function homePage(page: Page, data: HomeData): Html {
  const { words, viewer, site } = page
  const t = words.list
  const { joinable = true } = site
  const join = joinable ? { href: paths.signUp(), label: words.site.signUp } : undefined
  const action = viewer ? { href: paths.write(), label: words.site.write } : join
  const beside = { href: paths.trending(), label: words.trending.title }
  const empty = viewer?.blocked
    ? { title: t.emptyBoard, text: words.member.nothingYet }
    : { title: t.emptyBoard, text: viewer ? t.emptyBoardNext : t.emptyBoardGuest, ...(action && { action }) }
  const unset = data.isUnset && html`<p class="note warm">${words.setup.waits}</p>\n`
  return html`${unset}${doneNote(page, data.done)}<div class="cols"><section aria-labelledby="home-title"><h1 class="sr" id="home-title">${t.homeTitle}</h1>
${listing(page, data.listing, { address: paths.home, empty, beside })}</section>
<aside class="side">${
    !viewer &&
    html`<section class="welcome${site.description && ' says'}"><h2>${t.welcome({ site: site.name })}</h2><p>${site.description || t.welcomeText}</p></section>`
  }${boardNav(page, data.boards)}</aside></div>`
}

/** Who just joined is welcomed, who just left is told that it is done. */
function doneNote({ words, viewer }: Page, done: 'joined' | 'left' | undefined): Html {
  const t = words.list
  if (done === 'left' && !viewer) return html`<p class="note" role="status">${t.left}</p>\n`
  if (done !== 'joined' || !viewer || viewer.blocked) return nothing
  return html`<p class="note" role="status"><span>${t.joined({ name: viewer.name })} ${
    isAdministrator(viewer) && html`<a href="${paths.admin()}">${words.admin.todo}</a> · `
  }<a href="${paths.write()}">${t.joinedWrite}</a> · <a href="${paths.settings()}">${t.joinedProfile}</a></span></p>\n`
}

export type BoardPageData = {
  board: BoardBranch
  above: readonly Board[]
  listing: Listing
  mayWrite: boolean
  /** How the reader follows the board. */
  follow?: Level | null
  done?: 'joined' | undefined
}

/** A board: its head, then its posts and those of the boards inside it. */
export function boardPage(page: Page, data: BoardPageData): Html {
  const { board } = data
  const follow = page.viewer
    ? followForm(page, { thing: { board: board.slug }, level: data.follow ?? null })
    : null
  return html`${doneNote(page, data.done)}${boardHead(page, { ...data, follow })}
${listing(page, data.listing, {
  address: (query) => paths.board(board.slug, query),
  boardId: board.id,
  empty: emptyBoard(page, data),
})}`
}

function emptyBoard({ words, viewer, here }: Page, { board, mayWrite }: BoardPageData): ListData['empty'] {
  const t = words.list
  const title = t.emptyBoard
  if (mayWrite)
    return {
      title,
      text: t.emptyBoardNext,
      action: { href: paths.write(board.slug), label: words.site.write },
    }
  if (board.archived)
    return { title, text: words.boards.archivedText, action: { href: paths.home(), label: t.allPosts } }
  if (viewer || board.writeBy === 'moderators') {
    return { title, text: t.emptyBoardClosed, action: { href: paths.home(), label: t.allPosts } }
  }
  return { title, text: t.emptyBoardGuest, action: { href: paths.signIn(here), label: words.site.signIn } }
}

/** Posts with a tag. */
export function tagPage(page: Page, data: { tag: string; listing: Listing; follow?: Level | null }): Html {
  const t = page.words.list
  const action = { href: paths.home(), label: t.allPosts }
  const follow = page.viewer && followForm(page, { thing: { tag: data.tag }, level: data.follow ?? null })
  return html`<header class="head"><div class="head-line"><h1>${t.tag({ name: data.tag })}</h1>${follow}</div><p class="about">${t.tagAbout}</p></header>
${listing(page, data.listing, {
  address: (query) => paths.tag(data.tag, query),
  empty: { title: t.emptyTag, text: t.emptyTagNext, action },
})}`
}

/** The tree of boards. */
export function boardsPage(page: Page, data: { boards: readonly BoardBranch[]; mayArrange: boolean }): Html {
  const { words } = page
  const t = words.boards
  const arrange =
    data.mayArrange &&
    html`<a class="btn" href="${paths.adminPart('boards')}">${icon('boards')}${t.create}</a>`
  return html`<header class="head"><div class="head-line"><h1>${t.title}</h1>${arrange}</div></header>
${data.boards.length > 0 ? boardTree(page, data.boards) : emptyPlace({ title: t.empty, text: t.emptyNext })}`
}
