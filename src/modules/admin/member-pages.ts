import { Type } from 'typebox'
import { findFactors } from '#modules/accounts/factors.ts'
import { provenMember } from '#modules/accounts/guards.ts'
import { canBlock, findListedMember, listMembers, toRole } from '#modules/accounts/members.ts'
import { sessionsOf } from '#modules/accounts/sessions.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { deskPage } from '#modules/moderation/guards.ts'
import {
  block,
  blockEnd,
  changeRole,
  linkFor,
  removeFactors,
  signOut,
  unblock,
} from '#modules/moderation/member-acts.ts'
import { paths } from '#paths.ts'
import type { Db } from '#platform/database.ts'
import { invalid } from '#platform/errors.ts'
import { buttonOf, formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { Id, IdParams } from '#platform/http/shapes.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { type MemberData, memberPage, membersPage } from './views.ts'

const perPage = 50

export function memberPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({ q: Type.Optional(Type.String({ maxLength: 254 })), before: Type.Optional(Id) })
  pages.get('/admin/members', { schema: { querystring: query } }, async (request, reply) => {
    const { q = '', before = null } = request.query
    const page = await web.page(request)
    const found = await listMembers(db, page.viewer, { search: q, before, limit: perPage + 1, now: page.now })
    const members = found.slice(0, perPage)
    const next = found.length > perPage ? (members.at(-1)?.id ?? null) : null
    const body = membersPage(page, { members, search: q, next })
    return web.show(reply, page, deskPage(page.words.admin.members, body))
  })
  oneMemberPages(pages, web)
  factorsPage(pages, web)
}

type State = Pick<MemberData, 'done' | 'link' | 'refused'>
const plain: State = { done: null, link: null, refused: null }

async function options(
  db: Db,
  page: Page,
  { viewer, id, ...state }: State & { viewer: Viewer; id: number },
): Promise<DocumentOptions> {
  const member = await findListedMember(db, viewer, { id, now: page.now })
  const other = viewer.id !== member.id
  const { totp, passkeys } = await findFactors(db, id)
  const sessions = await sessionsOf(db, id)
  const removeFactors = other && (totp !== 'off' || passkeys > 0)
  const may = { setRole: other, block: canBlock(viewer, member), makeLink: other, removeFactors }
  return deskPage(member.name, memberPage(page, { member, may, sessions, ...state }))
}

function oneMemberPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const schema = { params: IdParams }

  const query = Type.Object({ done: Type.Optional(Type.String({ maxLength: 10 })) })
  pages.get('/admin/members/:id', { schema: { ...schema, querystring: query } }, async (request, reply) => {
    const viewer = await web.member(request)
    const page = await web.page(request)
    const done = doneOf(request.query.done)
    return web.show(reply, page, await options(db, page, { ...plain, viewer, id: request.params.id, done }))
  })

  /** One form of the page; a refusal shows the page again with that form's errors. */
  type Work = (
    viewer: Viewer,
    input: { memberId: number; now: Date },
    typed: Record<string, string>,
  ) => Promise<void>
  function part(name: 'role' | 'block' | 'unblock' | 'sessions', fields: string[], work: Work) {
    pages.post(`/admin/members/:id/${name}`, formOf(fields, IdParams), async (request, reply) => {
      const viewer = await web.member(request)
      const { id } = request.params
      const again = (page: Page, state: FormState) =>
        options(db, page, {
          ...plain,
          viewer,
          id,
          refused: { part: name === 'role' ? 'role' : 'block', state },
        })
      return web.submit({ request, reply, again }, async (typed) => {
        await work(viewer, { memberId: id, now: web.now() }, typed)
        return paths.adminMember(id, undefined, name)
      })
    })
  }
  part('role', ['role'], (viewer, input, { role = '' }) => {
    if (toRole(role) !== role) throw invalid('role', 'type')
    return changeRole(db, viewer, { ...input, role: toRole(role) })
  })
  part('block', ['reason', 'days'], (viewer, input, { reason = '', days = '' }) =>
    block(db, viewer, { ...input, reason, until: blockEnd(days, input.now) }),
  )
  part('unblock', [], (viewer, input) => unblock(db, viewer, input))
  part('sessions', [], (viewer, input) => signOut(db, viewer, input))

  // The link stands in this answer alone: no address leads to it again.
  pages.post('/admin/members/:id/link', buttonOf([], IdParams), async (request, reply) => {
    const { id } = request.params
    const viewer = await provenMember(web, { request, reply, back: paths.adminMember(id) })
    if (!viewer) return reply
    const { token, expiresAt } = await linkFor(db, viewer, { memberId: id, now: web.now() })
    const page = await web.page(request)
    const link = { url: web.origin(request) + paths.claim(token), expiresAt }
    reply.header('cache-control', 'no-store')
    return web.show(reply, page, await options(db, page, { ...plain, viewer, id, link }))
  })
}

function factorsPage(pages: Server, web: Web): void {
  const { db } = web.deps
  pages.post('/admin/members/:id/factors', buttonOf([], IdParams), async (request, reply) => {
    const { id } = request.params
    const viewer = await provenMember(web, { request, reply, back: paths.adminMember(id) })
    if (!viewer) return reply
    await removeFactors(db, viewer, { memberId: id, now: web.now() })
    return reply.redirect(paths.adminMember(id, undefined, 'factors'), 303)
  })
}

const dones = ['role', 'block', 'unblock', 'factors', 'sessions'] as const

function doneOf(text: string | undefined): MemberData['done'] {
  return dones.find((one) => one === text) ?? null
}
