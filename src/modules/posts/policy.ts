import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { canWrite } from '#modules/boards/policy.ts'
import type { ReadBy, WriteBy } from '#modules/boards/shapes.ts'

/** What the rules about a post need to know of it. */
export type RuledPost = {
  authorId: number
  locked: boolean
  /** Its board takes nothing new. */
  archived: boolean
  deletedAt: Date | null
  deletedById: number | null
  readBy: ReadBy
  writeBy: WriteBy
}

/** What stands in the way of somebody whose post it is, or who might answer it. */
export function whyNot(
  post: Pick<RuledPost, 'locked' | 'archived'>,
): 'board-archived' | 'locked' | 'forbidden' {
  return post.archived ? 'board-archived' : post.locked ? 'locked' : 'forbidden'
}

const isAuthor = (viewer: Viewer | null, post: RuledPost) => viewer !== null && viewer.id === post.authorId

/** The text of a deleted post stays open to moderators and to an author who deleted it. */
export function canSeeDeleted(viewer: Viewer | null, post: RuledPost): boolean {
  return isModerator(viewer) || (isAuthor(viewer, post) && post.deletedById === post.authorId)
}

/** Whether the post itself is shown, against what stands in its place. */
export function canSee(viewer: Viewer | null, post: RuledPost): boolean {
  return post.deletedAt === null || canSeeDeleted(viewer, post)
}

export function canEdit(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || post.deletedAt) return false
  return isModerator(viewer) || (isAuthor(viewer, post) && !post.locked && !post.archived)
}

export function canDelete(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || post.deletedAt) return false
  return isModerator(viewer) || (isAuthor(viewer, post) && !post.locked && !post.archived)
}

export function canRestore(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || !post.deletedAt) return false
  const isOwnAct = isAuthor(viewer, post) && post.deletedById === post.authorId
  return isModerator(viewer) || (isOwnAct && !post.archived)
}

export function canComment(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || post.deletedAt || post.archived) return false
  return isModerator(viewer) || (!post.locked && canWrite(viewer, { ...post, writeBy: 'members' }))
}

/** Who asked chooses the answer; moderators may, too. */
export function canAccept(viewer: Viewer | null, post: RuledPost): boolean {
  if (!viewer || viewer.blocked || post.deletedAt) return false
  return isModerator(viewer) || (isAuthor(viewer, post) && !post.locked && !post.archived)
}
