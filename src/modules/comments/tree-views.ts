import type { ShownComment } from '#modules/comments/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing, raw } from '#platform/html.ts'
import { avatar } from '#ui/avatar.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { personLink, personName } from '#ui/person.ts'
import { timeFull } from '#ui/time.ts'

/** Comments in reading order, and what the reader may do with them. */
export type Branch = {
  comments: readonly ShownComment[]
  postId: number
  acceptedId: number | null
  postAuthorId: number | null
  lastRead: number | null
  downvotes: boolean
  mayVote: boolean
  mayReply: boolean
  mayAccept: boolean
  mayEditOwn: boolean
  moderates: boolean
}

/** Deeper replies stand on the sixth level and say whom they answer. */
const deepest = 5

/** Nested lists out of the flat reading order. A thread of replies is a <details>, so it folds without script. */
export function commentTree(page: Page, branch: Branch): Html {
  const { comments } = branch
  const levels = levelsOf(comments)
  const firstNew = comments.find((one) => isNew(page, branch.lastRead, one))
  let text = '<ol class="cs">'
  let level = 0
  for (const [index, one] of comments.entries()) {
    const own = levels[index] ?? 0
    if (own > level)
      text += `<details open><summary>${repliesFrom(page, levels, index)}</summary><ol class="cs">`
    else if (index > 0) text += `</li>${'</ol></details></li>'.repeat(level - own)}`
    level = own
    text += `<li>${comment(page, branch, { one, parent: namedParent(comments, levels, index), isFirstNew: one === firstNew }).text}`
  }
  return raw(`${text}</li>${'</ol></details></li>'.repeat(level)}</ol>`)
}

function levelsOf(comments: readonly ShownComment[]): number[] {
  const levels: number[] = []
  let before = -1
  for (const one of comments) {
    before = Math.min(one.depth, deepest, before + 1)
    levels.push(before)
  }
  return levels
}

function repliesFrom({ words }: Page, levels: readonly number[], start: number): string {
  const level = levels[start] ?? 0
  let count = 0
  for (let i = start; i < levels.length && (levels[i] ?? 0) >= level; i++) count++
  return words.comment.replies({ count })
}

/** The answered comment where the list's shape does not show it; undefined where it does. */
function namedParent(
  comments: readonly ShownComment[],
  levels: readonly number[],
  index: number,
): number | undefined {
  const one = comments[index]
  if (!one || one.parentId === null || one.depth === levels[index]) return undefined
  return one.parentId
}

/** Written by others after the reader was here last. */
export function isNew({ viewer }: Page, lastRead: number | null, one: ShownComment): boolean {
  return lastRead !== null && one.id > lastRead && !one.deleted && one.author?.id !== viewer?.id
}

type Shown = { one: ShownComment; parent: number | undefined; isFirstNew: boolean }

function comment(page: Page, branch: Branch, { one, parent, isFirstNew }: Shown): Html {
  const { words, viewer } = page
  const t = words.comment
  if (one.deleted && one.html === '') {
    return html`<article class="c gone" id="c${one.id}"><p>${t.deleted}</p></article>`
  }
  const fresh = isNew(page, branch.lastRead, one)
  return html`<article class="c${fresh && ' nw'}${one.accepted && ' ok'}${one.deleted && ' gone'}" id="c${one.id}"${
    viewer && html` data-row`
  }>${isFirstNew && html`<p class="here">${t.hereYouStopped}</p>`}${
    one.accepted && html`<p class="mk ok">${icon('check')}${t.accepted}</p>`
  }${one.deleted && html`<p class="mk">${icon('trash')}${t.deletedShown}</p>`}${head(page, branch, { one, parent, fresh })}
${text(page, one)}${viewer && actions(page, branch, one)}</article>`
}

/** What it says; of somebody whom the reader keeps away only on demand. */
function text({ words }: Page, one: ShownComment): Html {
  const prose = html`<div class="prose">${raw(one.html)}</div>`
  return one.muted
    ? html`<details class="muted"><summary>${words.rights.foldedComment}</summary>${prose}</details>`
    : prose
}

