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

/** Text is required: what only shows a picture has an ellipsis. */
const textOf = (html: string, kind: keyof typeof textLimits) => excerptOf(html, textLimits[kind]) || '…'

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

function times({ createdAt, editedAt }: { createdAt: Date; editedAt: Date | null }) {
  return {
    datePublished: createdAt.toISOString(),
    ...(editedAt ? { dateModified: editedAt.toISOString() } : {}),
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
    ...pictures(page, post.html),
    author: person(page, post.author),
    ...times(post),
    isPartOf: boardThing(page, post.board),
    ...(post.tags.length > 0 ? { keywords: post.tags } : {}),
    commentCount: post.comments,
    interactionStatistic: [
      counter('LikeAction', post.votes),
      counter('CommentAction', post.comments),
      counter('ViewAction', post.views),
    ],
    ...below(page, thread.comments),
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
      ...pictures(page, post.html),
      author: person(page, post.author),
      ...times(post),
      upvoteCount: post.votes,
      answerCount: post.answers,
      ...(post.tags.length > 0 ? { keywords: post.tags } : {}),
      ...(accepted ? { acceptedAnswer: accepted.thing } : {}),
      ...(suggested.length > 0 ? { suggestedAnswer: suggested } : {}),
      ...below(page, thread.remarks),
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
    ...said(page, root),
    upvoteCount: root.votes,
    ...below(page, replies),
  }
}

function said(page: Page, one: ShownComment) {
  const kind = one.depth === 0 && one.answer ? 'answer' : 'comment'
  return {
    text: textOf(one.html, kind),
    author: person(page, one.author),
    ...times(one),
  }
}

/** The first comments as a tree: what answers one that is deleted stands where that one would. */
function below(page: Page, flat: readonly ShownComment[]): { comment?: Thing[] } {
  const roots: Thing[] = []
  const children = new Map<number, Thing[]>()
  for (const one of flat.slice(0, mostComments)) {
    const siblings = (one.parentId === null ? undefined : children.get(one.parentId)) ?? roots
    if (one.deleted) {
      children.set(one.id, siblings)
      continue
    }
    const replies: Thing[] = []
    children.set(one.id, replies)
    siblings.push({
      '@type': 'Comment',
      ...said(page, one),
      ...(one.votes > 0 ? { interactionStatistic: counter('LikeAction', one.votes) } : {}),
      comment: replies,
    })
  }
  for (const replies of children.values()) for (const reply of replies) dropEmpty(reply)
  for (const root of roots) dropEmpty(root)
  return roots.length > 0 ? { comment: roots } : {}
}

function dropEmpty(thing: Thing): void {
  const { comment } = thing
  if (Array.isArray(comment) && comment.length === 0) delete thing['comment']
}

/** The first pictures of a text that stand on this site. */
function pictures(page: Page, html: string): { image?: string[] } {
  const found = [...html.matchAll(/<img [^>]*?src="(\/files\/[\w.-]+)"/g)].slice(0, 3)
  const addresses = found.map(([, path = '']) => absolute(page, path))
  return addresses.length > 0 ? { image: addresses } : {}
}
