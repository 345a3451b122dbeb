import { emit } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { requireRecentProof } from '#modules/accounts/proof.ts'
import { noteSecurityEvent } from '#modules/accounts/security-events.ts'
import { currentBlock, type MemberRow, toViewer, viewerColumns } from '#modules/accounts/sessions.ts'
import type { Scope, Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db, lookUp, transact } from '#platform/database.ts'
import { Conflict, Forbidden, NotFound, refuse } from '#platform/errors.ts'
import { cleanLine, textErrors } from '#platform/text.ts'
import { hashToken, newToken } from '#platform/token.ts'
import { isScope, mayGive, roleWith, scopes } from './scopes.ts'

/** Days, keys of one member, code points of a name. */
export const keyLimits = { days: 365, defaultDays: 90, keys: 20, name: 60 } as const
const day = 86_400_000
const hour = 3_600_000

/** Stands before every key, so that leaked ones are found by those who look for such things. */
const prefix = 'mk_'
export function looksLikeKey(token: string): boolean {
  return token.startsWith(prefix)
}

export type NewKey = { name: string; scopes: readonly string[]; days?: number; now: Date }
export type OwnKey = {
  id: number
  name: string
  scopes: Scope[]
  /** The key's last four characters. */
  tail: string
  createdAt: Date
  expiresAt: Date
  /** To the hour. */
  usedAt: Date | null
}

/** @throws Forbidden('session-needed') when a key asks */
function requireSession(viewer: Viewer): void {
  if (viewer.key) throw new Forbidden('session-needed')
}

/**
 * Makes a key of 256 random bits, which is in the answer and nowhere else. Its scopes are at most what the member may.
 * @throws Forbidden for blocked members, without a recent proof and when a key asks, Invalid, Conflict('too-many-keys')
 */
export async function createKey(
  db: Db,
  viewer: Viewer,
  input: NewKey,
): Promise<{ key: string; made: OwnKey }> {
  requireWriter(viewer)
  requireSession(viewer)
  await requireRecentProof(db, viewer, input.now)
  const checked = checkKey(viewer, input)
  const key = prefix + newToken()
  const made = await transact(db, async (tx) => {
    // One at a time for each member, so that two at the same moment are both counted.
    await ask(tx, 'select from members where id = $1 for no key update', [viewer.id])
    const own = await ask<{ id: number }>(tx, 'select id from api_keys where member_id = $1', [viewer.id])
    if (own.length >= keyLimits.keys)
      throw new Conflict('too-many-keys', { facts: { limit: keyLimits.keys } })
    const row = {
      member_id: viewer.id,
      name: checked.name,
      key_hash: hashToken(key),
      tail: key.slice(-4),
      scopes: checked.scopes,
      created_at: input.now,
      expires_at: new Date(input.now.getTime() + checked.days * day),
    }
    const { id } = await tx.insertInto('api_keys').values(row).returning('id').executeTakeFirstOrThrow()
    await noteSecurityEvent(tx, { memberId: viewer.id, kind: 'key-made', now: input.now })
    const { name, tail, created_at: createdAt, expires_at: expiresAt } = row
    return { id, name, scopes: checked.scopes, tail, createdAt, expiresAt, usedAt: null }
  })
  return { key, made }
}

function checkKey(viewer: Viewer, input: NewKey): { name: string; scopes: Scope[]; days: number } {
  const name = cleanLine(input.name)
  const days = input.days ?? keyLimits.defaultDays
  const fields = textErrors(name, { field: 'name', limit: keyLimits.name })
  const wanted = scopes.filter((scope) => input.scopes.includes(scope))
  if (wanted.length === 0) fields.push({ field: 'scopes', code: 'required' })
  else if (!input.scopes.every(isScope)) fields.push({ field: 'scopes', code: 'type' })
  else if (!wanted.every((scope) => mayGive(viewer.role, scope)))
    fields.push({ field: 'scopes', code: 'scope-above-role' })
  if (!Number.isInteger(days) || days < 1 || days > keyLimits.days)
    fields.push({ field: 'days', code: 'days-range', facts: { limit: keyLimits.days } })
  refuse(fields)
  return { name, scopes: wanted, days }
}

/** The viewer's own keys that still work, newest first. */
export async function listKeys(db: Db, viewer: Viewer, now: Date): Promise<OwnKey[]> {
  requireSession(viewer)
  return ask<OwnKey>(
    db,
    `select id, name, scopes, tail, created_at as "createdAt", expires_at as "expiresAt", used_at as "usedAt"
     from api_keys where member_id = $1 and expires_at > $2 order by id desc`,
    [viewer.id, now],
  )
}

/** Ends one of the viewer's own keys; it is refused from the next request on. @throws NotFound for any other */
export async function revokeKey(db: Db, viewer: Viewer, id: number): Promise<void> {
  requireSession(viewer)
  const ended = await db
    .deleteFrom('api_keys')
    .where('id', '=', id)
    .where('member_id', '=', viewer.id)
    .executeTakeFirst()
  if (ended.numDeletedRows === 0n) throw new NotFound()
  await emit(db, { type: 'sessions.ended', memberId: viewer.id })
}

type KeyRow = MemberRow & { key_id: number; scopes: Scope[]; used_at: Date | null }

const keyQuery = `
  select k.id as key_id, k.scopes, k.used_at, ${viewerColumns}
  from api_keys k join members m on m.id = k.member_id ${currentBlock}
  where k.key_hash = $1 and k.expires_at > $2 and m.name is not null`

/** In place of a session's id, which a key has not. */
const noSession = '00000000-0000-0000-0000-000000000000'

/**
 * The member of a key, in a role no higher than its scopes; null when it is unknown, revoked or expired. Whatever is sent
 * is hashed and looked up by that hash: the work and the answer are the same for a near miss and for nonsense.
 */
export async function viewerOfKey(db: Db, given: { key: string; now: Date }): Promise<Viewer | null> {
  const { key, now } = given
  const [row] = await lookUp<KeyRow>(db, keyQuery, [hashToken(key), now])
  if (!row) return null
  await noteUse(db, row, now)
  return toKeyViewer(row)
}

function toKeyViewer(row: KeyRow): Viewer & { key: { id: number } } {
  const viewer = toViewer({ ...row, session_id: noSession })
  return {
    ...viewer,
    role: roleWith(viewer.role, row.scopes),
    key: { id: row.key_id, scopes: row.scopes.filter((scope) => mayGive(viewer.role, scope)) },
  }
}

/** Of these keys those that work still, each with its member as they are now. */
export async function viewersOfKeys(
  db: Db,
  given: { ids: readonly number[]; now: Date },
): Promise<Map<number, Viewer>> {
  const rows = await ask<KeyRow>(
    db,
    `select k.id as key_id, k.scopes, k.used_at, ${viewerColumns}
     from api_keys k join members m on m.id = k.member_id ${currentBlock}
     where k.id = any($1) and k.expires_at > $2 and m.name is not null`,
    [given.ids, given.now],
  )
  return new Map(rows.map((row) => [row.key_id, toKeyViewer(row)]))
}

/** Written at most once an hour, and no finer than that: enough to see that a key is in use. */
async function noteUse(db: Db, row: KeyRow, now: Date): Promise<void> {
  const used_at = new Date(Math.floor(now.getTime() / hour) * hour)
  if (row.used_at && row.used_at >= used_at) return
  await db.updateTable('api_keys').set({ used_at }).where('id', '=', row.key_id).execute()
}

export async function forgetOldKeys(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('api_keys').where('expires_at', '<', now).execute()
}
