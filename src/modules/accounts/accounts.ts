import { sql } from 'kysely'
import { emit } from '#events.ts'
import { endKeys } from '#modules/keys/ending.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import {
  Conflict,
  type FieldError,
  Forbidden,
  refuse,
  Unauthenticated,
  violatedConstraint,
} from '#platform/errors.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import type { Language } from '#words/words.ts'
import type { PasswordOwner } from './common-passwords.ts'
import { checkCountry } from './countries.ts'
import { clearFactors } from './factors.ts'
import { requirePassword } from './own-password.ts'
import { hashPassword, isOutdated, passwordFits } from './passwords.ts'
import { checkAbout, checkEmail, checkName, checkPassword } from './rules.ts'
import { noteSecurityEvent } from './security-events.ts'
import { endSessions } from './sessions.ts'
import { checkTimeZone } from './time-zones.ts'
import type { Hold, MemberRole, Viewer } from './viewer.ts'

export type NewMember = {
  name: string
  email: string
  /** null: gets in by other ways alone. */
  password: string | null
  /** The password as a form asks for it a second time. */
  passwordAgain?: string | undefined
  /** What else of the form is wrong: it is said along. */
  wrong?: readonly FieldError[]
  role?: MemberRole
  language?: Language
  /** Set by whoever runs the server, who may choose one that is often tried. */
  byOperator?: boolean
}

/** Turns a violated constraint into the field that is taken. */
export function throwTaken(error: unknown, values: { name?: string; email?: string }): never {
  const constraint = violatedConstraint(error)
  const field =
    constraint === 'members_name_taken' ? 'name' : constraint === 'members_email_taken' ? 'email' : null
  if (!field) throw error
  throw new Conflict('taken', { fields: [{ field, code: 'taken', facts: { value: values[field] ?? '' } }] })
}

export type PreparedMember = Awaited<ReturnType<typeof prepareMember>>

/**
 * Checks what was typed and hashes the password: the slow part, which needs no transaction.
 * @throws Invalid for each wrong field and each that is taken; Conflict('taken') where nothing else is wrong
 */
export async function prepareMember(db: Db, input: NewMember, now: Date) {
  const { name, errors: nameErrors } = checkName(input.name, input.role === 'administrator')
  const { email, key, errors: emailErrors } = checkEmail(input.email)
  const owner = input.byOperator ? null : { name, email }
  const { password: typed, passwordAgain: again, wrong = [] } = input
  const checked = typed === null ? null : checkPassword(typed, { owner, again })
  const fields = [...nameErrors, ...emailErrors, ...(checked?.errors ?? []), ...wrong]
  const taken = await takenFields(db, {
    name: nameErrors.length > 0 ? null : name,
    email: emailErrors.length > 0 ? null : email,
  })
  if (fields.length > 0) refuse([...fields, ...taken])
  if (taken.length > 0) throw new Conflict('taken', { fields: taken })
  return {
    name,
    name_key: foldName(name),
    email,
    email_key: key,
    password_hash: checked && (await hashPassword(checked.password)),
    role: input.role ?? 'member',
    language: input.language ?? null,
    created_at: now,
  }
}

/** @throws Conflict('taken') that names the field */
export async function insertMember(
  tx: Db,
  row: PreparedMember & {
    must_confirm?: boolean
    approval?: 'waiting' | null
    email_confirmed_at?: Date | null
  },
): Promise<{ id: number; name: string }> {
  const { name, email } = row
  const inserted = await tx
    .insertInto('members')
    .values(row)
    .returning(['id'])
    .executeTakeFirstOrThrow()
    .catch((error: unknown) => throwTaken(error, { name, email }))
  // Whoever waits for approval joins when it is given.
  if (row.approval !== 'waiting')
    await emit(tx, { type: 'member.joined', memberId: inserted.id, at: row.created_at })
  return { id: inserted.id, name }
}

/** Creates a member, whatever the site asks of sign-ups. @throws Invalid for each wrong field, Conflict('taken') that names the field. */
export async function signUp(db: Db, input: NewMember, now: Date): Promise<{ id: number; name: string }> {
  return insertMember(db, await prepareMember(db, input, now))
}