function head(
  page: Page,
  branch: Branch,
  { one, parent, fresh }: { one: ShownComment; parent: number | undefined; fresh: boolean },
): Html {
  const t = page.words.comment
  return html`<p class="m">${avatar(one.author?.name ?? '', one.avatar)}${personLink(page, one.author)}${
    one.author !== null && one.author.id === branch.postAuthorId && html`<span class="op">${t.author}</span>`
  }<a href="${paths.comment(one.id)}">${timeFull(page, one.createdAt)}</a>${
    one.version > 1 &&
    html`<a href="${paths.commentPart(one.id, 'history')}">${t.edited({ version: one.version })}</a>`
  }${parent !== undefined && parentLink(page, branch, parent)}${fresh && html`<span class="new">${t.new}</span>`}${
    !branch.mayVote && one.votes !== 0 && html`<span>${page.words.post.votes({ count: one.votes })}</span>`
  }</p>`
}

function parentLink(page: Page, { comments }: Branch, id: number): Html {
  const t = page.words.comment
  const parent = comments.find((one) => one.id === id)
  if (!parent) return html`<a href="${paths.comment(id)}">${t.above}</a>`
  return html`<a href="#c${id}">${t.inReplyTo({ name: personName(page, parent.author) })}</a>`
}

function actions(page: Page, branch: Branch, one: ShownComment): Html {
  if (one.deleted) return branch.moderates ? restoreLink(page, one) : nothing
  return html`<div class="acts" data-comment-actions>${branch.mayVote && votes(page, branch, one)}${
    branch.mayAccept && one.answer && accept(page, branch, one)
  }${branch.mayReply && reply(page, one)}${more(page, branch, one)}</div>`
}

function restoreLink({ words }: Page, one: ShownComment): Html {
  return html`<div class="acts"><a class="act" href="${paths.commentPart(one.id, 'restore')}">${words.post.restore}</a></div>`
}

function votes({ words }: Page, { downvotes }: Branch, one: ShownComment): Html {
  const t = words.post
  const up = one.myVote === 1
  const down = one.myVote === -1
  return html`<form class="votes" method="post" action="${paths.commentPart(one.id, 'vote')}"><button class="act up" name="value" value="${
    up ? 0 : 1
  }" aria-pressed="${String(up)}">${icon('up')}<span class="sr">${t.up}</span> <b data-votes>${one.votes}</b></button>${
    downvotes &&
    html`<button class="act down" name="value" value="${down ? 0 : -1}" data-direction="down" aria-pressed="${String(down)}">${icon('down')}<span class="sr">${
      t.down
    }</span></button>`
  }</form>`
}

function accept({ words }: Page, { postId }: Branch, one: ShownComment): Html {
  const t = words.comment
  return html`<form method="post" action="${paths.postPart(postId, 'accepted')}"><input type="hidden" name="next" value="${paths.comment(one.id)}"><button class="act" name="comment" value="${
    one.accepted ? '' : one.id
  }">${icon('check')}${one.accepted ? t.unaccept : t.accept}</button></form>`
}

function more({ words, viewer }: Page, { moderates, mayEditOwn }: Branch, one: ShownComment): Html {
  const t = words.post
  const own = one.author !== null && one.author.id === viewer?.id
  const mayEdit = moderates || (own && mayEditOwn)
  const linkWith = (attributes: Html) => (part: string, sign: string, label: string) =>
    html`<li><a href="${paths.commentPart(one.id, part)}"${attributes}>${icon(sign)}${label}</a></li>`
  const link = linkWith(nothing)
  const ask =
    own &&
    html` data-confirm="${words.write.deleteCommentTitle}" data-confirm-text="${words.write.deleteCommentText}"`
  return html`<details class="menu"><summary class="act" aria-label="${words.comment.more}">${icon('more')}</summary><div class="sheet"><ul class="plain">${
    mayEdit && link('edit', 'write', t.edit)
  }${link('history', 'history', t.history)}${mayEdit && linkWith(ask || nothing)('delete', 'trash', t.delete)}${
    !own && link('report', 'flag', t.report)
  }</ul></div></details>`
}

/** Leads to a page with a form; the browser module opens that form in place. */
function reply(page: Page, one: ShownComment): Html {
  const t = page.words.comment
  const label = t.replyTo({ name: personName(page, one.author) })
  return html`<a class="act" href="${paths.commentPart(one.id, 'reply')}" data-reply="${one.id}" data-reply-label="${label}">${t.reply}</a>`
}
