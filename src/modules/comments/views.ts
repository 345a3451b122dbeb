import { refusalOf } from '#modules/accounts/accounts.ts'
import { type Hold, isModerator } from '#modules/accounts/viewer.ts'
import type { CommentOrder, CommentPage, ShownComment } from '#modules/comments/shapes.ts'
import type { ShownPost } from '#modules/posts/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { timeIn } from '#platform/zones.ts'
import { refusalText } from '#ui/answers.ts'
import { icon } from '#ui/icon.ts'
import type { FormState, Page } from '#ui/page.ts'
import { pager } from '#ui/pager.ts'
import { personName } from '#ui/person.ts'
import { contactLink } from '#ui/text-links.ts'
import { type Branch, commentTree, isNew, type Stopped } from './tree-views.ts'
import { commentForm } from './write-views.ts'

type OfPost =
  | 'id'
  | 'title'
  | 'kind'
  | 'author'
  | 'board'
  | 'comments'
  | 'answers'
  | 'acceptedId'
  | 'lock'
  | 'deleted'
  | 'mine'

export type CommentsData = {
  post: Pick<ShownPost, OfPost>
  thread: CommentPage
  order: CommentOrder
  /** What `canComment` and `canAccept` say. */
  may: { comment: boolean; accept: boolean }
  /** Fills the form under the thread: a draft, or nothing. */
  state: FormState
  /** The first comment that the reader has not read, when it is on a later page. */
  unread?: number | null
  /** Whether they turned the pages from the first one on to this one. */
  turned?: boolean
  /** The comment that they have sent once more. */
  again?: string | null
}

/** Everything below a post's text: on questions first the remarks, then answers; the form or why there is none. */
export function commentSection(page: Page, data: CommentsData): Html {
  const { post, thread } = data
  const isQuestion = post.kind === 'question'
  return html`${isQuestion && remarks(page, data)}<section class="thread" id="comments" aria-labelledby="comments-title">
${threadHead(page, data)}
${fresh(page, data)}${
  thread.comments.length > 0
    ? commentTree(page, branchOf(page, data, thread.comments))
    : noComments(page, data)
}
${moreBelow(page, data)}
${threadPager(page, data)}
${writeHere(page, data)}</section>`
}

function threadHead(page: Page, { post, order }: CommentsData): Html {
  const t = page.words.comment
  if (post.kind === 'discussion') {
    return html`<header class="thread-head"><h2 id="comments-title">${t.comments({ count: post.comments })}</h2></header>`
  }
  const orders = (['votes', 'date'] as const).map(
    (one) =>
      html`<a href="${paths.post(post, { order: one === 'votes' ? null : one })}#comments"${
        one === order && html` aria-current="true"`
      }>${t.orders[one]}</a>`,
  )
  return html`<header class="thread-head"><h2 id="comments-title">${t.answers({ count: post.answers })}</h2>${
    post.answers > 1 && html`<nav class="tabs" aria-label="${t.order}">${orders}</nav>`
  }</header>`
}

/** What the reader has read; null for who never was here, and who turns a page and finds everything unread. */
function stoppedAt({ post, thread }: Pick<CommentsData, 'post' | 'thread'>): Stopped | null {
  const { lastReadCommentId: lastRead = null, readAt: at = null } = post.mine ?? {}
  if (lastRead === null) return null
  // The first page of several was shown as it was then, though what is on the others is not read yet.
  if (!thread.previous) return { lastRead, at: goesOn(thread) ? at : null }
  const isAllUnread = cameSince(post) <= 0 && thread.comments.every((one) => one.id > lastRead)
  return isAllUnread ? null : { lastRead, at: null }
}

const goesOn = ({ next, more = [] }: CommentPage) => next !== null || more.length > 0

/** What of a page its reader has not read. */
export function newsIn(page: Page, data: Pick<CommentsData, 'post' | 'thread'>): ShownComment[] {
  const stopped = stoppedAt(data)
  return data.thread.comments.filter((one) => isNew(page, stopped, one))
}

const cameSince = ({ mine, comments }: CommentsData['post']) => comments - (mine?.readComments ?? comments)

function branchOf(page: Page, data: CommentsData, comments: readonly ShownComment[]): Branch {
  const { viewer } = page
  const { post, may } = data
  return {
    comments,
    postId: post.id,
    acceptedId: post.acceptedId,
    postAuthorId: post.author?.id ?? null,
    stopped: stoppedAt(data),
    again: data.again ?? null,
    downvotes: post.board.downvotes,
    mayVote: viewer !== null && !viewer.blocked && !post.deleted && !post.board.archived,
    mayReply: may.comment,
    mayAccept: may.accept && post.kind === 'question',
    mayEditOwn: viewer !== null && !viewer.blocked && !post.lock && !post.board.archived && !post.deleted,
    moderates: isModerator(viewer),
  }
}

/** What is new since the reader was here, with the way to the first of it. */
function fresh(page: Page, data: CommentsData): Html {
  const { post, thread, unread } = data
  const t = page.words.comment
  if (stoppedAt(data) === null) return nothing
  const news = newsIn(page, data)
  const [first] = news
  if (!first)
    return unread
      ? freshNote(t.unreadBelow, html`<a href="${paths.comment(unread)}">${t.toNew}</a>`)
      : nothing
  const way = html`<a href="#c${first.id}">${t.toNew}</a>`
  if (!thread.next && !thread.previous) return freshNote(t.newSince({ count: news.length }), way)
  // Where the thread goes on over pages, as the lists count: all that came since. Unread can be what was there already.
  const came = cameSince(post)
  return freshNote(came > 0 ? t.newSince({ count: Math.max(news.length, came) }) : t.unreadHere, way)
}

