export type ReadBy = 'everyone' | 'members' | 'moderators'
export type WriteBy = 'members' | 'moderators'
export type PostKind = 'discussion' | 'question'

export type Board = {
  id: number
  slug: string
  name: string
  about: string
  parentId: number | null
  kind: PostKind
  readBy: ReadBy
  writeBy: WriteBy
  downvotes: boolean
  /** It, or a board above it, was archived: it takes nothing new. */
  archived: boolean
  /** Posts that are not deleted, of this board alone. */
  posts: number
  /** The chat room for whoever may read the board, where there is one. */
  room: number | null
}

/** A board with the boards below it. `total` counts the posts of the whole branch. */
export type BoardBranch = Board & { children: BoardBranch[]; total: number }
