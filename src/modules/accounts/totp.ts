import { Secret, TOTP } from 'otpauth'
import { type Db, transact } from '#platform/database.ts'
import { Conflict, invalid, NotFound } from '#platform/errors.ts'
import { seal, unseal } from '#platform/seal.ts'
import { newRecoveryCodes } from './recovery-codes.ts'
import { noteSecurityEvent } from './security-events.ts'
import type { Viewer } from './viewer.ts'

/** The database, and the key that opens what it keeps sealed. */
export type SealedDb = { db: Db; sealingKey: Uint8Array }

/** Seconds; with six digits and SHA-1 what every authenticator app understands (RFC 6238). */
const period = 30
/** Clocks may differ by so many steps. */
const drift = 1

const placeOf = (memberId: number) => `totp:${memberId}`
const totpOf = (secret: string, name: { site: string; member: string } = { site: '', member: '' }) =>
  new TOTP({ issuer: name.site, label: name.member, period, digits: 6, algorithm: 'SHA1', secret })

/** The step of the code, or null when it is none of now. */
function stepOf(secret: string, code: string, now: Date): number | null {
  const token = code.replace(/[\s-]/g, '')
  if (!/^\d{6}$/.test(token)) return null
  const timestamp = now.getTime()
  const delta = totpOf(secret).validate({ token, timestamp, window: drift })
  return delta === null ? null : Math.floor(timestamp / 1000 / period) + delta
}

/** Begins a set-up with a new secret; one that was begun and not confirmed is forgotten. @throws Conflict('totp-on') */
export async function beginTotp(deps: SealedDb, viewer: Viewer, now: Date): Promise<void> {
  const secret = new Secret({ size: 20 }).base32
  const values = { sealed: seal(deps.sealingKey, secret, placeOf(viewer.id)), created_at: now }
  const put = await deps.db
    .insertInto('totp_secrets')
    .values({ member_id: viewer.id, ...values })
    .onConflict((on) =>
      on.column('member_id').doUpdateSet(values).where('totp_secrets.confirmed_at', 'is', null),
    )
    .returning('member_id')
    .executeTakeFirst()
  if (!put) throw new Conflict('totp-on')
}

/** What an app has to know, while the set-up is not confirmed; else null. */
export async function openTotp(
  deps: SealedDb,
  viewer: Viewer,
  site: string,
): Promise<{ secret: string; uri: string } | null> {
  const row = await findSecret(deps, viewer.id)
  if (!row || row.confirmed) return null
  return { secret: row.secret, uri: totpOf(row.secret, { site, member: viewer.name }).toString() }
}

async function findSecret(
  { db, sealingKey }: SealedDb,
  memberId: number,
): Promise<{ secret: string; confirmed: boolean } | null> {
  const row = await db
    .selectFrom('totp_secrets')
    .select(['sealed', 'confirmed_at'])
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  const secret = row ? unseal(sealingKey, row.sealed, placeOf(memberId)) : null
  return row && secret !== null ? { secret, confirmed: row.confirmed_at !== null } : null
}

/** Turns it on with a code of the app. @returns the recovery codes. @throws Invalid, NotFound without a set-up, Conflict */
export async function confirmTotp(
  deps: SealedDb,
  viewer: Viewer,
  { code, now }: { code: string; now: Date },
): Promise<string[]> {
  const row = await findSecret(deps, viewer.id)
  if (!row) throw new NotFound()
  if (row.confirmed) throw new Conflict('totp-on')
  const step = stepOf(row.secret, code, now)
  if (step === null) throw invalid('code', 'wrong-code')
  return transact(deps.db, async (tx) => {
    const turned = await tx
      .updateTable('totp_secrets')
      .set({ confirmed_at: now, used_step: step })
      .where('member_id', '=', viewer.id)
      .where('confirmed_at', 'is', null)
      .executeTakeFirst()
    if (turned.numUpdatedRows === 0n) throw new Conflict('totp-on')
    await noteSecurityEvent(tx, { memberId: viewer.id, kind: 'totp-on', now })
    return newRecoveryCodes(tx, viewer.id)
  })
}

/** Whether the code is right and later than every one taken before. One statement decides, so of two uses one wins. */
export async function useTotp(
  deps: SealedDb,
  { memberId, code, now }: { memberId: number; code: string; now: Date },
): Promise<boolean> {
  const row = await findSecret(deps, memberId)
  const step = row?.confirmed ? stepOf(row.secret, code, now) : null
  if (step === null) return false
  const result = await deps.db
    .updateTable('totp_secrets')
    .set({ used_step: step })
    .where('member_id', '=', memberId)
    .where('confirmed_at', 'is not', null)
    .where('used_step', '<', step)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Turns it off, and the recovery codes with it. */
export async function removeTotp(db: Db, viewer: Viewer, now: Date): Promise<void> {
  await transact(db, async (tx) => {
    const removed = await tx
      .deleteFrom('totp_secrets')
      .where('member_id', '=', viewer.id)
      .returning('confirmed_at')
      .executeTakeFirst()
    await tx.deleteFrom('recovery_codes').where('member_id', '=', viewer.id).execute()
    if (removed?.confirmed_at) await noteSecurityEvent(tx, { memberId: viewer.id, kind: 'totp-off', now })
  })
}

/** Ten new codes; the old ones end. @throws Conflict('totp-off') without a second factor to recover from */
export async function renewRecoveryCodes(db: Db, viewer: Viewer, now: Date): Promise<string[]> {
  return transact(db, async (tx) => {
    const on = await tx
      .selectFrom('totp_secrets')
      .select('member_id')
      .where('member_id', '=', viewer.id)
      .where('confirmed_at', 'is not', null)
      .forUpdate()
      .executeTakeFirst()
    if (!on) throw new Conflict('totp-off')
    await noteSecurityEvent(tx, { memberId: viewer.id, kind: 'codes-made', now })
    return newRecoveryCodes(tx, viewer.id)
  })
}
