import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { reindex } from '#modules/search/reindex.ts'
import { openDatabase } from '#platform/database.ts'
import { rendererVersion } from '#platform/markdown.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'
import { loadTexts, type Text } from './texts.ts'

export const memberCount = 200
/** Posts that are written about at all; older ones have a short text and no comments. */
const lively = 10_000
/** The page that is measured: every such post has exactly so many comments. */
export const commentsOfPage = 20
const seedVersion = 2

/**
 * Fills a fresh data folder with `posts` posts straight by SQL, the same rows every time (times end at today's UTC
 * midnight). Counters agree with their rows. A folder that was filled so before is left as it is.
 */
export async function seed(dataDir: string, posts: number): Promise<void> {
  const marker = join(dataDir, 'bench-seed.json')
  const wanted = JSON.stringify({ posts, seedVersion })
  if (existsSync(marker)) {
    if (readFileSync(marker, 'utf8') === wanted) return
    throw new Error(`${dataDir} holds other rows than ${wanted}; take another folder`)
  }
  await using server = await startPostgres({ dataDir, log: () => {} })
  await migrate(server.url)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    await client.query('begin')
    const texts = await insertTexts(client)
    await insertPeople(client)
    await insertBoards(client)
    await insertPosts(client, posts, texts)
    await insertComments(client, texts)
    await insertVotes(client)
    await count(client)
    await client.query('commit')
    await index(server.url)
    await client.query('vacuum analyze')
    await client.query('checkpoint').catch(() => {})
  } finally {
    await client.end()
  }
  writeFileSync(marker, wanted)
}

/** Into the search, as every row of a living site is. */
async function index(url: string): Promise<void> {
  await using database = openDatabase({ url, size: 2 })
  await reindex(database.db, { now: new Date() })
}

type TextCounts = { long: number; short: number }

async function insertTexts(client: pg.Client): Promise<TextCounts> {
  const { long, short } = loadTexts()
  await client.query(
    'create temp table texts (kind text, n int, title text, body text, html text, primary key (kind, n))',
  )
  const add = (kind: string, texts: Text[]) =>
    client.query(
      `insert into texts select $1, t.n - 1, t.title, t.body, t.html
       from unnest($2::text[], $3::text[], $4::text[]) with ordinality as t (title, body, html, n)`,
      [kind, texts.map((t) => t.title), texts.map((t) => t.body), texts.map((t) => t.html)],
    )
  await add('long', long)
  await add('short', short)
  await client.query('analyze texts')
  return { long: long.length, short: short.length }
}

/** The secret of a member's seeded browser session, and the ids of both sessions. */
export function sessionsOf(member: number) {
  const id = (kind: number) => `00000000-0000-400${kind}-8000-${String(member).padStart(12, '0')}`
  const secret = createHash('sha256').update(`bench ${member}`).digest('base64url')
  return { browser: id(1), client: id(2), secret, cookie: `madang=${id(1)}.${secret}` }
}

async function insertPeople(client: pg.Client): Promise<void> {
  await client.query(
    `insert into members (name, name_key, email, email_key, created_at)
     select name, name, 'm' || i || '@example.org', 'm' || i || '@example.org', date_trunc('day', now(), 'UTC') - interval '3 years'
     from generate_series(1, $1::int) i,
     lateral (select (array['가람','나래','다온','라온','마루','바다','새봄','아라','자람','하늘'])[1 + i % 10] || i as name) n`,
    [memberCount],
  )
  const rows = Array.from({ length: memberCount }, (_, i) => sessionsOf(i + 1))
  const add = (kind: string, ids: string[]) =>
    client.query(
      `insert into sessions (id, member_id, secret_hash, kind, seen_at, expires_at)
       select t.id, t.n, sha256(t.secret::bytea), $1, now() + interval '30 days', now() + interval '60 days'
       from unnest($2::uuid[], $3::text[]) with ordinality as t (id, secret, n)`,
      [kind, ids, rows.map((row) => row.secret)],
    )
  await add(
    'browser',
    rows.map((row) => row.browser),
  )
  await add(
    'client',
    rows.map((row) => row.client),
  )
  // An administrator without password: the server prints no set-up address.
  await client.query(`update members set role = 'administrator' where id = 1`)
}

export const boardWithBranch = 'talk'

/** Twelve boards; `talk` has two below it and holds most posts together with them. */
async function insertBoards(client: pg.Client): Promise<void> {
  await client.query(
    `insert into boards (slug, name, about, parent_id, position, kind, downvotes)
     select case i when 1 then 'talk' when 2 then 'questions' else 'board-' || i end, '게시판 ' || i,
       '날씨, 끼니, 오늘 있었던 일. 무엇이든 편하게 이야기하는 곳입니다.', case when i in (3, 4) then 1 end, i,
       case i when 2 then 'question' else 'discussion' end, i = 2
     from generate_series(1, 12) i`,
  )
}

