import { mkdirSync } from 'node:fs'
import pg from 'pg'
import { publishPost } from '#modules/posts/posts.ts'
import { putPost, tokensOfPost } from '#modules/search/documents.ts'
import { countFrequencies } from '#modules/search/frequencies.ts'
import { search } from '#modules/search/search.ts'
import { keepSettling } from '#modules/search/settling.ts'
import { ask, type Db, openDatabase, transact } from '#platform/database.ts'
import { renderMarkdown } from '#platform/markdown.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'
import { table } from './report.ts'
import { readSources, type Sources } from './search-data.ts'
import { pick, seedPosts, textOf } from './search-seed.ts'

type Options = { posts: number; note: (text: string) => void }

/** Questions of each kind; LIKE, which takes seconds, is asked fewer. */
const asked = { search: 100, like: 6 }

/**
 * The product's own search over so many posts, beside LIKE on the same posts; the size of the index, and what a write
 * costs. Fills the folder's PostgreSQL when it is empty. @returns tables in Markdown
 */
export async function measureSearch(dataDir: string, { posts, note }: Options): Promise<string> {
  const sources = readSources()
  mkdirSync(dataDir, { recursive: true })
  await fill(dataDir, { posts, sources, note })
  await using server = await startPostgres({ dataDir, log: () => {} })
  await using database = openDatabase({ url: server.url, size: 8, timeoutMs: 20_000 })
  const { db } = database
  return [
    await sizes(db),
    await times(db, { sources, note }),
    await together(db, sources),
    await writes(db, { sources, note }),
  ].join('\n\n')
}

async function fill(
  dataDir: string,
  { posts, sources, note }: Options & { sources: Sources },
): Promise<void> {
  await using server = await startPostgres({ dataDir, log: () => {}, settings: { max_wal_size: '4GB' } })
  await migrate(server.url)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    const { rows } = await client.query<{ posts: string }>('select max(id) as posts from posts')
    if (Number(rows[0]?.posts ?? 0) < posts) await seedPosts(client, { posts, sources, note })
    // As the daily job does.
    await using database = openDatabase({ url: server.url, size: 2 })
    await countFrequencies(database.db, { now: new Date() })
  } finally {
    await client.end()
  }
}

