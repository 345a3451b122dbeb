import type { Board } from '#modules/boards/shapes.ts'
import type { CommentPage, ShownComment } from '#modules/comments/shapes.ts'
import type { Author, BoardName, ShownPost } from '#modules/posts/shapes.ts'
import { paths } from '#paths.ts'
import { excerptOf } from '#platform/excerpt.ts'
import type { Thing } from '#ui/head.ts'
import type { Page } from '#ui/page.ts'

/** What pages say in the words of schema.org, with the fields that search engines ask for. All addresses are whole. */

/** Characters of a text that are told; the page itself has the rest. */
const textLimits = { post: 2000, answer: 1500, comment: 300 } as const
/** Comments that are told of one text. */
const mostComments = 10

const absolute = (page: Page, path: string) => (page.site.origin ?? '') + path

/**
 * Text is required: what only shows a picture has an ellipsis. Blocks of code, which other excerpts leave out, may be
 * the answer.
 */
const textOf = (html: string, kind: keyof typeof textLimits) =>
  excerptOf(html.replaceAll('<pre>', '<div>'), textLimits[kind]) || '…'

function person(page: Page, author: Author): Thing {
  if (!author) return { '@type': 'Person', name: page.words.post.gone }
  return { '@type': 'Person', name: author.name, url: absolute(page, paths.member(author.name)) }
}

/** Counters of acts; a post that more people are against has no likes. */
function counter(act: 'LikeAction' | 'CommentAction' | 'ViewAction' | 'WriteAction', count: number): Thing {
  return {
    '@type': 'InteractionCounter',
    interactionType: { '@type': act },
    userInteractionCount: Math.max(0, count),
  }
}

/** A trail from the home page; the last step is the page itself. */
export function breadcrumbs(page: Page, steps: readonly { name: string; path: string }[]): Thing {
  const all = [{ name: page.site.name, path: paths.home() }, ...steps]
  return {
    '@type': 'BreadcrumbList',
    itemListElement: all.map(({ name, path }, index) => ({
      '@type': 'ListItem',
      position: index + 1,
      name,
      item: absolute(page, path),
    })),
  }
}

/** The site and how to search it. */
export function siteThing(page: Page): Thing {
  return {
    '@type': 'WebSite',
    name: page.site.name,
    ...(page.site.description ? { description: page.site.description } : {}),
    ...(page.site.logo ? { image: absolute(page, paths.file(page.site.logo, 512)) } : {}),
    url: absolute(page, paths.home()),
    inLanguage: page.language,
    potentialAction: {
      '@type': 'SearchAction',
      target: {
        '@type': 'EntryPoint',
        urlTemplate: `${absolute(page, paths.searchPage())}?q={search_term_string}`,
      },
      'query-input': 'required name=search_term_string',
    },
  }
}

export function boardTrail(page: Page, board: Board, above: readonly Board[]): Thing {
  return breadcrumbs(
    page,
    [...above, board].map(({ name, slug }) => ({ name, path: paths.board(slug) })),
  )
}

export type MemberToTell = { id: number; name: string; about: string; createdAt: Date; avatar: string | null }

export function profileThing(page: Page, member: MemberToTell): Thing {
  const url = absolute(page, paths.member(member.name))
  return {
    '@type': 'ProfilePage',
    url,
    dateCreated: member.createdAt.toISOString(),
    mainEntity: {
      '@type': 'Person',
      name: member.name,
      identifier: String(member.id),
      url,
      ...(member.about ? { description: member.about } : {}),
      ...(member.avatar ? { image: absolute(page, paths.file(member.avatar, 256)) } : {}),
    },
  }
}

export type Told = { post: ShownPost; thread: CommentPage; after: string | null }

/** A question with its answers, or a discussion with its comments, and the way to it. */
export function postThings(page: Page, told: Told): Thing[] {
  const { post } = told
  const trail = [
    { name: post.board.name, path: paths.board(post.board.slug) },
    { name: post.title, path: paths.post(post) },
  ]
  return [
    post.kind === 'question' ? questionPage(page, told) : discussion(page, told),
    breadcrumbs(page, trail),
  ]
}

