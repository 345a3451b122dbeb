import { Readable } from 'node:stream'
import type { FastifyRequest, preParsingAsyncHookHandler, RouteOptions } from 'fastify'
import { Forbidden, TooLarge, Unauthenticated } from '#platform/errors.ts'
import type { Server } from '#platform/http/server.ts'
import type { Web } from '#ui/web.ts'
import { requireSigned } from './clients.ts'
import { looksLikeKey } from './keys.ts'
import { neededScope } from './scopes.ts'

/**
 * The one place that holds keys to their scopes, for every route, from method and template: a new route is closed to
 * keys until the table in scopes.ts names it. Has to be registered where all routes are below it.
 */
export function guardKeys(server: Server, web: Web): void {
  server.addHook('onRequest', (request, _reply, done) => {
    if (bringsKey(request)) requireScope(web, request).then(() => done(), done)
    else done()
  })
}

function bringsKey({ headers: { authorization } }: FastifyRequest): boolean {
  return authorization !== undefined && looksLikeKey(authorization.replace(/^Bearer\s+/i, ''))
}

/** @throws Unauthenticated('bad-token'), Forbidden('session-needed' | 'scope') */
async function requireScope(web: Web, request: FastifyRequest): Promise<void> {
  const { url } = request.routeOptions
  // The metrics have a token of their own; where nothing is, nothing is to be guarded.
  if (url === undefined || url === '/metrics') return
  const viewer = await web.member(request)
  const needs = neededScope(request.method, url)
  if (needs === 'session' || !viewer.key) throw new Forbidden('session-needed')
  if (!viewer.key.scopes.includes(needs)) throw new Forbidden('scope', { facts: { scope: needs } })
}

/** Calls that can be limited to signed app clients. */
const signable = new Set([
  'POST /api/v1/members',
  'POST /api/v1/sessions',
  'POST /api/v1/sessions/second',
  'POST /api/v1/sessions/passkey',
  'POST /api/v1/sessions/code',
])
/** Bytes. These calls carry a name, an address and a password. */
const mostSigned = 65_536

/** Checks signatures on the calls that sign people up and in, before their bodies are parsed. */
export function guardSigned(api: Server, web: Web): void {
  const check: preParsingAsyncHookHandler = async (request, _reply, payload) => {
    const { signedApps } = await web.deps.site.current(web.now())
    if (!signedApps && request.headers['x-madang-signature'] === undefined) return payload
    const body = await readBody(payload)
    await requireSignature(web, request, body)
    return Readable.from([body], { objectMode: false })
  }
  api.addHook('onRoute', (route: RouteOptions) => {
    if (signable.has(`${String(route.method)} ${route.url}`)) route.preParsing = check
  })
}

/** @throws Unauthenticated, also when there is no signature */
async function requireSignature(web: Web, request: FastifyRequest, body: Buffer): Promise<void> {
  const { headers } = request
  if (headers['x-madang-signature'] === undefined) throw new Unauthenticated('signature-needed')
  await requireSigned(web.deps, {
    client: headers['x-madang-client'],
    timestamp: headers['x-madang-timestamp'],
    signature: headers['x-madang-signature'],
    method: request.method,
    target: request.raw.url ?? '',
    body,
    now: web.now(),
  })
}

/** @throws TooLarge before more than `mostSigned` bytes are kept */
async function readBody(payload: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Not destroyed when it is too long: the answer goes back over the same connection.
  for await (const chunk of payload.iterator({ destroyOnReturn: false })) {
    const part = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    bytes += part.length
    if (bytes > mostSigned) throw new TooLarge('too-large')
    chunks.push(part)
  }
  return Buffer.concat(chunks)
}
