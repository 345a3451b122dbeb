import { ask, type Db } from '#platform/database.ts'
import { fold } from './analyse.ts'
import type { Candidate, Worthy } from './candidates.ts'
import type { FoldedText } from './matching.ts'
import { plainText } from './plain-text.ts'

/** What a candidate says, as its reader sees it. */
export type Source = {
  postId: number
  commentId: number | null
  boardId: number
  createdAt: Date
  text: string
}
export type Loaded = Source & {
  folded: FoldedText
  authorId: number
  votes: number
  solved: boolean
  accepted: boolean
}

type Row = {
  postId: number
  boardId: number
  authorId: number
  createdAt: Date
  title: string
  tags: string[]
  html: string
  votes: number
  acceptedId: number | null
}

/** Characters: the rest of an endless text is found, but not ranked by. */
const read = { post: 24_000, comment: 12_000 }

/**
 * How many of the posts that a wide search brings are read: `least` whatever their size, others up to so many bytes of
 * HTML in all. Of long texts the best hundred hold the answer as well as two hundred.
 */
const wide = { least: 100, bytes: 80_000 }

const columns = `p.id as "postId", p.board_id as "boardId", p.author_id as "authorId", p.created_at as "createdAt", p.title,
  p.tags, p.votes, p.accepted_id as "acceptedId"`

const postQuery = `
  select ${columns}, left(v.html, ${read.post}) as html from unnest($1::bigint[]) with ordinality as t (id, n)
  join posts p on p.id = t.id join post_versions v on v.post_id = p.id and v.version = p.version order by t.n`

/** Those worth most for their length come first, as in BM25 (1.3 and 0.9 are its k1 and b, where a term stands once). */
const worthiestQuery = `
  select ${columns}, left(t.html, ${read.post}) as html from (
    select *, sum(size) over (order by n) as upto from (
      select *, row_number() over (order by worth / (1.3 + 0.9 * size / mean) desc, id desc) as n from (
        select t.id, t.worth, v.html, octet_length(v.html) as size, avg(octet_length(v.html)) over () as mean
        from unnest($1::bigint[], $2::float8[]) as t (id, worth)
        join posts p on p.id = t.id join post_versions v on v.post_id = p.id and v.version = p.version
      ) t
    ) t
  ) t join posts p on p.id = t.id
  where n <= ${wide.least} or upto <= ${wide.bytes} order by n`

const commentQuery = `
  select p.id as "postId", p.board_id as "boardId", c.author_id as "authorId", p.created_at as "createdAt",
    '' as title, '{}'::text[] as tags, left(v.html, ${read.comment}) as html, c.votes, p.accepted_id as "acceptedId", c.id as "commentId"
  from unnest($1::bigint[]) with ordinality as t (id, n)
  join comments c on c.id = t.id join posts p on p.id = c.post_id
  join comment_versions v on v.comment_id = c.id and v.version = c.version order by t.n`

/** The texts of candidates: whoever gives ids has asked before whether the viewer may read them. */
export async function loadTexts(db: Db, candidates: readonly Candidate[]): Promise<Loaded[]> {
  const postIds = candidates.filter((one) => one.commentId === null).map((one) => one.postId)
  const posts = postIds.length === 0 ? [] : await ask<Row>(db, postQuery, [postIds])
  return [...posts.map((row) => toLoaded(row, null)), ...(await loadComments(db, candidates))]
}

/** The texts of those candidates of a wide search that are worth reading, those likeliest to be an answer first. */
export async function loadWorthiest(db: Db, candidates: readonly Worthy[]): Promise<Loaded[]> {
  const of = candidates.filter((one) => one.commentId === null)
  const values = [of.map((one) => one.postId), of.map((one) => one.worth)]
  const posts = of.length === 0 ? [] : await ask<Row>(db, worthiestQuery, values)
  return [...posts.map((row) => toLoaded(row, null)), ...(await loadComments(db, candidates))]
}

async function loadComments(db: Db, candidates: readonly Candidate[]): Promise<Loaded[]> {
  const ids = candidates.flatMap((one) => (one.commentId === null ? [] : [one.commentId]))
  const rows = ids.length === 0 ? [] : await ask<Row & { commentId: number }>(db, commentQuery, [ids])
  return rows.map((row) => toLoaded(row, row.commentId))
}

/** The titles of posts alone, in the order of the ids. */
export async function titlesOf(db: Db, ids: readonly number[]): Promise<{ id: number; title: string }[]> {
  const text = `select p.id, p.title from unnest($1::bigint[]) with ordinality as t (id, n) join posts p on p.id = t.id order by t.n`
  return ask(db, text, [ids])
}

function toLoaded(row: Row, commentId: number | null): Loaded {
  const { postId, boardId, authorId, createdAt, votes, acceptedId } = row
  const text = plainText(row.html)
  const title = commentId === null ? `${row.title}\n${row.tags.join('\n')}` : ''
  return {
    postId,
    commentId,
    boardId,
    authorId,
    createdAt,
    text,
    folded: { title: fold(title), text: fold(text) },
    votes,
    solved: acceptedId !== null,
    accepted: commentId !== null && commentId === acceptedId,
  }
}
