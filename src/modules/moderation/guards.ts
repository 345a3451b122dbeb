import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { isAdministrator, isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import { Forbidden } from '#platform/errors.ts'
import type { Html } from '#platform/html.ts'
import type { Server } from '#platform/http/server.ts'
import type { DocumentOptions } from '#ui/document.ts'
import type { Web } from '#ui/web.ts'

export type Role = 'moderator' | 'administrator'
type Routes = (scope: Server) => void

/** @throws Unauthenticated for guests, Forbidden for everybody without the role */
export function requireRole(viewer: Viewer | null, role: Role): asserts viewer is Viewer {
  requireWriter(viewer)
  const has = role === 'administrator' ? isAdministrator(viewer) : isModerator(viewer)
  if (!has) throw new Forbidden('forbidden')
}

/** A scope of API routes that nobody without the role gets into: the role is asked before anything sent is looked at. */
export function guardedRoutes(api: Server, web: Web, area: { role: Role; routes: Routes }): void {
  guarded(api, async (request) => requireRole(await web.viewer(request), area.role), area.routes)
}

/** The same for pages; guests who sent a form come back to `home` when they signed in. */
export function guardedPages(
  pages: Server,
  web: Web,
  area: { role: Role; home: string; routes: Routes },
): void {
  const guard = async (request: FastifyRequest, reply: FastifyReply) => {
    const viewer = await web.viewer(request)
    if (!viewer && request.method === 'POST') return reply.redirect(paths.signIn(area.home), 303)
    requireRole(viewer, area.role)
  }
  guarded(pages, guard, area.routes)
}

/** How a page of the moderators' and administrators' desks is shown. */
export function deskPage(title: string, body: Html, current?: 'moderation'): DocumentOptions {
  const shown = { title, body, modules: ['main'], width: 'list', robots: 'noindex' } as const
  return current ? { ...shown, current } : shown
}

type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

function guarded(server: Server, guard: Guard, routes: Routes): void {
  server.register(async (scope: FastifyInstance) => {
    scope.addHook('onRequest', guard)
    routes(scope.withTypeProvider<TypeBoxTypeProvider>())
  })
}
