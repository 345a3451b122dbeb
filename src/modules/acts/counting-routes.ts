import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { isReading, whoOf } from './guards.ts'
import type { ActKind } from './kinds.ts'

/** Which acts a route may be, by its template: the writer looks up which of them it was. */
const actsOf: Record<string, Partial<Record<string, readonly ActKind[]>>> = {
  // By a short address one arrives, and reads at the long one.
  '/p/:id': { GET: [] },
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
  if (reply.statusCode >= 400) return
  const isVisit = request.method === 'GET'
  if (isVisit && !isReading(request)) return
  const postId = idIn(request.params)
  if (postId === null) return
  const moved = reply.statusCode === 301
  const done = isVisit ? [...(moved ? [] : kinds), ...(cameFromOutside(web, request) ? arrival : [])] : kinds
  if (done.length === 0) return
  const note = (memberId: number | null) => {
    const who = whoOf(web, request, memberId)
    for (const kind of done) web.deps.acts.note({ ...who, kind, postId })
  }
  if (!web.bringsCredentials(request)) {
    if (isVisit) note(null)
    return
  }
  web.viewer(request).then(
    (viewer) => {
      if (viewer || isVisit) note(viewer?.id ?? null)
    },
    () => {},
  )
}

const arrival = ['arrival'] as const

/** From another site by its link, or by an address that was made to be passed on (`ref`, `utm_source`). */
function cameFromOutside(web: Web, request: FastifyRequest): boolean {
  if (/[?&](?:ref|utm_source)=[^&]/.test(request.url)) return true
  const { referer } = request.headers
  if (!referer) return false
  const from = URL.parse(referer)
  return (
    from !== null && /^https?:$/.test(from.protocol) && from.host !== URL.parse(web.origin(request))?.host
  )
}

function idIn(params: unknown): number | null {
  const id = typeof params === 'object' && params !== null && 'id' in params ? Number(params.id) : Number.NaN
  return Number.isSafeInteger(id) && id > 0 ? id : null
}
