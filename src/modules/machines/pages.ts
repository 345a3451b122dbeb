import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { readableBoards } from '#modules/boards/boards.ts'
import { paths } from '#paths.ts'
import { NotFound } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { isLanguage, languages } from '#words/words.ts'
import { robotsText } from './crawlers.ts'
import { embedPages } from './embed-pages.ts'
import { manifest } from './manifest-views.ts'
import { offlinePages } from './offline-pages.ts'
import { picturePages } from './picture-pages.ts'
import { openTags } from './queries.ts'
import { memberSitemap, postSitemap, SitemapParts, sitemap, sitemapIndex } from './sitemap.ts'

/** What search engines, feed readers, previews of links and browsers ask for beside the pages themselves. */
export function machinePages(pages: Server, web: Web): void {
  embedPages(pages, web)
  picturePages(pages, web)
  offlinePages(pages, web)
  sitemapPages(pages, web)
  robotsAndManifest(pages, web)
}

const xml = 'application/xml; charset=utf-8'
/** Tags that the sitemap names at most. */
const mostTags = 5000

function sitemapPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const parts = new SitemapParts(db)
  const inCache = 'public, max-age=600'
  pages.get('/sitemap.xml', async (_request, reply) => {
    await requireSearchable(web)
    const { posts, members } = await parts.current(web.now())
    const map = (name: string) => web.address + paths.sitemap(name)
    const text = sitemapIndex([
      { url: map('pages') },
      ...posts.map(({ part, changedAt }) => ({ url: map(`posts-${part}`), changedAt })),
      ...members.map(({ part, changedAt }) => ({ url: map(`members-${part}`), changedAt })),
    ])
    return reply.type(xml).header('cache-control', inCache).send(text)
  })

  const params = Type.Object({ part: Type.String({ maxLength: 30 }) })
  pages.get('/sitemaps/:part', { schema: { params } }, async (request, reply) => {
    await requireSearchable(web)
    const [, kind, number] =
      /^(?:(pages)|(?:posts|members)-(0|[1-9]\d{0,8}))\.xml$/.exec(request.params.part) ?? []
    reply.type(xml).header('cache-control', inCache)
    if (kind) return reply.send(await pageSitemap(web))
    if (number === undefined) throw new NotFound()
    const origin = web.address
    const text = request.params.part.startsWith('posts')
      ? await postSitemap(db, Number(number), (post) => origin + paths.post(post))
      : await memberSitemap(db, Number(number), (member) => origin + paths.member(member.name))
    if (!text) throw new NotFound()
    return reply.send(Readable.from(text, { objectMode: false }))
  })
}

/** A site that wants to be in no results has no map. */
async function requireSearchable(web: Web): Promise<void> {
  if (!(await web.deps.site.current(web.now())).searchable) throw new NotFound()
}

async function pageSitemap(web: Web): Promise<string> {
  const { db, site } = web.deps
  const { texts } = await site.current(web.now())
  const boards = await readableBoards(db, null)
  const tags = await openTags(db, mostTags)
  const all = [
    paths.home(),
    paths.boards(),
    ...texts.map(paths.siteText),
    ...boards.map((board) => paths.board(board.slug)),
    ...tags.map((tag) => paths.tag(tag)),
  ]
  return sitemap(all.map((path) => ({ url: web.address + path })))
}

function robotsAndManifest(pages: Server, web: Web): void {
  const { site, assets, config } = web.deps
  pages.get('/robots.txt', async (_request, reply) => {
    const { searchable, aiCrawlers } = await site.current(web.now())
    const text = robotsText({ searchable, aiCrawlers, sitemap: web.address + paths.sitemap() })
    return reply.type('text/plain; charset=utf-8').header('cache-control', 'public, max-age=600').send(text)
  })

  const querystring = Type.Object({ lang: Type.Optional(Type.String({ maxLength: 10 })) })
  pages.get('/manifest.webmanifest', { schema: { querystring } }, async (request, reply) => {
    const { lang } = request.query
    const language = isLanguage(lang) ? lang : config.defaultLanguage
    const given = { site: await site.current(web.now()), language, words: languages[language], assets }
    const body = JSON.stringify(manifest(given))
    return reply
      .type('application/manifest+json; charset=utf-8')
      .header('cache-control', 'public, max-age=600')
      .send(body)
  })
}
