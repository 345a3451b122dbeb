import { Type } from 'typebox'
import { paths } from '#paths.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { languageCodes, languages } from '#words/words.ts'
import { offlineNote, offlinePage, readPosts } from './offline-views.ts'

/** The service worker, and the page that it shows where it has nothing else. */
export function offlinePages(pages: Server, web: Web): void {
  const { assets } = web.deps
  const build = {
    files: [assets.css, ...assets.modules],
    pages: Object.fromEntries(languageCodes.map((code) => [code, paths.offline(code)])),
    list: readPosts.text,
    notes: Object.fromEntries(
      languageCodes.map((code) => [code, offlineNote(languages[code].offline.note).text]),
    ),
  }
  const code = `const build = ${JSON.stringify(build)}\n${assets.serviceWorker}`
  pages.get(paths.serviceWorker(), async (_request, reply) => {
    // Asked for anew each time, so that a new version comes with the next page.
    return reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache').send(code)
  })

  const querystring = Type.Object({ lang: Type.Optional(Type.String({ maxLength: 10 })) })
  pages.get(paths.offline(), { schema: { querystring } }, async (request, reply) => {
    // Kept on the device: whoever uses it next may see it.
    const page = { ...(await web.pageFor(request, null)), isAnyones: true, theme: 'system' as const }
    return web.show(reply, page, {
      title: page.words.offline.title,
      body: offlinePage(page),
      modules: [],
      robots: 'noindex',
    })
  })
}
