import { Type } from 'typebox'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import { limitUpTo, listQuery, wholeListOf } from '#platform/http/shapes.ts'
import type { Web } from '#ui/web.ts'
import { presentSearch, SearchShape, SimilarShape, SuggestionShape } from './presented.ts'
import { search } from './search.ts'
import { findSimilar } from './similar.ts'
import { type Suggestion, suggest, tagsByPrefix } from './suggesting.ts'

const tags = ['search']
const short = (description: string) => Type.Optional(Type.String({ maxLength: 200, description }))

export function searchRoutes(api: Server, web: Web): void {
  searchRoute(api, web)
  suggestionsRoute(api, web)
  tagsRoute(api, web)
  similarRoute(api, web)
}

function searchRoute(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/search',
    {
      schema: {
        tags,
        summary: 'Search posts and comments',
        description:
          'Words in any order, all of them; "phrases"; -without; board: author: tag: before: after: is:question is:solved, also with a minus; is:unsolved. ' +
          'Any text is answered; `notes` says what was left out: nothing, only-minus, shortened, unbalanced, no-value, bad-date, bad-is, no-name, too-slow.',
        querystring: Type.Object({
          q: Type.Optional(Type.String({ description: 'What to look for' })),
          board: short('Slug of a board: in it and below'),
          author: short('Name of a member'),
          tag: short('A tag'),
          sort: Type.Optional(
            Type.Union([Type.Literal('relevance'), Type.Literal('latest')], {
              default: 'relevance',
              description: 'What fits best first, or newest first',
            }),
          ),
          ...listQuery,
        }),
        response: { 200: SearchShape },
      },
    },
    async (request) => {
      const { q = '', board, author, tag, sort = 'relevance', after = null, limit = 20 } = request.query
      const filters = {
        ...(board ? { board } : {}),
        ...(author ? { author } : {}),
        ...(tag ? { tag } : {}),
      }
      const viewer = await web.viewer(request)
      return presentSearch(
        await search(db, viewer, { q, filters, sort, after, limit, timeZone: web.timeZone(viewer) }),
      )
    },
  )
}

function suggestionsRoute(api: Server, web: Web): void {
  api.get(
    '/search/suggestions',
    {
      schema: {
        tags,
        summary: 'What somebody who is still typing may mean',
        description: 'Posts, tags, members and boards; of Korean names the first consonants alone do.',
        querystring: Type.Object({
          q: Type.Optional(Type.String({ description: 'What was typed so far' })),
        }),
        response: { 200: wholeListOf(SuggestionShape) },
      },
    },
    async (request) => {
      const found = await suggest(web.deps.db, await web.viewer(request), request.query.q ?? '')
      return { items: found.map(presentSuggestion), next: null }
    },
  )
}

function tagsRoute(api: Server, web: Web): void {
  const posts = Type.Integer({ description: 'How many posts I may read carry it, up to 100' })
  api.get(
    '/tags',
    {
      schema: {
        tags,
        summary: 'Tags that begin so, for completion',
        querystring: Type.Object({
          prefix: Type.String({ maxLength: 60, description: 'How the tag begins' }),
          limit: limitUpTo(20, 8),
        }),
        response: { 200: wholeListOf(Type.Object({ name: Type.String(), posts })) },
      },
    },
    async (request) => {
      const { prefix, limit = 8 } = request.query
      return {
        items: await tagsByPrefix(web.deps.db, await web.viewer(request), { prefix, limit }),
        next: null,
      }
    },
  )
}

function similarRoute(api: Server, web: Web): void {
  const { db } = web.deps
  api.get(
    '/search/similar',
    {
      schema: {
        tags,
        summary: 'Posts with a similar title, for who is about to write one',
        querystring: Type.Object({
          title: Type.Optional(Type.String({ description: 'The title so far' })),
        }),
        response: { 200: wholeListOf(SimilarShape) },
      },
    },
    async (request) => {
      const { title = '' } = request.query
      const viewer = await web.viewer(request)
      const posts = await findSimilar(db, viewer, { title, timeZone: web.timeZone(viewer) })
      return {
        items: posts.map((post) => ({
          id: post.id,
          title: post.title,
          url: paths.post(post),
          answers: post.answers,
          accepted: post.accepted,
          comments: post.comments,
        })),
        next: null,
      }
    },
  )
}

function presentSuggestion(found: Suggestion) {
  if (found.kind === 'post') return { kind: found.kind, text: found.title, url: paths.post(found) }
  if (found.kind === 'board') return { kind: found.kind, text: found.name, url: paths.board(found.slug) }
  const url = found.kind === 'tag' ? paths.tag(found.name) : paths.member(found.name)
  return { kind: found.kind, text: found.name, url }
}
