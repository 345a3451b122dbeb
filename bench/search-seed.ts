import type pg from 'pg'
import { analyserVersion } from '#modules/search/analyse.ts'
import { tokensOfComment, tokensOfPost, vectorOf } from '#modules/search/documents.ts'
import { escapeText, type Sources } from './search-data.ts'

type Post = { title: string; body: string }

/** A number from 0 to m-1 that looks random and is the same every time. */
export const pick = (n: number, m: number) => Number(((BigInt(n) * 2654435761n) % 4294967296n) / 7n) % m

const sentencesFrom = (list: readonly string[], at: number, count: number) =>
  Array.from({ length: count }, (_, next) => list[(at + next) % list.length] ?? '')

/** One to nine sentences make a post, English in each tenth; each twentieth is a part of a petition. */
export function textOf(index: number, { reviews, petitions, english }: Sources): Post {
  const petition = petitions[pick(index, petitions.length)]
  if (index % 20 === 0 && petition) {
    const from = pick(index + 3, Math.max(1, petition.text.length - 900))
    return { title: petition.title.slice(0, 100), body: petition.text.slice(from, from + 900) }
  }
  const list = index % 10 === 7 ? english : reviews
  const sentences = sentencesFrom(list, pick(index + 9, list.length), 1 + pick(index + 5, 9))
  return { title: (list[pick(index + 13, list.length)] ?? '').slice(0, 60), body: sentences.join('\n\n') }
}

const boards = 12
const batch = 2000

/**
 * Fills an empty, migrated database: each third post has a comment. The indexes on tokens are built at the end, as a
 * restore does.
 */
export async function seedPosts(
  client: pg.Client,
  { posts, sources, note }: { posts: number; sources: Sources; note: (text: string) => void },
): Promise<void> {
  await client.query('set synchronous_commit = off')
  await client.query(
    `insert into members (name, name_key) select 'm' || i, 'm' || i from generate_series(1, 1000) i;
     insert into boards (slug, name, read_by) select 'board-' || i, '게시판 ' || i, case i when 12 then 'members' else 'everyone' end
     from generate_series(1, ${boards}) i;
     drop index search_posts_tokens; drop index search_comments_tokens`,
  )
  for (let from = 0; from < posts; from += batch) {
    const texts = Array.from({ length: Math.min(batch, posts - from) }, (_, index) =>
      textOf(from + index, sources),
    )
    await insertPosts(client, texts, { from, posts })
    await insertComments(client, { from, count: texts.length, sources })
    if ((from / batch) % 25 === 0) note(`${from} posts`)
  }
  note('building the indexes')
  await client.query(
    `create index search_posts_tokens on search_posts using gin (tokens) with (fastupdate = on, gin_pending_list_limit = 1024);
     create index search_comments_tokens on search_comments using gin (tokens) with (fastupdate = on, gin_pending_list_limit = 1024);
     update boards b set posts = (select count(*) from posts p where p.board_id = b.id)`,
  )
  await client.query('vacuum analyze')
}

const toHtml = (body: string) => `<p>${escapeText(body).replaceAll('\n\n', '</p>\n<p>')}</p>`
/** An array of PostgreSQL within an array; tokens hold neither quotes nor backslashes. */
const toArray = (tokens: readonly string[]) => `{${tokens.map((token) => `"${token}"`).join(',')}}`

async function insertPosts(
  client: pg.Client,
  texts: readonly Post[],
  { from, posts }: { from: number; posts: number },
): Promise<void> {
  const html = texts.map((text) => toHtml(text.body))
  const tokens = texts.map(({ title }, index) =>
    toArray(tokensOfPost({ title, tags: [], html: html[index] ?? '' })),
  )
  await client.query(
    `with r as (
       select $5::int + t.n as n, title, body, html, tokens from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as t (title, body, html, tokens, n)
     ), post as (
       insert into posts (id, board_id, author_id, kind, title, created_at, active_at, hot, votes, comments) overriding system value
       select n, 1 + n * 7919 % ${boards}, 1 + n * 104729 % 1000, case when n % 9 = 0 then 'question' else 'discussion' end, title,
         at, at, hot_rank((n * 31 % 40)::int, at), (n * 31 % 40)::int, case when n % 3 = 0 then 1 else 0 end
       from r, lateral (select now() - ($6 - n) * (interval '1000 days' / $6) as at) t
     ), version as (
       insert into post_versions (post_id, version, title, body, html, renderer, by_id)
       select n, 1, title, body, html, 1, 1 + n * 104729 % 1000 from r
     )
     insert into search_posts (post_id, tokens, analyser) select n, ${vectorOf('n', 'tokens')}, ${analyserVersion} from r`,
    [texts.map((text) => text.title), texts.map((text) => text.body), html, tokens, from, posts],
  )
  await client.query(`select setval('posts_id_seq', $1)`, [from + texts.length])
}

async function insertComments(
  client: pg.Client,
  { from, count, sources }: { from: number; count: number; sources: Sources },
): Promise<void> {
  const posts = Array.from({ length: count }, (_, index) => from + index + 1).filter((id) => id % 3 === 0)
  const list = (id: number) => (id % 30 === 0 ? sources.english : sources.reviews)
  const bodies = posts.map((id) =>
    sentencesFrom(list(id), pick(id + 21, list(id).length), 1 + pick(id + 22, 2)).join('\n\n'),
  )
  const html = bodies.map(toHtml)
  await client.query(
    `with r as (
       select id / 3 as n, id as post, body, html, tokens
       from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as t (id, body, html, tokens)
     ), comment as (
       insert into comments (id, post_id, path, author_id, is_answer, created_at, votes) overriding system value
       select n, p.id, array[n], 1 + n * 7919 % 1000, p.kind = 'question', p.created_at + interval '10 minutes', (n % 5)::int
       from r join posts p on p.id = r.post
     ), version as (
       insert into comment_versions (comment_id, version, body, html, renderer, by_id)
       select n, 1, body, html, 1, 1 + n * 7919 % 1000 from r
     )
     insert into search_comments (comment_id, post_id, tokens, analyser) select n, post, ${vectorOf('n', 'tokens')}, ${analyserVersion} from r`,
    [posts, bodies, html, html.map((text) => toArray(tokensOfComment(text)))],
  )
  await client.query(`select setval('comments_id_seq', greatest(1, (select max(id) from comments)))`)
}
