import { randomBytes } from 'node:crypto'
import { ask, type Db, transact } from '#platform/database.ts'
import { type FieldError, Forbidden, invalid, NotFound, refuse } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { hashToken } from '#platform/token.ts'
import { requireWriter } from './accounts.ts'
import { limitMails } from './emails.ts'
import { tokenOf } from './links.ts'
import { checkEmail } from './rules.ts'
import { isAdministrator, isAtMost, type MemberRole, type Viewer } from './viewer.ts'

const day = 86_400_000
export const invitationLimits = { uses: 100, days: 90, open: 100 } as const

/** Who may invite is the least role that may. */
export function mayInvite(viewer: Viewer | null, least: MemberRole): boolean {
  return viewer !== null && !viewer.blocked && isAtMost(least, viewer.role)
}

export type NewInvitation = {
  role: MemberRole
  /** Only this address may use it; '' for whoever has the link. */
  email: string
  uses: number
  days: number
  /** The address name of the board on which the newcomer arrives; '' for none. */
  board: string
}

/**
 * Makes an invitation. Its token is in this answer alone; with an address and mail it is also sent there.
 * @throws Forbidden for who may not invite or gives a role above their own, Invalid
 */
export async function invite(
  { db, limits }: { db: Db; limits: Limits },
  viewer: Viewer | null,
  input: NewInvitation & { least: MemberRole; canSend: boolean; key: Uint8Array; now: Date },
): Promise<{ id: number; token: string; expiresAt: Date }> {
  requireWriter(viewer)
  if (!mayInvite(viewer, input.least) || !isAtMost(input.role, viewer.role)) throw new Forbidden('forbidden')
  const { uses, days, now } = input
  const email = input.email.trim() === '' ? null : checkEmail(input.email)
  refuse([...(email?.errors ?? []), ...rangeErrors('uses', uses), ...rangeErrors('days', days)])
  const board =
    input.board === '' ? null : await findInvitedBoard(db, { slug: input.board, role: input.role })
  const seed = randomBytes(32)
  const token = tokenOf(seed, input.key)
  const sends = email !== null && input.canSend
  if (sends) await limitMails(limits, viewer, now)
  const row = {
    token_hash: hashToken(token),
    seed: sends ? seed : null,
    by_id: viewer.id,
    role: input.role,
    email: email?.key ?? null,
    board_id: board?.id ?? null,
    // An address is one person's.
    uses: email ? 1 : uses,
    created_at: now,
    expires_at: new Date(now.getTime() + days * day),
  }
  return transact(db, async (tx) => {
    await refuseTooMany(tx, viewer, now)
    const { id } = await tx.insertInto('invitations').values(row).returning('id').executeTakeFirstOrThrow()
    if (sends) await enqueue(tx, { name: 'send-invitation', payload: { invitation: id }, tries: 10 })
    return { id, token, expiresAt: row.expires_at }
  })
}

function rangeErrors(field: 'uses' | 'days', value: number): FieldError[] {
  const limit = invitationLimits[field]
  return isWithin(value, limit) ? [] : [{ field, code: 'number-range', facts: { limit } }]
}

export type InvitedBoard = { slug: string; name: string }

/** Which boards somebody in a role reads: nobody is invited to one that they would not see, nor learns its name. */
const levelsOf = (role: MemberRole) =>
  role === 'member' ? ['everyone', 'members'] : ['everyone', 'members', 'moderators']

/** The boards to which a newcomer in such a role can be invited, by name. */
export async function listInvitedBoards(db: Db, role: MemberRole): Promise<InvitedBoard[]> {
  const text = 'select slug, name from boards where read_by = any($1) order by name, id limit 500'
  return ask(db, text, [levelsOf(role)])
}

/** @throws Invalid for a board that is not there for the newcomer's role, or for nobody */
async function findInvitedBoard(db: Db, given: { slug: string; role: MemberRole }): Promise<{ id: number }> {
  const text = 'select id from boards where slug = $1 and read_by = any($2)'
  const [row] = await ask<{ id: number }>(db, text, [given.slug, levelsOf(given.role)])
  if (!row) throw invalid('board', 'invitation-board')
  return row
}

const isWithin = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most