/** Spares the costly hash when a name is plainly taken; the constraint still decides. Null is not asked for. */
async function takenFields(
  db: Db,
  typed: { name: string | null; email: string | null },
): Promise<FieldError[]> {
  // The name of somebody who left stays theirs for 30 days, so that nobody steps into it.
  const rows = await ask<{ field: 'name' | 'email' }>(
    db,
    `select 'name' as field where exists (select from members where name_key = $1)
       or exists (select from member_tombstones where name_key = $1)
     union all select 'email' where exists (select from members where email_key = $2)`,
    [typed.name && foldName(typed.name), typed.email?.toLowerCase() ?? null],
  )
  return rows.map(({ field }) => ({ field, code: 'taken', facts: { value: typed[field] ?? '' } }))
}

/** The member whose e-mail this is, or else whose name. */
export function findByLogin(db: Db, typed: string) {
  const login = cleanLine(typed).slice(0, 300)
  const email = login.toLowerCase()
  return db
    .selectFrom('members')
    .select(['id', 'password_hash', 'email'])
    .where((eb) => eb.or([eb('name_key', '=', foldName(login)), eb('email_key', '=', email)]))
    .where('withdrawn_at', 'is', null)
    .orderBy((eb) => eb('email_key', '=', email), 'desc')
    .executeTakeFirst()
}

/** The member of the login, and whether the password is theirs. Takes as long when there is none. */
export async function checkLogin(
  db: Db,
  input: { login: string; password: string },
): Promise<{ memberId: number | null; fits: boolean }> {
  const member = await findByLogin(db, input.login)
  const password = input.password.normalize('NFC').slice(0, 1000)
  const fits = await passwordFits(member?.password_hash ?? null, password)
  if (member && fits) await renewHash(db, { ...member, password })
  return { memberId: member?.id ?? null, fits }
}

/** Hashes a password that is right anew when that costs more today than when it was set. */
async function renewHash(
  db: Db,
  given: { id: number; password_hash: string | null; password: string },
): Promise<void> {
  const { id, password_hash: old, password } = given
  if (old === null || !isOutdated(old)) return
  const password_hash = await hashPassword(password)
  await db
    .updateTable('members')
    .set({ password_hash })
    .where('id', '=', id)
    .where('password_hash', '=', old)
    .execute()
}

export type ProfileChange = {
  about?: string
  /** Two letters; null or '' for none. */
  country?: string | null
  language?: Language | null
  theme?: Viewer['theme']
  /** A name of the IANA list; null or '' for the site's. */
  timeZone?: string | null
}

export async function changeProfile(db: Db, viewer: Viewer, change: ProfileChange): Promise<void> {
  const values = {
    ...(change.about === undefined ? {} : { about: checkAbout(change.about) }),
    ...(change.country === undefined ? {} : { country: checkCountry(change.country) }),
    ...(change.language === undefined ? {} : { language: change.language }),
    ...(change.theme === undefined ? {} : { theme: change.theme }),
    ...(change.timeZone === undefined ? {} : { time_zone: await checkTimeZone(db, change.timeZone) }),
  }
  if (Object.keys(values).length === 0) return
  // What others read of somebody whose sign-up is not complete is a name and nothing else.
  if ((values.about || values.country) && viewer.blocked && viewer.blocked.why !== 'blocked')
    throw refusalOf(viewer.blocked)
  await db.updateTable('members').set(values).where('id', '=', viewer.id).execute()
  if (values.about !== undefined || values.country !== undefined)
    await emit(db, { type: 'member.changed', memberId: viewer.id })
}

async function ownerOf(db: Db, viewer: Viewer): Promise<PasswordOwner> {
  const row = await db.selectFrom('members').select('email').where('id', '=', viewer.id).executeTakeFirst()
  return { name: viewer.name, email: row?.email ?? null }
}

/** Sets a new password and ends every other session. */
export async function changePassword(
  deps: { db: Db; limits: Limits },
  viewer: Viewer,
  input: { password: string; newPassword: string; newPasswordAgain?: string | undefined; now: Date },
): Promise<void> {
  const { db } = deps
  const owner = await ownerOf(db, viewer)
  const again = input.newPasswordAgain
  const { password, errors } = checkPassword(input.newPassword, { field: 'newPassword', owner, again })
  await requirePassword(deps, viewer, { ...input, wrong: errors })
  const password_hash = await hashPassword(password)
  await transact(db, async (tx) => {
    await tx.updateTable('members').set({ password_hash }).where('id', '=', viewer.id).execute()
    await endSessions(tx, { memberId: viewer.id, except: viewer.sessionId })
    await endKeys(tx, viewer.id)
    await noteSecurityEvent(tx, { memberId: viewer.id, kind: 'password-changed', now: input.now })
  })
}

