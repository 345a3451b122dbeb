import { type Db, transact } from '#platform/database.ts'
import { Conflict, violatedConstraint } from '#platform/errors.ts'
import { noteSecurityEvent } from './security-events.ts'
import type { Viewer } from './viewer.ts'

/** Who somebody is for an issuer. Issuer and subject together are the key; e-mail and name are hearsay. */
export type Identity = { issuer: string; subject: string; label: string }

/** The member with this identity, or null. */
export async function useIdentity(
  db: Db,
  { issuer, subject, label, now }: Identity & { now: Date },
): Promise<{ memberId: number } | null> {
  const row = await db
    .updateTable('identities')
    .set({ used_at: now, label })
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .returning('member_id')
    .executeTakeFirst()
  return row ? { memberId: row.member_id } : null
}

/** @throws Conflict('identity-taken') when it belongs to somebody already. */
export async function addIdentity(
  tx: Db,
  { memberId, issuer, subject, label, now }: Identity & { memberId: number; now: Date },
): Promise<void> {
  const row = { member_id: memberId, issuer, subject, label, created_at: now, used_at: now }
  await tx
    .insertInto('identities')
    .values(row)
    .execute()
    .catch((error: unknown) => {
      if (violatedConstraint(error) !== 'identities_taken') throw error
      throw new Conflict('identity-taken')
    })
}

/** Links an identity to the viewer. @throws Conflict('identity-taken') */
export async function linkIdentity(db: Db, viewer: Viewer, given: Identity & { now: Date }): Promise<void> {
  await transact(db, async (tx) => {
    await addIdentity(tx, { ...given, memberId: viewer.id })
    await noteSecurityEvent(tx, { memberId: viewer.id, kind: 'identity-linked', now: given.now })
  })
}

export type ListedIdentity = {
  id: number
  issuer: string
  label: string
  createdAt: Date
  usedAt: Date | null
}

/** The viewer's own, oldest first. */
export async function listIdentities(db: Db, viewer: Viewer): Promise<ListedIdentity[]> {
  return db
    .selectFrom('identities')
    .select(['id', 'issuer', 'label', 'created_at as createdAt', 'used_at as usedAt'])
    .where('member_id', '=', viewer.id)
    .orderBy('id')
    .execute()
}
