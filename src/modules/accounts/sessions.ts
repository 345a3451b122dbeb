import { randomUUID, timingSafeEqual } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { emit } from '#events.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { NotFound, Unauthenticated } from '#platform/errors.ts'
import { gathered } from '#platform/gathered.ts'
import { hashToken, newToken } from '#platform/token.ts'
import type { Language } from '#words/words.ts'
import { endChallenges, forgetOldChallenges } from './challenges.ts'
import { forgetOldSignIns, noteSignIn, type SignInWay } from './sign-ins.ts'
import type { Hold, MemberRole, Viewer } from './viewer.ts'

const day = 86_400_000
/** How long a session lives without use, in milliseconds. */
const life = 30 * day
/** Seconds. */
export const accessTokenLife = 900

export type SessionKind = 'browser' | 'client'
const tokenShape = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([A-Za-z0-9_-]{43})$/

export type NewSession = {
  memberId: number
  kind: SessionKind
  agent: string
  network?: string
  way?: SignInWay
  now: Date
}

/**
 * Opens a session and writes it into the member's history. The token (id and 256-bit secret) is the browser's cookie or
 * the client's first refresh token.
 */
export async function openSession(
  db: Db,
  options: NewSession,
): Promise<{ id: string; token: string; expiresAt: Date }> {
  const id = randomUUID()
  const secret = newToken()
  const expiresAt = new Date(options.now.getTime() + life)
  const row = {
    id,
    member_id: options.memberId,
    secret_hash: hashToken(secret),
    kind: options.kind,
    agent: options.agent.slice(0, 300),
    network: options.network ?? '',
    created_at: options.now,
    seen_at: options.now,
    expires_at: expiresAt,
  }
  await transact(db, async (tx) => {
    await tx.insertInto('sessions').values(row).execute()
    await noteSignIn(tx, { network: '', way: 'password', ...options, refused: false })
  })
  return { id, token: `${id}.${secret}`, expiresAt }
}

/** What `viewerColumns` say of a member. */
export type MemberRow = {
  id: number
  name: string
  role: MemberRole
  language: Language | null
  theme: Viewer['theme']
  time_zone: string | null
  avatar: string | null
  block_reason: string | null
  block_until: Date | null
  approval: 'waiting' | 'refused' | null
  refusal: string | null
  unconfirmed: boolean
}
type SessionRow = MemberRow & { session_id: string; secret_hash: Buffer; kind: SessionKind; seen_at: Date }

/** Of the member `m` at `$2`, joined with `currentBlock`: everything that a viewer is made of. */
export const viewerColumns = `
  m.id, m.name, m.role, m.language, m.theme, m.time_zone, m.avatar, b.reason as block_reason, b.until as block_until, m.approval,
  case when m.approval = 'refused' then (select reason from sign_ups where member_id = m.id) end as refusal,
  m.must_confirm and m.email_confirmed_at is null as unconfirmed`
export const currentBlock = `
  left join lateral (
    select reason, until from member_blocks
    where member_id = m.id and lifted_at is null and (until is null or until > $2)
    order by until desc nulls first limit 1
  ) b on true`

const viewerQuery = `
  select s.id as session_id, s.secret_hash, s.kind, s.seen_at, ${viewerColumns}
  from sessions s join members m on m.id = s.member_id ${currentBlock}
  where s.id = $1 and s.expires_at > $2 and m.name is not null`

export function toViewer(row: MemberRow & { session_id: string }): Viewer {
  const { id, name, role, language, theme, time_zone: timeZone, avatar, session_id: sessionId } = row
  return { id, name, role, language, theme, timeZone, avatar, blocked: holdOf(row), sessionId }
}

/** Whoever was given a role is past what a sign-up asks for. */
function holdOf(row: MemberRow): Hold | null {
  const isMember = row.role === 'member'
  // Before a block: who was not let in reads less than who was blocked.
  if (isMember && row.approval) return { why: row.approval, reason: row.refusal ?? '', until: null }
  if (isMember && row.unconfirmed) return { why: 'unconfirmed', reason: '', until: null }
  return row.block_reason === null
    ? null
    : { why: 'blocked', reason: row.block_reason, until: row.block_until }
}

