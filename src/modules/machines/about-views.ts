import type { Board } from '#modules/boards/shapes.ts'
import { paths } from '#paths.ts'
import { excerptOf } from '#platform/excerpt.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { Described } from '#ui/head.ts'
import type { Page } from '#ui/page.ts'
import { drawnBoard, drawnPost, drawnSite, picturePath } from './picture-names.ts'
import {
  boardTrail,
  breadcrumbs,
  type MemberToTell,
  postThings,
  profileThing,
  siteThing,
  type Told,
} from './structured-views.ts'

/** What each kind of page says about itself; of what guests may not read, only that it wants to be in no results. */
type About = Pick<DocumentOptions, 'description' | 'canonical' | 'robots' | 'described'>

const ofSite = (page: Page): Pick<Described, 'type' | 'picture'> => ({
  type: 'website',
  picture: () => picturePath(drawnSite(page.site.name)),
})

export function aboutHome(page: Page, after: string | null): About {
  return {
    description: page.site.description || page.words.list.welcomeText,
    canonical: paths.home({ after }),
    described: {
      ...ofSite(page),
      feed: { title: page.site.name, of: null },
      data: () => [siteThing(page)],
    },
  }
}

export function aboutTag(page: Page, given: { tag: string; after: string | null; empty: boolean }): About {
  const { tag, after } = given
  const name = { name: tag, site: page.site.name }
  return {
    description: page.words.machines.tagAbout(name),
    canonical: paths.tag(tag, { after }),
    described: {
      ...ofSite(page),
      feed: { title: page.words.machines.feedOfTag(name), of: { tag } },
      data: () => [breadcrumbs(page, [{ name: tag, path: paths.tag(tag) }])],
    },
    // A tag that nobody uses is a page about nothing.
    ...(given.empty ? { robots: 'noindex' } : {}),
  }
}

export function aboutBoards(page: Page): About {
  const name = page.words.site.boards
  return {
    description: page.words.machines.boardsAbout({ site: page.site.name }),
    canonical: paths.boards(),
    described: { ...ofSite(page), data: () => [breadcrumbs(page, [{ name, path: paths.boards() }])] },
  }
}

export function aboutTrending(page: Page, canonical: string): About {
  const { title: name, about } = page.words.trending
  return {
    description: about,
    canonical,
    described: { ...ofSite(page), data: () => [breadcrumbs(page, [{ name, path: canonical }])] },
  }
}

export function aboutBoard(
  page: Page,
  given: { board: Board; above: readonly Board[]; after: string | null },
): About {
  const { board, above, after } = given
  const { words, site } = page
  const about = {
    description: board.about || words.machines.boardAbout({ board: board.name, site: site.name }),
    canonical: paths.board(board.slug, { after }),
  }
  if (board.readBy !== 'everyone') return { ...about, robots: 'noindex' }
  const described: Described = {
    type: 'website',
    picture: () => picturePath(drawnBoard(site.name, board)),
    feed: {
      title: words.machines.feedOf({ name: board.name, site: site.name }),
      of: { board: board.slug },
    },
    data: () => [boardTrail(page, board, above)],
  }
  return { ...about, described }
}

export function aboutMember(
  page: Page,
  given: { member: MemberToTell; what: 'posts' | 'comments'; after: string | null },
): About {
  const { member, what, after } = given
  const name = { name: member.name, site: page.site.name }
  return {
    description: member.about || page.words.machines.memberAbout(name),
    canonical: (what === 'posts' ? paths.member : paths.memberComments)(member.name, after),
    described: {
      ...ofSite(page),
      type: 'profile',
      feed: { title: page.words.machines.feedOf(name), of: { member: member.name } },
      data: () => (what === 'posts' && after === null ? [profileThing(page, member)] : []),
    },
  }
}

export function aboutPost(page: Page, told: Told): About {
  const { post, after } = told
  const about = { description: excerptOf(post.html, 160), canonical: paths.post(post, { after }) }
  if (post.deleted || post.board.readBy !== 'everyone') return { ...about, robots: 'noindex' }
  const described: Described = {
    type: 'article',
    picture: () => picturePath(drawnPost(page.site.name, post)),
    published: post.createdAt,
    modified: post.editedAt,
    section: post.board.name,
    tags: post.tags,
    author: post.author && paths.member(post.author.name),
    embed: paths.postShort(post.id),
    feed: {
      title: page.words.machines.feedOf({ name: post.board.name, site: page.site.name }),
      of: { board: post.board.slug },
    },
    data: () => postThings(page, told),
  }
  return { ...about, described }
}
