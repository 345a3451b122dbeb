import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { deleteComment } from '#modules/comments/comments.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { deletePost } from '#modules/posts/posts.ts'
import { checkReason } from '#modules/posts/rules.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Forbidden, NotFound, refuse } from '#platform/errors.ts'
import { cleanText, textErrors } from '#platform/text.ts'
import { closeReportsOfRemoved } from './moderation.ts'

/** What staff keeps about members: notes, who left, and how everything of a spammer is removed. */

export type Note = { id: number; text: string; at: Date; by: { id: number; name: string } | null }
const noteLimit = 2000

function requireModerator(viewer: Viewer | null): asserts viewer is Viewer {
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
}

/** Notes about a member, newest first. @throws Forbidden */
export async function listNotes(db: Db, viewer: Viewer | null, memberId: number): Promise<Note[]> {
  requireModerator(viewer)
  const rows = await ask<{ id: number; text: string; at: Date; byId: number; byName: string | null }>(
    db,
    `select n.id, n.text, n.created_at as at, n.by_id as "byId", m.name as "byName"
     from member_notes n join members m on m.id = n.by_id where n.member_id = $1 order by n.id desc limit 100`,
    [memberId],
  )
  return rows.map(({ byId, byName, ...note }) => ({
    ...note,
    by: byName === null ? null : { id: byId, name: byName },
  }))
}

/** @throws Forbidden, Invalid, NotFound */
export async function addNote(
  db: Db,
  viewer: Viewer | null,
  input: { memberId: number; text: string; now: Date },
): Promise<void> {
  requireModerator(viewer)
  const text = cleanText(input.text).trim()
  refuse(textErrors(text, { field: 'text', limit: noteLimit }))
  const rows = await ask(
    db,
    `insert into member_notes (member_id, by_id, text, created_at) select id, $2, $3, $4 from members where id = $1
     returning id`,
    [input.memberId, viewer.id, text, input.now],
  )
  if (rows.length === 0) throw new NotFound()
}

export type Tombstone = { id: number; name: string; email: string | null; withdrawnAt: Date }

/** Members who left in the last 30 days, newest first. @throws Forbidden */
export async function listTombstones(db: Db, viewer: Viewer | null): Promise<Tombstone[]> {
  requireModerator(viewer)
  return ask<Tombstone>(
    db,
    `select member_id as id, name, email, withdrawn_at as "withdrawnAt" from member_tombstones
     order by withdrawn_at desc limit 200`,
    [],
  )
}

/** @throws Forbidden, NotFound */
export async function findTombstone(db: Db, viewer: Viewer | null, memberId: number): Promise<Tombstone> {
  requireModerator(viewer)
  const [row] = await ask<Tombstone>(
    db,
    `select member_id as id, name, email, withdrawn_at as "withdrawnAt" from member_tombstones where member_id = $1`,
    [memberId],
  )
  if (!row) throw new NotFound()
  return row
}

/**
 * Deletes (softly) every post and comment of a member, also of one who left: each by its own verb and with its own
 * line in the log, fifty to a transaction, so that it can be stopped and started again. Reports about it are closed.
 * @returns how many were removed @throws Forbidden for anybody but plain members
 */
export async function removeEverything(
  db: Db,
  viewer: Viewer | null,
  input: { memberId: number; reason: string; now: Date },
): Promise<{ posts: number; comments: number }> {
  requireModerator(viewer)
  const { memberId, now } = input
  const reason = checkReason(input.reason, { needed: true })
  const [member] = await ask<{ role: string }>(db, 'select role from members where id = $1', [memberId])
  if (!member) throw new NotFound()
  if (member.role !== 'member') throw new Forbidden('forbidden')
  await recordAct(db, { byId: viewer.id, act: 'member.sweep', memberId, reason, now })
  const comments = await inBatches(db, memberId, {
    table: 'comments',
    remove: (tx, id) => deleteComment(tx, viewer, { id, reason, now }),
  })
  const posts = await inBatches(db, memberId, {
    table: 'posts',
    remove: (tx, id) => deletePost(tx, viewer, { id, reason, now }),
  })
  const reported = { authorId: memberId, byId: viewer.id, note: reason, now }
  await transact(db, (tx) => closeReportsOfRemoved(tx, reported))
  return { posts, comments }
}

const batch = 50

type Removal = { table: 'posts' | 'comments'; remove: (tx: Db, id: number) => Promise<unknown> }

async function inBatches(db: Db, memberId: number, { table, remove }: Removal): Promise<number> {
  let count = 0
  for (let last = 0; ; ) {
    const rows = await ask<{ id: number }>(
      db,
      `select id from ${table} where author_id = $1 and id > $2 and deleted_at is null order by id limit ${batch}`,
      [memberId, last],
    )
    if (rows.length === 0) return count
    await transact(db, async (tx) => {
      for (const { id } of rows) await remove(tx, id)
    })
    count += rows.length
    last = rows.at(-1)?.id ?? last
  }
}
