import { safeNext } from '#paths.ts'
import { invalid, TooMany } from '#platform/errors.ts'
import { buttonOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { exportPerson } from './export.ts'
import { blockPerson, listPersonalBlocks, unblockPerson } from './people.ts'
import { peoplePage } from './views/people.ts'

/** An archive reads everything a person wrote: a few an hour are enough. */
const exportWindow = { limit: 3, seconds: 3600, cost: 1 } as const

/** What a member may ask for: everything about them, and not to read somebody. */
export function rightsPages(pages: Server, web: Web): void {
  const { db, limits } = web.deps
  pages.get('/settings/people', async (request, reply) => {
    const page = await web.memberPage(request)
    const body = peoplePage(page, await listPersonalBlocks(db, page.viewer))
    return web.show(reply, page, {
      title: page.words.rights.peopleTitle,
      body,
      current: 'me',
      width: 'list',
      robots: 'noindex',
    })
  })

  pages.post(
    '/m/:id/keep-away',
    buttonOf(['next', { kind: ['', 'mute', 'block'] }], IdParams),
    async (request, reply) => {
      const viewer = await web.member(request)
      const { kind = '', next } = typedIn(request)
      const memberId = request.params.id
      if (kind === '') await unblockPerson(db, viewer, memberId)
      else if (kind === 'mute' || kind === 'block')
        await blockPerson(db, viewer, { memberId, kind, now: web.now() })
      else throw invalid('kind', 'type')
      // What they were told of by this member, they are told of no more, or again.
      web.deps.notifier.bell.ring([viewer.id])
      return reply.redirect(safeNext(next), 303)
    },
  )

  pages.post('/settings/export', buttonOf([]), async (request, reply) => {
    const viewer = await web.member(request)
    const now = web.now()
    const verdict = await limits.countInWindow(`export:${viewer.id}`, exportWindow, now.getTime())
    if (!verdict.allowed) throw new TooMany('too-many', verdict.retryAfter)
    const archive = await exportPerson({ db, storage: web.deps.files.storage }, viewer, now)
    return reply
      .type('application/zip')
      .headers({
        'content-disposition': `attachment; filename="madang-${now.toISOString().slice(0, 10)}.zip"`,
        'cache-control': 'no-store',
      })
      .send(archive)
  })
}