async function refuseTooMany(tx: Db, viewer: Viewer, now: Date): Promise<void> {
  // The member's row is locked, so that two requests at the same moment count each other.
  await ask(tx, 'select from members where id = $1 for no key update', [viewer.id])
  const [row] = await ask<{ count: number }>(
    tx,
    `select count(*) from invitations where by_id = $1 and revoked_at is null and used < uses and expires_at > $2`,
    [viewer.id, now],
  )
  if (Number(row?.count) >= invitationLimits.open) throw new Forbidden('too-many-invitations')
}

export type FoundInvitation = {
  id: number
  role: MemberRole
  byName: string
  email: string | null
  board: InvitedBoard | null
}

// An invitation is worth no more than who made it is worth now: a demotion lowers it, a block or withdrawal ends it.
const usable = `
  i.token_hash = $1 and i.revoked_at is null and i.used < i.uses and i.expires_at > $2 and m.name is not null
  and m.approval is null and not exists (
    select from member_blocks b where b.member_id = m.id and b.lifted_at is null and (b.until is null or b.until > $2))`
type UsableRow = {
  id: number
  role: MemberRole
  byName: string
  byRole: MemberRole
  email: string | null
  board: (InvitedBoard & { readBy: string }) | null
}
const columns = `i.id, i.role, m.name as "byName", m.role as "byRole", i.email,
  (select json_build_object('slug', b.slug, 'name', b.name, 'readBy', b.read_by) from boards b where b.id = i.board_id) as board`

function toFound(row: UsableRow | undefined): FoundInvitation {
  if (!row) throw new NotFound('invitation-gone')
  const { id, byName, byRole, email, board } = row
  const role = isAtMost(row.role, byRole) ? row.role : byRole
  const shown = board && levelsOf(role).includes(board.readBy) ? { slug: board.slug, name: board.name } : null
  return { id, byName, email, role, board: shown }
}

/** @throws NotFound('invitation-gone') when it is used up, revoked, too old, or never was */
export async function findInvitation(db: Db, given: { token: string; now: Date }): Promise<FoundInvitation> {
  const text = `select ${columns} from invitations i join members m on m.id = i.by_id where ${usable}`
  const [row] = await ask<UsableRow>(db, text, [hashToken(given.token), given.now])
  return toFound(row)
}

/** Uses an invitation once. One statement counts, so that of many at the same moment no more succeed than it allows. */
export async function takeInvitation(
  tx: Db,
  given: { token: string; email: string; now: Date },
): Promise<FoundInvitation> {
  const text = `update invitations i set used = i.used + 1 from members m where m.id = i.by_id and ${usable} returning ${columns}`
  const [row] = await ask<UsableRow>(tx, text, [hashToken(given.token), given.now])
  const found = toFound(row)
  if (found.email !== null && found.email !== checkEmail(given.email).key)
    throw invalid('email', 'invitation-email')
  return found
}

export type ListedInvitation = {
  id: number
  role: MemberRole
  email: string | null
  uses: number
  used: number
  at: Date
  expiresAt: Date
  revoked: boolean
  by: { id: number; name: string } | null
  board: InvitedBoard | null
}

/** One's own invitations, or for administrators everybody's, newest first; never a token. */
export async function listInvitations(db: Db, viewer: Viewer): Promise<ListedInvitation[]> {
  const rows = await ask<Omit<ListedInvitation, 'by'> & { byId: number; byName: string | null }>(
    db,
    `select i.id, i.role, i.email, i.uses, i.used, i.created_at as at, i.expires_at as "expiresAt",
            i.revoked_at is not null as revoked, m.id as "byId", m.name as "byName",
            case when b.id is not null then json_build_object('slug', b.slug, 'name', b.name) end as board
     from invitations i join members m on m.id = i.by_id left join boards b on b.id = i.board_id and b.read_by = any($3) where $2 or i.by_id = $1 order by i.id desc limit 200`,
    [viewer.id, isAdministrator(viewer), levelsOf(viewer.role)],
  )
  return rows.map(({ byId, byName, ...row }) => ({
    ...row,
    by: byName === null ? null : { id: byId, name: byName },
  }))
}

/** Ends an invitation of one's own or, for administrators, any. @throws NotFound */
export async function revokeInvitation(
  db: Db,
  viewer: Viewer,
  { id, now }: { id: number; now: Date },
): Promise<void> {
  const [row] = await ask(
    db,
    `update invitations set revoked_at = coalesce(revoked_at, $4), revoked_by_id = $1, seed = null
     where id = $2 and (by_id = $1 or $3) returning id`,
    [viewer.id, id, isAdministrator(viewer), now],
  )
  if (!row) throw new NotFound()
}