const sessions = gathered<SessionRow>(['uuid', 'timestamptz'], viewerQuery)

async function findSession(db: Db, id: string, now: Date): Promise<SessionRow | null> {
  const [row] = await sessions(db, [id, now])
  return row ?? null
}

/** The member whose browser sent this cookie, or null when it is not (or no longer) a session's. */
export async function viewerOfCookie(
  db: Db,
  given: { token: string; network: string; now: Date },
): Promise<Viewer | null> {
  const { network, now } = given
  const [, id, secret] = tokenShape.exec(given.token) ?? []
  if (!id || !secret) return null
  const row = await findSession(db, id, now)
  if (row?.kind !== 'browser' || !timingSafeEqual(row.secret_hash, hashToken(secret))) return null
  if (now.getTime() - row.seen_at.getTime() > 600_000) await touchSession(db, { id, network, now })
  return toViewer(row)
}

async function touchSession(
  db: Db,
  { id, network, now }: { id: string; network: string; now: Date },
): Promise<void> {
  const expires_at = new Date(now.getTime() + life)
  await db.updateTable('sessions').set({ seen_at: now, network, expires_at }).where('id', '=', id).execute()
}

/** The member of an access token; the session must still live, so signing out and withdrawal work at once. */
export async function viewerOfAccessToken(
  db: Db,
  options: { token: string; key: Uint8Array; now: Date },
): Promise<Viewer | null> {
  const claims = await claimsOf(options)
  if (!claims) return null
  const row = await findSession(db, claims.sid, options.now)
  return row?.kind === 'client' && String(row.id) === claims.sub ? toViewer(row) : null
}

/** `expiresAt` in seconds. */
type Claims = { sid: string; sub: string; expiresAt: number }
/** What tokens say whose signature was checked, by key: a token comes with every request of its quarter of an hour. */
const checked = new WeakMap<Uint8Array, Map<string, Claims>>()
const checkedLimit = 10_000

async function claimsOf(options: { token: string; key: Uint8Array; now: Date }): Promise<Claims | null> {
  const known = checked.get(options.key) ?? new Map<string, Claims>()
  const before = known.get(options.token)
  if (before) return before.expiresAt > Math.floor(options.now.getTime() / 1000) ? before : null
  const verified = await jwtVerify(options.token, options.key, {
    algorithms: ['HS256'],
    currentDate: options.now,
    issuer: 'madang',
  }).catch(() => null)
  const { sid, sub, exp } = verified?.payload ?? {}
  if (typeof sid !== 'string' || sub === undefined || exp === undefined) return null
  if (known.size >= checkedLimit) known.clear()
  const claims = { sid, sub, expiresAt: exp }
  checked.set(options.key, known.set(options.token, claims))
  return claims
}

export function signAccessToken(options: {
  memberId: number
  sessionId: string
  key: Uint8Array
  now: Date
}): Promise<string> {
  const issued = Math.floor(options.now.getTime() / 1000)
  return new SignJWT({ sid: options.sessionId })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('madang')
    .setSubject(String(options.memberId))
    .setIssuedAt(issued)
    .setExpirationTime(issued + accessTokenLife)
    .sign(options.key)
}

/**
 * Exchanges a refresh token for the next one. One statement decides, so of two parallel uses one wins; a token that
 * was used before ends the whole family. @throws Unauthenticated
 */
