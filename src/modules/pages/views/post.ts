import { type CommentsData, commentSection } from '#modules/comments/views.ts'
import type { Level } from '#modules/follows/follows.ts'
import { followForm } from '#modules/follows/views.ts'
import type { ShownPost } from '#modules/posts/shapes.ts'
import { type PostRights, postArticle } from '#modules/posts/views/article.ts'
import { type Html, html } from '#platform/html.ts'
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
  const follow = isFollowable
    ? followForm(page, { thing: { post: data.post.id }, level: data.follow ?? null })
    : null
  return html`${postArticle(page, { ...data, acts: follow })}
${commentSection(page, data)}${isFollowable && html`\n<p class="live-post" data-live-post="${data.post.id}" role="status"></p>`}`
}
