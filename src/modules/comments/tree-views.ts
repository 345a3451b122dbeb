import type { ShownComment } from '#modules/comments/shapes.ts'
import { writtenAgain } from '#modules/posts/views/article.ts'
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
  stopped: Stopped | null
  again: string | null
  downvotes: boolean
  mayVote: boolean
  mayReply: boolean
  mayAccept: boolean
  mayEditOwn: boolean
  moderates: boolean
}

/** Up to which comment all are read; `at`: when all on this page were, where that is known. */
export type Stopped = { lastRead: number; at: Date | null }

/** Deeper replies stand on the sixth level and say whom they answer. */
const deepest = 5

/** Nested lists out of the flat reading order. A thread of replies is a <details>, so it folds without script. */
export function commentTree(page: Page, branch: Branch): Html {
  const { comments } = branch
  const levels = levelsOf(comments)
  const firstNew = comments.find((one) => isNew(page, branch.stopped, one))
  let text = '<ol class="cs">'
  let level = 0
  for (const [index, one] of comments.entries()) {
    const own = levels[index] ?? 0
    if (own > level)
      text += `<details open><summary>${repliesFrom(page, levels, index)}</summary><ol class="cs">`
    else if (index > 0) text += `</li>${'</ol></details></li>'.repeat(level - own)}`
    level = own
    text += `<li>${comment(page, branch, { one, parent: namedParent(comments, levels, index), isFirstNew: one === firstNew })}`
    if (branch.again === String(one.id)) text += writtenAgain(page, one.author).text
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
export function isNew({ viewer }: Page, stopped: Stopped | null, one: ShownComment): boolean {
  if (stopped === null || one.id <= stopped.lastRead || one.deleted) return false
  return one.author?.id !== viewer?.id && (stopped.at === null || one.createdAt > stopped.at)
}

type Shown = { one: ShownComment; parent: number | undefined; isFirstNew: boolean }

/** Everything of reader and thread that a comment's looks depend on: values that are compared, by which they are known again. */
type Facts = {
  words: Page['words']
  timeZone: string
  isMember: boolean
  isOwn: boolean
  isAuthors: boolean
  isFresh: boolean
  isFirstNew: boolean
  /** The answered comment, where it is to be named. */
  parent: number | undefined
  /** Null where it stands on another page. */
  parentName: string | null
  postId: number
  downvotes: boolean
  mayVote: boolean
  mayReply: boolean
  mayAccept: boolean
  mayEdit: boolean
  moderates: boolean
}

function factsOf(page: Page, branch: Branch, { one, parent, isFirstNew }: Shown): Facts {
  const { viewer } = page
  const isOwn = one.author !== null && one.author.id === viewer?.id
  const above = parent === undefined ? undefined : branch.comments.find(({ id }) => id === parent)
  return {
    words: page.words,
    timeZone: page.timeZone,
    isMember: viewer !== null,
    isOwn,
    isAuthors: one.author !== null && one.author.id === branch.postAuthorId,
    isFresh: isNew(page, branch.stopped, one),
    isFirstNew,
    parent,
    parentName: above ? personName(page, above.author) : null,
    postId: branch.postId,
    downvotes: branch.downvotes,
    mayVote: branch.mayVote,
    mayReply: branch.mayReply,
    mayAccept: branch.mayAccept,
    mayEdit: branch.moderates || (isOwn && branch.mayEditOwn),
    moderates: branch.moderates,
  }
}

/** How comments that are kept in memory looked to the last reader: to most others they look the same. */
const looks = new WeakMap<ShownComment, { facts: Facts; text: string }>()

function isSame(a: Facts, b: Facts): boolean {
  for (const name in a) if (a[name as keyof Facts] !== b[name as keyof Facts]) return false
  return true
}

function comment(page: Page, branch: Branch, shown: Shown): string {
  const { one } = shown
  const facts = factsOf(page, branch, shown)
  // What is not kept, or belongs to one reader, is never seen again.
  if (!Object.isFrozen(one)) return render(facts, one).text
  const known = looks.get(one)
  if (known && isSame(known.facts, facts)) return known.text
  const { text } = render(facts, one)
  // V8 keeps what was put together as its pieces until somebody reads it: read once, they are one for all pages.
  Buffer.byteLength(text)
  looks.set(one, { facts, text })
  return text
}

/** Knows nothing but what it is given: what is remembered of one reader is shown to others. */
function render(facts: Facts, one: ShownComment): Html {
  const t = facts.words.comment
  if (one.deleted && one.html === '') {
    return html`<article class="c gone" id="c${one.id}"><p>${t.deleted}</p></article>`
  }
  return html`<article class="c${facts.isFresh && ' nw'}${one.accepted && ' ok'}${one.deleted && ' gone'}" id="c${one.id}"${
    facts.isMember && html` data-row`
  }>${facts.isFirstNew && html`<p class="here">${t.hereYouStopped}</p>`}${
    one.accepted && html`<p class="mk ok">${icon('check')}${t.accepted}</p>`
  }${one.deleted && html`<p class="mk">${icon('trash')}${t.deletedShown}</p>`}${head(facts, one)}
${text(facts, one)}${facts.isMember && actions(facts, one)}</article>`
}

/** What it says; of somebody whom the reader keeps away only on demand. */
function text({ words }: Facts, one: ShownComment): Html {
  const prose = html`<div class="prose">${raw(one.html)}</div>`
  return one.muted
    ? html`<details class="muted"><summary>${words.rights.foldedComment}</summary>${prose}</details>`
    : prose
}

function head(facts: Facts, one: ShownComment): Html {
  const { words } = facts
  const t = words.comment
  return html`<p class="m">${avatar(one.author?.name ?? '', one.avatar)}${personLink({ words }, one.author)}${
    facts.isAuthors && html`<span class="op">${t.author}</span>`
  }<a href="${paths.comment(one.id)}">${timeFull(facts, one.createdAt)}</a>${
    one.version > 1 &&
    html`<a href="${paths.commentPart(one.id, 'history')}">${t.edited({ version: one.version })}</a>`
  }${parentLink(facts)}${facts.isFresh && html`<span class="new">${t.new}</span>`}${
    !facts.mayVote && one.votes !== 0 && html`<span>${words.post.votes({ count: one.votes })}</span>`
  }</p>`
}

function parentLink({ words, parent, parentName }: Facts): Html {
  const t = words.comment
  if (parent === undefined) return nothing
  if (parentName === null) return html`<a href="${paths.comment(parent)}">${t.above}</a>`
  return html`<a href="#c${parent}">${t.inReplyTo({ name: parentName })}</a>`
}

function actions(facts: Facts, one: ShownComment): Html {
  if (one.deleted) return facts.moderates ? restoreLink(facts, one) : nothing
  return html`<div class="acts" data-comment-actions>${facts.mayVote && votes(facts, one)}${
    facts.mayAccept && one.answer && accept(facts, one)
  }${facts.mayReply && reply(facts, one)}${more(facts, one)}</div>`
}

function restoreLink({ words }: Facts, one: ShownComment): Html {
  const label = words.post.restore
  return html`<div class="acts"><a class="act" href="${paths.commentPart(one.id, 'restore')}">${label}</a></div>`
}

function votes({ words, downvotes }: Facts, one: ShownComment): Html {
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

function accept({ words, postId }: Facts, one: ShownComment): Html {
  const t = words.comment
  return html`<form method="post" action="${paths.postPart(postId, 'accepted')}"><input type="hidden" name="next" value="${paths.comment(one.id)}"><button class="act" name="comment" value="${
    one.accepted ? '' : one.id
  }">${icon('check')}${one.accepted ? t.unaccept : t.accept}</button></form>`
}

function more({ words, isOwn, mayEdit }: Facts, one: ShownComment): Html {
  const t = words.post
  const linkWith = (attributes: Html) => (part: string, sign: string, label: string) =>
    html`<li><a href="${paths.commentPart(one.id, part)}"${attributes}>${icon(sign)}${label}</a></li>`
  const link = linkWith(nothing)
  const ask =
    isOwn &&
    html` data-confirm="${words.write.deleteCommentTitle}" data-confirm-text="${words.write.deleteCommentText}"`
  return html`<details class="menu"><summary class="act" aria-label="${words.comment.more}">${icon('more')}</summary><div class="sheet"><ul class="plain">${
    mayEdit && link('edit', 'write', t.edit)
  }${link('history', 'history', t.history)}${mayEdit && linkWith(ask || nothing)('delete', 'trash', t.delete)}${
    !isOwn && link('report', 'flag', t.report)
  }</ul></div></details>`
}

/** Leads to a page with a form; the browser module opens that form in place. */
function reply({ words }: Facts, one: ShownComment): Html {
  const t = words.comment
  const label = t.replyTo({ name: personName({ words }, one.author) })
  return html`<a class="act" href="${paths.commentPart(one.id, 'reply')}" data-reply="${one.id}" data-reply-label="${label}">${t.reply}</a>`
}
