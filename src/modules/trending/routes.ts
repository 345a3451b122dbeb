import { Type } from 'typebox'
import type { Span } from '#modules/acts/kinds.ts'
import { AuthorName, Kind } from '#modules/posts/presented.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, Instant, limitUpTo } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import {
  readTrendingPosts,
  readTrendingTags,
  readTrendingWords,
  type TrendingPost,
  type TrendingQuestion,
} from './reading.ts'

const ranked = { rank: Type.Integer({ minimum: 1 }), score: Type.Number() }
const PostItem = Type.Object({
  ...ranked,
  id: Id,
  kind: Kind,
  title: Type.String(),
  author: AuthorName,
  board: Type.Object({ id: Id, slug: Type.String(), name: Type.String() }),
  tags: Type.Array(Type.String()),
  createdAt: Instant,
  votes: Type.Integer(),
  comments: Type.Integer(),
  answers: Type.Integer(),
  views: Type.Integer(),
  accepted: Type.Boolean(),
  people: Type.Integer({ description: 'At least so many people did something at it' }),
  exposure: Type.Number({ description: 'Arrivals, shares, likes and links taken for each reader' }),
  relativeExposure: Type.Number({ description: 'Exposure against the usual post: 1 is usual' }),
})
const TagItem = Type.Object({
  ...ranked,
  tag: Type.String(),
  posts: Type.Integer(),
  people: Type.Integer({ description: 'Authors; each counts once, by their best post' }),
})
const WordItem = Type.Object({
  ...ranked,
  word: Type.String(),
  people: Type.Integer({ description: 'Authors who write it now' }),
  before: Type.Integer({ description: 'Authors who wrote it in the week before' }),
})

const Query = Type.Object({
  what: Type.Optional(
    Type.Union([Type.Literal('posts'), Type.Literal('tags'), Type.Literal('words')], {
      default: 'posts',
      description: 'Which kind of thing',
    }),
  ),
  window: Type.Optional(
    Type.Union([Type.Literal('hour'), Type.Literal('day'), Type.Literal('week')], {
      default: 'day',
      description: 'What happened in the last hour, day or week',
    }),
  ),
  limit: limitUpTo(100, 20),
})

function presented({ read, activeAt, createdAt, ...post }: TrendingPost) {
  return { ...post, createdAt: createdAt.toISOString() }
}

/** To four places: what is behind them is noise. */
const rounded = (value: number) => Math.round(value * 10_000) / 10_000

export function trendingRoutes(api: Server, web: Web): void {
  const Answer = Type.Object({
    items: Type.Array(Type.Union([PostItem, TagItem, WordItem])),
    next: Type.Null(),
  })
  const summary = 'What is talked about most: posts, tags or words of the last hour, day or week'
  api.get(
    '/trending',
    { schema: { tags: ['trending'], summary, querystring: Query, response: { 200: Answer } } },
    async (request) => {
      const { what = 'posts', window = 'day', limit = 20 } = request.query
      const viewer = await web.viewer(request)
      const question: TrendingQuestion = { span: window satisfies Span, limit, now: web.now() }
      const { db } = web.deps
      if (what === 'posts') {
        const posts = await readTrendingPosts(db, viewer, question)
        return answer(posts.map(presented))
      }
      if (what === 'tags') return answer(await readTrendingTags(db, viewer, question))
      return answer(await readTrendingWords(db, question))
    },
  )
}

function answer<T extends { score: number }>(found: readonly T[]) {
  const items = found.map((one, index) => ({ rank: index + 1, ...one, score: rounded(one.score) }))
  return { items, next: null }
}
