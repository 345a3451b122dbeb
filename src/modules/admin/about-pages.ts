import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { takeFormUpload } from '#modules/files/requests.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import { paths } from '#paths.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { emptyState } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { aboutPage } from './about-views.ts'
import { changeLogo, removeLogo } from './logo.ts'

/** The site's logo, and which texts it has. */
export function aboutPages(pages: Server, web: Web): void {
  pages.register(async (instance: FastifyInstance) => {
    const scope = instance as Server
    const { maxBytes } = web.deps.files
    await scope.register(multipart, {
      limits: { files: 1, fields: 5, parts: 6, fileSize: maxBytes + 1, fieldSize: 1000 },
    })
    logoPages(scope, web)
  })
}

function logoPages(pages: Server, web: Web): void {
  const { files: tools } = web.deps
  const options = (page: Page, state: FormState, saved: boolean) =>
    deskPage(page.words.admin.about, aboutPage(page, { state, saved, limit: tools.maxBytes }))
  const again = (page: Page, state: FormState) => options(page, state, false)
  const querystring = Type.Object({ saved: Type.Optional(Type.String({ maxLength: 5 })) })
  pages.get('/admin/about', { schema: { querystring } }, async (request, reply) => {
    const page = await web.page(request)
    return web.show(reply, page, options(page, emptyState, request.query.saved === '1'))
  })
  pages.post('/admin/about/logo', formOf(['image']), async (request, reply) => {
    const viewer = await web.member(request)
    return web.submit({ request, reply, again }, () =>
      takeFormUpload({ request, reply, limit: tools.maxBytes }, async (sent) => {
        await changeLogo(web.deps, viewer, { ...sent, now: web.now() })
        return paths.adminPart('about', 1)
      }),
    )
  })
  pages.post('/admin/about/logo/remove', formOf([]), async (request, reply) => {
    const viewer = await web.member(request)
    return web.submit({ request, reply, again }, async () => {
      await removeLogo(web.deps, viewer, web.now())
      return paths.adminPart('about', 1)
    })
  })
}
