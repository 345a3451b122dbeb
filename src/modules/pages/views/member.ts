import { countryName } from '#modules/accounts/countries.ts'
import { isAdministrator, isModerator, type MemberRole } from '#modules/accounts/viewer.ts'
import type { Level } from '#modules/follows/follows.ts'
import { followForm } from '#modules/follows/views.ts'
import { canListDeleted, type DeletedPost } from '#modules/posts/deleted.ts'
import type { ListedPost } from '#modules/posts/shapes.ts'
import { postRows } from '#modules/posts/views/rows.ts'
import type { BlockKind } from '#modules/rights/people.ts'
import { keepAwayButtons } from '#modules/rights/views/people.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { avatar } from '#ui/avatar.ts'
import { emptyPlace } from '#ui/empty.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { pager } from '#ui/pager.ts'
import { fullTime, timeDay, timeFull } from '#ui/time.ts'

/** A comment as it stands among a member's comments. */
export type MembersComment = {
  id: number
  post: { id: number; title: string }
  /** Plain words from its beginning. */
  excerpt: string
  createdAt: Date
  votes: number
}

export type ShownMember = {
  id: number
  name: string
  role: MemberRole
  about: string
  country?: string | null
  avatar?: string | null
  createdAt: Date
  unclaimed: boolean
  blocked: { reason: string; until: Date | null } | null
}

export type MemberData = {
  member: ShownMember
  /** Whether the reader keeps this member away. */
  keptAway?: BlockKind | null
  /** How the reader follows this member. */
  follow?: Level | null
  show:
    | { what: 'posts'; posts: readonly ListedPost[] }
    | { what: 'comments'; comments: readonly MembersComment[] }
    | { what: 'deleted'; deleted: readonly DeletedPost[] }
  next: string | null
  after: string | null
}

/** A member: who they are, then what they wrote. Their own page also leads to what only they see. */
export function memberPage(page: Page, data: MemberData): Html {
  const { member, show } = data
  return html`${head(page, member)}${acts(page, data)}
${tabs(page, member, show.what)}
${list(page, member, show)}
${pages(page, data)}`
}

function list(page: Page, member: ShownMember, show: MemberData['show']): Html {
  if (show.what === 'posts') return posts(page, show.posts, member)
  return show.what === 'comments'
    ? comments(page, show.comments, member)
    : deleted(page, show.deleted, member)
}

function head(page: Page, member: ShownMember): Html {
  const t = page.words.member
  return html`<header class="head member">${avatar(member.name, member.avatar)}<div><h1>${member.name}</h1><p class="m"><span>${
    t.roles[member.role]
  }</span>${
    member.country && html`<span>${countryName(page.language, member.country)}</span>`
  }<span>${t.since} ${timeDay(page, member.createdAt)}</span></p></div></header>
${state(page, member)}${member.about && html`<p class="about lines">${member.about}</p>`}${ownLinks(page, member)}`
}

/** What one can do with somebody else: write, follow, manage, keep away. */
function acts(page: Page, { member, follow = null, keptAway = null }: MemberData): Html {
  const { viewer, words } = page
  if (!viewer || viewer.id === member.id) return nothing
  const mayWrite = !viewer.blocked && !keptAway && !member.unclaimed
  return html`<div class="member-acts">${
    mayWrite &&
    html`<form method="post" action="${paths.chatWith(member.id)}"><button class="btn">${icon('comment')}${words.chat.writeTo}</button></form>`
  }${followForm(page, { thing: { member: member.id }, level: follow })}${moderate(page, member)}${keepAwayButtons(
    page,
    { memberId: member.id, name: member.name, kind: keptAway },
  )}</div>`
}

/** Where moderators block, and administrators do more. */
function moderate({ words, viewer }: Page, { id }: ShownMember): Html {
  if (!isModerator(viewer)) return nothing
  const href = isAdministrator(viewer) ? paths.adminMember(id) : paths.moderatedMember(id)
  return html`<a class="btn" href="${href}">${icon('shield')}${words.member.moderate}</a>`
}

/** Why and until when somebody is blocked is between them and the moderators; the form promises so. */
function state(page: Page, { id, blocked, unclaimed }: ShownMember): Html {
  const t = page.words.member
  const isTold = page.viewer?.id === id || isModerator(page.viewer)
  if (blocked && !isTold) return html`<p class="note">${icon('lock')}<span>${t.blocked}</span></p>`
  if (blocked) {
    const text = blocked.until ? t.blockedUntil({ until: fullTime(page, blocked.until) }) : t.blocked
    return html`<p class="note danger">${icon('lock')}<span>${text} ${blocked.reason && t.reason(blocked)}</span></p>`
  }
  return unclaimed ? html`<p class="note">${icon('move')}<span>${t.unclaimed}</span></p>` : nothing
}

