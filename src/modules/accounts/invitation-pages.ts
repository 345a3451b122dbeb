import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { Forbidden, Invalid } from '#platform/errors.ts'
import { buttonOf, checkForm, formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import { refusedForm } from '#ui/answers.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { FormState, Page } from '#ui/page.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { requireWriter } from './accounts.ts'
import { invite, listInvitations, listInvitedBoards, mayInvite, revokeInvitation } from './invitations.ts'
import { toRole } from './members.ts'
import { isAtMost, type Viewer } from './viewer.ts'
import { type InvitationsData, invitationsPage } from './views/invitations.ts'

const roles = ['member', 'moderator', 'administrator'] as const
const fields = ['email', 'uses', 'days', 'board', { role: roles }]
const fresh: FormState = { values: { role: 'member', uses: '1', days: '7' }, errors: {} }

/** Inviting people, for those who may. */
export function invitationPages(pages: Server, web: Web): void {
  const { db, key, config } = web.deps
  const query = Type.Object({ done: Type.Optional(Type.String({ maxLength: 10 })) })
  pages.get('/invitations', { schema: { querystring: query } }, async (request, reply) => {
    const viewer = await web.member(request)
    await requireInviter(web, viewer)
    const revoked = request.query.done === 'revoked'
    return show(web, { request, reply, viewer }, { state: fresh, link: null, revoked })
  })
  // The link stands in this answer alone: no address leads to it again.
  pages.post('/invitations', formOf(fields), async (request, reply) => {
    const viewer = await web.member(request)
    const least = await requireInviter(web, viewer)
    const typed = typedIn(request)
    try {
      checkForm(request)
      const { role = 'member', email = '', uses = '', days = '', board = '' } = typed
      const { token, expiresAt } = await invite(web.deps, viewer, {
        role: toRole(role),
        email,
        uses: toNumber(uses),
        days: toNumber(days),
        board,
        least,
        canSend: config.mail !== null,
        key,
        now: web.now(),
      })
      reply.header('cache-control', 'no-store')
      const link = { url: web.origin(request) + paths.join(token), expiresAt }
      return show(web, { request, reply, viewer }, { state: fresh, link, revoked: false })
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      const page = await web.page(request)
      const state = refusedForm(page, error, typed)
      return show(
        web,
        { request, reply: reply.code(error.status), viewer },
        { state, link: null, revoked: false },
      )
    }
  })
  pages.post('/invitations/:id/revoke', buttonOf([], IdParams), async (request, reply) => {
    const viewer = await web.member(request)
    await revokeInvitation(db, viewer, { id: request.params.id, now: web.now() })
    return reply.redirect(paths.invitationRevoked(), 303)
  })
}

const toNumber = (text: string) => (/^\d{1,6}$/.test(text.trim()) ? Number(text) : 0)

/** @throws Forbidden for who may not invite */
async function requireInviter(web: Web, viewer: Viewer): Promise<Viewer['role']> {
  requireWriter(viewer)
  const { invite: least } = await web.deps.site.current(web.now())
  if (!mayInvite(viewer, least)) throw new Forbidden('forbidden')
  return least
}

async function show(
  web: Web,
  { request, reply, viewer }: { request: FastifyRequest; reply: FastifyReply; viewer: Viewer },
  given: Omit<InvitationsData, 'roles' | 'boards' | 'invitations'>,
): Promise<FastifyReply> {
  const page: Page = await web.pageFor(request, viewer)
  const invitations = await listInvitations(web.deps.db, viewer)
  const boards = await listInvitedBoards(web.deps.db, viewer.role)
  const givable = roles.filter((role) => isAtMost(role, viewer.role))
  const options: DocumentOptions = {
    title: page.words.invitations.title,
    body: invitationsPage(page, { ...given, roles: givable, boards, invitations }),
    modules: ['main'],
    current: 'me',
    width: 'list',
    robots: 'noindex',
  }
  return web.show(reply, page, options)
}
