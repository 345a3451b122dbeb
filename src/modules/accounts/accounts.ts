import { type Db, transact } from '#platform/database.ts'
import {
  Conflict,
  type FieldError,
  Forbidden,
  Invalid,
  invalid,
  Unauthenticated,
  violatedConstraint,
} from '#platform/errors.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import { hashPassword, passwordFits } from './passwords.ts'
import { checkAbout, checkEmail, checkName, checkPassword } from './rules.ts'
import { endSessions } from './sessions.ts'
import type { MemberRole, Viewer } from './viewer.ts'

export type NewMember = {
  name: string
  email: string
  password: string
  role?: MemberRole
  language?: 'ko' | 'en'
}

/** Turns a violated constraint into the field that is taken. */
function throwTaken(error: unknown, values: { name?: string; email?: string }): never {
  const constraint = violatedConstraint(error)
  const field =
    constraint === 'members_name_taken' ? 'name' : constraint === 'members_email_taken' ? 'email' : null
  if (!field) throw error
  throw new Conflict('taken', { fields: [{ field, code: 'taken', facts: { value: values[field] ?? '' } }] })
}

/**
 * Creates a member. @throws Invalid for each wrong field, Conflict('taken') that names the field.
 */
export async function signUp(db: Db, input: NewMember, now: Date): Promise<{ id: number; name: string }> {
  const { name, errors: nameErrors } = checkName(input.name, input.role === 'administrator')
  const { email, key, errors: emailErrors } = checkEmail(input.email)
  const { password, errors: passwordErrors } = checkPassword(input.password)
  const fields: FieldError[] = [...nameErrors, ...emailErrors, ...passwordErrors]
  if (fields.length > 0) throw new Invalid('invalid', { fields })
  await refuseTaken(db, { name, email })
  const row = {
    name,
    name_key: foldName(name),
    email,
    email_key: key,
    password_hash: await hashPassword(password),
    role: input.role ?? 'member',
    language: input.language ?? null,
    created_at: now,
  }
  const inserted = await db
    .insertInto('members')
    .values(row)
    .returning(['id'])
    .executeTakeFirstOrThrow()
    .catch((error: unknown) => throwTaken(error, { name, email }))
  return { id: inserted.id, name }
}

/** Spares the costly hash when a name is plainly taken; the constraint still decides. */
async function refuseTaken(db: Db, typed: { name: string; email: string }): Promise<void> {
  const rows = await db
    .selectFrom('members')
    .select(['name_key', 'email_key'])
    .where((eb) =>
      eb.or([eb('name_key', '=', foldName(typed.name)), eb('email_key', '=', typed.email.toLowerCase())]),
    )
    .execute()
  const fields: FieldError[] = []
  if (rows.some((row) => row.name_key === foldName(typed.name))) {
    fields.push({ field: 'name', code: 'taken', facts: { value: typed.name } })
  }
  if (rows.some((row) => row.email_key === typed.email.toLowerCase())) {
    fields.push({ field: 'email', code: 'taken', facts: { value: typed.email } })
  }
  if (fields.length > 0) throw new Conflict('taken', { fields })
}

/** The member whose name or e-mail and password these are. @throws Unauthenticated('wrong-login') for every failure alike. */
export async function checkLogin(
  db: Db,
  input: { login: string; password: string },
): Promise<{ id: number }> {
  const login = cleanLine(input.login).slice(0, 300)
  const member = await db
    .selectFrom('members')
    .select(['id', 'password_hash'])
    .where((eb) => eb.or([eb('name_key', '=', foldName(login)), eb('email_key', '=', login.toLowerCase())]))
    .where('withdrawn_at', 'is', null)
    .orderBy((eb) => eb('email_key', '=', login.toLowerCase()), 'desc')
    .executeTakeFirst()
  const password = input.password.normalize('NFC').slice(0, 1000)
  if (!(await passwordFits(member?.password_hash ?? null, password)) || !member) {
    throw new Unauthenticated('wrong-login')
  }
  return { id: member.id }
}

/** @throws Forbidden('wrong-password') */
export async function requirePassword(db: Db, viewer: Viewer, password: string): Promise<void> {
  const row = await db
    .selectFrom('members')
    .select('password_hash')
    .where('id', '=', viewer.id)
    .executeTakeFirst()
  if (!(await passwordFits(row?.password_hash ?? null, password.normalize('NFC')))) {
    throw invalid('password', 'wrong-password')
  }
}

export type ProfileChange = { about?: string; language?: 'ko' | 'en' | null; theme?: Viewer['theme'] }

export async function changeProfile(db: Db, viewer: Viewer, change: ProfileChange): Promise<void> {
  const values = {
    ...(change.about === undefined ? {} : { about: checkAbout(change.about) }),
    ...(change.language === undefined ? {} : { language: change.language }),
    ...(change.theme === undefined ? {} : { theme: change.theme }),
  }
  if (Object.keys(values).length === 0) return
  await db.updateTable('members').set(values).where('id', '=', viewer.id).execute()
}

export async function changeEmail(
  db: Db,
  viewer: Viewer,
  input: { email: string; password: string },
): Promise<void> {
  const { email, key, errors } = checkEmail(input.email)
  if (errors.length > 0) throw new Invalid('invalid', { fields: errors })
  await requirePassword(db, viewer, input.password)
  await db
    .updateTable('members')
    .set({ email, email_key: key })
    .where('id', '=', viewer.id)
    .execute()
    .catch((error: unknown) => throwTaken(error, { email }))
}

/** Sets a new password and ends every other session. */
export async function changePassword(
  db: Db,
  viewer: Viewer,
  input: { password: string; newPassword: string },
): Promise<void> {
  const { password, errors } = checkPassword(input.newPassword, 'newPassword')
  if (errors.length > 0) throw new Invalid('invalid', { fields: errors })
  await requirePassword(db, viewer, input.password)
  const password_hash = await hashPassword(password)
  await transact(db, async (tx) => {
    await tx.updateTable('members').set({ password_hash }).where('id', '=', viewer.id).execute()
    await endSessions(tx, { memberId: viewer.id, except: viewer.sessionId })
  })
}

/** Clears the person and ends every session; what they wrote stays, without a name. The last administrator cannot go. */
export async function withdraw(
  db: Db,
  viewer: Viewer,
  input: { password: string; now: Date },
): Promise<void> {
  await requirePassword(db, viewer, input.password)
  await transact(db, async (tx) => {
    if (viewer.role === 'administrator') await refuseLastAdministrator(tx, viewer.id)
    await clearPerson(tx, viewer.id, input.now)
  })
}

async function clearPerson(tx: Db, memberId: number, now: Date): Promise<void> {
  const cleared = {
    name: null,
    name_key: null,
    email: null,
    email_key: null,
    password_hash: null,
    about: '',
    language: null,
    role: 'member',
    withdrawn_at: now,
  }
  await tx.updateTable('members').set(cleared).where('id', '=', memberId).execute()
  await endSessions(tx, { memberId })
  await tx.deleteFrom('drafts').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('bookmarks').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('post_reads').where('member_id', '=', memberId).execute()
  await tx.deleteFrom('member_links').where('member_id', '=', memberId).execute()
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

/** @throws Unauthenticated for guests, Forbidden('blocked') with reason and end for blocked members. */
export function requireWriter(viewer: Viewer | null): asserts viewer is Viewer {
  if (!viewer) throw new Unauthenticated('not-signed-in')
  if (!viewer.blocked) return
  const until = viewer.blocked.until?.toISOString() ?? ''
  throw new Forbidden('blocked', { facts: { reason: viewer.blocked.reason, until } })
}
