import { Type } from 'typebox'
import { countWaiting } from '#modules/accounts/approvals.ts'
import { listActs } from '#modules/modlog/modlog.ts'
import { paths } from '#paths.ts'
import { invalid } from '#platform/errors.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, IdParams } from '#platform/http/shapes.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { deskPage, guardedPages } from './guards.ts'
import { logPage } from './log-views.ts'
import { block, blockEnd, unblock } from './member-acts.ts'
import { memberActs } from './member-views.ts'
import { countReportedMessages, resolveReports } from './moderation.ts'
import { cursorBefore, findResolved, listReports, type QueueShow } from './queue.ts'
import { signUpPages } from './sign-up-pages.ts'
import { moderatedMember, staffPages } from './staff-pages.ts'
import { type QueueData, queuePage } from './views.ts'

const perPage = 20
const After = Type.Optional(Type.String({ maxLength: 100 }))

/** Everything under /mod, for moderators alone. */
export function queuePages(pages: Server, web: Web): void {
  const routes = (scope: Server) => {
    reportQueue(scope, web)
    log(scope, web)
    members(scope, web)
    signUpPages(scope, web)
    staffPages(scope, web)
  }
  guardedPages(pages, web, { role: 'moderator', home: paths.queue(), routes })
}

function reportQueue(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({
    show: Type.Optional(Type.Enum(['open', 'done'])),
    after: After,
    resolved: Type.Optional(Id),
  })
  type Given = { show: QueueShow; after: string | null } & Pick<QueueData, 'resolved' | 'refused'>
  const options = async (page: Page, { show, after, ...state }: Given) => {
    const { items, next } = await listReports(db, page.viewer, { show, after, limit: perPage, now: page.now })
    const elsewhere = { waiting: await countWaiting(db), messages: await countReportedMessages(db) }
    return deskPage(
      page.words.moderation.queue,
      queuePage(page, { items, next, show, ...elsewhere, ...state }),
      'moderation',
    )
  }
  pages.get('/mod', { schema: { querystring: query } }, async (request, reply) => {
    const { show = 'open', after = null, resolved } = request.query
    const page = await web.page(request)
    const done = resolved === undefined ? null : { id: resolved, now: page.now }
    const state = { resolved: done && (await findResolved(db, page.viewer, done)), refused: null }
    return web.show(reply, page, await options(page, { show, after, ...state }))
  })
  pages.post(
    '/mod/reports/:id',
    formOf(['outcome', 'note', 'days', 'reason'], IdParams),
    async (request, reply) => {
      const viewer = await web.member(request)
      const { id } = request.params
      const again = async (page: Page, state: FormState) =>
        options(page, {
          show: 'open',
          after: await cursorBefore(db, id),
          resolved: null,
          refused: { id, state },
        })
      return web.submit({ request, reply, again }, async (typed) => {
        const { outcome = '', note = '' } = typed
        const now = web.now()
        await resolveReports(db, viewer, { id, outcome, note, block: blockAsWell(typed, now), now })
        return paths.queue({ resolved: id })
      })
    },
  )
}

/** @throws Invalid for a reason without a time */
function blockAsWell({ days = 'none', reason = '' }: Record<string, string>, now: Date) {
  if (days !== 'none') return { reason, until: blockEnd(days, now) }
  if (reason.trim() !== '') throw invalid('days', 'block-for')
  return null
}

function log(pages: Server, web: Web): void {
  pages.get(
    '/mod/log',
    { schema: { querystring: Type.Object({ after: After }) } },
    async (request, reply) => {
      const { after = null } = request.query
      const page = await web.page(request)
      const { acts, next } = await listActs(web.deps.db, { after, limit: 50 })
      const body = logPage(page, { acts, next, isFirst: after === null })
      return web.show(reply, page, deskPage(page.words.moderation.log, body, 'moderation'))
    },
  )
}

function members(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({ done: Type.Optional(Type.String({ maxLength: 10 })) })
  pages.get(
    '/mod/members/:id',
    { schema: { params: IdParams, querystring: query } },
    async (request, reply) => {
      const page = await web.page(request)
      const { id } = request.params
      const done = memberActs.find((act) => act === request.query.done) ?? null
      return web.show(reply, page, await moderatedMember(db, page, { id, done, refused: null }))
    },
  )
  for (const part of ['block', 'unblock'] as const) {
    pages.post(
      `/mod/members/:id/${part}`,
      formOf(part === 'block' ? ['reason', 'days'] : [], IdParams),
      async (request, reply) => {
        const viewer = await web.member(request)
        const { id } = request.params
        const again = (page: Page, state: FormState) =>
          moderatedMember(db, page, { id, done: null, refused: { part, state } })
        return web.submit({ request, reply, again }, async ({ reason = '', days = '' }) => {
          const input = { memberId: id, now: web.now() }
          if (part === 'unblock') await unblock(db, viewer, input)
          else await block(db, viewer, { ...input, reason, until: blockEnd(days, input.now) })
          return paths.moderatedMember(id, undefined, part)
        })
      },
    )
  }
}
