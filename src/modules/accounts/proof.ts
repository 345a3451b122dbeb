import type { Db } from '#platform/database.ts'
import { Forbidden } from '#platform/errors.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { requirePassword } from './own-password.ts'
import type { Viewer } from './viewer.ts'

/** For how long it counts that somebody showed who they are, in milliseconds. */
const proofLife = 600_000

/** Notes that the person in this session just showed who they are: by password, passkey or issuer. */
export async function noteProof(db: Db, sessionId: string, now: Date): Promise<void> {
  await db.updateTable('sessions').set({ proved_at: now }).where('id', '=', sessionId).execute()
}

export async function hasRecentProof(db: Db, viewer: Viewer, now: Date): Promise<boolean> {
  const row = await db
    .selectFrom('sessions')
    .select('proved_at')
    .where('id', '=', viewer.sessionId)
    .executeTakeFirst()
  return row?.proved_at != null && now.getTime() - row.proved_at.getTime() < proofLife
}

/** Guards what changes the ways in: an open screen is not enough. @throws Forbidden('prove-again') */
export async function requireRecentProof(db: Db, viewer: Viewer, now: Date): Promise<void> {
  if (!(await hasRecentProof(db, viewer, now))) throw new Forbidden('prove-again')
}

/** The password again. @throws TooMany('sign-in-locked'), Invalid for a wrong one */
export async function proveByPassword(
  deps: { db: Db; limits: Limits },
  viewer: Viewer,
  input: { password: string; now: Date },
): Promise<void> {
  await requirePassword(deps, viewer, input)
  await noteProof(deps.db, viewer.sessionId, input.now)
}
