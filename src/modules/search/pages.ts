import { Type } from 'typebox'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { type SearchSort, search } from './search.ts'
import { suggestNames } from './suggesting.ts'
import { searchPage } from './views.ts'

const pageSize = 20
const Text = Type.Optional(Type.String())
const Query = Type.Object({
  q: Text,
  board: Text,
  author: Text,
  tag: Text,
  sort: Text,
  after: Type.Optional(Type.String({ maxLength: 100 })),
})

export function searchPages(pages: Server, web: Web): void {
  const { db } = web.deps
  pages.get('/search', { schema: { querystring: Query } }, async (request, reply) => {
    const page = await web.page(request)
    const { q = '', board = '', author = '', tag = '', after = null } = request.query
    const sort: SearchSort = request.query.sort === 'latest' ? 'latest' : 'relevance'
    const typed = { q: q.slice(0, 400), board, author, tag, sort, after }
    const filters = { ...(board ? { board } : {}), ...(author ? { author } : {}), ...(tag ? { tag } : {}) }
    const isAsked = q.trim() !== '' || Object.keys(filters).length > 0
    const find = (text: string) =>
      search(db, page.viewer, { q: text, filters, sort, after, limit: pageSize, timeZone: page.timeZone })
    const own = isAsked ? await find(q) : null
    // Nothing was found, and something else was meant: that is what its reader came for.
    const meant = own?.items.length === 0 ? own.didYouMean : null
    const other = meant === null ? null : await find(meant)
    const isOther = meant !== null && other !== null && other.items.length > 0
    const [asked, result] = isOther ? [{ ...typed, q: meant }, other] : [typed, own]
    // People, tags and boards of this name stand above the posts.
    const isFirst = result !== null && after === null
    const named = isFirst ? await suggestNames(db, page.viewer, asked.q) : []
    const { words } = page
    return web.show(reply, page, {
      title: asked.q === '' ? words.search.title : words.search.titleFor({ q: asked.q.slice(0, 60) }),
      body: searchPage(page, { asked, result, named, insteadOf: isOther ? typed.q : null }),
      current: 'search',
      width: 'wide',
      canonical: paths.searchPage(),
      modules: [page.viewer ? 'main' : 'search'],
      robots: 'noindex',
    })
  })
}