function ownLinks({ words, viewer }: Page, member: ShownMember): Html {
  if (viewer?.id !== member.id) return nothing
  const t = words.layout
  return html`<nav class="own" aria-label="${words.member.mine}"><ul><li><a class="btn" href="${paths.bookmarks()}">${icon('bookmark')}${
    t.bookmarks
  }</a></li><li><a class="btn" href="${paths.drafts()}">${icon('draft')}${t.drafts}</a></li><li><a class="btn" href="${paths.settings()}">${icon(
    'theme',
  )}${words.site.settings}</a></li>${
    isAdministrator(viewer) &&
    html`<li><a class="btn" href="${paths.adminMember(member.id)}">${icon('shield')}${words.member.moderate}</a></li>`
  }</ul></nav>`
}

const addresses = { posts: paths.member, comments: paths.memberComments, deleted: paths.memberDeleted }
export type MemberList = keyof typeof addresses

function tabs({ words, viewer }: Page, { id, name }: ShownMember, what: MemberList): Html {
  const t = words.member
  const tab = (show: MemberList) =>
    html`<a href="${addresses[show](name)}"${show === what && html` aria-current="true"`}>${t[show]}</a>`
  return html`<nav class="tabs" aria-label="${name}">${tab('posts')}${tab('comments')}${canListDeleted(viewer, id) && tab('deleted')}</nav>`
}

function posts(page: Page, listed: readonly ListedPost[], member: ShownMember): Html {
  if (listed.length > 0) return postRows(page, listed, { ofOne: true })
  const { words, viewer } = page
  const t = words.member
  if (viewer?.id !== member.id || viewer.blocked) {
    return emptyPlace({ title: t.noPosts, text: t.nothingYet })
  }
  return emptyPlace({
    title: t.noPosts,
    text: t.noPostsOwn,
    action: { href: paths.write(), label: words.site.write },
  })
}

function comments(page: Page, listed: readonly MembersComment[], member: ShownMember): Html {
  const { words, viewer } = page
  const t = words.member
  if (listed.length === 0) {
    const own = viewer?.id === member.id
    const action = { href: paths.home(), label: words.list.allPosts }
    return emptyPlace({ title: t.noComments, text: own ? t.noCommentsOwn : t.nothingYet, action })
  }
  return html`<ol class="rows">${listed.map(
    (
      one,
    ) => html`<li class="row said" data-row><p class="tl"><a href="${paths.comment(one.id)}">${one.excerpt}</a></p>
<p class="m"><a href="${paths.post(one.post)}">${one.post.title}</a>${timeFull(page, one.createdAt)}<span class="vo">${words.list.votes({ count: one.votes })}</span></p></li>
`,
  )}</ol>`
}

/** What is gone for others: when and by whom, and the way back. */
function deleted(page: Page, listed: readonly DeletedPost[], member: ShownMember): Html {
  const { words, viewer } = page
  const t = words.member
  if (listed.length === 0) {
    const own = viewer?.id === member.id
    return emptyPlace({ title: t.noDeleted, text: own ? t.noDeletedOwn : t.nothingYet })
  }
  const by = ({ deleted: { by } }: DeletedPost) => t.deletedBy({ by: by?.name ?? words.post.gone })
  return html`<ul class="plain lines">${listed.map(
    (
      post,
    ) => html`<li data-row><div class="line-text"><a class="line-title" href="${paths.post(post)}">${post.title}</a>
<small class="quiet">${post.board.name} · ${timeFull(page, post.deleted.at)} ${by(post)}</small></div>${
      post.restorable &&
      html`<form method="post" action="${paths.postPart(post.id, 'restore')}"><button class="btn" aria-label="${words.post.restore}: ${post.title}">${words.post.restore}</button></form>`
    }</li>`,
  )}</ul>`
}

function pages({ words }: Page, { member, show, next, after }: MemberData): Html {
  const t = words.list
  const address = (cursor: string | null) => addresses[show.what](member.name, cursor)
  return pager({
    label: t.pages,
    next: next === null ? null : { href: address(next), label: t.older },
    first: after === null ? null : { href: address(null), label: t.first },
  })
}

/** The posts that the reader keeps. */
export function bookmarksPage(
  page: Page,
  data: { posts: readonly ListedPost[]; next: string | null; after: string | null },
): Html {
  const t = page.words.list
  const action = { href: paths.home(), label: t.allPosts }
  return html`<header class="head"><h1>${t.bookmarksTitle}</h1></header>
${data.posts.length > 0 ? postRows(page, data.posts) : emptyPlace({ title: t.emptyBookmarks, text: t.emptyBookmarksNext, action })}
${pager({
  label: t.pages,
  next: data.next === null ? null : { href: paths.bookmarks(data.next), label: t.older },
  first: data.after === null ? null : { href: paths.bookmarks(), label: t.first },
})}`
}
