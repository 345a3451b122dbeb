import type { Db } from '#platform/database.ts'
import { type FieldError, refuse, TooMany } from '#platform/errors.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { passwordFits } from './passwords.ts'
import type { Viewer } from './viewer.ts'

/** The sixth wrong password within five minutes and all that follow are not looked at. */
const lockRule = { limit: 6, seconds: 300, lockSeconds: 900 } as const

/**
 * The viewer's password once more, with the number of tries limited: wherever it is asked for, the tries of all forms
 * count together. `wrong` is what else of the form is: it is said along. @throws TooMany('sign-in-locked'), Invalid
 */
export async function requirePassword(
  { db, limits }: { db: Db; limits: Limits },
  viewer: Viewer,
  input: { password: string; wrong?: readonly FieldError[]; now: Date },
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
  const { wrong = [] } = input
  const fits = await passwordFits(row?.password_hash ?? null, password)
  if (!fits) refuse([{ field: 'password', code: 'wrong-password' }, ...wrong])
  await limits.forgetFailures(key)
  refuse(wrong)
}
