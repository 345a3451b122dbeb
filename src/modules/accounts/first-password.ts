import { type Db, transact } from '#platform/database.ts'
import { Conflict, refuse } from '#platform/errors.ts'
import { hashPassword } from './passwords.ts'
import { checkPassword } from './rules.ts'
import { noteSecurityEvent } from './security-events.ts'
import type { Viewer } from './viewer.ts'

/** Gives a password to a member who came without one. @throws Invalid, Conflict('has-password') */
export async function setFirstPassword(
  db: Db,
  viewer: Viewer,
  input: { password: string; passwordAgain?: string | undefined; now: Date },
): Promise<void> {
  const own = await db.selectFrom('members').select('email').where('id', '=', viewer.id).executeTakeFirst()
  const owner = { name: viewer.name, email: own?.email ?? null }
  const { password, errors } = checkPassword(input.password, { owner, again: input.passwordAgain })
  refuse(errors)
  const password_hash = await hashPassword(password)
  await transact(db, async (tx) => {
    const set = await tx
      .updateTable('members')
      .set({ password_hash })
      .where('id', '=', viewer.id)
      .where('password_hash', 'is', null)
      .executeTakeFirst()
    if (set.numUpdatedRows === 0n) throw new Conflict('has-password')
    await noteSecurityEvent(tx, { memberId: viewer.id, kind: 'password-set', now: input.now })
  })
}
