import type pg from 'pg'
import { tokensOfPost } from '#modules/search/documents.ts'
import { escapeText } from './search-data.ts'

export type Sources = { reviews: string[]; petitions: { title: string; text: string }[] }
type Post = { title: string; body: string }

/** A number from 0 to m-1 that looks random and is the same every time. */
export const pick = (n: number, m: number) => Number(((BigInt(n) * 2654435761n) % 4294967296n) / 7n) % m

/** One to nine reviews make a post, of which each twentieth is a petition's text instead. */
export function textOf(index: number, { reviews, petitions }: Sources): Post {
  const petition = petitions[pick(index, Math.max(1, petitions.length))]
  if (index % 20 === 0 && petition) {
    const from = pick(index + 3, Math.max(1, petition.text.length - 900))
    return { title: petition.title.slice(0, 100), body: petition.text.slice(from, from + 900) }
  }
  const count = 1 + pick(index + 5, 9)
  const at = pick(index + 9, reviews.length)
  const sentences = Array.from({ length: count }, (_, next) => reviews[(at + next) % reviews.length] ?? '')
  return {
    title: (reviews[pick(index + 13, reviews.length)] ?? '').slice(0, 60),
    body: sentences.join('\n\n'),
  }
}

const boards = 12

/** Fills an empty, migrated database; the index on tokens is built at the end, as a restore does. @returns bytes of text */
export async function seedPosts(
  client: pg.Client,
  { posts, sources, note }: { posts: number; sources: Sources; note: (text: string) => void },
): Promise<number> {
  await client.query('set synchronous_commit = off')
  await client.query(
    `insert into members (name, name_key) select 'm' || i, 'm' || i from generate_series(1, 1000) i;
     insert into boards (slug, name, read_by) select 'board-' || i, '게시판 ' || i, case i when 12 then 'members' else 'everyone' end
     from generate_series(1, ${boards}) i;
     drop index search_posts_tokens`,
  )
  let bytes = 0
  const batch = 2000
  for (let from = 0; from < posts; from += batch) {
    const texts = Array.from({ length: Math.min(batch, posts - from) }, (_, index) =>
      textOf(from + index, sources),
    )
    bytes += texts.reduce(
      (sum, text) => sum + Buffer.byteLength(text.title) + Buffer.byteLength(text.body),
      0,
    )
    await insertBatch(client, texts, { from, posts })
    if ((from / batch) % 25 === 0) note(`${from} posts`)
  }
  note('building the index')
  await client.query(`set maintenance_work_mem = '1GB'`)
  await client.query(
    'create index search_posts_tokens on search_posts using gin (tokens) with (fastupdate = off)',
  )
  await client.query('update boards b set posts = (select count(*) from posts p where p.board_id = b.id)')
  await client.query('vacuum analyze')
  return bytes
}

async function insertBatch(
  client: pg.Client,
  texts: readonly Post[],
  { from, posts }: { from: number; posts: number },
): Promise<void> {
  const html = texts.map((text) => `<p>${escapeText(text.body).replaceAll('\n\n', '</p>\n<p>')}</p>`)
  const tokens = texts.map((text, index) =>
    tokensOfPost({ title: text.title, tags: [], html: html[index] ?? '' })
      .map((token) => `'${token}'`)
      .join(' '),
  )
  await client.query(
    `with r as (
       select $5::int + t.n as n, title, body, html, tokens from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as t (title, body, html, tokens, n)
     ), post as (
       insert into posts (id, board_id, author_id, kind, title, created_at, active_at, hot, votes) overriding system value
       select n, 1 + n * 7919 % ${boards}, 1 + n * 104729 % 1000, case when n % 9 = 0 then 'question' else 'discussion' end, title,
         at, at, hot_rank((n * 31 % 40)::int, at), (n * 31 % 40)::int
       from r, lateral (select now() - ($6 - n) * (interval '1000 days' / $6) as at) t
     ), version as (
       insert into post_versions (post_id, version, title, body, html, renderer, by_id)
       select n, 1, title, body, html, 1, 1 + n * 104729 % 1000 from r
     )
     insert into search_posts (post_id, tokens, analyser) select n, tokens::tsvector, 1 from r`,
    [texts.map((text) => text.title), texts.map((text) => text.body), html, tokens, from, posts],
  )
  await client.query(`select setval('posts_id_seq', $1)`, [from + texts.length])
}
