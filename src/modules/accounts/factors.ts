import { ask, type Db, transact } from '#platform/database.ts'
import { Forbidden, NotFound } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import { endChallenges } from './challenges.ts'
import { noteSecurityEvent } from './security-events.ts'
import { isAdministrator, type Viewer } from './viewer.ts'

export type Factors = {
  password: boolean
  /** On, off, or begun and not confirmed. */
  totp: 'on' | 'off' | 'begun'
  recoveryCodes: number
  passkeys: number
  identities: number
}

const factorsQuery = `
  select m.password_hash is not null as password,
    coalesce((select case when confirmed_at is null then 'begun' else 'on' end from totp_secrets where member_id = m.id), 'off') as totp,
    (select count(*) from recovery_codes where member_id = m.id) as "recoveryCodes",
    (select count(*) from passkeys where member_id = m.id) as passkeys,
    (select count(*) from identities where member_id = m.id) as identities
  from members m where m.id = $1`

/** By what a member gets in, as counts. */
export async function findFactors(db: Db, memberId: number): Promise<Factors> {
  const [row] = await ask<Factors>(db, factorsQuery, [memberId])
  if (!row) throw new NotFound()
  return row
}

const removedKinds = { passkeys: 'passkey-removed', identities: 'identity-unlinked' } as const

/**
 * Removes one way in, unless it is the last. The member's row is locked, so that two removals at the same moment do not
 * each leave the other. @throws NotFound for others' and unknown ones, Forbidden('last-way-in')
 */
export function removeWayIn(
  db: Db,
  viewer: Viewer,
  { from, id, now }: { from: keyof typeof removedKinds; id: number; now: Date },
): Promise<void> {
  return transact(db, async (tx) => {
    await ask(tx, 'select 1 from members where id = $1 for update', [viewer.id])
    const removed = await tx
      .deleteFrom(from)
      .where('id', '=', id)
      .where('member_id', '=', viewer.id)
      .executeTakeFirst()
    if (removed.numDeletedRows === 0n) throw new NotFound()
    const { password, passkeys, identities } = await findFactors(tx, viewer.id)
    if (!password && passkeys + identities === 0) throw new Forbidden('last-way-in')
    await noteSecurityEvent(tx, { memberId: viewer.id, kind: removedKinds[from], now })
  })
}

/** Everything by which somebody who left could come back. */
export async function clearFactors(tx: Db, memberId: number): Promise<void> {
  await removeDevices(tx, memberId)
  await tx.deleteFrom('identities').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('security_events').where('member_id', '=', memberId).execute()
}

async function removeDevices(tx: Db, memberId: number): Promise<void> {
  await endChallenges(tx, memberId)
  await tx.deleteFrom('totp_secrets').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('recovery_codes').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('passkeys').where('member_id', '=', memberId).execute()
}

/**
 * Takes the second factor, recovery codes and passkeys away from a member who lost them. Administrators alone, and never
 * their own: those they remove as everybody does. The member is told by mail, and sees it on
 * their security page.
 * @returns whether there was anything. @throws Forbidden, NotFound
 */
export async function removeFactorsOf(
  tx: Db,
  viewer: Viewer,
  input: { memberId: number; now: Date },
): Promise<boolean> {
  if (!isAdministrator(viewer) || viewer.id === input.memberId) throw new Forbidden('forbidden')
  const { totp, passkeys } = await findFactors(tx, input.memberId)
  if (totp === 'off' && passkeys === 0) return false
  await removeDevices(tx, input.memberId)
  await noteSecurityEvent(tx, {
    memberId: input.memberId,
    kind: 'factors-removed',
    byId: viewer.id,
    now: input.now,
  })
  await enqueue(tx, { name: 'tell-factors-removed', payload: { member: input.memberId }, tries: 10 })
  return true
}
