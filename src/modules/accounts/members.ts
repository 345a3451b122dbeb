import { on } from '#freshness.ts'
import { remember } from '#platform/cache.ts'
import { ask, type Db } from '#platform/database.ts'
import { Forbidden, invalid, NotFound, refuse } from '#platform/errors.ts'
import { cleanLine, escapeLike, foldName, textErrors } from '#platform/text.ts'
import { refuseLastAdministrator } from './accounts.ts'
import { isAdministrator, isModerator, type MemberRole, type Viewer } from './viewer.ts'

export type Profile = {
  id: number
  name: string
  role: MemberRole
  about: string
  /** Where they come from, in two letters. */
  country: string | null
  /** The name of their picture's file. */
  avatar: string | null
  createdAt: Date
  /** Imported and not claimed yet. */
  unclaimed: boolean
  blocked: { reason: string; until: Date | null } | null
}

/** A member's public page. @throws NotFound for unknown and withdrawn names alike. */
export function findProfile(db: Db, name: string, now: Date): Promise<Profile> {
  const key = foldName(name)
  return remember(db, { key: `profile ${key}`, tags: ({ id }) => [on.member(id)] }, () =>
    readProfile(db, key, now),
  )
}

async function readProfile(db: Db, key: string, now: Date): Promise<Profile> {
  const row = await db
    .selectFrom('members')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('member_blocks as b')
          .select(['b.reason', 'b.until'])
          .whereRef('b.member_id', '=', 'members.id')
          .where('b.lifted_at', 'is', null)
          .where((on) => on.or([on('b.until', 'is', null), on('b.until', '>', now)]))
          .limit(1)
          .as('block'),
      (join) => join.onTrue(),
    )
    .select([
      'id',
      'name',
      'role',
      'about',
      'country',
      'avatar',
      'created_at',
      'password_hash',
      'imported_from',
      'block.reason',
      'block.until',
    ])
    .where('name_key', '=', key)
    .executeTakeFirst()
  if (!row?.name) throw new NotFound()
  return {
    id: row.id,
    name: row.name,
    role: toRole(row.role),
    about: row.about,
    country: row.country,
    avatar: row.avatar,
    createdAt: row.created_at,
    unclaimed: row.password_hash === null && row.imported_from !== null,
    blocked: row.reason === null ? null : { reason: row.reason, until: row.until },
  }
}

export function toRole(text: string): MemberRole {
  return text === 'administrator' || text === 'moderator' ? text : 'member'
}

/** Members whose name begins with `prefix`, for completion; at most `limit`. */
export async function membersByPrefix(
  db: Db,
  options: { prefix: string; limit: number },
): Promise<{ id: number; name: string }[]> {
  const prefix = foldName(cleanLine(options.prefix)).slice(0, 30)
  if (!prefix) return []
  return ask(
    db,
    `select id, name from members where name_key like $1 || '%' and name is not null order by name_key limit $2`,
    [escapeLike(prefix), options.limit],
  )
}

/** The members behind folded names, as a map from folded name to name. */
export async function membersByNames(db: Db, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map()
  const rows = await ask<{ name_key: string; name: string }>(
    db,
    'select name_key, name from members where name_key = any($1) and name is not null',
    [keys],
  )
  return new Map(rows.map((row) => [row.name_key, row.name]))
}

type Target = { id: number; name: string | null; role: MemberRole }

