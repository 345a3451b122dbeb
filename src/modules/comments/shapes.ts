import type { Author } from '#modules/posts/shapes.ts'

/** A comment as it stands in a post's tree, in reading order; `depth` 0 is a root (on questions: an answer). */
export type ShownComment = {
  id: number
  parentId: number | null
  depth: number
  author: Author
  /** Empty when deleted and the viewer is no moderator. */
  html: string
  version: number
  createdAt: Date
  editedAt: Date | null
  votes: number
  deleted: boolean
  accepted: boolean
  /** The viewer's own vote, 0 for guests. */
  myVote: -1 | 0 | 1
}

export type CommentOrder = 'votes' | 'date'
export type CommentPage = { comments: ShownComment[]; next: string | null; previous: boolean }
export type CommentVersion = { version: number; body: string; html: string; by: Author; at: Date }
