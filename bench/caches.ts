import { findBranch } from '#modules/boards/boards.ts'
import { readThread } from '#modules/comments/thread.ts'
import { listPosts } from '#modules/posts/queries.ts'
import { showPost } from '#modules/posts/show.ts'
import { answerFrom, Cache } from '#platform/cache.ts'
import { type Db, openDatabase } from '#platform/database.ts'
import { borrowPostgres } from '#platform/postgres-server/server.ts'
import type { Measured, Sent } from './messages.ts'
import { generate, startMadang } from './processes.ts'
import { median, table } from './report.ts'
import { readPlace } from './scenarios.ts'
import { boardWithBranch, seed } from './seed.ts'

type Options = { posts: number; seconds: number; rounds: number; note: (text: string) => void }

/** What questions cost that the caches answer, and what members feel of a machine that reads everything. */
export async function measureCaches(dataDir: string, options: Options): Promise<string> {
  options.note(`seeding ${options.posts} posts`)
  await seed(dataDir, options.posts)
  return `${await measureRows(dataDir)}\n\n${await measureCrowd(dataDir, options)}`
}

/** The same questions asked of the database and of the memory, one after the other; medians of 200 in milliseconds. */
async function measureRows(dataDir: string): Promise<string> {
  await using server = await borrowPostgres({ dataDir, log: () => {} })
  await using database = openDatabase({ url: server.url, size: 4 })
  const { db } = database
  const place = await readPlace(dataDir)
  const questions = questionsOf(Number(place.pages[0]?.slice(3)))
  const rows: string[][] = []
  for (const [what, ask] of Object.entries(questions)) {
    const asked = await timeOf(() => ask(db))
    const lasts = (now: Date) => new Date(now.getTime() + 60_000)
    const cache = new Cache({ mostBytes: 32_000_000, clock: () => new Date(), lasts })
    using _ = answerFrom(db, cache)
    const known = await timeOf(() => ask(db))
    rows.push([what, asked.toFixed(3), known.toFixed(4), `${Math.round(asked / known)}`])
  }
  return table(['question', 'asked ms', 'known ms', 'times faster'], rows)
}

function questionsOf(postId: number): Record<string, (db: Db) => Promise<unknown>> {
  const now = new Date()
  const page = { sort: 'latest', after: null, limit: 25, now } as const
  const post = { id: postId, kind: 'discussion', acceptedId: null } as const
  return {
    'the tree of boards': (db) => findBranch(db, null, boardWithBranch),
    'posts of a board with those below it': async (db) => {
      const { ids } = await findBranch(db, null, boardWithBranch)
      return listPosts(db, null, { ...page, scope: { in: 'boards', ids } })
    },
    'posts of the whole site': (db) => listPosts(db, null, { ...page, scope: { in: 'everywhere' } }),
    'a post with 20 comments': async (db) => {
      await showPost(db, null, postId)
      return readThread(db, null, { post, order: 'votes', after: null, limit: 50 })
    },
    'comments of a post': (db) => readThread(db, null, { post, order: 'votes', after: null, limit: 50 }),
  }
}

async function timeOf(ask: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 50; i++) await ask()
  const times: number[] = []
  for (let i = 0; i < 200; i++) {
    const begin = performance.now()
    await ask()
    times.push(performance.now() - begin)
  }
  return median(times)
}

/** Members at 60 pages a second, alone and beside a machine that fetches 50 pages a second of 10,000, each once. */
async function measureCrowd(dataDir: string, { seconds, rounds, note }: Options): Promise<string> {
  const madang = await startMadang(dataDir)
  try {
    const place = await readPlace(dataDir)
    const members: Sent[] = place.pages.flatMap((path, i) => {
      const headers = { 'accept-language': 'ko', cookie: place.cookies[i % 16] ?? '' }
      return ['/', `/b/${boardWithBranch}`, path].map(
        (page): Sent => ({ method: 'GET', path: page, headers }),
      )
    })
    const readers = {
      url: madang.url,
      seconds,
      connections: 16,
      requests: await followed(madang.url, members),
      rate: 60,
    }
    const walked = place.posts.map(
      (id, i): Sent => ({ method: 'GET', path: `/p/${id}/x?walk=${i}`, headers: { 'user-agent': 'walker' } }),
    )
    const walker = {
      url: madang.url,
      seconds,
      connections: 8,
      requests: await followed(madang.url, walked),
      rate: 50,
    }
    await generate(readers)
    const quiet: Measured[] = []
    const crowded: Measured[] = []
    for (let round = 1; round <= rounds; round++) {
      note(`a machine that reads, round ${round}`)
      quiet.push(await generate(readers))
      const [beside] = await Promise.all([generate(readers), generate(walker)])
      crowded.push(beside)
    }
    const of = (list: Measured[], pick: (one: Measured) => number) => median(list.map(pick)).toFixed(1)
    const row = (what: string, list: Measured[]) => [
      what,
      of(list, (m) => m.perSecond),
      ...[of(list, (m) => m.p50), of(list, (m) => m.p95), of(list, (m) => m.p99)],
    ]
    return table(
      ['members', 'pages/s', 'p50 ms', 'p95 ms', 'p99 ms'],
      [row('alone', quiet), row('beside 50 pages/s of a machine', crowded)],
    )
  } finally {
    await madang.stop()
  }
}

/** The address that a short one leads to, its unknown parameters behind it. */
async function followed(url: string, requests: Sent[]): Promise<Sent[]> {
  const places = new Map<string, string>()
  const found: Sent[] = []
  for (const request of requests) {
    const [path = '', query] = request.path.split('?')
    let place = places.get(path)
    if (place === undefined) {
      const answer = await fetch(url + path, { redirect: 'manual' })
      await answer.arrayBuffer()
      place = new URL(answer.headers.get('location') ?? path, url).pathname
      places.set(path, place)
    }
    found.push({ ...request, path: query ? `${place}?${query}` : place })
  }
  return found
}
