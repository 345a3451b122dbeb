import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Web } from '#ui/web.ts'
import { openSession } from './sessions.ts'

/** Opens a browser session and gives it its cookie. */
export async function signInBrowser(
  web: Web,
  given: { request: FastifyRequest; reply: FastifyReply; memberId: number },
): Promise<void> {
  const { request, reply, memberId } = given
  const agent = request.headers['user-agent'] ?? ''
  const session = await openSession(web.deps.db, { memberId, kind: 'browser', agent, now: web.now() })
  reply.setCookie(web.cookieName, session.token, {
    path: '/',
    httpOnly: true,
    secure: web.secure,
    sameSite: 'lax',
    expires: session.expiresAt,
  })
}
