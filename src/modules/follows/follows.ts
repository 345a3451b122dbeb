import type { Viewer } from '#modules/accounts/viewer.ts'
import { findBoard } from '#modules/boards/boards.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { ask, type Db, lookUp } from '#platform/database.ts'
import { Conflict, invalid, NotFound } from '#platform/errors.ts'
import { cleanLine } from '#platform/text.ts'

/** `nothing` mutes a thread; of other things one hears everything or does not follow them. */
export const levels = ['everything', 'nothing'] as const
export type Level = (typeof levels)[number]

/** What can be followed, as addresses name it. */
export type Followable = { board: string } | { post: number } | { tag: string } | { member: number }

/** One of the four is set. */
type Target = { boardId: number | null; postId: number | null; tag: string | null; otherId: number | null }
const nothing: Target = { boardId: null, postId: null, tag: null, otherId: null }

/** A member follows at most this many. */
const most = 2000

/** @throws NotFound for what the viewer may not see, Invalid for oneself */
async function find(db: Db, viewer: Viewer, thing: Followable): Promise<Target> {
  if ('board' in thing) return { ...nothing, boardId: (await findBoard(db, viewer, thing.board)).id }
  if ('post' in thing)
    return { ...nothing, postId: (await findVisiblePost(db, viewer, { id: thing.post })).id }
  if ('tag' in thing) return { ...nothing, tag: await findTag(db, viewer, thing.tag) }
  if (thing.member === viewer.id) throw invalid('member', 'own-self')
  const [member] = await ask(db, 'select from members where id = $1 and name is not null', [thing.member])
  if (!member) throw new NotFound()
  return { ...nothing, otherId: thing.member }
}

/** A tag of boards that the viewer may not read is none. */
async function findTag(db: Db, viewer: Viewer, typed: string): Promise<string> {
  const name = cleanLine(typed).normalize('NFC').toLowerCase()
  const [post] = await ask(
    db,
    `select from post_tags k join posts p on p.id = k.post_id join boards b on b.id = p.board_id
     where k.tag = $1 and p.deleted_at is null and b.read_by = any($2) limit 1`,
    [name, readLevels(viewer)],
  )
  if (!post) throw new NotFound()
  return name
}

/**
 * Follows something, or mutes a thread; again changes the level.
 * @throws NotFound, Invalid('level') for muting what is no post, Conflict('too-many-follows')
 */
export async function follow(
  db: Db,
  viewer: Viewer,
  input: { thing: Followable; level: Level; now: Date },
): Promise<void> {
  if (input.level === 'nothing' && !('post' in input.thing)) throw invalid('level', 'mute-a-post')
  const { boardId, postId, tag, otherId } = await find(db, viewer, input.thing)
  const rows = await ask(
    db,
    `insert into follows (member_id, board_id, post_id, tag, other_id, level, created_at)
     select $1, $2, $3, $4, $5, $6, $7 where (select count(*) from follows where member_id = $1) < ${most}
     on conflict on constraint follows_once do update set level = excluded.level returning id`,
    [viewer.id, boardId, postId, tag, otherId, input.level, input.now],
  )
  if (rows.length === 0) throw new Conflict('too-many-follows', { facts: { limit: most } })
}

const own = {
  board: 'board_id = (select id from boards where slug = $2)',
  post: 'board_id is null and post_id = $2',
  tag: 'board_id is null and post_id is null and tag = $2',
  member: 'board_id is null and post_id is null and tag is null and other_id = $2',
}

function named(thing: Followable): [condition: string, value: string | number] {
  if ('board' in thing) return [own.board, thing.board.normalize('NFC').toLowerCase()]
  if ('post' in thing) return [own.post, thing.post]
  if ('tag' in thing) return [own.tag, cleanLine(thing.tag).normalize('NFC').toLowerCase()]
  return [own.member, thing.member]
}

/** Follows it no more; works also for what one may no longer see. */
export async function unfollow(db: Db, viewer: Viewer, thing: Followable): Promise<void> {
  const [condition, value] = named(thing)
  await ask(db, `delete from follows where member_id = $1 and ${condition}`, [viewer.id, value])
}

/** How the viewer follows something; null: not at all. */
export async function followOf(db: Db, viewer: Viewer | null, thing: Followable): Promise<Level | null> {
  if (!viewer) return null
  const [condition, value] = named(thing)
  const text = `select level from follows where member_id = $1 and ${condition}`
  const [row] = await lookUp<{ level: Level }>(db, text, [viewer.id, value])
  return row?.level ?? null
}

export type Follow = {
  id: number
  level: Level
  at: Date
  board: { slug: string; name: string } | null
  post: { id: number; title: string } | null
  tag: string | null
  member: { id: number; name: string } | null
}

type Row = {
  id: number
  level: Level
  at: Date
  slug: string | null
  boardName: string | null
  postId: number | null
  title: string | null
  tag: string | null
  memberId: number | null
  memberName: string | null
}

const listQuery = `
  select f.id, f.level, f.created_at as at, fb.slug, fb.name as "boardName", p.id as "postId", p.title, f.tag,
         m.id as "memberId", m.name as "memberName"
  from follows f
  left join boards fb on fb.id = f.board_id
  left join posts p on p.id = f.post_id left join boards pb on pb.id = p.board_id
  left join members m on m.id = f.other_id
  where f.member_id = $1 and ($3::bigint is null or f.id < $3)
    and (f.board_id is null or fb.read_by = any($2))
    and (f.post_id is null or p.deleted_at is null and pb.read_by = any($2))
    and (f.other_id is null or m.name is not null)
  order by f.id desc limit $4`

/** What the viewer follows and may still see, newest first. */
export async function listFollows(
  db: Db,
  viewer: Viewer,
  options: { before: number | null; limit: number },
): Promise<{ follows: Follow[]; next: number | null }> {
  const { before, limit } = options
  const rows = await ask<Row>(db, listQuery, [viewer.id, readLevels(viewer), before, limit + 1])
  const follows = rows.slice(0, limit).map(toFollow)
  return { follows, next: rows.length > limit ? (follows.at(-1)?.id ?? null) : null }
}

function toFollow(row: Row): Follow {
  const { id, level, at, tag } = row
  return {
    id,
    level,
    at,
    tag,
    board: row.slug === null ? null : { slug: row.slug, name: row.boardName ?? '' },
    post: row.postId === null ? null : { id: row.postId, title: row.title ?? '' },
    member: row.memberId === null ? null : { id: row.memberId, name: row.memberName ?? '' },
  }
}
