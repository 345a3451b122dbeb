import { type CommentsData, commentSection } from '#modules/comments/views.ts'
import type { ShownPost } from '#modules/posts/shapes.ts'
import { type PostRights, postArticle } from '#modules/posts/views/article.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'

export type PostPageData = Omit<CommentsData, 'post' | 'may'> & {
  post: ShownPost
  may: PostRights & CommentsData['may']
}

/** A post with its comments. Guests get no form and need no script. */
export function postPage(page: Page, data: PostPageData): Html {
  return html`${postArticle(page, data)}
${commentSection(page, data)}`
}
