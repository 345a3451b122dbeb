import type { FastifyRequest } from 'fastify'
import type { Web } from '#ui/web.ts'
import type { Act } from './kinds.ts'

/** A page that a browser fetches in case it may be wanted was not read. */
export function isReading({ headers, method }: Pick<FastifyRequest, 'headers' | 'method'>): boolean {
  if (method === 'HEAD') return false
  const purpose = headers['sec-purpose'] ?? headers['purpose'] ?? headers['x-moz']
  return !(typeof purpose === 'string' && /prefetch|prerender|preview/i.test(purpose))
}

/** Who asks, as acts are counted. */
export function whoOf(
  web: Web,
  request: FastifyRequest,
  memberId: number | null,
): Omit<Act, 'kind' | 'postId'> {
  const agent = (request.headers['user-agent'] ?? '').slice(0, 300)
  return { memberId, address: request.ip, agent, at: web.now() }
}

/** What this reader sees of a post's views beyond `post.views`: what was counted since, and theirs. */
export async function viewsAhead(
  web: Web,
  seen: { request: FastifyRequest; postId: number; memberId: number | null },
): Promise<number> {
  const { request, postId, memberId } = seen
  return web.deps.acts.ahead({ ...whoOf(web, request, memberId), postId, counts: isReading(request) })
}
