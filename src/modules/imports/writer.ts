import type { PostKind } from '#modules/boards/shapes.ts'
import { indexComments, indexPosts } from '#modules/search/documents.ts'
import { ask, type Db } from '#platform/database.ts'
import { rendererVersion } from '#platform/markdown.ts'
import { databaseJson } from '#platform/text.ts'

// Why an import writes the tables of other modules itself: their verbs take one thing of one signed-in person at a time,
// with their rights and the present hour. Here hundreds of old things come in one statement, with their counters beside
// them in the same transaction.

export type MemberRow = {
  key: string
  name: string | null
  nameKey: string | null
  about: string
  createdAt: Date
}
export type PostRow = {
  key: string
  boardId: number
  authorId: number
  kind: PostKind
  title: string
  tags: string[]
  body: string
  html: string
  createdAt: Date
  editedAt: Date | null
  votes: number
  views: number
}
export type CommentRow = {
  id: number
  key: string
  postId: number
  /** From the root down to this one, itself included. */
  path: number[]
  isAnswer: boolean
  authorId: number
  body: string
  html: string
  createdAt: Date
  editedAt: Date | null
  votes: number
}

const sequences = {
  comments: 'comments_id_seq',
  posts: 'posts_id_seq',
  members: 'members_id_seq',
  boards: 'boards_id_seq',
}

/** Ids that nobody else will get, ascending. */
export async function takeIds(tx: Db, table: keyof typeof sequences, count: number): Promise<number[]> {
  if (count === 0) return []
  const rows = await ask<{ id: number }>(
    tx,
    'select nextval($1::regclass) as id from generate_series(1, $2)',
    [sequences[table], count],
  )
  return rows.map((row) => row.id)
}

/**
 * Adds members without a password. Those without a name are as if withdrawn.
 * @returns ids in the order of the rows; null where somebody took the name in the meantime
 */
export async function insertMembers(
  tx: Db,
  rows: readonly MemberRow[],
  now: Date,
): Promise<(number | null)[]> {
  const ids = await takeIds(tx, 'members', rows.length)
  const withIds = rows.map((row, index) => ({ ...row, id: ids[index] }))
  const added = await ask<{ id: number }>(
    tx,
    `insert into members (id, name, name_key, about, created_at, withdrawn_at, imported_from) overriding system value
     select id, name, "nameKey", about, "createdAt", case when name is null then $2::timestamptz end, key
     from json_to_recordset($1) as r(id bigint, name text, "nameKey" text, about text, "createdAt" timestamptz, key text)
     on conflict (name_key) do nothing returning id`,
    [databaseJson(withIds), now],
  )
  const present = new Set(added.map((row) => row.id))
  return ids.map((id) => (present.has(id) ? id : null))
}

/** Adds posts, each with its first version, and counts them on their boards and tags. @returns ids in the order of the rows */
export async function insertPosts(tx: Db, rows: readonly PostRow[]): Promise<number[]> {
  if (rows.length === 0) return []
  const ids = await takeIds(tx, 'posts', rows.length)
  const withIds = databaseJson(rows.map((row, index) => ({ ...row, id: ids[index] })))
  await ask(
    tx,
    `with r as (
       select * from json_to_recordset($1) as r(id bigint, key text, "boardId" bigint, "authorId" bigint, kind text,
         title text, tags text[], body text, html text, "createdAt" timestamptz, "editedAt" timestamptz, votes int, views bigint)
     ), post as (
       insert into posts (id, board_id, author_id, kind, title, tags, created_at, edited_at, active_at, votes,
                          imported_votes, views, hot, imported_from) overriding system value
       select id, "boardId", "authorId", kind, title, tags, "createdAt", "editedAt", "createdAt", votes, votes, views,
              hot_rank(votes, "createdAt"), key from r
     ), counted as (
       update boards b set posts = b.posts + n.posts
       from (select "boardId" as id, count(*)::int as posts from r group by 1) n where b.id = n.id
     )
     insert into post_versions (post_id, version, title, tags, body, html, renderer, by_id, created_at)
     select id, 1, title, tags, body, html, $2, "authorId", coalesce("editedAt", "createdAt") from r`,
    [withIds, rendererVersion],
  )
  await countTags(tx, rows)
  await indexPosts(
    tx,
    rows.map(({ title, tags, html }, index) => ({ id: ids[index] ?? 0, title, tags, html })),
  )
  return ids
}

