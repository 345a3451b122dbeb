import { countryName } from '#modules/accounts/countries.ts'
import { isModerator } from '#modules/accounts/viewer.ts'
import type { Act, Author, ShownPost } from '#modules/posts/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing, raw } from '#platform/html.ts'
import { avatar } from '#ui/avatar.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { personLink, personName } from '#ui/person.ts'
import { fullTime, timeFull } from '#ui/time.ts'

/** What the rules of `policy.ts` say about this post and this reader. */
export type PostRights = { edit: boolean; delete: boolean; restore: boolean }

export type ArticleData = {
  post: ShownPost
  may: PostRights
  /** Acts of other modules, among this one's, and in its menu. */
  acts?: Html | null
  menu?: Html | null
  /** What its author has sent once more: `post`, or the id of a comment. */
  again?: string | null
}

/** A post: where it stands, title, who and when, what happened to it, text, tags, votes and other acts. */
export function postArticle(page: Page, data: ArticleData): Html {
  const { post } = data
  if (post.deleted && post.html === '') return tombstone(page, post)
  return html`<article class="post" id="post" data-post="${post.id}">
<header>${where(page, post)}<h1>${post.title}</h1>${meta(page, post)}</header>
${data.again === 'post' && writtenAgain(page, post.author)}${notices(page, data)}<div class="prose">${raw(post.html)}</div>
${tags(page, post.tags)}${acts(page, data)}</article>`
}

function where({ words }: Page, { board }: ShownPost): Html {
  return html`<nav class="trail" aria-label="${words.layout.breadcrumb}"><a href="${paths.board(board.slug)}">${board.name}</a></nav>`
}

function tombstone(page: Page, post: ShownPost): Html {
  const t = page.words.post
  return html`<article class="post gone" id="post">
<header>${where(page, post)}<h1>${t.deletedTitle}</h1></header><p class="quiet">${t.deletedText}</p></article>`
}

function meta(page: Page, post: ShownPost): Html {
  const { words } = page
  const t = words.post
  const count =
    post.kind === 'question'
      ? words.comment.answers({ count: post.answers })
      : words.comment.comments({ count: post.comments })
  return html`<p class="m">${post.kind === 'question' && questionMark(page, post)}${post.author && avatar(post.author.name, post.avatar)}${personLink(page, post.author)}${
    post.country && html`<span>${countryName(page.language, post.country)}</span>`
  }${timeFull(page, post.createdAt)}${
    post.editedAt &&
    html`<a href="${paths.postPart(post.id, 'history')}">${t.edited({ at: fullTime(page, post.editedAt) })}</a>`
  }<span>${t.views({ count: post.views })}</span><a href="#comments">${count}</a></p>`
}

function questionMark({ words }: Page, post: ShownPost): Html {
  if (post.acceptedId === null) return html`<span class="mk q">${words.post.question}</span>`
  return html`<a class="mk ok" href="#c${post.acceptedId}">${icon('check')}${words.post.solved}</a>`
}

/** For its author alone, under whatever address. */
export function writtenAgain({ words, viewer }: Page, author: Author): Html {
  if (!viewer || author?.id !== viewer.id) return nothing
  return html`<p class="note" role="status">${icon('check')}<span>${words.post.writtenAgain}</span></p>
`
}

function notices(page: Page, { post, may }: ArticleData): Html {
  if (!post.pin && !post.lock && !post.move && !post.deleted) return nothing
  const t = page.words.post
  const by = (act: { by: ShownPost['author'] }) => personName(page, act.by)
  const lockText = (act: Act) => (act.elsewhere ? t.lockedElsewhere : t.lockedBy({ by: by(act) }))
  const pinText = (act: Act) => (act.elsewhere ? t.pinnedElsewhere : t.pinnedBy({ by: by(act) }))
  const way =
    may.restore &&
    html`<form method="post" action="${paths.postPart(post.id, 'restore')}"><button class="btn">${icon('history')}${t.restore}</button></form>`
  return html`${post.deleted && notice(page, { sign: 'trash', text: t.deletedBy({ by: by(post.deleted) }), at: post.deleted.at, tone: 'danger', way })}${
    post.lock && notice(page, { sign: 'lock', text: lockText(post.lock), ...post.lock })
  }${post.move && notice(page, { sign: 'move', text: moved(page, post.move), ...post.move })}${
    post.pin && notice(page, { sign: 'pin', text: pinText(post.pin), ...post.pin })
  }`
}

function moved(page: Page, move: NonNullable<ShownPost['move']>): string {
  const by = personName(page, move.by)
  return move.from
    ? page.words.post.movedBy({ by, from: move.from.name })
    : page.words.post.movedByUnknown({ by })
}

type Notice = { sign: string; text: string; at: Date; reason?: string; tone?: string; way?: Html | false }

