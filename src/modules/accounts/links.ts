import { createHmac, randomBytes } from 'node:crypto'
import { emit } from '#events.ts'
import { endKeys } from '#modules/keys/ending.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Forbidden, NotFound, refuse } from '#platform/errors.ts'
import { hashToken, newToken } from '#platform/token.ts'
import { throwTaken } from './accounts.ts'
import { hashPassword } from './passwords.ts'
import { requireRecentProof } from './proof.ts'
import { checkEmail, checkPassword } from './rules.ts'
import { noteSecurityEvent } from './security-events.ts'
import { endSessions } from './sessions.ts'
import { isAdministrator, type Viewer } from './viewer.ts'

const hour = 3_600_000
/** How long a link made by an administrator works, in milliseconds. */
const givenLife = 7 * 24 * hour

/**
 * The token of a link that has to be sent later: made from a random seed and the site's key, so that the database alone,
 * or a copy of it, opens nothing. 256 bits.
 */
export function tokenOf(seed: Buffer, key: Uint8Array): string {
  return createHmac('sha256', key).update('link ').update(seed).digest('base64url')
}

export type LinkPurpose = 'claim' | 'reset' | 'confirm'
export type NewLink = {
  memberId: number
  purpose: LinkPurpose
  /** The address that a confirming link is about. */
  email?: string
  seed: Buffer | null
  token: string
  byId?: number
  lifeMs: number
  now: Date
}

/** A newer link takes the place of the older one: two that work at the same time would be one too many. */
async function putLink(tx: Db, link: NewLink): Promise<{ id: number; expiresAt: Date }> {
  const values = {
    member_id: link.memberId,
    purpose: link.purpose,
    email: link.email ?? null,
    token_hash: hashToken(link.token),
    seed: link.seed,
    created_by_id: link.byId ?? null,
    created_at: link.now,
    expires_at: new Date(link.now.getTime() + link.lifeMs),
    sent_at: null,
    failure: '',
  }
  // Deleted and put anew rather than changed: a job that still holds the older one's id finds nothing.
  await ask(tx, 'select from members where id = $1 for no key update', [link.memberId])
  await ask(
    tx,
    `delete from member_links where member_id = $1 and (purpose = 'confirm') = ($2 = 'confirm')`,
    [link.memberId, link.purpose],
  )
  const row = await tx.insertInto('member_links').values(values).returning('id').executeTakeFirstOrThrow()
  return { id: row.id, expiresAt: values.expires_at }
}

/** A link that a job sends or an administrator hands over. @returns its id */
export async function makeSentLink(
  tx: Db,
  input: Pick<NewLink, 'memberId' | 'purpose' | 'email' | 'lifeMs' | 'now'> & { key: Uint8Array },
): Promise<number> {
  const seed = randomBytes(32)
  const { id } = await putLink(tx, { ...input, seed, token: tokenOf(seed, input.key) })
  return id
}

/** A link opens an account: an administrator's open screen is not enough. @throws Forbidden('forbidden' | 'prove-again') */
async function requireHandingOver(db: Db, viewer: Viewer, now: Date): Promise<void> {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  await requireRecentProof(db, viewer, now)
}

/** Makes a one-time link by which a person sets a password: for an imported account or a forgotten password. */
export async function makeLink(
  db: Db,
  viewer: Viewer | null,
  input: { memberId: number; now: Date },
): Promise<{ token: string; expiresAt: Date }> {
  if (viewer) await requireHandingOver(db, viewer, input.now)
  const member = await db
    .selectFrom('members')
    .select(['id', 'password_hash', 'role'])
    .where('id', '=', input.memberId)
    .where('name', 'is not', null)
    .executeTakeFirst()
  if (!member) throw new NotFound()
  const token = newToken()
  const purpose = member.password_hash === null ? 'claim' : 'reset'
  const byId = viewer ? { byId: viewer.id } : {}
  const { now } = input
  const { expiresAt } = await transact(db, async (tx) => {
    await noteSecurityEvent(tx, { memberId: member.id, kind: 'link-made', ...byId, now })
    return putLink(tx, { memberId: member.id, purpose, seed: null, token, ...byId, lifeMs: givenLife, now })
  })
  return { token, expiresAt }
}

/** Every open link of a member ends: the address changed, or the person left. */
export async function endLinks(tx: Db, memberId: number): Promise<void> {
  await tx.deleteFrom('member_links').where('member_id', '=', memberId).execute()
}

type FoundLink = { memberId: number; name: string; email: string | null; sent: boolean }

/** The member that a claiming or resetting link is for. @throws NotFound when it was used, replaced, or is too old. */
export async function findLink(db: Db, token: string, now: Date): Promise<FoundLink> {
  const row = await db
    .selectFrom('member_links as l')
    .innerJoin('members as m', 'm.id', 'l.member_id')
    .select(['m.id', 'm.name', 'm.email', 'l.sent_at'])
    .where('l.token_hash', '=', hashToken(token))
    .where('l.purpose', '!=', 'confirm')
    .where('l.expires_at', '>', now)
    .executeTakeFirst()
  if (!row?.name) throw new NotFound('link-gone')
  return { memberId: row.id, name: row.name, email: row.email, sent: row.sent_at !== null }
}

