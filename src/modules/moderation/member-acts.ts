import { emit } from '#events.ts'
import { decideSignUp } from '#modules/accounts/approvals.ts'
import { removeFactorsOf } from '#modules/accounts/factors.ts'
import { makeLink, revealLink } from '#modules/accounts/links.ts'
import { blockMember, setRole, unblockMember } from '#modules/accounts/members.ts'
import { endSessions, sessionsOf } from '#modules/accounts/sessions.ts'
import { isAdministrator, type MemberRole, type Viewer } from '#modules/accounts/viewer.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { type Db, transact } from '#platform/database.ts'
import { Forbidden, invalid } from '#platform/errors.ts'

/** What is done to members, each with its line in the log. Whether the viewer may is decided by the verbs of accounts. */

type Named = { memberId: number; now: Date }

/** @throws Forbidden, NotFound, Invalid */
export async function block(
  db: Db,
  viewer: Viewer,
  input: Named & { reason: string; until: Date | null },
): Promise<void> {
  const { memberId, reason, now } = input
  await transact(db, async (tx) => {
    await blockMember(tx, viewer, input)
    await recordAct(tx, { byId: viewer.id, act: 'member.block', memberId, reason, now })
    await emit(tx, { type: 'member.blocked', memberId, at: now })
    await emit(tx, { type: 'member.changed', memberId })
  })
}

const blockDays = ['1', '7', '30', '365']

/** When a block of the form's `days` ends; null, for good, when they are ''. @throws Invalid for a period nobody offered */
export function blockEnd(days: string, now: Date): Date | null {
  if (days === '') return null
  if (!blockDays.includes(days)) throw invalid('days', 'type')
  return new Date(now.getTime() + Number(days) * 86_400_000)
}

/** Lifting no block is no act. @throws Forbidden, NotFound */
export async function unblock(db: Db, viewer: Viewer, { memberId, now }: Named): Promise<void> {
  await transact(db, async (tx) => {
    if (!(await unblockMember(tx, viewer, { memberId, now }))) return
    await recordAct(tx, { byId: viewer.id, act: 'member.unblock', memberId, now })
    await emit(tx, { type: 'member.changed', memberId })
  })
}

/** The log's reason says which role it is now. @throws Forbidden, NotFound */
export async function changeRole(db: Db, viewer: Viewer, input: Named & { role: MemberRole }): Promise<void> {
  const { memberId, role, now } = input
  await transact(db, async (tx) => {
    if (!(await setRole(tx, viewer, { memberId, role }))) return
    await recordAct(tx, { byId: viewer.id, act: 'member.role', memberId, reason: role, now })
    await emit(tx, { type: 'member.changed', memberId })
  })
}

/** A one-time link by which the person sets a password. @throws Forbidden, NotFound */
export async function linkFor(
  db: Db,
  viewer: Viewer,
  { memberId, now }: Named,
): Promise<{ token: string; expiresAt: Date }> {
  return transact(db, async (tx) => {
    const link = await makeLink(tx, viewer, { memberId, now })
    await recordAct(tx, { byId: viewer.id, act: 'member.link', memberId, now })
    return link
  })
}

/** Removes a member's second factor and passkeys; removing nothing is no act. @throws Forbidden, NotFound */
export async function removeFactors(db: Db, viewer: Viewer, { memberId, now }: Named): Promise<void> {
  await transact(db, async (tx) => {
    if (!(await removeFactorsOf(tx, viewer, { memberId, now }))) return
    await recordAct(tx, { byId: viewer.id, act: 'member.factors', memberId, now })
  })
}

/** Signs another member out of every device; where they were in none it is no act. @throws Forbidden */
export async function signOut(db: Db, viewer: Viewer, { memberId, now }: Named): Promise<void> {
  if (!isAdministrator(viewer) || viewer.id === memberId) throw new Forbidden('forbidden')
  await transact(db, async (tx) => {
    if ((await sessionsOf(tx, memberId)).count === 0) return
    await endSessions(tx, { memberId })
    await recordAct(tx, { byId: viewer.id, act: 'member.sessions', memberId, now })
  })
}

/** Shows an administrator a link that a member asked for, to hand it over. @throws Forbidden, NotFound */
export async function handOver(
  db: Db,
  viewer: Viewer,
  input: { id: number; key: Uint8Array; now: Date },
): ReturnType<typeof revealLink> {
  return transact(db, async (tx) => {
    const link = await revealLink(tx, viewer, input)
    const { memberId, purpose: reason } = link
    await recordAct(tx, { byId: viewer.id, act: 'member.link', memberId, reason, now: input.now })
    return link
  })
}

/** Approves or refuses a sign-up. @throws Forbidden, Conflict, Invalid */
export async function decide(
  db: Db,
  viewer: Viewer,
  input: Named & { approved: boolean; reason: string },
): Promise<void> {
  const { memberId, approved, reason, now } = input
  await transact(db, async (tx) => {
    await decideSignUp(tx, viewer, input)
    const act = approved ? 'member.approve' : 'member.refuse'
    await recordAct(tx, { byId: viewer.id, act, memberId, reason: approved ? '' : reason, now })
  })
}
