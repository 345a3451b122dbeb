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

/** A post's views as this reader sees them: what is counted until now, and theirs. */
export async function viewsFor(
  web: Web,
  seen: { request: FastifyRequest; post: { id: number; views: number }; memberId: number | null },
): Promise<number> {
  const { request, post, memberId } = seen
  const counts = isReading(request)
  return (
    post.views + (await web.deps.acts.ahead({ ...whoOf(web, request, memberId), postId: post.id, counts }))
  )
}
