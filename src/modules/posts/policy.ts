import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { canWrite } from '#modules/boards/policy.ts'
import type { ReadBy, WriteBy } from '#modules/boards/shapes.ts'

/** What the rules about a post need to know of it. */
export type RuledPost = {
  authorId: number
  locked: boolean
  deletedAt: Date | null
  deletedById: number | null
  readBy: ReadBy
  writeBy: WriteBy
}

const isAuthor = (viewer: Viewer | null, post: RuledPost) => viewer !== null && viewer.id === post.authorId

/** The text of a deleted post stays open to moderators and to an author who deleted it. */
export function canSeeDeleted(viewer: Viewer | null, post: RuledPost): boolean {
  return isModerator(viewer) || (isAuthor(viewer, post) && post.deletedById === post.authorId)
}

export function canEdit(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || post.deletedAt) return false
  return isModerator(viewer) || (isAuthor(viewer, post) && !post.locked)
}

export function canDelete(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || post.deletedAt) return false
  return isModerator(viewer) || (isAuthor(viewer, post) && !post.locked)
}

export function canRestore(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || !post.deletedAt) return false
  return isModerator(viewer) || (isAuthor(viewer, post) && post.deletedById === post.authorId)
}

export function canComment(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || post.deletedAt) return false
  return (
    isModerator(viewer) || (!post.locked && canWrite(viewer, { readBy: post.readBy, writeBy: 'members' }))
  )
}

/** Who asked chooses the answer; moderators may, too. */
export function canAccept(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || post.deletedAt) return false
  return isModerator(viewer) || (isAuthor(viewer, post) && !post.locked)
}
