import { ask, type Db } from '#platform/database.ts'
import { fold } from './analyse.ts'
import type { Candidate } from './candidates.ts'
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

/** Characters: the rest of an endless text is found, but not ranked by. `least`: texts that are read whatever their size. */
const read = { post: 24_000, comment: 12_000, least: 60 }

const postQuery = `
  select "postId", "boardId", "authorId", "createdAt", title, tags, left(html, ${read.post}) as html, votes, "acceptedId" from (
    select t.n, p.id as "postId", p.board_id as "boardId", p.author_id as "authorId", p.created_at as "createdAt", p.title, p.tags,
      v.html, p.votes, p.accepted_id as "acceptedId", sum(octet_length(v.html)) over (order by t.n) as size
    from unnest($1::bigint[]) with ordinality as t (id, n)
    join posts p on p.id = t.id join post_versions v on v.post_id = p.id and v.version = p.version
  ) t where n <= ${read.least} or size <= $2::float8 order by n`

const commentQuery = `
  select p.id as "postId", p.board_id as "boardId", c.author_id as "authorId", p.created_at as "createdAt",
    '' as title, '{}'::text[] as tags, left(v.html, ${read.comment}) as html, c.votes, p.accepted_id as "acceptedId", c.id as "commentId"
  from unnest($1::bigint[]) with ordinality as t (id, n)
  join comments c on c.id = t.id join posts p on p.id = c.post_id
  join comment_versions v on v.comment_id = c.id and v.version = c.version order by t.n`

/**
 * The texts of candidates: whoever gives ids has asked before whether the viewer may read them. `most`: bytes of HTML
 * after which the rest of the posts are left out.
 */
export async function loadTexts(
  db: Db,
  candidates: readonly Candidate[],
  { most = Infinity }: { most?: number } = {},
): Promise<Loaded[]> {
  const postIds = candidates.filter((one) => one.commentId === null).map((one) => one.postId)
  const commentIds = candidates.flatMap((one) => (one.commentId === null ? [] : [one.commentId]))
  const posts = postIds.length === 0 ? [] : await ask<Row>(db, postQuery, [postIds, most])
  const comments =
    commentIds.length === 0 ? [] : await ask<Row & { commentId: number }>(db, commentQuery, [commentIds])
  return [...posts.map((row) => toLoaded(row, null)), ...comments.map((row) => toLoaded(row, row.commentId))]
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