function freshNote(text: string, way: Html): Html {
  return html`<p class="note warm fresh" id="fresh"><span class="dot"></span><span>${text} ${way}</span></p>`
}

function noComments(page: Page, { post, may }: CommentsData): Html {
  const t = page.words.comment
  const isQuestion = post.kind === 'question'
  const isAsker = page.viewer !== null && post.author?.id === page.viewer.id
  const next = isQuestion ? (isAsker ? t.noAnswersOwn : t.noAnswersNext) : t.noneNext
  return html`<p class="none quiet">${isQuestion ? t.noAnswers : t.none}${may.comment && html` ${next}`}</p>`
}

/** What people said about the question itself: short, under the question, before the answers. */
function remarks(page: Page, data: CommentsData): Html {
  const { thread, may, post } = data
  const t = page.words.comment
  if (thread.previous || (thread.remarks.length === 0 && !may.comment)) return nothing
  return html`<section class="remarks" aria-label="${t.remarks}">${
    thread.remarks.length > 0 && commentTree(page, { ...branchOf(page, data, thread.remarks), stopped: null })
  }${moreRemarks(page, data)}${
    may.comment &&
    html`<details class="reply"><summary>${t.remark}</summary><form class="reply-form" method="post" action="${paths.postPart(
      post.id,
      'comments',
    )}"><input type="hidden" name="remark" value="1"><textarea name="body" rows="3" required aria-label="${
      t.remark
    }"></textarea><button class="btn primary">${t.send}</button></form></details>`
  }</section>`
}

/** Branches that are longer than a page, and where they go on. */
function moreBelow(page: Page, data: CommentsData): Html {
  const { comments, more = [] } = data.thread
  const t = page.words.comment
  const items = more.flatMap(({ below, after }) => {
    const root = comments.find((one) => one.id === below)
    if (!root) return []
    const label = t.moreBelow({ name: personName(page, root.author) })
    return [html`<li><a href="${pageAfter(data, after)}">${label}</a></li>`]
  })
  return items.length > 0 ? html`<ul class="plain more-below">${items}</ul>` : nothing
}

/** Remarks past the first ones, and those below which there is more. */
function moreRemarks(page: Page, data: CommentsData): Html {
  const { remarks, more = [] } = data.thread
  const isHere = (below: number | null) => below === null || remarks.some((one) => one.id === below)
  const links = more
    .filter(({ below }) => isHere(below))
    .map(
      ({ after }) => html`<p><a href="${pageAfter(data, after)}">${page.words.comment.moreRemarks}</a></p>`,
    )
  return html`${links}`
}

function pageAfter({ post, order }: CommentsData, after: string | null, turned = false): string {
  const kept = order === 'date' && post.kind === 'question' ? 'date' : null
  return `${paths.post(post, { order: kept, after, from: turned ? 'first' : null })}#comments`
}

/** Whether the next page has all before it behind it: for members, of whom it is noted what they read. */
const turnsOn = ({ post, thread, turned }: CommentsData) =>
  post.mine !== null && (turned || !thread.previous) && (thread.more ?? []).length === 0

function threadPager(page: Page, data: CommentsData): Html {
  const { thread } = data
  const t = page.words.comment
  const [older, first] = data.post.kind === 'question' ? [t.olderAnswers, t.firstAnswers] : [t.older, t.first]
  return pager({
    label: t.pages,
    next: thread.next === null ? null : { href: pageAfter(data, thread.next, turnsOn(data)), label: older },
    first: thread.previous ? { href: pageAfter(data, null), label: first } : null,
  })
}

/** The form; or why one cannot write here and what one can do instead. */
function writeHere(page: Page, { post, may, state }: CommentsData): Html {
  const { words, viewer } = page
  const t = words.comment
  if (post.deleted) return nothing
  if (may.comment) {
    const isAnswer = post.kind === 'question'
    return html`<section class="write-here" id="write"><h2>${isAnswer ? t.writeAnswer : t.writeComment}</h2>${commentForm(
      page,
      {
        state,
        postId: post.id,
        parent: null,
        isAnswer,
      },
    )}</section>`
  }
  if (post.board.archived) return closed({ sign: 'lock', title: t.archivedTitle, text: t.archivedText })
  if (viewer?.blocked)
    return closed({
      sign: 'lock',
      title: t.blockedTitle,
      text: blockedText(page, viewer.blocked),
      ways: contactLink(page),
    })
  if (post.lock)
    return closed({
      sign: 'lock',
      title: t.lockedTitle,
      text: t.lockedText,
      ways: writeLink(page, post.board.slug),
    })
  if (viewer) return closed({ sign: 'lock', title: t.closedTitle, text: t.closedText })
  const back = `${paths.post(post)}#comments`
  const ways = html`<p class="ways"><a class="btn primary" href="${paths.signIn(back)}">${words.site.signIn}</a>${
    (page.site.joinable ?? true) &&
    html` <a class="btn" href="${paths.signUp(back)}">${words.site.signUp}</a>`
  }</p>`
  return closed({ sign: 'comment', title: t.guestTitle, text: t.guestText, ways })
}

function blockedText({ words, timeZone }: Page, hold: Hold): string {
  if (hold.why !== 'blocked') return refusalText(words, refusalOf(hold), timeZone)
  return words.comment.blockedText({
    reason: hold.reason,
    until: hold.until && timeIn(timeZone, hold.until),
  })
}

function writeLink({ words, viewer }: Page, slug: string): Html {
  return viewer
    ? html`<p class="ways"><a class="btn" href="${paths.write(slug)}">${words.site.write}</a></p>`
    : nothing
}

function closed(why: { sign: string; title: string; text: string; ways?: Html }): Html {
  return html`<section class="closed" id="write"><h2>${icon(why.sign)}${why.title}</h2><p>${why.text}</p>${why.ways}</section>`
}
