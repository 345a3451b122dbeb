import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { isReading, whoOf } from './guards.ts'
import type { ActKind } from './kinds.ts'

/** Which acts a route may be, by its template: the writer looks up which of them it was. */
const actsOf: Record<string, Partial<Record<string, readonly ActKind[]>>> = {
  '/p/:id/:slug': { GET: ['view'] },
  '/api/v1/posts/:id': { GET: ['view'] },
  '/p/:id/vote': { POST: ['vote'] },
  '/api/v1/posts/:id/vote': { PUT: ['vote'], DELETE: ['vote'] },
  '/p/:id/bookmark': { POST: ['bookmark'] },
  '/api/v1/posts/:id/bookmark': { PUT: ['bookmark'], DELETE: ['bookmark'] },
  '/p/:id/comments': { POST: ['comment', 'answer'] },
  '/api/v1/posts/:id/comments': { POST: ['comment', 'answer'] },
}

/** Counts what was done at posts after it was answered, from whatever answered it: a route or a cache before it. */
export function countActs(server: Server, web: Web): void {
  server.addHook('onResponse', (request, reply, done) => {
    done()
    const found = actsOf[request.routeOptions.url ?? '']?.[request.method]
    if (found) countAct(web, { request, reply, kinds: found })
  })
}

type Counted = { request: FastifyRequest; reply: FastifyReply; kinds: readonly ActKind[] }

function countAct(web: Web, { request, reply, kinds }: Counted): void {
  const { statusCode } = reply
  if ((statusCode >= 400 || statusCode === 301) && statusCode !== 304) return
  if (kinds[0] === 'view' && !isReading(request)) return
  const postId = idIn(request.params)
  if (postId === null) return
  if (!web.bringsCredentials(request)) {
    if (kinds[0] === 'view') note(web, { request, postId, memberId: null, kinds })
    return
  }
  web.viewer(request).then(
    (viewer) => {
      if (viewer || kinds[0] === 'view') note(web, { request, postId, memberId: viewer?.id ?? null, kinds })
    },
    () => {},
  )
}

type Noted = { request: FastifyRequest; postId: number; memberId: number | null; kinds: readonly ActKind[] }

function note(web: Web, { request, postId, memberId, kinds }: Noted): void {
  const who = whoOf(web, request, memberId)
  for (const kind of kinds) web.deps.acts.note({ ...who, kind, postId })
  if (kinds[0] === 'view' && cameFromOutside(web, request))
    web.deps.acts.note({ ...who, kind: 'arrival', postId })
}

/** From another site by its link, or by an address that was made to be passed on (`ref`, `utm_source`). */
function cameFromOutside(web: Web, request: FastifyRequest): boolean {
  if (/[?&](?:ref|utm_source)=[^&]/.test(request.url)) return true
  const { referer } = request.headers
  if (!referer) return false
  const from = URL.parse(referer)
  return from !== null && /^https?:$/.test(from.protocol) && from.host !== new URL(web.origin(request)).host
}

function idIn(params: unknown): number | null {
  const id = typeof params === 'object' && params !== null && 'id' in params ? Number(params.id) : Number.NaN
  return Number.isSafeInteger(id) && id > 0 ? id : null
}