/** Clears the person and ends every session; what they wrote stays, without a name. The last administrator cannot go. */
export async function withdraw(
  deps: { db: Db; limits: Limits },
  viewer: Viewer,
  input: { password: string; wrong?: readonly FieldError[]; now: Date },
): Promise<void> {
  await requirePassword(deps, viewer, input)
  await transact(deps.db, async (tx) => {
    if (viewer.role === 'administrator') await refuseLastAdministrator(tx, viewer.id)
    await clearPerson(tx, viewer.id, input.now)
  })
}

/**
 * For people who left after the moment that a restored backup shows: who has left stays gone. The restoration wrote
 * down who they are; also a start looks for that, in case the restoration ended too early.
 */
export async function withdrawAgain(db: Db, now: Date): Promise<void> {
  await transact(db, async (tx) => {
    const text = `delete from settings where name = 'left-since-backup' returning value as ids`
    const [left] = await ask<{ ids: number[] }>(tx, text, [])
    for (const memberId of left?.ids ?? []) await clearPerson(tx, memberId, now)
  })
}

/** Staff sees for 30 days who left: nobody escapes a report by leaving. */
const tombstoneQuery = `
  insert into member_tombstones (member_id, name, name_key, email, about, withdrawn_at)
  select id, name, name_key, email, about, $2 from members where id = $1 and name is not null`

/** The end of the 30 days: the person is forgotten for good, and the name is free again. */
export async function forgetWithdrawn(db: Db, now: Date): Promise<void> {
  await ask(db, `delete from member_tombstones where withdrawn_at < $1::timestamptz - interval '30 days'`, [
    now,
  ])
}

async function clearPerson(tx: Db, memberId: number, now: Date): Promise<void> {
  const cleared = {
    name: null,
    name_key: null,
    email: null,
    email_key: null,
    password_hash: null,
    about: '',
    country: null,
    avatar: null,
    email_confirmed_at: null,
    approval: null,
    language: null,
    time_zone: null,
    role: 'member',
    withdrawn_at: now,
    // Names the person at the source; by its hash the next import still sees who is not to be made anew.
    imported_from: sql<string>`'left:' || encode(sha256(convert_to(imported_from, 'UTF8')), 'hex')`,
  }
  await ask(tx, tombstoneQuery, [memberId, now])
  await tx.updateTable('members').set(cleared).where('id', '=', memberId).execute()
  await endSessions(tx, { memberId })
  await endKeys(tx, memberId)
  await tx.deleteFrom('drafts').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('bookmarks').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('post_reads').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('notifications').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('notification_settings').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('push_subscriptions').where('member_id', '=', memberId).execute()
  await tx
    .deleteFrom('follows')
    .where((on) => on.or([on('member_id', '=', memberId), on('other_id', '=', memberId)]))
    .execute()
  await tx.deleteFrom('member_links').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('sign_ins').where('member_id', '=', memberId).execute()
  await tx.updateTable('sign_ups').set({ message: '' }).where('member_id', '=', memberId).execute()
  await tx.deleteFrom('invitations').where('by_id', '=', memberId).execute()
  await clearFactors(tx, memberId)
  await emit(tx, { type: 'member.changed', memberId })
}

/** Locks the administrators, so that two who leave at the same moment cannot both be "not the last". */
export async function refuseLastAdministrator(tx: Db, leavingId: number): Promise<void> {
  const rows = await tx
    .selectFrom('members')
    .select('id')
    .where('role', '=', 'administrator')
    .orderBy('id')
    .forUpdate()
    .execute()
  if (rows.every((row) => row.id === leavingId)) throw new Forbidden('last-administrator')
}

export async function hasAdministrator(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('members')
    .select('id')
    .where('role', '=', 'administrator')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** @throws Unauthenticated for guests, Forbidden for members who may only read, with the reason. */
export function requireWriter(viewer: Viewer | null): asserts viewer is Viewer {
  if (!viewer) throw new Unauthenticated('not-signed-in')
  if (viewer.blocked) throw refusalOf(viewer.blocked)
}

/** Why a member may not write, as it is told to them. */
export function refusalOf({ why, reason, until }: Hold): Forbidden {
  switch (why) {
    case 'blocked':
      return new Forbidden('blocked', { facts: { reason, until: until?.toISOString() ?? '' } })
    case 'waiting':
      return new Forbidden('not-approved')
    case 'refused':
      return new Forbidden('sign-up-refused', { facts: { reason } })
    case 'unconfirmed':
      return new Forbidden('not-confirmed')
  }
}