async function countTags(tx: Db, rows: readonly PostRow[]): Promise<void> {
  const counts = new Map<string, number>()
  for (const tag of rows.flatMap((row) => row.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  if (counts.size === 0) return
  await ask(
    tx,
    `insert into tags (name, posts) select name, posts from unnest($1::text[], $2::int[]) as n(name, posts) order by name
     on conflict (name) do update set posts = tags.posts + excluded.posts`,
    [[...counts.keys()], [...counts.values()]],
  )
}

/** Adds comments whose ids and paths are known, each with its first version, and counts them on their posts and parents. */
export async function insertComments(tx: Db, rows: readonly CommentRow[]): Promise<void> {
  if (rows.length === 0) return
  await ask(
    tx,
    `with r as (
       select *, path[cardinality(path) - 1] as parent_id
       from json_to_recordset($1) as r(id bigint, key text, "postId" bigint, path bigint[], "isAnswer" boolean,
         "authorId" bigint, body text, html text, "createdAt" timestamptz, "editedAt" timestamptz, votes int)
     ), replies as (
       select parent_id as id, count(*)::int as replies from r where parent_id is not null group by 1
     ), comment as (
       insert into comments (id, post_id, parent_id, path, author_id, is_answer, created_at, edited_at, votes,
                             imported_votes, replies, imported_from) overriding system value
       select r.id, "postId", parent_id, path, "authorId", "isAnswer", "createdAt", "editedAt", votes, votes,
              coalesce(n.replies, 0), key
       from r left join replies n on n.id = r.id
     ), answered as (
       update comments c set replies = c.replies + n.replies from replies n where c.id = n.id
     ), counted as (
       update posts p set comments = p.comments + n.comments, answers = p.answers + n.answers,
                          active_at = greatest(p.active_at, n.latest)
       from (select "postId" as id, count(*)::int as comments, count(*) filter (where "isAnswer")::int as answers,
                    max("createdAt") as latest from r group by 1) n
       where p.id = n.id
     )
     insert into comment_versions (comment_id, version, body, html, renderer, by_id, created_at)
     select id, 1, body, html, $2, "authorId", coalesce("editedAt", "createdAt") from r`,
    [databaseJson(rows), rendererVersion],
  )
  await indexComments(tx, rows)
}

/** Pins or locks posts that have no such mark. */
export async function markPosts(
  tx: Db,
  table: 'post_pins' | 'post_locks',
  rows: readonly { postId: number; byId: number; at: Date }[],
): Promise<void> {
  if (rows.length === 0) return
  await ask(
    tx,
    `insert into ${table} (post_id, by_id, created_at)
     select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[])`,
    [rows.map((row) => row.postId), rows.map((row) => row.byId), rows.map((row) => row.at)],
  )
}

/** Marks accepted answers; pairs of post and comment. */
export async function acceptAnswers(
  tx: Db,
  pairs: readonly { postId: number; commentId: number }[],
): Promise<void> {
  if (pairs.length === 0) return
  await ask(
    tx,
    `update posts p set accepted_id = n.comment_id from unnest($1::bigint[], $2::bigint[]) as n(post_id, comment_id)
     where p.id = n.post_id and p.accepted_id is null`,
    [pairs.map((pair) => pair.postId), pairs.map((pair) => pair.commentId)],
  )
}

/** Ids by key of what came from a source before. `table` is one of ours, never a caller's text. */
export async function knownIds(
  db: Db,
  table: 'members' | 'posts' | 'boards' | 'comments',
  prefix: string,
): Promise<Map<string, number>> {
  const rows = await ask<{ key: string; id: number }>(
    db,
    `select imported_from as key, id from ${table} where starts_with(imported_from, $1)`,
    [prefix],
  )
  return new Map(rows.map((row) => [row.key.slice(prefix.length), row.id]))
}

export type KnownMember = { id: string; memberId: number; name: string | null }
export async function knownMembers(db: Db, prefix: string): Promise<KnownMember[]> {
  return ask<KnownMember>(
    db,
    `select substr(imported_from, length($1) + 1) as id, id as "memberId", name from members
     where starts_with(imported_from, $1) order by members.id`,
    [prefix],
  )
}

export type KnownComment = { id: number; postId: number; path: number[] }
export async function knownComments(db: Db, prefix: string): Promise<Map<string, KnownComment>> {
  const rows = await ask<KnownComment & { key: string }>(
    db,
    'select imported_from as key, id, post_id as "postId", path from comments where starts_with(imported_from, $1)',
    [prefix],
  )
  return new Map(rows.map(({ key, ...comment }) => [key.slice(prefix.length), comment]))
}
