import type { FastifyRequest } from 'fastify'
import { Forbidden } from '#platform/errors.ts'

export type KnownOrigins = { baseUrl: string | null; corsOrigins: readonly string[] }

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses requests that another site made a browser send. Browsers name the origin of every POST, PUT, PATCH and
 * DELETE; a request with cookies that names none is refused, too. Programs with a bearer token send neither.
 * @throws Forbidden('wrong-origin')
 */
export function refuseForeignOrigin(request: FastifyRequest, known: KnownOrigins): void {
  if (!safe.has(request.method)) refuseForeign(request, known)
}

/** The same for what changes something by whatever method: a WebSocket is opened by GET, with cookies, from any site. */
export function refuseForeign(request: FastifyRequest, known: KnownOrigins): void {
  const { origin, cookie } = request.headers
  if (origin !== undefined) {
    if (isOwn(origin, request, known.baseUrl)) return
    // A page of a site that was allowed, with a token of its own and without our cookie.
    if (known.corsOrigins.includes(origin) && cookie === undefined) return
    throw new Forbidden('wrong-origin')
  }
  const site = request.headers['sec-fetch-site']
  if (site === 'same-origin') return
  if (cookie !== undefined || site !== undefined) throw new Forbidden('wrong-origin')
}

function isOwn(origin: string, request: FastifyRequest, baseUrl: string | null): boolean {
  if (baseUrl !== null && origin === new URL(baseUrl).origin) return true
  // Reached by another name than BASE_URL (a health check, an address in the local network): same host and port.
  return origin === `${request.protocol}://${request.host}`
}
