import type { Viewer } from '#modules/accounts/viewer.ts'
import type { Span } from '#modules/acts/kinds.ts'
import { readLevels } from '#modules/boards/policy.ts'
import type { ListedPost } from '#modules/posts/shapes.ts'
import { ask, type Db } from '#platform/database.ts'
import { trendingPosts, trendingTags, trendingWords } from './queries.ts'
import { freshen } from './ranking.ts'
import type { TrendingWord } from './words.ts'

export type TrendingPost = ListedPost & {
  score: number
  /** At least so many people: those of the kind of act that most did. */
  people: number
  exposure: number
  /** Against the usual post of the same span: 1 is usual. */
  relativeExposure: number
}
export type TrendingTag = { tag: string; score: number; people: number; posts: number }

export type TrendingQuestion = { span: Span; limit: number; now: Date }

type Row = Omit<TrendingPost, 'board' | 'author' | 'read'> & {
  boardId: number
  slug: string
  boardName: string
  authorId: number
  authorName: string | null
  seen: number | null
}

/** The posts that most is done at, of those that the viewer may see. */
export async function readTrendingPosts(
  db: Db,
  viewer: Viewer | null,
  { span, limit, now }: TrendingQuestion,
): Promise<TrendingPost[]> {
  await freshen(db, 'posts', now)
  const rows = await ask<Row>(db, trendingPosts, [readLevels(viewer), viewer?.id ?? null, span, limit])
  return rows.map(({ boardId, slug, boardName, authorId, authorName, seen, ...row }) => ({
    ...row,
    board: { id: boardId, slug, name: boardName },
    author: authorName === null ? null : { id: authorId, name: authorName },
    read: viewer && seen !== null ? { newComments: Math.max(0, row.comments - seen) } : null,
  }))
}

/** Tags, counted over the boards that readers like this viewer may see. */
export async function readTrendingTags(
  db: Db,
  viewer: Viewer | null,
  { span, limit, now }: TrendingQuestion,
): Promise<TrendingTag[]> {
  await freshen(db, 'posts', now)
  const levels = readLevels(viewer)
  return ask(db, trendingTags, [levels.at(-1), span, limit, levels])
}

/** Words, from boards that everybody may read: the same for all. */
export async function readTrendingWords(
  db: Db,
  { span, limit, now }: TrendingQuestion,
): Promise<TrendingWord[]> {
  await freshen(db, 'words', now)
  return ask(db, trendingWords, [span, limit])
}