function notice(page: Page, { sign, text, at, reason, tone, way }: Notice): Html {
  return html`<div class="note ${tone}">${icon(sign)}<span>${text} ${
    reason && html`${page.words.post.because({ reason })} `
  }<span class="quiet">${timeFull(page, at)}</span></span>${way}</div>
`
}

function tags({ words }: Page, names: readonly string[]): Html {
  if (names.length === 0) return nothing
  const links = names.map((name) => html`<li><a rel="tag" href="${paths.tag(name)}">#${name}</a></li>`)
  return html`<ul class="tags plain" aria-label="${words.list.tags}">${links}</ul>`
}

function acts(page: Page, data: ArticleData): Html {
  const { post } = data
  const { words, viewer } = page
  const t = words.post
  const votes =
    viewer && !viewer.blocked && !post.deleted && !post.board.archived
      ? voteForm(page, post)
      : votesShown(page, post)
  return html`<div class="acts post-acts" role="group" aria-label="${t.actions}">${votes}${
    viewer && bookmark(page, post)
  }${!post.deleted && share(page, post)}${data.acts}${viewer ? more(page, data) : guestActs(page, post)}</div>`
}

function votesShown({ words, viewer, here }: Page, post: ShownPost): Html {
  const text = html`${icon('up')}${words.post.votes({ count: post.votes })}`
  if (viewer) return html`<span class="act">${text}</span>`
  return html`<a class="act" rel="nofollow" href="${paths.signIn(here)}">${text}</a>`
}

function voteForm({ words }: Page, post: ShownPost): Html {
  const t = words.post
  const mine = post.mine?.vote ?? 0
  const [up, down] = [mine === 1, mine === -1]
  return html`<form class="votes" method="post" action="${paths.postPart(post.id, 'vote')}"><button class="act up" name="value" value="${
    up ? 0 : 1
  }" aria-pressed="${String(up)}">${icon('up')}${t.up} <b data-votes>${post.votes}</b></button>${
    post.board.downvotes &&
    html`<button class="act down" name="value" value="${down ? 0 : -1}" data-direction="down" aria-pressed="${String(down)}">${icon('down')}<span class="sr">${
      t.down
    }</span></button>`
  }</form>`
}

function bookmark({ words }: Page, post: ShownPost): Html {
  const on = post.mine?.bookmarked ?? false
  const t = words.post
  return html`<form class="bookmark" method="post" action="${paths.postPart(post.id, 'bookmark')}"><button class="act" name="on" value="${
    on ? 0 : 1
  }" aria-pressed="${String(on)}">${icon('bookmark')}${t.bookmark}</button></form>`
}

/** A page with the address; scripts use the device's own sharing. */
function share({ words: { share: t } }: Page, post: ShownPost): Html {
  return html`<a class="act" rel="nofollow" href="${paths.postPart(post.id, 'share')}" data-share="${post.id}" data-copied="${t.copied}">${icon('link')}${t.act}</a>`
}

/** What was never edited has no history to show. */
function guestActs({ words }: Page, post: ShownPost): Html {
  if (!post.editedAt) return nothing
  return html`<a class="act" rel="nofollow" href="${paths.postPart(post.id, 'history')}">${icon('history')}${words.post.history}</a>`
}

function more({ words, viewer }: Page, { post, may, menu }: ArticleData): Html {
  const t = words.post
  const linkWith = (attributes: Html) => (part: string, sign: string, label: string) =>
    html`<li><a href="${paths.postPart(post.id, part)}"${attributes}>${icon(sign)}${label}</a></li>`
  const link = linkWith(nothing)
  const own = post.author !== null && post.author.id === viewer?.id
  const ask = html` data-confirm="${words.write.deleteTitle}" data-confirm-text="${words.write.deleteText}"`
  return html`<details class="menu"><summary class="act" aria-label="${t.more}">${icon('more')}</summary><div class="sheet"><ul class="plain">${
    may.edit && link('edit', 'write', t.edit)
  }${link('history', 'history', t.history)}${
    (own || isModerator(viewer)) && !post.deleted && link('stats', 'eye', words.stats.title)
  }${may.delete && linkWith(own ? ask : nothing)('delete', 'trash', t.delete)}${!own && !post.deleted && link('report', 'flag', t.report)}</ul>${
    isModerator(viewer) && !post.deleted && moderation(post, t, link)
  }${menu}</div></details>`
}

type Link = (part: string, sign: string, label: string) => Html

function moderation(post: ShownPost, t: Page['words']['post'], link: Link): Html {
  return html`<ul class="plain">${post.pin ? link('unpin', 'pin', t.unpin) : link('pin', 'pin', t.pin)}${
    post.lock ? link('unlock', 'lock', t.unlock) : link('lock', 'lock', t.lock)
  }${link('move', 'move', t.move)}</ul>`
}
