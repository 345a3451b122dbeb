import { ask, type Db } from '#platform/database.ts'
import { databaseJson } from '#platform/text.ts'
import { analyserVersion, commentTokens, epochBits, epochMark, postTokens } from './analyse.ts'
import { plainText } from './plain-text.ts'

/** The rows of the index: written in the transaction of what they index, in the same statement where that is one. */

export type WrittenPost = { title: string; tags: readonly string[]; html: string }

/** A post's tokens, for the statement that writes it. */
export function tokensOfPost({ title, tags, html }: WrittenPost): string[] {
  return postTokens({ title, tags, text: plainText(html) })
}

export function tokensOfComment(html: string): string[] {
  return commentTokens(plainText(html))
}

/** Pieces of SQL, constant ones only: expressions for the row's ids and its tokens (text[]), and where those come from. */
type PostRow = { id: string; tokens: string; from?: string }

/** A row's tokens as they are stored; `id` and `tokens` are SQL. */
export const vectorOf = (id: string, tokens: string) =>
  `array_to_tsvector(${tokens}::text[] || ('${epochMark}' || (${id} >> ${epochBits})))`

/** The part of a statement that puts a post's row. */
export const putPost = ({ id, tokens, from = '' }: PostRow) => `
  insert into search_posts (post_id, tokens, analyser)
  select ${id}, ${vectorOf(id, tokens)}, ${analyserVersion} ${from}
  on conflict (post_id) do update set tokens = excluded.tokens, analyser = excluded.analyser, filler = excluded.filler`

export const putComment = ({ id, postId, tokens, from = '' }: PostRow & { postId: string }) => `
  insert into search_comments (comment_id, post_id, tokens, analyser)
  select ${id}, ${postId}, ${vectorOf(id, tokens)}, ${analyserVersion} ${from}
  on conflict (comment_id) do update set tokens = excluded.tokens, analyser = excluded.analyser, filler = excluded.filler`

export async function indexComment(
  tx: Db,
  comment: { id: number; postId: number; html: string },
): Promise<void> {
  const values = [comment.id, comment.postId, tokensOfComment(comment.html)]
  await ask(tx, putComment({ id: '$1::bigint', postId: '$2::bigint', tokens: '$3' }), values)
}

const rowsOf = (columns: string) => ({
  tokens: 'array(select json_array_elements_text(r.tokens))',
  from: `from json_to_recordset($1::json) as r(${columns}, tokens json)`,
})

/** Many at once: imports and reindexing. */
export async function indexPosts(tx: Db, posts: readonly (WrittenPost & { id: number })[]): Promise<void> {
  if (posts.length === 0) return
  const rows = posts.map((post) => ({ id: post.id, tokens: tokensOfPost(post) }))
  await ask(tx, putPost({ id: 'r.id', ...rowsOf('id bigint') }), [databaseJson(rows)])
}

export async function indexComments(
  tx: Db,
  comments: readonly { id: number; postId: number; html: string }[],
): Promise<void> {
  if (comments.length === 0) return
  const rows = comments.map(({ id, postId, html }) => ({ id, post: postId, tokens: tokensOfComment(html) }))
  const statement = putComment({ id: 'r.id', postId: 'r.post', ...rowsOf('id bigint, post bigint') })
  await ask(tx, statement, [databaseJson(rows)])
}
