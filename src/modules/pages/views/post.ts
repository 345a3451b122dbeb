import { type CommentsData, commentSection } from '#modules/comments/views.ts'
import type { Level } from '#modules/follows/follows.ts'
import { followForm, muteForm } from '#modules/follows/views.ts'
import type { ShownPost } from '#modules/posts/shapes.ts'
import { type PostRights, postArticle } from '#modules/posts/views/article.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'

export type PostPageData = Omit<CommentsData, 'post' | 'may'> & {
  post: ShownPost
  may: PostRights & CommentsData['may']
  /** How the reader follows the post. */
  follow?: Level | null
}

/** A post with its comments. Guests get no form and need no script. */
export function postPage(page: Page, data: PostPageData): Html {
  const isFollowable = page.viewer && !data.post.deleted
  const following = { thing: { post: data.post.id }, level: data.follow ?? null }
  const acts = isFollowable ? followForm(page, following) : null
  const menu = isFollowable ? html`${writeToAuthor(page, data.post)}${muteForm(page, following)}` : null
  return html`${postArticle(page, { ...data, acts, menu })}
${commentSection(page, data)}
<p class="to-list"><a class="btn" href="${paths.board(data.post.board.slug)}">${icon('list')}${page.words.boards.backTo(data.post.board)}</a></p>${isFollowable && html`\n<p class="live-post" data-live-post="${data.post.id}" role="status"></p>`}`
}

/** Opens the room of the two with a link to the post, for who may write; the author may still refuse. */
function writeToAuthor({ words, viewer }: Page, { id, author }: ShownPost): Html {
  if (!viewer || viewer.blocked || !author || author.id === viewer.id) return nothing
  return html`<form method="post" action="${paths.chatWith(author.id)}"><input type="hidden" name="about" value="${id}"><button>${icon('comment')}${words.chat.writeToAuthor}</button></form>`
}