/** A number from 0 to m-1 that looks random and is the same every time. */
const pick = (n: string, m: string | number) => `((${n})::bigint * 2654435761 % 4294967296 / 7 % (${m}))::int`

async function insertPosts(client: pg.Client, posts: number, texts: TextCounts): Promise<void> {
  await client.query(
    `insert into posts (board_id, author_id, kind, title, tags, created_at, active_at, votes, imported_votes, views, hot)
     select board, 1 + ${pick('i', memberCount)}, case board when 2 then 'question' else 'discussion' end,
       t.title, case when i % 3 = 0 then array['태그' || i % 50] else '{}' end, at, at, votes, votes, ${pick('i + 3', 3000)},
       hot_rank(votes, at)
     from generate_series(1, $1::int) i
     cross join lateral (select (array[1, 1, 1, 3, 3, 4, 2, 2, 5, 6, 7, 8, 9, 10, 11, 12])[1 + ${pick('i + 11', 16)}] as board,
       -- most posts have few votes, a few have many
       (power(${pick('i + 5', 1000)} / 1000.0, 12) * 300)::int as votes,
       (date_trunc('day', now(), 'UTC') - ($1 - i) * (interval '1000 days' / $1))::timestamptz(3) as at) v
     join texts t on t.kind = 'long' and t.n = ${pick('i', texts.long)}
     order by i`,
    [posts],
  )
  await client.query(
    `insert into post_versions (post_id, version, title, tags, body, html, renderer, by_id, created_at)
     select p.id, 1, p.title, p.tags, t.body, t.html, $2, p.author_id, p.created_at
     from posts p join texts t on t.kind = case when p.id > $1::int then 'long' else 'short' end
       and t.n = case when p.id > $1::int then ${pick('p.id', texts.long)} else ${pick('p.id', texts.short)} end`,
    [posts - lively, rendererVersion],
  )
  await client.query(`insert into tags select tag, count(*) from posts, unnest(tags) tag group by tag`)
}

/**
 * Comments of the lively posts in threes and fours of a small tree: root, reply, reply to that, reply to the root, and
 * a root without replies. Every tenth post has exactly `commentsOfPage`, the others 0 to 15.
 */
async function insertComments(client: pg.Client, texts: TextCounts): Promise<void> {
  await client.query(
    `create temp table planned as
     select row_number() over (order by p.id, k) as id, p.id as post_id, k, p.kind, p.created_at + k * interval '7 minutes' as at
     from posts p, generate_series(1, case when p.id % 10 = 0 then ${commentsOfPage} else ${pick('p.id', 16)} end) k
     where p.id > (select max(id) from posts) - ${lively}`,
  )
  await client.query(
    `insert into comments (id, post_id, parent_id, path, author_id, is_answer, created_at, votes, imported_votes)
     overriding system value
     select id, post_id, case (k - 1) % 5 when 1 then id - 1 when 2 then id - 1 when 3 then id - 3 end,
       case (k - 1) % 5 when 1 then array[id - 1, id] when 2 then array[id - 2, id - 1, id] when 3 then array[id - 3, id]
         else array[id] end,
       1 + ${pick('id', memberCount)}, kind = 'question' and (k - 1) % 5 in (0, 4), at, ${pick('id', 4)}, ${pick('id', 4)}
     from planned order by id`,
  )
  await client.query(`select setval('comments_id_seq', (select max(id) from comments))`)
  await client.query(
    `insert into comment_versions (comment_id, version, body, html, renderer, by_id, created_at)
     select c.id, 1, t.body, t.html, $1, c.author_id, c.created_at
     from comments c join texts t on t.kind = 'short' and t.n = ${pick('c.id', texts.short)}`,
    [rendererVersion],
  )
}

async function insertVotes(client: pg.Client): Promise<void> {
  await client.query(
    `insert into post_votes (post_id, member_id, value)
     select p.id, m, 1 from posts p, generate_series(1, ${pick('p.id', 6)}) m
     where p.id > (select max(id) from posts) - ${lively} and p.id % 10 = 0`,
  )
}

async function count(client: pg.Client): Promise<void> {
  await client.query(
    `update posts p set comments = n.comments, answers = n.answers, active_at = n.at from (
       select post_id, count(*) as comments, count(*) filter (where is_answer) as answers, max(created_at) as at
       from comments group by post_id) n where n.post_id = p.id`,
  )
  await client.query(
    `update posts p set votes = p.votes + n.votes, hot = hot_rank(p.votes + n.votes::int, p.created_at)
     from (select post_id, sum(value) as votes from post_votes group by post_id) n where n.post_id = p.id`,
  )
  await client.query(
    `update comments c set replies = n.replies
     from (select parent_id, count(*) as replies from comments where parent_id is not null group by parent_id) n
     where n.parent_id = c.id`,
  )
  await client.query(
    `update boards b set posts = n.posts from (select board_id, count(*) as posts from posts group by board_id) n
     where n.board_id = b.id`,
  )
}
