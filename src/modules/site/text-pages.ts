import { on } from '#freshness.ts'
import { paths } from '#paths.ts'
import { NotFound } from '#platform/errors.ts'
import { excerptOf } from '#platform/excerpt.ts'
import { dependsOn } from '#platform/http/page-cache.ts'
import type { Server } from '#platform/http/server.ts'
import { renderMarkdown } from '#platform/markdown.ts'
import { keptPage } from '#ui/kept.ts'
import type { Web } from '#ui/web.ts'
import { siteTextPage } from './text-views.ts'
import { findText, textNames } from './texts.ts'

/** Rules, terms, privacy and how to reach who runs the site, for everybody; what is not published is not there. */
export function siteTextPages(pages: Server, web: Web): void {
  for (const name of textNames) {
    const path = paths.siteText(name)
    pages.get(path, { config: keptPage() }, async (request, reply) => {
      const page = await web.page(request)
      const text = await findText(web.deps.db, name)
      if (!text) throw new NotFound()
      dependsOn(request, [on.site])
      const html = renderMarkdown(text.body)
      return web.show(reply, page, {
        title: page.words.siteTexts.names[name],
        body: siteTextPage(page, { name, since: text.since, html }),
        description: excerptOf(html, 160),
        canonical: path,
      })
    })
  }
}