async function findTarget(tx: Db, id: number): Promise<Target> {
  const row = await tx
    .selectFrom('members')
    .select(['id', 'name', 'role'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw new NotFound()
  return { ...row, role: toRole(row.role) }
}

/** Moderators act on members, administrators also on moderators; nobody on an administrator or on themselves. */
export function canBlock(viewer: Viewer | null, target: { id: number; role: MemberRole }): boolean {
  if (viewer?.id === target.id) return false
  return isAdministrator(viewer)
    ? target.role !== 'administrator'
    : isModerator(viewer) && target.role === 'member'
}

function requireRankOver(viewer: Viewer, target: Target): void {
  if (!canBlock(viewer, target)) throw new Forbidden('forbidden')
}

/** Changes a role; administrators only, and who runs the server (null). @returns whether it was another one. */
export async function setRole(
  tx: Db,
  viewer: Viewer | null,
  input: { memberId: number; role: MemberRole },
): Promise<boolean> {
  if (viewer && !isAdministrator(viewer)) throw new Forbidden('forbidden')
  const target = await findTarget(tx, input.memberId)
  if (target.name === null) throw new NotFound()
  if (target.role === input.role) return false
  if (target.role === 'administrator') await refuseLastAdministrator(tx, target.id)
  await tx.updateTable('members').set({ role: input.role }).where('id', '=', target.id).execute()
  return true
}

/** Blocks from writing, until a time or for good. The block works at the member's next request. */
export async function blockMember(
  tx: Db,
  viewer: Viewer,
  input: { memberId: number; reason: string; until: Date | null; now: Date },
): Promise<void> {
  const reason = cleanLine(input.reason)
  refuse(textErrors(reason, { field: 'reason', limit: 500 }))
  if (input.until && input.until <= input.now) throw invalid('until', 'past')
  requireRankOver(viewer, await findTarget(tx, input.memberId))
  await liftBlocks(tx, viewer, input)
  const row = {
    member_id: input.memberId,
    by_id: viewer.id,
    reason,
    until: input.until,
    created_at: input.now,
  }
  await tx.insertInto('member_blocks').values(row).execute()
}

/** @returns whether there was a block to lift. */
export async function unblockMember(
  tx: Db,
  viewer: Viewer,
  input: { memberId: number; now: Date },
): Promise<boolean> {
  requireRankOver(viewer, await findTarget(tx, input.memberId))
  return liftBlocks(tx, viewer, input)
}

async function liftBlocks(tx: Db, viewer: Viewer, input: { memberId: number; now: Date }): Promise<boolean> {
  const result = await tx
    .updateTable('member_blocks')
    .set({ lifted_at: input.now, lifted_by_id: viewer.id })
    .where('member_id', '=', input.memberId)
    .where('lifted_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export type ListedMember = Omit<Profile, 'about' | 'country' | 'avatar'> & { email: string | null }

/** Members for the desk, newest first or by the start of name or e-mail. Moderators and administrators only. */
export async function listMembers(
  db: Db,
  viewer: Viewer | null,
  options: { search: string; before: number | null; limit: number; now: Date },
): Promise<ListedMember[]> {
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  const search = escapeLike(foldName(cleanLine(options.search)))
  const rows = await ask<Omit<ListedMember, 'blocked'> & { reason: string | null; until: Date | null }>(
    db,
    `select m.id, m.name, m.role, m.email, m.created_at as "createdAt", m.password_hash is null and m.imported_from is not null as unclaimed, b.reason, b.until
     from members m
     left join lateral (
       select reason, until from member_blocks
       where member_id = m.id and lifted_at is null and (until is null or until > $4) limit 1
     ) b on true
     where m.name is not null and ($1 = '' or m.name_key like $1 || '%' or m.email_key like $1 || '%')
       and ($2::bigint is null or m.id < $2)
     order by m.id desc limit $3`,
    [search, options.before, options.limit, options.now],
  )
  const showEmail = isAdministrator(viewer)
  return rows.map(({ reason, until, email, ...row }) => ({
    ...row,
    email: showEmail ? email : null,
    blocked: reason === null ? null : { reason, until },
  }))
}

/** One member as the desk lists them. @throws Forbidden for all but moderators, NotFound */
export async function findListedMember(
  db: Db,
  viewer: Viewer | null,
  { id, now }: { id: number; now: Date },
): Promise<ListedMember> {
  // The list goes downwards from an id: its first row is this member or another one.
  const [member] = await listMembers(db, viewer, { search: '', before: id + 1, limit: 1, now })
  if (member?.id !== id) throw new NotFound()
  return member
}
