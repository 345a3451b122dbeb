import type { Viewer } from '#modules/accounts/viewer.ts'
import { imagesIn, recordFileUses } from '#modules/files/files.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { rendererVersion, renderMarkdown } from '#platform/markdown.ts'
import { foldName } from '#platform/text.ts'
import { insertBoard } from './boards.ts'
import { type DemoThread, readBoards, readMembers, readThreads } from './demo-threads.ts'
import {
  acceptAnswers,
  type CommentRow,
  insertComments,
  insertMembers,
  insertPosts,
  type PostRow,
  takeIds,
} from './writer.ts'

const hour = 3_600_000

/** What is under way: everything by the names that the texts use. */
type Seeding = {
  tx: Db
  now: Date
  members: Map<string, number>
  mentions: Map<string, string>
  boards: Map<string, { id: number; kind: string }>
  pictures: Pictures | null
}

/** Addresses of stored pictures by the names that the texts use, and in whose name they are stored. */
export type Pictures = { of: Viewer; addresses: ReadonlyMap<string, string> }

/**
 * Fills the site with believable members, boards and threads, the same ones every time, dated back from `now`.
 * All or nothing. @returns false when they are here already
 */
export async function seedDemo(
  db: Db,
  { now, pictures: draw = async () => null }: { now: Date; pictures?: () => Promise<Pictures | null> },
): Promise<boolean> {
  return transact(db, async (tx) => {
    const [present] = await ask(tx, "select from posts where starts_with(imported_from, 'demo:') limit 1", [])
    if (present) return false
    const pictures = await draw()
    const { members, mentions } = await addMembers(tx, now)
    const boards = await addBoards(tx, now)
    const seeding = { tx, now, members, mentions, boards, pictures }
    const threads = readThreads(pictures?.addresses).sort((one, other) => other.hours - one.hours)
    const postIds = await addPosts(seeding, threads)
    await addComments(seeding, threads, postIds)
    await addActs(seeding, threads, postIds)
    // They live here: nobody is to be told that their accounts wait to be claimed.
    await ask(tx, "update members set imported_from = null where starts_with(imported_from, 'demo:')", [])
    await ask(tx, 'analyze', [])
    return true
  })
}

async function addMembers(tx: Db, now: Date): Promise<Pick<Seeding, 'members' | 'mentions'>> {
  const people = readMembers()
  const rows = people.map((person) => ({
    key: `demo:member:${person.name}`,
    name: person.name,
    nameKey: foldName(person.name),
    about: person.about,
    createdAt: new Date(now.getTime() - person.joinedDays * 24 * hour),
  }))
  const ids = await insertMembers(tx, rows, now)
  await ask(
    tx,
    `update members m set role = n.role, language = n.language, country = n.country
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as n(id, role, language, country) where m.id = n.id`,
    [ids, ...(['role', 'language', 'country'] as const).map((part) => people.map((person) => person[part]))],
  )
  const members = new Map(people.map((person, index) => [person.name, ids[index] ?? 0]))
  return { members, mentions: new Map(people.map((person) => [foldName(person.name), person.name])) }
}

async function addBoards(tx: Db, now: Date): Promise<Seeding['boards']> {
  const boards: Seeding['boards'] = new Map()
  const createdAt = new Date(now.getTime() - 400 * 24 * hour)
  for (const board of readBoards()) {
    const kind = board.kind === 'question' ? ('question' as const) : ('discussion' as const)
    const id = await insertBoard(tx, {
      ...board,
      key: `demo:board:${board.slug}`,
      kind,
      parentId: boards.get(board.parent ?? '')?.id ?? null,
      readBy: board.readBy === 'moderators' ? 'moderators' : 'everyone',
      writeBy: board.writeBy === 'moderators' ? 'moderators' : 'members',
      createdAt,
    })
    boards.set(board.slug, { id, kind })
  }
  return boards
}

function memberId(seeding: Seeding, name: string): number {
  const id = seeding.members.get(name)
  if (id === undefined) throw new Error(`the demo has no member ${name}`)
  return id
}

function bornAt(seeding: Seeding, thread: DemoThread): Date {
  return new Date(seeding.now.getTime() - thread.hours * hour - (scatter(thread.title) % 50) * 60_000)
}

async function addPosts(seeding: Seeding, threads: readonly DemoThread[]): Promise<number[]> {
  const images = await imagesIn(seeding.tx, threads.map((thread) => thread.body).join('\n'))
  const rows = threads.map((thread): PostRow => {
    const board = seeding.boards.get(thread.board)
    if (!board) throw new Error(`the demo has no board ${thread.board}`)
    const { title, tags, body, votes, views } = thread
    const createdAt = bornAt(seeding, thread)
    return {
      key: `demo:post:${title}`,
      boardId: board.id,
      authorId: memberId(seeding, thread.author),
      kind: board.kind === 'question' ? 'question' : 'discussion',
      title,
      tags,
      body,
      html: renderMarkdown(body, { mentions: seeding.mentions, images }),
      createdAt,
      editedAt: thread.before ? new Date(createdAt.getTime() + 25 * 60_000) : null,
      votes,
      views,
    }
  })
  const ids = await insertPosts(seeding.tx, rows)
  const things = rows.map((row, index) => ({
    id: ids[index] ?? 0,
    votes: row.votes,
    at: row.createdAt,
    authorId: row.authorId,
  }))
  await addVotes(seeding, 'post', things)
  for (const [index, thread] of threads.entries()) {
    const row = rows[index]
    const { of } = seeding.pictures ?? {}
    if (of) await recordFileUses(seeding.tx, of, { postId: ids[index] ?? 0, before: null, body: thread.body })
    if (thread.before && row)
      await addEarlier(seeding, { postId: ids[index] ?? 0, row, before: thread.before })
  }
  return ids
}

