import type { FastifyReply, FastifyRequest } from 'fastify'
import { paths } from '#paths.ts'
import type { Web } from '#ui/web.ts'
import { type ChallengeKind, secondsFor } from './challenges.ts'
import { noteProof } from './proof.ts'
import { beginSecondFactor, hasSecondFactor } from './second-factor.ts'
import { openSession } from './sessions.ts'
import { type Device, networkOf, type SignInWay } from './sign-ins.ts'

/** With what and from which network somebody asks. */
export function deviceOf(request: FastifyRequest): Device {
  return { agent: request.headers['user-agent'] ?? '', network: networkOf(request.ip) }
}

/** Ways in after which the password alone was shown, or an issuer's word: a second factor is asked for. */
const asksForSecond: ReadonlySet<SignInWay> = new Set(['password', 'link', 'oidc'])

/**
 * Opens a browser session and gives it its cookie; for a member with a second factor that was not shown yet
 * (`shown`), only a cookie with which it can be. @returns where to go on: `next`, or the page that asks for it
 */
export async function signInBrowser(
  web: Web,
  given: {
    request: FastifyRequest
    reply: FastifyReply
    memberId: number
    way?: SignInWay
    next?: string
    shown?: boolean
  },
): Promise<string> {
  const { request, reply, memberId, way = 'password', next = paths.home() } = given
  const { db } = web.deps
  const now = web.now()
  if (!given.shown && asksForSecond.has(way) && (await hasSecondFactor(db, memberId))) {
    const token = await beginSecondFactor(db, { memberId, way, next, now })
    setStepCookie(web, reply, { kind: 'second-factor', token })
    return paths.signInSecond()
  }
  const session = await openSession(db, { memberId, way, kind: 'browser', ...deviceOf(request), now })
  // A code from another device says that its owner is there, not that it is them at this one.
  if (way !== 'code') await noteProof(db, session.id, now)
  reply.setCookie(web.cookieName, session.token, {
    path: '/',
    httpOnly: true,
    secure: web.secure,
    sameSite: 'lax',
    expires: session.expiresAt,
  })
  return next
}

/** Keeps the token of a step on the way in for the next request of this browser. */
export function setStepCookie(
  web: Web,
  reply: FastifyReply,
  { kind, token }: { kind: ChallengeKind; token: string },
): void {
  reply.setCookie(`${web.cookieName}-${kind}`, token, {
    path: '/',
    httpOnly: true,
    secure: web.secure,
    sameSite: 'lax',
    maxAge: secondsFor(kind),
  })
}

export function stepCookie(web: Web, request: FastifyRequest, kind: ChallengeKind): string {
  return request.cookies[`${web.cookieName}-${kind}`] ?? ''
}

export function clearStepCookie(web: Web, reply: FastifyReply, kind: ChallengeKind): void {
  reply.clearCookie(`${web.cookieName}-${kind}`, { path: '/', secure: web.secure })
}
