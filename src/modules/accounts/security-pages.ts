import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { renderSVG } from 'uqr'
import { paths } from '#paths.ts'
import { NotFound } from '#platform/errors.ts'
import { buttonOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { makeDeviceCode } from './device-codes.ts'
import { factorSectionsFor } from './factor-pages.ts'
import { endOwnSession, endSessions, isSessionId, listSessions } from './sessions.ts'
import { listSignIns } from './sign-ins.ts'
import type { Viewer } from './viewer.ts'
import { type SecurityData, securityPage } from './views/security.ts'

/** Where one is signed in, a code for a second device, and the last sign-ins. */
export function securityPages(pages: Server, web: Web): void {
  const { db } = web.deps
  const query = Type.Object({ done: Type.Optional(Type.String({ maxLength: 10 })) })
  pages.get('/settings/security', { schema: { querystring: query } }, async (request, reply) => {
    const viewer = await web.member(request)
    const { done } = request.query
    return show(web, { request, reply, viewer }, { done, code: null })
  })
  pages.post('/settings/security/end', buttonOf(['id']), async (request, reply) => {
    const viewer = await web.member(request)
    const { id = '' } = typedIn(request)
    if (!isSessionId(id)) throw new NotFound()
    await endOwnSession(db, viewer, id)
    return reply.redirect(paths.security('ended'), 303)
  })
  pages.post('/settings/security/others', buttonOf([]), async (request, reply) => {
    const viewer = await web.member(request)
    await endSessions(db, { memberId: viewer.id, except: viewer.sessionId })
    return reply.redirect(paths.security('others'), 303)
  })
  // The code stands in this answer alone: no address leads to it again.
  pages.post('/settings/security/code', buttonOf([]), async (request, reply) => {
    const viewer = await web.member(request)
    const { code, token, expiresAt } = await makeDeviceCode(db, viewer, { key: web.deps.key, now: web.now() })
    const qr = renderSVG(web.origin(request) + paths.signInCode(token), { border: 2 })
    reply.header('cache-control', 'no-store')
    return show(web, { request, reply, viewer }, { done: undefined, code: { code, qr, expiresAt } })
  })
}

async function show(
  web: Web,
  { request, reply, viewer }: { request: FastifyRequest; reply: FastifyReply; viewer: Viewer },
  { done, code }: { done: string | undefined; code: SecurityData['code'] },
): Promise<FastifyReply> {
  const { db } = web.deps
  const page = await web.pageFor(request, viewer)
  const body = securityPage(page, {
    factors: await factorSectionsFor(web, page, { request, viewer, done }),
    sessions: await listSessions(db, viewer),
    signIns: await listSignIns(db, viewer),
    done: done === 'ended' || done === 'others' ? done : null,
    code,
  })
  return web.show(reply, page, {
    title: page.words.security.title,
    body,
    modules: ['main', 'passkeys'],
    current: 'me',
    width: 'list',
    robots: 'noindex',
  })
}
