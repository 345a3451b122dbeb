import type { Db } from '#platform/database.ts'
import { invalid, TooMany } from '#platform/errors.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { passwordFits } from './passwords.ts'
import type { Viewer } from './viewer.ts'

/** The sixth wrong password within five minutes and all that follow are not looked at. */
const lockRule = { limit: 6, seconds: 300, lockSeconds: 900 } as const

/**
 * The viewer's password once more, with the number of tries limited: wherever it is asked for, the tries of all forms
 * count together. @throws TooMany('sign-in-locked'), Invalid for a wrong one
 */
export async function requirePassword(
  { db, limits }: { db: Db; limits: Limits },
  viewer: Viewer,
  input: { password: string; now: Date },
): Promise<void> {
  const key = `prove:${viewer.id}`
  // Counted before it is looked at, so that many at the same moment are not all looked at.
  const locked = await limits.noteFailure(key, lockRule, input.now.getTime())
  if (locked > 0) throw new TooMany('sign-in-locked', locked)
  const row = await db
    .selectFrom('members')
    .select('password_hash')
    .where('id', '=', viewer.id)
    .executeTakeFirst()
  const password = input.password.normalize('NFC').slice(0, 1000)
  if (!(await passwordFits(row?.password_hash ?? null, password))) throw invalid('password', 'wrong-password')
  await limits.forgetFailures(key)
}
