import { Type } from 'typebox'
import { safeNext } from '#paths.ts'
import { invalid } from '#platform/errors.ts'
import { buttonOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, IdParams } from '#platform/http/shapes.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { type Followable, follow, listFollows, unfollow } from './follows.ts'
import { followsPage } from './views.ts'

const pageSize = 50
const Name = Type.String({ maxLength: 200 })
const followFields = ['next', { level: ['', 'everything', 'nothing'] }]

/** The one-button forms that follow, and the list of what one follows. `level`: everything, nothing, or '' for no more. */
export function followPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({ before: Type.Optional(Id) })
  pages.get('/settings/follows', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const { before = null } = request.query
    const list = await listFollows(db, page.viewer, { before, limit: pageSize })
    return web.show(reply, page, {
      title: page.words.follows.title,
      body: followsPage(page, { ...list, before }),
      current: 'me',
      width: 'list',
      robots: 'noindex',
    })
  })

  async function press(request: Parameters<typeof web.member>[0], thing: Followable): Promise<string> {
    const viewer = await web.member(request)
    const { level = '', next } = typedIn(request)
    if (level === '') await unfollow(db, viewer, thing)
    else if (level === 'everything' || level === 'nothing')
      await follow(db, viewer, { thing, level, now: web.now() })
    else throw invalid('level', 'type')
    return safeNext(next)
  }
  pages.post('/b/:slug/follow', buttonOf(followFields, Type.Object({ slug: Name })), async (request, reply) =>
    reply.redirect(await press(request, { board: request.params.slug }), 303),
  )
  pages.post('/t/:tag/follow', buttonOf(followFields, Type.Object({ tag: Name })), async (request, reply) =>
    reply.redirect(await press(request, { tag: request.params.tag }), 303),
  )
  pages.post('/p/:id/follow', buttonOf(followFields, IdParams), async (request, reply) =>
    reply.redirect(await press(request, { post: request.params.id }), 303),
  )
  pages.post('/m/:id/follow', buttonOf(followFields, IdParams), async (request, reply) =>
    reply.redirect(await press(request, { member: request.params.id }), 303),
  )
}
