import type { FastifyReply, FastifyRequest } from 'fastify'
import { TooMany } from '#platform/errors.ts'
import type { Limits, Verdict } from '#platform/limits/limits.ts'

/** A member: 20 tokens a second up to 60, three a request: 6.67 requests a second, bursts of 20. */
const memberBucket = { refillPerSecond: 20, capacity: 60 } as const
const tokensPerRequest = 3
/** A guest's address: so many requests a minute; a household or a café shares one. */
const addressWindow = { limit: 600, seconds: 60 } as const

/** What a request counts as, when it is more than one: by method and route template. */
const costs: Record<string, number> = {
  'POST /api/v1/members': 20,
  'POST /sign-up': 20,
  'POST /api/v1/sessions': 10,
  'POST /sign-in': 10,
  'POST /api/v1/sessions/second': 10,
  'POST /sign-in/second': 10,
  'POST /sign-in/passkey': 3,
  'POST /api/v1/sessions/passkey': 3,
  'GET /sign-in/oidc': 5,
  'POST /api/v1/sessions/refresh': 3,
  'POST /join/:token': 20,
  'POST /forgot': 20,
  'POST /api/v1/password-resets': 20,
  'POST /claim/:token': 10,
  'POST /api/v1/password-resets/use': 10,
  'POST /sign-in/code': 10,
  'POST /api/v1/sessions/code': 10,
  'POST /invitations': 10,
  'POST /api/v1/invitations': 10,
  'POST /api/v1/files': 3,
  'POST /upload': 3,
  'PUT /api/v1/me/avatar': 5,
  'POST /settings/avatar': 5,
  'POST /api/v1/preview': 1,
  'GET /api/v1/posts/:id/versions.csv': 5,
  'GET /p/:id/history': 3,
}

/** Checks stay free so that a busy client does not make the site look ill; assets cost no work. */
function isFree(route: string): boolean {
  return (
    route.startsWith('/assets/') ||
    route.startsWith('/health/') ||
    route === '/metrics' ||
    route === '/favicon.ico' ||
    // A page shows many; each is one small question, and most are answered with 304.
    route === '/files/:name'
  )
}

export function costOf(request: FastifyRequest): number {
  const route = request.routeOptions.url ?? 'none'
  if (isFree(route)) return 0
  return costs[`${request.method} ${route}`] ?? 1
}

/**
 * Counts a request against its member's bucket or, for guests, its address's window, and says what is left in the
 * RateLimit headers. @throws TooMany
 */
export async function limitRequest(
  limits: Limits,
  given: { request: FastifyRequest; reply: FastifyReply; memberId: number | null; now: Date },
): Promise<void> {
  const { request, reply, memberId } = given
  const cost = costOf(request)
  if (cost === 0) return
  const nowMs = given.now.getTime()
  const verdict =
    memberId === null
      ? await limits.countInWindow(addressKey(request.ip), { ...addressWindow, cost }, nowMs)
      : await limits.takeTokens(
          `m${memberId}`,
          { ...memberBucket, cost: Math.min(cost * tokensPerRequest, 60) },
          nowMs,
        )
  reply.headers(headersOf(verdict))
  if (!verdict.allowed) throw new TooMany('too-many', verdict.retryAfter)
}

function headersOf(verdict: Verdict): Record<string, string> {
  return {
    'ratelimit-limit': String(verdict.limit),
    'ratelimit-remaining': String(verdict.remaining),
    'ratelimit-reset': String(verdict.resetAfter),
  }
}

/**
 * IPv6 clients own a whole /64: counting single addresses would count nothing. Those whose connection broke off have no
 * address any more.
 */
export function addressKey(address: string | undefined): string {
  if (!address?.includes(':')) return `a${address ?? ''}`
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return `a${mapped[1]}`
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head ? head.split(':') : []
  const rest = tail ? tail.split(':') : []
  const full =
    tail === undefined
      ? groups
      : [...groups, ...Array(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest]
  return `a${full
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}`
}
