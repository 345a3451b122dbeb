import { on } from '#freshness.ts'
import type { CommentPage } from '#modules/comments/shapes.ts'
import type { PostToShow } from '#modules/posts/show.ts'

/** What a post's page depends on: the post, and everybody who is named on it. */
export function* shownInThread(post: PostToShow, thread: CommentPage): Iterable<string> {
  yield on.post(post.id)
  for (const author of [post.author, post.pin?.by, post.lock?.by, post.move?.by, post.deleted?.by])
    if (author) yield on.member(author.id)
  for (const comment of [...thread.comments, ...thread.remarks])
    if (comment.author) yield on.member(comment.author.id)
}
