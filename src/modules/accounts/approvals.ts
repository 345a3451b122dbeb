import { emit } from '#events.ts'
import { ask, type Db } from '#platform/database.ts'
import { Conflict, Forbidden, invalid } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import { cleanLine, lengthOf } from '#platform/text.ts'
import { isModerator, type Viewer } from './viewer.ts'

export type WaitingMember = { id: number; name: string; message: string; at: Date }

/** Those who wait for approval, who waits longest first; at most 100. Moderators only. */
export async function listWaiting(db: Db, viewer: Viewer | null): Promise<WaitingMember[]> {
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  return ask(
    db,
    `select m.id, m.name, coalesce(s.message, '') as message, m.created_at as at
     from members m left join sign_ups s on s.member_id = m.id
     where m.approval = 'waiting' and m.name is not null order by m.id limit 100`,
    [],
  )
}

export async function countWaiting(db: Db): Promise<number> {
  const [row] = await ask<{ count: number }>(
    db,
    `select count(*) from members where approval = 'waiting' and name is not null`,
    [],
  )
  return Number(row?.count ?? 0)
}

/**
 * Lets somebody in who waits for approval, or does not; they are told. Who was refused can be let in later.
 * @throws Forbidden, Conflict('already-resolved'), Invalid
 */
export async function decideSignUp(
  tx: Db,
  viewer: Viewer,
  input: { memberId: number; approved: boolean; reason: string; now: Date },
): Promise<void> {
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  const { memberId, approved, now } = input
  const reason = cleanLine(input.reason)
  if (lengthOf(reason) > 500) throw invalid('reason', 'too-long', { limit: 500 })
  const from = approved ? ['waiting', 'refused'] : ['waiting']
  const changed = await tx
    .updateTable('members')
    .set({ approval: approved ? null : 'refused' })
    .where('id', '=', memberId)
    .where('name', 'is not', null)
    .where('approval', 'in', from)
    .executeTakeFirst()
  if (changed.numUpdatedRows === 0n) throw new Conflict('already-resolved')
  const decision = {
    outcome: approved ? 'approved' : 'refused',
    decided_by_id: viewer.id,
    decided_at: now,
    reason: approved ? '' : reason,
  }
  await tx
    .insertInto('sign_ups')
    .values({ member_id: memberId, created_at: now, ...decision })
    .onConflict((on) => on.column('member_id').doUpdateSet(decision))
    .execute()
  if (approved) await emit(tx, { type: 'member.joined', memberId, at: now })
  await enqueue(tx, { name: 'tell-decision', payload: { member: memberId }, tries: 10 })
}
