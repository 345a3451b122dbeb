import type { Db } from '#platform/database.ts'
import { TooMany, Unauthenticated } from '#platform/errors.ts'
import { addressKey } from '#platform/http/limits.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import { checkLogin } from './accounts.ts'
import { networkOf, noteSignIn } from './sign-ins.ts'

/** After five wrong passwords in five minutes the next try locks this login for this address for a quarter of an hour. */
const lockRule = { limit: 6, seconds: 300, lockSeconds: 900 } as const

/**
 * Checks a login against its password, and the number of tries. The lock is kept by what was typed, whether there is
 * such an account or not, so it tells nothing. @throws TooMany('sign-in-locked'), Unauthenticated('wrong-login')
 */
export async function signInFrom(
  deps: { db: Db; limits: Limits },
  input: { login: string; password: string; address: string; agent?: string; now: Date },
): Promise<{ id: number }> {
  const nowMs = input.now.getTime()
  const key = `login:${foldName(cleanLine(input.login)).slice(0, 100)}:${addressKey(input.address)}`
  // Counted before the password is looked at, so that many at the same moment are not all looked at.
  const locked =
    (await deps.limits.lockedFor(key, nowMs)) || (await deps.limits.noteFailure(key, lockRule, nowMs))
  if (locked > 0) throw new TooMany('sign-in-locked', locked)
  const { memberId, fits } = await checkLogin(deps.db, input)
  if (fits && memberId !== null) {
    await deps.limits.forgetFailures(key)
    return { id: memberId }
  }
  const device = { agent: input.agent ?? '', network: networkOf(input.address) }
  await noteSignIn(deps.db, { ...device, memberId, way: 'password', refused: true, now: input.now })
  throw new Unauthenticated('wrong-login')
}
