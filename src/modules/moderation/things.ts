import type { Viewer } from '#modules/accounts/viewer.ts'
import { type FoundComment, findVisibleComment } from '#modules/comments/comments.ts'
import { findCommentVersion } from '#modules/comments/versions.ts'
import { type FoundPost, findVisiblePost } from '#modules/posts/posts.ts'
import { findVersion } from '#modules/posts/versions.ts'
import type { Db } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import { plainText } from '#platform/markdown.ts'
import type { Target } from './shapes.ts'

/** A post or a comment that a page is about. `post` is null where only its tombstone may be seen. */
export type Thing =
  | { kind: 'post'; target: Target; post: FoundPost; comment: null }
  | { kind: 'comment'; target: Target; post: FoundPost | null; comment: FoundComment }

export type ThingName = { kind: 'post' | 'comment'; id: number }

/** @throws NotFound when the reader may not see it; deleted things are found only with `deleted`, by those who may. A comment may
 * stand under a post that the reader does not see: `titleWhenGone` names it then. */
export async function findThing(
  db: Db,
  viewer: Viewer | null,
  { kind, id, titleWhenGone, ...options }: ThingName & { titleWhenGone: string; deleted?: boolean },
): Promise<Thing> {
  if (kind === 'post') {
    const post = await findVisiblePost(db, viewer, { id, ...options })
    return { kind, post, comment: null, target: { kind, id, title: post.title } }
  }
  const comment = await findVisibleComment(db, viewer, { id, ...options })
  const post = await findPostOf(db, viewer, comment)
  return { kind, post, comment, target: { kind, id, title: post?.title ?? titleWhenGone } }
}

async function findPostOf(db: Db, viewer: Viewer | null, comment: FoundComment): Promise<FoundPost | null> {
  try {
    return await findVisiblePost(db, viewer, { id: comment.postId, deleted: true })
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

/** The beginning of its newest text as plain words. */
export async function excerptOf(db: Db, viewer: Viewer | null, thing: Thing): Promise<string> {
  if (!thing.post) return ''
  const { body } =
    thing.kind === 'post'
      ? await findVersion(db, viewer, { postId: thing.post.id, version: thing.post.version })
      : await findCommentVersion(db, viewer, { commentId: thing.comment.id, version: thing.comment.version })
  return plainText(body, 300)
}
