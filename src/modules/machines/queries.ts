import { ask, askFresh, type Db } from '#platform/database.ts'

/** All of it as a guest may read it: boards for everyone, nothing that is deleted. */

type Text = { id: number; html: string; editedAt: Date | null }

/** The newest texts of posts that the caller found for a guest. */
export async function textsOf(db: Db, ids: readonly number[]): Promise<Map<number, Text>> {
  if (ids.length === 0) return new Map()
  const rows = await ask<Text>(
    db,
    `select p.id, v.html, p.edited_at as "editedAt" from posts p
     join post_versions v on v.post_id = p.id and v.version = p.version where p.id = any($1)`,
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

const openBoards = `p.deleted_at is null and p.board_id = any(array(select id from boards where read_by = 'everyone'))`
const changed = 'greatest(p.active_at, p.edited_at, p.created_at)'

/** A range of ids and when the last of its posts changed. */
export type Part = { part: number; changedAt: Date }

/** Which parts of `size` ids have posts; one pass over the table. */
export function postParts(db: Db, size: number): Promise<Part[]> {
  return askFresh(
    db,
    `select ((p.id - 1) / $1::bigint)::int as part, max(${changed}) as "changedAt" from posts p
     where ${openBoards} group by 1 order by 1`,
    [size],
  )
}

export type ListedAddress = { id: number; title: string; changedAt: Date }

/** Posts with ids above `after` and up to `last`, by id. */
export function postAddresses(
  db: Db,
  range: { after: number; last: number; limit: number },
): Promise<ListedAddress[]> {
  return ask(
    db,
    `select p.id, p.title, ${changed} as "changedAt" from posts p
     where p.id > $1 and p.id <= $2 and ${openBoards} order by p.id limit $3`,
    [range.after, range.last, range.limit],
  )
}

/** Members with ids above `after` and up to `last` who wrote something that everybody may read. */
export function memberAddresses(
  db: Db,
  range: { after: number; last: number; limit: number },
): Promise<{ id: number; name: string }[]> {
  return ask(
    db,
    `select m.id, m.name from members m where m.id > $1 and m.id <= $2 and m.name is not null
       and exists (select from posts p where p.author_id = m.id and ${openBoards})
     order by m.id limit $3`,
    [range.after, range.last, range.limit],
  )
}

/** Which parts of `size` ids have members who wrote something that everybody may read, and when they did so last. */
export function memberParts(db: Db, size: number): Promise<Part[]> {
  return askFresh(
    db,
    `select ((m.id - 1) / $1::bigint)::int as part, max(a.wrote_at) as "changedAt"
     from members m join (
       select p.author_id, max(p.created_at) as wrote_at from posts p where ${openBoards} group by 1
     ) a on a.author_id = m.id
     where m.name is not null group by 1 order by 1`,
    [size],
  )
}

/** Tags that stand on a post that everybody may read, by name: how often others are used is not for everybody to see. */
export async function openTags(db: Db, limit: number): Promise<string[]> {
  const rows = await askFresh<{ name: string }>(
    db,
    `select t.name from (select name, posts from tags where posts > 0 order by posts desc, name limit $1) t
     where exists (select from post_tags k join posts p on p.id = k.post_id where k.tag = t.name and ${openBoards})
     order by t.name`,
    [limit],
  )
  return rows.map((row) => row.name)
}

export type EmbeddedPost = {
  id: number
  title: string
  html: string
  author: { id: number; name: string } | null
  board: { id: number; slug: string; name: string }
}

/** A post that everybody may read; null for every other. */
export async function openPost(db: Db, id: number): Promise<EmbeddedPost | null> {
  type Row = {
    id: number
    title: string
    html: string
    authorId: number
    authorName: string | null
    boardId: number
    slug: string
    boardName: string
  }
  const [row] = await ask<Row>(
    db,
    `select p.id, p.title, v.html, m.id as "authorId", m.name as "authorName", b.id as "boardId", b.slug, b.name as "boardName"
     from posts p join post_versions v on v.post_id = p.id and v.version = p.version
     join members m on m.id = p.author_id join boards b on b.id = p.board_id
     where p.id = $1 and ${openBoards}`,
    [id],
  )
  if (!row) return null
  const author = row.authorName === null ? null : { id: row.authorId, name: row.authorName }
  const board = { id: row.boardId, slug: row.slug, name: row.boardName }
  return { id: row.id, title: row.title, html: row.html, author, board }
}
