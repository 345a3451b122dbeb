import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { publishPost } from '#modules/posts/posts.ts'
import { putPost, tokensOfPost } from '#modules/search/documents.ts'
import { countFrequencies } from '#modules/search/frequencies.ts'
import { search } from '#modules/search/search.ts'
import { ask, type Db, openDatabase, transact } from '#platform/database.ts'
import { renderMarkdown } from '#platform/markdown.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'
import { table } from './report.ts'
import { readPetitions, readReviews } from './search-data.ts'
import { pick, type Sources, seedPosts, textOf } from './search-seed.ts'

const usage = `node bench/search.ts --reviews FILE [--petitions FILE] [--posts N] [--rounds N] [--folder FOLDER]
Fills a PostgreSQL of its own with N posts (100,000) of the given texts, asks the product's own search, and prints times
beside LIKE on the same posts, the size of the index and what a write costs. FOLDER keeps the posts for another run.`

const { values } = parseArgs({
  options: {
    reviews: { type: 'string' },
    petitions: { type: 'string' },
    posts: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '60' },
    folder: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const say = (text: string) => process.stdout.write(`${text}\n`)
const note = (text: string) => process.stderr.write(`${text}\n`)
const rounds = Number(values.rounds)

function percentiles(times: number[]): string[] {
  const sorted = times.toSorted((one, two) => one - two)
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)
  return [at(0.5), at(0.95), at(1)]
}

async function time(
  questions: readonly string[],
  work: (question: string) => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = []
  for (const question of questions) {
    const begin = performance.now()
    await work(question)
    times.push(performance.now() - begin)
  }
  return times
}

/** Questions as people ask them, taken from the texts themselves. */
function questionsOf(sources: Sources): Record<string, string[]> {
  const words = new Map<string, number>()
  for (let at = 0; at < 20_000; at++) {
    const { title, body } = textOf(pick(at, 1_000_000), sources)
    for (const word of `${title} ${body}`.match(/[가-힣]+/g) ?? [])
      words.set(word, (words.get(word) ?? 0) + 1)
  }
  const byCount = [...words].sort((one, two) => two[1] - one[1])
  const some = (list: readonly string[]) =>
    Array.from({ length: rounds }, (_, at) => list[pick(at + 77, list.length)] ?? '')
  const two = byCount.filter(([word]) => word.length === 2).map(([word]) => word)
  const sentences = [...sources.reviews.slice(0, 50_000), ...sources.petitions.map((one) => one.text)]
  const sixWords = (at: number) => {
    const parts = (sentences[pick(at, sentences.length)] ?? '').match(/[가-힣]{2,}/g) ?? []
    const from = pick(at + 1, Math.max(1, parts.length - 6))
    return parts.slice(from, from + 6).join(' ')
  }
  const questions = Array.from({ length: rounds * 20 }, (_, at) => sixWords(at)).filter(
    (text) => text.split(' ').length === 6,
  )
  return {
    'two syllables, any': some(two.slice(0, 8000)),
    'two syllables, the 30 most frequent': some(two.slice(0, 30)),
    'three and more, any': some(
      byCount
        .filter(([word]) => word.length > 2)
        .map(([word]) => word)
        .slice(0, 8000),
    ),
    'one syllable': some([...new Set(two.slice(0, 4000).map((word) => word.slice(0, 1)))]),
    'one syllable, the 20 most frequent': some(
      [...new Set(byCount.slice(0, 60).map(([word]) => word.slice(0, 1)))].slice(0, 20),
    ),
    'two words': some(two.slice(0, 2000)).map((word, at) => `${word} ${two[pick(at, 2000)]}`),
    'six words of one text': questions.slice(0, rounds),
    'six words of anywhere': Array.from({ length: rounds }, (_, at) =>
      Array.from({ length: 6 }, (_, next) => byCount[pick(at * 6 + next, 3000)]?.[0] ?? '').join(' '),
    ),
  }
}

const likeQuery = `select p.id from posts p join post_versions v on v.post_id = p.id and v.version = p.version
  where p.deleted_at is null and p.board_id = any(array(select id from boards where read_by = 'everyone'))
    and (p.title || ' ' || v.body) like all ($1::text[]) order by p.created_at desc, p.id desc limit 20`

async function measureTimes(db: Db, sources: Sources): Promise<void> {
  const rows: string[][] = []
  for (const [name, questions] of Object.entries(questionsOf(sources))) {
    const options = { after: null, limit: 20, timeZone: 'Asia/Seoul' }
    const relevance = (q: string) => search(db, null, { ...options, q, sort: 'relevance' })
    const latest = (q: string) => search(db, null, { ...options, q, sort: 'latest' })
    const like = (q: string) => ask(db, likeQuery, [q.split(' ').map((word) => `%${word}%`)])
    await time(questions.slice(0, 10), relevance)
    const found = await Promise.all(questions.slice(0, 10).map(relevance))
    const best = percentiles(await time(questions, relevance))
    const newest = percentiles(await time(questions, latest))
    const plain = percentiles(await time(questions.slice(0, 20), (q) => like(q).catch(() => null)))
    const slow = found.filter((one) => one.notes.includes('too-slow')).length
    rows.push([name, ...best, newest[0] ?? '', newest[1] ?? '', plain[0] ?? '', plain[1] ?? '', String(slow)])
    note(rows.at(-1)?.join(' | ') ?? '')
  }
  const heads = [
    'questions',
    'p50 ms',
    'p95',
    'most',
    'newest p50',
    'newest p95',
    'LIKE p50',
    'LIKE p95',
    'given up',
  ]
  say(table(heads, rows))
}

async function measureSize(client: pg.Client, bytes: number): Promise<void> {
  const { rows } = await client.query<{ gin: string; heap: string; stored: string }>(
    `select pg_relation_size('search_posts_tokens') as gin, pg_table_size('search_posts') as heap, pg_table_size('post_versions') as stored`,
  )
  const mb = (value: number) => `${(value / 1e6).toFixed(0)} MB`
  const share = (value: number) => `${((100 * value) / bytes).toFixed(0)} %`
  const [gin, heap, stored] = [rows[0]?.gin, rows[0]?.heap, rows[0]?.stored].map(Number)
  say(
    table(
      ['what', 'size', 'of the text'],
      [
        ['titles and bodies', mb(bytes), '100 %'],
        ['stored with HTML', mb(stored ?? 0), share(stored ?? 0)],
        ['GIN index', mb(gin ?? 0), share(gin ?? 0)],
        ['rows of tokens', mb(heap ?? 0), share(heap ?? 0)],
      ],
    ),
  )
}

/** What the search adds to a write: the analysis, and its statement alone, which in truth is a part of another. */
async function measureWrites(db: Db, sources: Sources): Promise<void> {
  const writer = {
    id: 1,
    name: 'm1',
    role: 'member',
    language: null,
    theme: 'system',
    blocked: null,
    sessionId: 's',
  } as const
  const [whole, analysis, statement]: number[][] = [[], [], []]
  for (let at = 0; at < 200; at++) {
    const { title, body } = textOf(5_000_000 + at, sources)
    const begin = performance.now()
    await publishPost(db, writer, {
      board: 'board-1',
      title: title || 'x',
      body: body || 'x',
      now: new Date(),
    })
    whole?.push(performance.now() - begin)
    const html = renderMarkdown(body)
    const analysed = performance.now()
    const tokens = tokensOfPost({ title, tags: [], html })
    analysis?.push(performance.now() - analysed)
    await transact(db, async (tx) => {
      const [last] = await ask<{ id: number }>(
        tx,
        'delete from search_posts where post_id = (select max(id) from posts) returning post_id as id',
        [],
      )
      const before = performance.now()
      await ask(tx, putPost('$1::bigint', '$2'), [last?.id ?? 0, tokens])
      statement?.push(performance.now() - before)
    })
  }
  say(
    table(
      ['write', 'p50 ms', 'p95', 'most'],
      [
        ['publish a post, all of it', ...percentiles(whole ?? [])],
        ['of that: analysis', ...percentiles(analysis ?? [])],
        ['of that: at most, the index', ...percentiles(statement ?? [])],
      ],
    ),
  )
}

async function main(reviews: string): Promise<void> {
  const sources = {
    reviews: readReviews(reviews),
    petitions: values.petitions ? readPetitions(values.petitions) : [],
  }
  const dataDir = values.folder ?? mkdtempSync(join(tmpdir(), 'madang-search-'))
  mkdirSync(dataDir, { recursive: true })
  const settings = { max_wal_size: '4GB', shared_buffers: '512MB' }
  try {
    await using server = await startPostgres({ dataDir, log: () => {}, settings })
    await migrate(server.url)
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    // It ends with the server.
    client.on('error', () => {})
    await using database = openDatabase({ url: server.url, size: 6 })
    const { rows } = await client.query<{ posts: string }>('select count(*) as posts from posts')
    if (Number(rows[0]?.posts) === 0) {
      await seedPosts(client, { posts: Number(values.posts), sources, note })
      await countFrequencies(database.db, { now: new Date() })
    }
    const sum = await client.query<{ bytes: string }>(
      'select sum(octet_length(title) + octet_length(body)) as bytes from post_versions',
    )
    await measureSize(client, Number(sum.rows[0]?.bytes))
    await measureTimes(database.db, sources)
    await measureWrites(database.db, sources)
    await client.end()
  } finally {
    if (!values.folder) rmSync(dataDir, { recursive: true, force: true })
  }
}

if (values.help || !values.reviews) say(usage)
else await main(values.reviews)
