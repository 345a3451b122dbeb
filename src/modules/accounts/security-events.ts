import { ask, type Db } from '#platform/database.ts'
import { enqueue } from '#platform/jobs.ts'
import type { Viewer } from './viewer.ts'

export const securityEvents = [
  'totp-on',
  'totp-off',
  'codes-made',
  'code-used',
  'passkey-added',
  'passkey-removed',
  'identity-linked',
  'identity-unlinked',
  'password-set',
  'password-changed',
  'link-made',
  'key-made',
  'factors-removed',
] as const
export type SecurityEvent = (typeof securityEvents)[number]

/** Of this the member hears in a mail of its own. */
const toldElsewhere: SecurityEvent = 'factors-removed'

/** Writes down what changed in how a member gets in, in the change's own transaction, and tells the member by mail. */
export async function noteSecurityEvent(
  tx: Db,
  event: { memberId: number; kind: SecurityEvent; byId?: number; now: Date },
): Promise<void> {
  const row = {
    member_id: event.memberId,
    by_id: event.byId ?? null,
    kind: event.kind,
    created_at: event.now,
  }
  const { id } = await tx.insertInto('security_events').values(row).returning('id').executeTakeFirstOrThrow()
  if (event.kind === toldElsewhere) return
  await enqueue(tx, { name: 'tell-security', payload: { event: id }, tries: 10 })
}

export type ListedSecurityEvent = { kind: SecurityEvent; at: Date; byAdministrator: boolean }

/** The viewer's own last ones, newest first. */
export async function listSecurityEvents(db: Db, viewer: Viewer): Promise<ListedSecurityEvent[]> {
  return ask(
    db,
    `select kind, created_at as at, by_id is not null as "byAdministrator" from security_events
     where member_id = $1 order by id desc limit 20`,
    [viewer.id],
  )
}
