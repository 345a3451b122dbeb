import type { PostKind } from '#modules/boards/shapes.ts'

/** A person's name beside a text; null after withdrawal. */
export type Author = { id: number; name: string } | null
export type BoardName = { id: number; slug: string; name: string }
export type PostSort = 'latest' | 'hot' | 'top' | 'active'
export type TopPeriod = 'day' | 'week' | 'month' | 'year' | 'all'

/** A row of a list. */
export type ListedPost = {
  id: number
  title: string
  kind: PostKind
  board: BoardName
  author: Author
  /** The name of the author's picture. */
  avatar?: string | null
  /** The name of the first picture that its text shows. */
  picture?: string | null
  tags: string[]
  createdAt: Date
  activeAt: Date
  votes: number
  comments: number
  answers: number
  views: number
  accepted: boolean
  pinned: boolean
  locked: boolean
  /** For members: what they have seen of it. null: never opened, or a guest looks. */
  read: { newComments: number } | null
}

export type PostList = { posts: ListedPost[]; next: string | null }

/** An act on a post that is a row: who, when, why. `elsewhere`: on the site it was imported from, which does not tell by whom. */
export type Act = { by: Author; at: Date; reason: string; elsewhere?: boolean }

/** A post as its page shows it. */
export type ShownPost = {
  id: number
  title: string
  kind: PostKind
  board: BoardName & { readBy: string; downvotes: boolean; archived: boolean }
  author: Author
  /** The name of the author's picture. */
  avatar?: string | null
  /** Where who asks a question comes from, in two letters. */
  country: string | null
  tags: string[]
  version: number
  html: string
  body: string
  createdAt: Date
  editedAt: Date | null
  votes: number
  comments: number
  answers: number
  views: number
  acceptedId: number | null
  pin: Act | null
  lock: Act | null
  deleted: { at: Date; by: Author } | null
  /** The last move to another board, for the line above the text. */
  move: (Act & { from: BoardName | null }) | null
  /**
   * What the viewer has read; null: nothing. `lastReadCommentId`: all comments up to it; `readAt`: what the first page of
   * comments showed then; `readComments`: how many there were at last.
   */
  mine: {
    vote: -1 | 0 | 1
    bookmarked: boolean
    lastReadCommentId: number | null
    readAt: Date | null
    readComments: number | null
  } | null
}

export type Version = {
  version: number
  title: string
  tags: string[]
  body: string
  html: string
  by: Author
  at: Date
  note: string
}
export type ListedVersion = Pick<Version, 'version' | 'title' | 'by' | 'at' | 'note'>
