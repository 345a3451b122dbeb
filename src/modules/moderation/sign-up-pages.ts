import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { listWaiting } from '#modules/accounts/approvals.ts'
import { paths } from '#paths.ts'
import { invalid } from '#platform/errors.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { deskPage } from './guards.ts'
import { decide } from './member-acts.ts'
import { type SignUpsData, signUpsPage } from './sign-up-views.ts'

/** Those who wait for approval, for moderators. */
export function signUpPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({ done: Type.Optional(Type.Enum(['approved', 'refused'])) })
  pages.get('/mod/sign-ups', { schema: { querystring: query } }, (request, reply) =>
    show(web, { request, reply, done: request.query.done ?? null }),
  )
  pages.post(
    '/mod/sign-ups/:id',
    formOf(['reason', { outcome: ['approved', 'refused'] }], IdParams),
    async (request, reply) => {
      const viewer = await web.member(request)
      const { id } = request.params
      const again = (page: Page, state: FormState) =>
        options(web, page, { done: null, refused: { id, state } })
      return web.submit({ request, reply, again }, async ({ outcome, reason = '' }) => {
        if (!outcome) throw invalid('outcome', 'required')
        const approved = outcome === 'approved'
        await decide(db, viewer, { memberId: id, approved, reason, now: web.now() })
        return paths.waitingMembers(approved ? 'approved' : 'refused')
      })
    },
  )
}

type State = Pick<SignUpsData, 'done' | 'refused'>

async function options(web: Web, page: Page, state: State): Promise<DocumentOptions> {
  const waiting = await listWaiting(web.deps.db, page.viewer)
  return deskPage(page.words.moderation.signUps, signUpsPage(page, { waiting, ...state }), 'moderation')
}

async function show(
  web: Web,
  { request, reply, done }: { request: FastifyRequest; reply: FastifyReply; done: State['done'] },
): Promise<FastifyReply> {
  const page = await web.page(request)
  return web.show(reply, page, await options(web, page, { done, refused: null }))
}