/** The text that stands is the second version; the one before the edit goes in front of it. */
async function addEarlier(
  { tx, mentions }: Seeding,
  { postId, row, before }: { postId: number; row: PostRow; before: { body: string; note: string } },
): Promise<void> {
  await ask(tx, 'update post_versions set version = 2, note = $2 where post_id = $1', [postId, before.note])
  await ask(tx, 'update posts set version = 2 where id = $1', [postId])
  await ask(
    tx,
    `insert into post_versions (post_id, version, title, tags, body, html, renderer, by_id, created_at)
     values ($1, 1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      postId,
      row.title,
      row.tags,
      before.body,
      renderMarkdown(before.body, { mentions }),
      rendererVersion,
      row.authorId,
      row.createdAt,
    ],
  )
}

async function addComments(
  seeding: Seeding,
  threads: readonly DemoThread[],
  postIds: readonly number[],
): Promise<void> {
  const count = threads.reduce((sum, thread) => sum + thread.comments.length, 0)
  const ids = await takeIds(seeding.tx, 'comments', count)
  const rows: CommentRow[] = []
  const accepted: { postId: number; commentId: number }[] = []
  for (const [index, thread] of threads.entries()) {
    const postId = postIds[index] ?? 0
    const threadIds = ids.splice(0, thread.comments.length)
    rows.push(...commentRows(seeding, thread, { postId, ids: threadIds }))
    const best = thread.comments.findIndex((comment) => comment.accepted)
    if (best >= 0) accepted.push({ postId, commentId: threadIds[best] ?? 0 })
  }
  await insertComments(seeding.tx, rows)
  await acceptAnswers(seeding.tx, accepted)
  await addVotes(
    seeding,
    'comment',
    rows.map(({ id, votes, createdAt, authorId }) => ({ id, votes, at: createdAt, authorId })),
  )
}

function commentRows(
  seeding: Seeding,
  thread: DemoThread,
  { postId, ids }: { postId: number; ids: readonly number[] },
): CommentRow[] {
  const isQuestion = seeding.boards.get(thread.board)?.kind === 'question'
  const born = bornAt(seeding, thread).getTime()
  // Talk is quick at first and slows down; most of it is over after two days.
  const span = Math.min((seeding.now.getTime() - born) * 0.9, 44 * hour)
  const above: number[] = []
  return thread.comments.map((comment, index) => {
    const id = ids[index] ?? 0
    above.length = comment.depth
    above[comment.depth] = id
    const share = ((index + 1) / (thread.comments.length + 1)) ** 1.6
    return {
      id,
      key: `demo:comment:${thread.title}:${index}`,
      postId,
      path: [...above],
      isAnswer: isQuestion && comment.depth === 0 && !comment.remark,
      authorId: memberId(seeding, comment.author),
      body: comment.body,
      html: renderMarkdown(comment.body, { mentions: seeding.mentions }),
      createdAt: new Date(born + span * share),
      editedAt: null,
      votes: comment.votes,
    }
  })
}

type Voted = { id: number; votes: number; at: Date; authorId: number }

/** Gives every vote a voter, so that it can be taken back like any other. */
async function addVotes(
  seeding: Seeding,
  target: 'post' | 'comment',
  things: readonly Voted[],
): Promise<void> {
  const all = [...seeding.members.values()]
  const votes = things.flatMap(({ id, votes, at, authorId }) => {
    const start = scatter(String(id))
    const voters = all
      .map((_, index) => all[(start + index) % all.length] ?? 0)
      .filter((voter) => voter !== authorId)
    const left = seeding.now.getTime() - at.getTime()
    return voters.slice(0, votes).map((member, index) => ({
      id,
      member,
      at: new Date(at.getTime() + (left * (index + 1)) / (votes + 2)),
    }))
  })
  const table = target === 'post' ? 'posts' : 'comments'
  await ask(
    seeding.tx,
    `insert into ${target}_votes (${target}_id, member_id, value, created_at)
     select id, member, 1, at from json_to_recordset($1) as v(id bigint, member bigint, at timestamptz)`,
    [JSON.stringify(votes)],
  )
  await ask(seeding.tx, `update ${table} set imported_votes = 0 where id = any($1)`, [
    things.map((thing) => thing.id),
  ])
}

async function addActs(
  seeding: Seeding,
  threads: readonly DemoThread[],
  postIds: readonly number[],
): Promise<void> {
  for (const [index, thread] of threads.entries()) {
    if (!thread.pinned && !thread.locked) continue
    const at = new Date(bornAt(seeding, thread).getTime() + hour)
    const act = thread.pinned ? 'pin' : 'lock'
    const values = [postIds[index] ?? 0, memberId(seeding, thread.author), at]
    await ask(seeding.tx, `insert into post_${act}s (post_id, by_id, created_at) values ($1, $2, $3)`, values)
    await ask(
      seeding.tx,
      `insert into moderation_log (act, post_id, by_id, created_at) values ('post.${act}', $1, $2, $3)`,
      values,
    )
  }
}

/** A number from a text that looks like chance and is the same every time (FNV-1a). */
function scatter(text: string): number {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash
}
