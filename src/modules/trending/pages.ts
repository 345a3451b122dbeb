import { Type } from 'typebox'
import { on } from '#freshness.ts'
import { adminTabs } from '#modules/admin/views.ts'
import { aboutTrending } from '#modules/machines/about-views.ts'
import { deskPage, guardedPages } from '#modules/moderation/guards.ts'
import { paths } from '#paths.ts'
import { formOf } from '#platform/http/forms.ts'
import { dependsOn } from '#platform/http/page-cache.ts'
import type { Server } from '#platform/http/server.ts'
import { keptPage } from '#ui/kept.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { actKinds } from './formula.ts'
import { readTrendingPosts, readTrendingTags, readTrendingWords } from './reading.ts'
import { type TrendingData, trendingPage, type What, weightsPage } from './views.ts'
import { changeWeights, readWeights } from './weights.ts'

const Query = Type.Object({
  what: Type.Optional(Type.Union([Type.Literal('posts'), Type.Literal('tags'), Type.Literal('words')])),
  window: Type.Optional(Type.Union([Type.Literal('hour'), Type.Literal('day'), Type.Literal('week')])),
})
type Query = { what?: What; window?: TrendingData['span'] }

const shown = 30

export function trendingPages(pages: Server, web: Web): void {
  pages.get(
    '/trending',
    { schema: { querystring: Query }, config: keptPage(Query) },
    async (request, reply) => {
      const page = await web.page(request)
      const { what = 'posts', window = 'day' } = request.query
      const data = await find(web, page, { what, window })
      dependsOn(request, shownIn(data))
      const address = paths.trending({
        what: what === 'posts' ? null : what,
        window: window === 'day' ? null : window,
      })
      return web.show(reply, page, {
        title: page.words.trending.title,
        body: trendingPage(page, data),
        width: 'list',
        current: 'trending',
        ...aboutTrending(page, address),
        modules: page.viewer ? ['main'] : [],
      })
    },
  )
  const routes = (scope: Server) => weightPages(scope, web)
  guardedPages(pages, web, { role: 'administrator', home: paths.adminPart('trending'), routes })
}

/** Rankings change with time alone, and pages are kept for a minute at most; what is deleted or moved away goes at once. */
function shownIn(data: TrendingData): string[] {
  if (data.what !== 'posts') return [on.posts]
  return [
    on.posts,
    ...data.posts.flatMap(({ id, author }) => [on.row(id), ...(author ? [on.member(author.id)] : [])]),
  ]
}

async function find(
  web: Web,
  page: Page,
  { what = 'posts', window: span = 'day' }: Query,
): Promise<TrendingData> {
  const { db } = web.deps
  const question = { span, limit: shown, now: page.now }
  if (what === 'tags') return { what, span, tags: await readTrendingTags(db, page.viewer, question) }
  if (what === 'words') return { what, span, words: await readTrendingWords(db, question) }
  return { what, span, posts: await readTrendingPosts(db, page.viewer, question) }
}

/** What acts weigh, for administrators. */
function weightPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const options = (page: Page, state: FormState, saved: boolean) =>
    deskPage(
      page.words.admin.trending,
      weightsPage(page, { tabs: adminTabs(page, 'trending'), state, saved }),
    )
  const query = Type.Object({ saved: Type.Optional(Type.String({ maxLength: 5 })) })
  pages.get('/admin/trending', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.page(request)
    const weights = await readWeights(db)
    const values = Object.fromEntries(actKinds.map((kind) => [kind, String(weights[kind])]))
    return web.show(reply, page, options(page, { values, errors: {} }, request.query.saved === '1'))
  })
  pages.post('/admin/trending', formOf(actKinds), async (request, reply) => {
    const viewer = await web.member(request)
    const again = (page: Page, state: FormState) => options(page, state, false)
    return web.submit({ request, reply, again }, async (typed) => {
      await changeWeights(db, viewer, { typed, now: web.now() })
      return paths.adminPart('trending', 1)
    })
  })
}