const boardThing = (page: Page, board: BoardName): Thing => ({
  '@type': 'CollectionPage',
  name: board.name,
  url: absolute(page, paths.board(board.slug)),
})

function discussion(page: Page, told: Told): Thing {
  const { post, thread } = told
  const url = absolute(page, paths.post(post))
  return {
    '@type': 'DiscussionForumPosting',
    mainEntityOfPage: url,
    url,
    headline: post.title,
    text: textOf(post.html, 'post'),
    image: pictures(page, post.html),
    author: person(page, post.author),
    datePublished: post.createdAt.toISOString(),
    dateModified: post.editedAt?.toISOString(),
    isPartOf: boardThing(page, post.board),
    keywords: listed(post.tags),
    commentCount: post.comments,
    interactionStatistic: [
      counter('LikeAction', post.votes),
      counter('CommentAction', post.comments),
      counter('ViewAction', post.views),
    ],
    comment: below(page, thread.comments),
  }
}

function questionPage(page: Page, told: Told): Thing {
  const { post, thread } = told
  const roots = thread.comments.filter((one) => one.depth === 0 && one.answer && !one.deleted)
  const answers = roots.map((root) => ({ root, thing: answer(page, told, root) }))
  const accepted = answers.find(({ root }) => root.accepted)
  const suggested = answers.filter(({ root }) => !root.accepted).map(({ thing }) => thing)
  return {
    '@type': 'QAPage',
    mainEntity: {
      '@type': 'Question',
      name: post.title,
      url: absolute(page, paths.post(post)),
      text: textOf(post.html, 'post'),
      image: pictures(page, post.html),
      author: person(page, post.author),
      datePublished: post.createdAt.toISOString(),
      dateModified: post.editedAt?.toISOString(),
      upvoteCount: post.votes,
      answerCount: post.answers,
      keywords: listed(post.tags),
      acceptedAnswer: accepted?.thing,
      suggestedAnswer: listed(suggested),
      comment: below(page, thread.remarks),
    },
  }
}

function answer(page: Page, told: Told, root: ShownComment): Thing {
  const { comments } = told.thread
  const start = comments.indexOf(root) + 1
  const end = comments.findIndex((one, index) => index >= start && one.depth === 0)
  const replies = comments.slice(start, end < 0 ? undefined : end)
  return {
    '@type': 'Answer',
    url: `${absolute(page, paths.post(told.post, { after: told.after }))}#c${root.id}`,
    text: textOf(root.html, 'answer'),
    author: person(page, root.author),
    datePublished: root.createdAt.toISOString(),
    dateModified: root.editedAt?.toISOString(),
    upvoteCount: root.votes,
    comment: below(page, replies),
  }
}

type Replies = { comment: Thing[] | undefined }

/** The first comments as a tree: what answers one that is deleted stands where that one would. */
function below(page: Page, flat: readonly ShownComment[]): Thing[] | undefined {
  const top: Replies = { comment: undefined }
  const places = new Map<number, Replies>()
  for (const one of flat.slice(0, mostComments)) {
    const above = (one.parentId === null ? undefined : places.get(one.parentId)) ?? top
    if (one.deleted) {
      places.set(one.id, above)
      continue
    }
    const told = comment(page, one)
    places.set(one.id, told)
    above.comment ??= []
    above.comment.push(told)
  }
  return top.comment
}

const comment = (page: Page, one: ShownComment): Thing & Replies => ({
  '@type': 'Comment',
  text: textOf(one.html, one.depth === 0 && one.answer ? 'answer' : 'comment'),
  author: person(page, one.author),
  datePublished: one.createdAt.toISOString(),
  dateModified: one.editedAt?.toISOString(),
  interactionStatistic: one.votes > 0 ? counter('LikeAction', one.votes) : undefined,
  comment: undefined,
})

/** The first pictures of a text that stand on this site. */
function pictures(page: Page, html: string): string[] | undefined {
  if (!html.includes('<img ')) return undefined
  const found = [...html.matchAll(/<img [^>]*?src="(\/files\/[\w.-]+)"/g)].slice(0, 3)
  return listed(found.map(([, path = '']) => absolute(page, path)))
}

/** Nothing is told of an empty list. */
const listed = <T>(list: T[]): T[] | undefined => (list.length > 0 ? list : undefined)
