import { Type } from 'typebox'
import { ListedPostShape, presentListed } from '#modules/posts/presented.ts'
import { Id, nullable } from '#platform/http/shapes.ts'
import type { Marked } from './highlight.ts'
import type { Found, SearchResult } from './search.ts'

/** The search's JSON: shapes for answers, and the functions that fill them. */
const MarkedShape = Type.Object({
  text: Type.String({ description: 'Plain text, not HTML: escape it before it goes into a page' }),
  marks: Type.Array(Type.Array(Type.Integer({ minimum: 0 }), { minItems: 2, maxItems: 2 }), {
    description:
      'Where in `text` stands what was asked: [from, to), counted in UTF-16 units, in order, apart',
  }),
})
const FoundShape = Type.Object({
  ...ListedPostShape.properties,
  titleMarks: MarkedShape.properties.marks,
  snippet: MarkedShape,
  comment: nullable(
    Type.Integer({ minimum: 1, description: 'The comment that holds it, when the post itself does not' }),
  ),
})
export const SearchShape = Type.Object({
  items: Type.Array(FoundShape),
  next: nullable(Type.String()),
  found: Type.Integer({ description: 'How many posts of those looked at hold what was asked' }),
  more: Type.Boolean({ description: 'Whether there may be more than were looked at' }),
  relaxed: Type.Boolean({
    description: 'Few posts have all the words: those with most of them are among the items',
  }),
  didYouMean: nullable(
    Type.String({
      description: 'The same on the other keyboard layout, or rightly spelled, when that finds more',
    }),
  ),
  notes: Type.Array(Type.String({ description: 'What of the question was left out, or why nothing came' })),
  facets: nullable(
    Type.Object({
      boards: Type.Array(Type.Object({ slug: Type.String(), name: Type.String(), count: Type.Integer() })),
      years: Type.Array(Type.Object({ year: Type.Integer(), count: Type.Integer() })),
      months: Type.Array(
        Type.Object({
          month: Type.String({ description: 'As 2026-11; only where everything is of one year' }),
          count: Type.Integer(),
        }),
      ),
    }),
  ),
})
export const SuggestionShape = Type.Object({
  kind: Type.Union([
    Type.Literal('post'),
    Type.Literal('tag'),
    Type.Literal('member'),
    Type.Literal('board'),
  ]),
  text: Type.String(),
  url: Type.String({ description: 'Where it leads, without the site' }),
})
export const SimilarShape = Type.Object({
  id: Id,
  title: Type.String(),
  url: Type.String(),
  answers: Type.Integer(),
  accepted: Type.Boolean(),
  comments: Type.Integer(),
})

const presentMarked = ({ text, marks }: Marked) => ({ text, marks: marks.map(([from, to]) => [from, to]) })

function presentFound({ post, title, snippet, commentId }: Found) {
  return {
    ...presentListed(post),
    titleMarks: presentMarked(title).marks,
    snippet: presentMarked(snippet),
    comment: commentId,
  }
}

export function presentSearch(result: SearchResult) {
  return {
    items: result.items.map(presentFound),
    next: result.next,
    found: result.count.found,
    more: result.count.more,
    relaxed: result.relaxed,
    didYouMean: result.didYouMean,
    notes: [...new Set(result.notes)],
    facets: result.facets,
  }
}
