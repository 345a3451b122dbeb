import type { Author } from '#modules/posts/shapes.ts'

/** A comment as it stands in a post's tree, in reading order; `depth` 0 is a root (on questions: an answer). */
export type ShownComment = {
  id: number
  parentId: number | null
  depth: number
  author: Author
  /** The name of the author's picture. */
  avatar?: string | null
  /** Empty when deleted and the viewer is no moderator. */
  html: string
  version: number
  createdAt: Date
  editedAt: Date | null
  votes: number
  deleted: boolean
  accepted: boolean
  /** On a question: a root that answers it; a root that does not is a remark on the question itself. */
  answer: boolean
  /** The viewer's own vote, 0 for guests. */
  myVote: -1 | 0 | 1
  /** The viewer keeps its author away: folded until opened. */
  muted: boolean
}

export type CommentOrder = 'votes' | 'date'
/** `remarks`: on questions, on the first page, what was said about the question itself. `previous`: not the first page. */
export type CommentPage = {
  comments: ShownComment[]
  remarks: ShownComment[]
  more?: readonly MoreBelow[]
  next: string | null
  previous: boolean
}
/** Where a long branch goes on, or (null) the remarks do: `after` is the cursor of that page. */
export type MoreBelow = { below: number | null; after: string }
export type CommentVersion = { version: number; body: string; html: string; by: Author; at: Date }