const at = (list: readonly number[], share: number) =>
  (list[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0).toFixed(1)

function percentiles(given: readonly number[], shares = [0.5, 0.95, 0.99]): string[] {
  const sorted = given.toSorted((one, two) => one - two)
  return shares.map((share) => at(sorted, share))
}

async function timeEach<T>(list: readonly T[], work: (one: T) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = []
  for (const one of list) {
    const begin = performance.now()
    await work(one)
    taken.push(performance.now() - begin)
  }
  return taken
}

type Kind = { name: string; questions: string[]; aim: number | null }

/** Questions as people ask them, taken from the texts themselves. */
function kindsOf(sources: Sources): Kind[] {
  const counts = new Map<string, number>()
  for (let index = 0; index < 20_000; index++) {
    const { title, body } = textOf(pick(index, 1_000_000), sources)
    for (const word of `${title} ${body}`.match(/[가-힣]+|[A-Za-z]{3,}/g) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const words = [...counts].sort((one, two) => two[1] - one[1]).map(([word]) => word)
  const some = (list: readonly string[]) =>
    Array.from({ length: asked.search }, (_, index) => list[pick(index + 77, list.length)] ?? '')
  const firsts = (list: readonly string[]) => [...new Set(list.map((word) => word.slice(0, 1)))]
  const korean = words.filter((word) => /^[가-힣]/.test(word))
  const two = korean.filter((word) => word.length === 2)
  const six = (index: number) =>
    Array.from({ length: 6 }, (_, next) => korean[pick(index * 6 + next, 3000)] ?? '')
  return [
    // The first that the database reads since its start.
    { name: 'two syllables, right after a start', questions: some(two.slice(0, 8000)), aim: null },
    { name: 'two syllables', questions: some(two.slice(0, 8000)), aim: 50 },
    { name: 'the 30 most frequent of two syllables', questions: some(two.slice(0, 30)), aim: 100 },
    {
      name: 'three syllables and more',
      questions: some(korean.filter((word) => word.length > 2).slice(0, 8000)),
      aim: null,
    },
    { name: 'one syllable', questions: some(firsts(two.slice(0, 4000))), aim: 100 },
    {
      name: 'the 20 most frequent syllables',
      questions: some(firsts(korean.slice(0, 60)).slice(0, 20)),
      aim: 100,
    },
    {
      name: 'an English word',
      questions: some(words.filter((word) => /^[a-z]/i.test(word)).slice(0, 2000)),
      aim: null,
    },
    {
      name: 'two words',
      questions: some(two.slice(0, 2000)).map((word, index) => `${word} ${two[pick(index, 2000)]}`),
      aim: null,
    },
    { name: 'six words of one text', questions: sixOfOne(sources), aim: 150 },
    { name: 'six words of anywhere', questions: some([]).map((_, index) => six(index).join(' ')), aim: 150 },
    { name: 'whole questions of people', questions: some(sources.asked), aim: 150 },
  ]
}

function sixOfOne({ reviews, petitions }: Sources): string[] {
  const texts = [...reviews.slice(0, 50_000), ...petitions.map((one) => one.text)]
  const questions = Array.from({ length: asked.search * 20 }, (_, index) => {
    const parts = (texts[pick(index, texts.length)] ?? '').match(/[가-힣]{2,}/g) ?? []
    const from = pick(index + 1, Math.max(1, parts.length - 6))
    return parts.slice(from, from + 6)
  })
  return questions
    .filter((parts) => parts.length === 6)
    .map((parts) => parts.join(' '))
    .slice(0, asked.search)
}

const likeQuery = `select p.id from posts p join post_versions v on v.post_id = p.id and v.version = p.version
  where p.deleted_at is null and p.board_id = any(array(select id from boards where read_by = 'everyone'))
    and (p.title || ' ' || v.body) like all ($1::text[]) order by p.created_at desc, p.id desc limit 20`

const input = { after: null, limit: 20, timeZone: 'Asia/Seoul' } as const

async function times(
  db: Db,
  { sources, note }: { sources: Sources; note: (text: string) => void },
): Promise<string> {
  const rows: string[][] = []
  for (const { name, questions, aim } of kindsOf(sources)) {
    let givenUp = 0
    const relevance = async (q: string) => {
      const { notes } = await search(db, null, { ...input, q, sort: 'relevance' })
      if (notes.includes('too-slow')) givenUp++
    }
    const latest = (q: string) => search(db, null, { ...input, q, sort: 'latest' })
    const like = (q: string) => ask(db, likeQuery, [q.split(' ').map((word) => `%${word}%`)])
    await timeEach(questions.slice(-5), relevance)
    const best = percentiles(await timeEach(questions, relevance))
    const newest = percentiles(await timeEach(questions, latest), [0.5, 0.95])
    const plain = await timeEach(questions.slice(0, asked.like), (q) => like(q).catch(() => null))
    rows.push([
      name,
      ...best,
      aim === null ? '' : String(aim),
      String(givenUp),
      ...newest,
      ...percentiles(plain, [0.5, 1]),
    ])
    note(rows.at(-1)?.join(' | ') ?? '')
  }
  const head = [
    'asked',
    'p50 ms',
    'p95',
    'p99',
    'aim p95',
    'given up',
    'newest p50',
    'newest p95',
    'LIKE p50',
    'LIKE most',
  ]
  return table(head, rows)
}

/** Fifty questions of all kinds at the same moment. */
async function together(db: Db, sources: Sources): Promise<string> {
  const questions = kindsOf(sources).flatMap((kind) => kind.questions.slice(0, 5))
  const begin = performance.now()
  const taken: number[] = []
  const found = await Promise.all(
    questions.map(async (q) => {
      const result = await search(db, null, { ...input, q, sort: 'relevance' })
      taken.push(performance.now() - begin)
      return result
    }),
  )
  const givenUp = found.filter((one) => one.notes.includes('too-slow')).length
  const [half = '', most = ''] = percentiles(taken, [0.5, 1])
  return `${questions.length} searches of all kinds at once over 8 connections: half answered after ${half} ms, all after ${most} ms, ${givenUp} given up.`
}

async function sizes(db: Db): Promise<string> {
  const [row] = await ask<{ text: number; stored: number; index: number; heap: number }>(
    db,
    `select (select sum(octet_length(title) + octet_length(body)) from post_versions)::float8
        + (select sum(octet_length(body)) from comment_versions)::float8 as text,
       (pg_total_relation_size('post_versions') + pg_total_relation_size('comment_versions'))::float8 as stored,
       (pg_relation_size('search_posts_tokens') + pg_relation_size('search_comments_tokens'))::float8 as index,
       (pg_table_size('search_posts') + pg_table_size('search_comments'))::float8 as heap`,
    [],
  )
  const { text = 1, stored = 0, index = 0, heap = 0 } = row ?? {}
  const line = (what: string, bytes: number) => [
    what,
    `${(bytes / 1e6).toFixed(0)} MB`,
    `${((100 * bytes) / text).toFixed(0)} %`,
  ]
  return table(
    ['what', 'size', 'of the text'],
    [
      line('titles, bodies and comments', text),
      line('as they are stored, with HTML', stored),
      line('GIN indexes', index),
      line('rows of tokens', heap),
    ],
  )
}

/**
 * What the search adds to a write: the analysis, and its statement alone, which in truth is a part of another. Its words
 * come to their places in the index meanwhile, as on a running site.
 */
async function writes(
  db: Db,
  { sources, note }: { sources: Sources; note: (text: string) => void },
): Promise<string> {
  const writer = {
    id: 1,
    name: 'm1',
    role: 'member',
    language: null,
    theme: 'system',
    blocked: null,
    sessionId: 's',
  } as const
  const whole: number[] = []
  await using _ = keepSettling(db, { onFailure: (error) => note(String(error)) })
  const analysis: number[] = []
  const statement: number[] = []
  for (let index = 0; index < 200; index++) {
    const { title, body } = textOf(5_000_000 + index, sources)
    const post = { board: 'board-1', title: title || 'x', body: body || 'x', now: new Date() }
    const begin = performance.now()
    await publishPost(db, writer, post)
    whole.push(performance.now() - begin)
    const html = renderMarkdown(body)
    const analysed = performance.now()
    const tokens = tokensOfPost({ title, tags: [], html })
    analysis.push(performance.now() - analysed)
    statement.push(await timeStatement(db, tokens))
  }
  return table(
    ['write', 'p50 ms', 'p95', 'p99'],
    [
      ['publish a post, all of it', ...percentiles(whole)],
      ['of that: analysis', ...percentiles(analysis)],
      ['of that: at most, the row and its index', ...percentiles(statement)],
    ],
  )
}

/** The newest post's row once more. */
function timeStatement(db: Db, tokens: readonly string[]): Promise<number> {
  return transact(db, async (tx) => {
    const newest =
      'delete from search_posts where post_id = (select max(id) from posts) returning post_id as id'
    const [row] = await ask<{ id: number }>(tx, newest, [])
    const begin = performance.now()
    await ask(tx, putPost({ id: '$1::bigint', tokens: '$2' }), [row?.id ?? 0, tokens])
    return performance.now() - begin
  })
}
