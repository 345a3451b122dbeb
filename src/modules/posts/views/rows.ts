import type { ListedPost } from '#modules/posts/shapes.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'
import { personLink } from '#ui/person.ts'
import { timeShort } from '#ui/time.ts'

export type RowOptions = {
  /** The board whose page this is: its own posts need not name it. */
  boardId?: number
  /** Shows the time of the last comment instead of the post's. */
  byActivity?: boolean
  /** All are by the one whose page this is: their name need not stand in each. */
  ofOne?: boolean
}

/** Posts as a list of two-line rows. */
export function postRows(page: Page, posts: readonly ListedPost[], options: RowOptions = {}): Html {
  return html`<ol class="rows">
${posts.map((post) => row(page, post, options))}</ol>`
}

function row(page: Page, post: ListedPost, options: RowOptions): Html {
  const { words, viewer } = page
  const tone = viewer ? (post.read ? 'rd' : 'un') : ''
  return html`<li class="row ${tone}" data-row>${post.picture && html`<img class="th" src="${paths.file(post.picture, 320)}" width="44" height="44" alt="" loading="lazy" decoding="async">`}<p class="tl">${marks(page, post)}<a href="${paths.post(post)}">${post.title}</a>${
    tone === 'un' && html`<span class="sr"> ${words.list.unread}</span>`
  }${replies(page, post)}</p>
<p class="m">${
    post.board.id !== options.boardId &&
    html`<a href="${paths.board(post.board.slug)}">${post.board.name}</a>`
  }${!options.ofOne && personLink(page, post.author)}${timeShort(page, options.byActivity ? post.activeAt : post.createdAt)}<span class="vo">${words.list.votes(
    {
      count: post.votes,
    },
  )}</span><span class="vw">${words.list.views({ count: post.views })}</span>${tags(post.tags)}</p></li>
`
}

function marks({ words }: Page, post: ListedPost): Html {
  if (!post.pinned && !post.locked && post.kind === 'discussion') return nothing
  const t = words.list
  return html`${post.pinned && html`<span class="mk pn">${icon('pin')}${t.pinned}</span>`}${
    post.locked && html`<span class="mk">${icon('lock')}${t.locked}</span>`
  }${post.kind === 'question' && question(t, post.accepted)}`
}

function question(t: Page['words']['list'], solved: boolean): Html {
  return solved
    ? html`<span class="mk ok">${icon('check')}${t.solved}</span>`
    : html`<span class="mk q">${t.question}</span>`
}

/** The count in brackets beside the title; in the warm colour with what is new since the reader was there. */
function replies({ words }: Page, post: ListedPost): Html {
  const fresh = post.read?.newComments ?? 0
  if (post.comments === 0) return nothing
  const label = html`<span class="sr">${words.member.comments} </span>`
  if (fresh === 0) return html`&nbsp;<span class="cc">${label}[${post.comments}]</span>`
  const news = html`<span class="sr">${words.list.newComments({ count: fresh })}</span>`
  return html`&nbsp;<span class="cc nw">${label}[${post.comments} <b aria-hidden="true">+${fresh}</b>${news}]</span>`
}

function tags(names: readonly string[]): Html {
  if (names.length === 0) return nothing
  return html`<span class="tg">${names.map((name) => html`<a href="${paths.tag(name)}">#${name}</a>`)}</span>`
}