export async function rotateRefreshToken(
  db: Db,
  options: { token: string; network: string; now: Date },
): Promise<{ memberId: number; sessionId: string; token: string }> {
  const [, id, secret] = tokenShape.exec(options.token) ?? []
  if (!id || !secret) throw new Unauthenticated('refresh-refused')
  const next = newToken()
  const updated = await db
    .updateTable('sessions')
    .set({
      secret_hash: hashToken(next),
      seen_at: options.now,
      network: options.network,
      expires_at: new Date(options.now.getTime() + life),
    })
    .where('id', '=', id)
    .where('kind', '=', 'client')
    .where('secret_hash', '=', hashToken(secret))
    .where('expires_at', '>', options.now)
    .returning('member_id')
    .executeTakeFirst()
  if (updated) return { memberId: updated.member_id, sessionId: id, token: `${id}.${next}` }
  const ended = await db
    .deleteFrom('sessions')
    .where('id', '=', id)
    .where('kind', '=', 'client')
    .returning('member_id')
    .executeTakeFirst()
  if (ended) await tellEnded(db, ended.member_id)
  throw new Unauthenticated('refresh-refused')
}

export async function endSession(db: Db, sessionId: string): Promise<void> {
  const ended = await db
    .deleteFrom('sessions')
    .where('id', '=', sessionId)
    .returning('member_id')
    .executeTakeFirst()
  if (ended) await tellEnded(db, ended.member_id)
}

/** Connections that stay open look again whether their session lives. */
function tellEnded(db: Db, memberId: number): Promise<void> {
  return emit(db, { type: 'sessions.ended', memberId })
}

/** Of these sessions those that live, each with its member as they are now. */
export async function viewersOfSessions(
  db: Db,
  given: { ids: readonly string[]; now: Date },
): Promise<Map<string, Viewer>> {
  const rows = await ask<MemberRow & { session_id: string }>(
    db,
    `select s.id as session_id, ${viewerColumns} from sessions s join members m on m.id = s.member_id ${currentBlock}
     where s.id = any($1) and s.expires_at > $2 and m.name is not null`,
    [given.ids, given.now],
  )
  return new Map(rows.map((row) => [row.session_id, toViewer(row)]))
}

/** Ends every session of a member but, when given, the one that asks. */
export async function endSessions(db: Db, options: { memberId: number; except?: string }): Promise<void> {
  let query = db.deleteFrom('sessions').where('member_id', '=', options.memberId)
  if (options.except) query = query.where('id', '!=', options.except)
  await query.execute()
  // A sign-in that is half done with the old password ends, too.
  await endChallenges(db, options.memberId)
  await tellEnded(db, options.memberId)
}

export async function forgetOldSessions(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<', now).execute()
  await db.deleteFrom('member_links').where('expires_at', '<', now).execute()
  await db.deleteFrom('sign_in_codes').where('expires_at', '<', now).execute()
  await forgetOldSignIns(db, now)
  await forgetOldChallenges(db, now)
}

export function isSessionId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}

/** Ends one of the viewer's own sessions. @throws NotFound for any other */
export async function endOwnSession(db: Db, viewer: Viewer, id: string): Promise<void> {
  const ended = await db
    .deleteFrom('sessions')
    .where('id', '=', id)
    .where('member_id', '=', viewer.id)
    .executeTakeFirst()
  if (ended.numDeletedRows === 0n) throw new NotFound()
  await tellEnded(db, viewer.id)
}

/** On how many devices a member is signed in, and when the last of them was used. Where they are is theirs alone to see. */
export async function sessionsOf(db: Db, memberId: number): Promise<{ count: number; seenAt: Date | null }> {
  const [row] = await ask<{ count: number; seenAt: Date | null }>(
    db,
    'select count(*) as count, max(seen_at) as "seenAt" from sessions where member_id = $1',
    [memberId],
  )
  return row ?? { count: 0, seenAt: null }
}

export type OwnSession = {
  id: string
  kind: SessionKind
  agent: string
  network: string
  createdAt: Date
  seenAt: Date
  current: boolean
}

/** The viewer's own sessions, last used first. */
export async function listSessions(db: Db, viewer: Viewer): Promise<OwnSession[]> {
  return ask<OwnSession>(
    db,
    `select id, kind, agent, network, created_at as "createdAt", seen_at as "seenAt", id = $2 as current from sessions
     where member_id = $1 order by seen_at desc limit 50`,
    [viewer.id, viewer.sessionId],
  )
}
