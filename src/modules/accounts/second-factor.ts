import type { Db } from '#platform/database.ts'
import { invalid, TooMany, Unauthenticated } from '#platform/errors.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { findChallenge, openChallenge, takeChallenge } from './challenges.ts'
import { useRecoveryCode } from './recovery-codes.ts'
import { noteSecurityEvent } from './security-events.ts'
import type { SignInWay } from './sign-ins.ts'
import { type SealedDb, useTotp } from './totp.ts'

/** Five codes in five minutes; by member alone, for whoever gets here knows the password from wherever they ask. */
const lockRule = { limit: 6, seconds: 300, lockSeconds: 900 } as const

export async function hasSecondFactor(db: Db, memberId: number): Promise<boolean> {
  const row = await db
    .selectFrom('totp_secrets')
    .select('member_id')
    .where('member_id', '=', memberId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst()
  return row !== undefined
}

/** A sign-in that is half done. @returns the token that the code is sent with */
export function beginSecondFactor(
  db: Db,
  input: { memberId: number; way: SignInWay; next?: string; now: Date },
): Promise<string> {
  const data = { way: input.way, next: input.next ?? '' }
  return openChallenge(db, { kind: 'second-factor', memberId: input.memberId, data, now: input.now })
}

/**
 * Completes a half sign-in by a code of the app or a recovery code, each good once.
 * @throws Unauthenticated('sign-in-over') when it took too long, TooMany('codes-locked'), Invalid for a wrong code
 */
export async function passSecondFactor(
  deps: SealedDb & { limits: Limits },
  input: { token: string; code: string; now: Date },
): Promise<{ memberId: number; way: SignInWay; next: string }> {
  const { token, code, now } = input
  const asked = { kind: 'second-factor', token, now } as const
  const memberId = (await findChallenge(deps.db, asked))?.memberId
  if (!memberId) throw new Unauthenticated('sign-in-over')
  const key = `code:${memberId}`
  // Counted before it is looked at, so that many at the same moment are not all looked at.
  const locked = await deps.limits.noteFailure(key, lockRule, now.getTime())
  if (locked > 0) throw new TooMany('codes-locked', locked)
  if (!(await codeFits(deps, { memberId, code, now }))) throw invalid('code', 'wrong-code')
  const challenge = await takeChallenge(deps.db, asked)
  if (!challenge) throw new Unauthenticated('sign-in-over')
  await deps.limits.forgetFailures(key)
  return { memberId, way: wayOf(challenge.data['way']), next: challenge.data['next'] ?? '' }
}

async function codeFits(
  deps: SealedDb,
  used: { memberId: number; code: string; now: Date },
): Promise<boolean> {
  if (await useTotp(deps, used)) return true
  if (!(await useRecoveryCode(deps.db, used))) return false
  await noteSecurityEvent(deps.db, { memberId: used.memberId, kind: 'code-used', now: used.now })
  return true
}

function wayOf(text: string | undefined): SignInWay {
  return text === 'oidc' || text === 'link' || text === 'code' ? text : 'password'
}
