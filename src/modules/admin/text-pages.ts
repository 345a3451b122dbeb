import { Type } from 'typebox'
import { deskPage } from '#modules/moderation/guards.ts'
import { findText, startingText, type TextName, textLimit, textNamed } from '#modules/site/texts.ts'
import { paths } from '#paths.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { renderMarkdown } from '#platform/markdown.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { textPage } from './about-views.ts'
import { changeText } from './texts.ts'

/** Where rules, terms, privacy and contact are written, with a preview. */
export function textPages(pages: Server, web: Web): void {
  const { db, config } = web.deps
  const params = Type.Object({ name: Type.String({ maxLength: 20 }) })
  const querystring = Type.Object({ start: Type.Optional(Type.String({ maxLength: 5 })) })
  pages.get('/admin/texts/:name', { schema: { params, querystring } }, async (request, reply) => {
    const name = textNamed(request.params.name)
    const page = await web.page(request)
    const published = await findText(db, name)
    const start = published ? null : startingText(name, config.defaultLanguage)
    const isStarted = start !== null && request.query.start === '1'
    const body = published?.body ?? (isStarted ? start : '')
    const given = { name, state: { values: { body }, errors: {} }, hasStart: start !== null && !isStarted }
    return web.show(reply, page, options(page, given))
  })
  pages.post(
    '/admin/texts/:name',
    formOf(['body', { do: ['save', 'preview'] }], params),
    async (request, reply) => {
      const name = textNamed(request.params.name)
      const viewer = await web.member(request)
      const again = (page: Page, state: FormState) => options(page, { name, state })
      return web.submit({ request, reply, again }, async ({ do: wish, body: typed = '' }) => {
        if (wish === 'preview') {
          reply.header('cache-control', 'private, no-cache')
          const preview = renderMarkdown(typed.slice(0, textLimit))
          return async (page) =>
            options(page, { name, state: { values: { body: typed }, errors: {} }, preview })
        }
        await changeText(db, viewer, { name, typed, now: web.now() })
        return paths.adminPart('about', 1)
      })
    },
  )
}

type Given = { name: TextName; state: FormState; preview?: string; hasStart?: boolean }

function options(page: Page, given: Given): DocumentOptions {
  const title = page.words.siteTexts.names[given.name]
  return { ...deskPage(title, textPage(page, given)), width: 'wide' }
}