/** A link is good once, also for two who use it at the same moment. @throws NotFound('link-gone') */
export async function spendLink(tx: Db, { token, now }: { token: string; now: Date }): Promise<void> {
  const used = await tx
    .deleteFrom('member_links')
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (used.numDeletedRows === 0n) throw new NotFound('link-gone')
}

/** Uses a link: sets password (and, where there is none, the e-mail), ends all sessions. @throws NotFound, Invalid, Conflict */
export async function useLink(
  db: Db,
  input: { token: string; email: string; password: string; passwordAgain?: string | undefined; now: Date },
): Promise<{ memberId: number }> {
  const link = await findLink(db, input.token, input.now)
  const email = link.email === null ? checkEmail(input.email) : null
  const owner = { name: link.name, email: link.email ?? input.email }
  const { password, errors } = checkPassword(input.password, { owner, again: input.passwordAgain })
  const fields = [...(email?.errors ?? []), ...errors]
  refuse(fields)
  const password_hash = await hashPassword(password)
  // Whoever has a link that was sent there reads that address.
  const confirmed = link.sent ? { email_confirmed_at: input.now } : {}
  const values = email
    ? { password_hash, email: email.email, email_key: email.key }
    : { password_hash, ...confirmed }
  await transact(db, async (tx) => {
    await spendLink(tx, input)
    await tx.updateTable('members').set(values).where('id', '=', link.memberId).execute()
    await endSessions(tx, { memberId: link.memberId })
    await endKeys(tx, link.memberId)
    await noteSecurityEvent(tx, { memberId: link.memberId, kind: 'password-changed', now: input.now })
    // An imported account is claimed now, and can be written to.
    await emit(tx, { type: 'member.changed', memberId: link.memberId })
  }).catch((error: unknown) => throwTaken(error, { email: input.email }))
  return { memberId: link.memberId }
}

/** Whose address a confirming link confirms. @throws NotFound when it was used, replaced, or is too old. */
export async function findConfirmation(
  db: Db,
  token: string,
  now: Date,
): Promise<{ memberId: number; name: string; email: string; old: string | null }> {
  const row = await db
    .selectFrom('member_links as l')
    .innerJoin('members as m', 'm.id', 'l.member_id')
    .select(['m.id', 'm.name', 'm.email as old', 'l.email'])
    .where('l.token_hash', '=', hashToken(token))
    .where('l.purpose', '=', 'confirm')
    .where('l.expires_at', '>', now)
    .executeTakeFirst()
  if (!row?.name || row.email === null) throw new NotFound('link-gone')
  return { memberId: row.id, name: row.name, email: row.email, old: row.old }
}

export type OpenLink = {
  id: number
  purpose: LinkPurpose
  member: { id: number; name: string }
  /** Where it goes or went. */
  email: string | null
  at: Date
  expiresAt: Date
  sentAt: Date | null
  failure: string
}

/** Links that wait to be used and can be handed over, newest first; for administrators. */
export async function listOpenLinks(db: Db, viewer: Viewer, now: Date): Promise<OpenLink[]> {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  const rows = await ask<Omit<OpenLink, 'member'> & { memberId: number; name: string }>(
    db,
    `select l.id, l.purpose, l.member_id as "memberId", m.name, coalesce(l.email, m.email) as email, l.created_at as at,
            l.expires_at as "expiresAt", l.sent_at as "sentAt", l.failure
     from member_links l join members m on m.id = l.member_id
     where l.seed is not null and l.expires_at > $1 and m.name is not null order by l.id desc limit 200`,
    [now],
  )
  return rows.map(({ memberId, name, ...row }) => ({ ...row, member: { id: memberId, name } }))
}

/** The token of an open link, for an administrator who hands it over. @throws Forbidden, NotFound */
export async function revealLink(
  db: Db,
  viewer: Viewer,
  input: { id: number; key: Uint8Array; now: Date },
): Promise<{ memberId: number; purpose: LinkPurpose; token: string; expiresAt: Date }> {
  await requireHandingOver(db, viewer, input.now)
  const row = await db
    .selectFrom('member_links')
    .selectAll()
    .where('id', '=', input.id)
    .where('expires_at', '>', input.now)
    .executeTakeFirst()
  if (!row?.seed) throw new NotFound('link-gone')
  const token = tokenOf(row.seed, input.key)
  return { memberId: row.member_id, purpose: toPurpose(row.purpose), token, expiresAt: row.expires_at }
}

export function toPurpose(text: string): LinkPurpose {
  return text === 'claim' || text === 'confirm' ? text : 'reset'
}

/** A new address that still has to be confirmed, as its owner is shown it. */
export async function openConfirmation(db: Db, viewer: Viewer, now: Date): Promise<{ email: string } | null> {
  const [row] = await ask<{ email: string }>(
    db,
    `select email from member_links where member_id = $1 and purpose = 'confirm' and expires_at > $2`,
    [viewer.id, now],
  )
  return row ?? null
}
