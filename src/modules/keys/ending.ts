import { emit } from '#events.ts'
import type { Db } from '#platform/database.ts'

/** Ends every key of a member: their password changed, or they left. */
export async function endKeys(tx: Db, memberId: number): Promise<void> {
  await tx.deleteFrom('api_keys').where('member_id', '=', memberId).execute()
  await emit(tx, { type: 'sessions.ended', memberId })
}
