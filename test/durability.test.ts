import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSession, signAccessToken } from '#modules/accounts/sessions.ts'
import { recount } from '#modules/site/recount.ts'
import { ask, type Db, openDatabase } from '#platform/database.ts'
import { borrowPostgres } from '#platform/postgres-server/server.ts'
import { loadSecret } from '#platform/secrets.ts'
import { wrongCounters } from '#test/support/counters.ts'
import { type RunningServer, startServer } from '#test/support/server.ts'

const writers = 16
let dataDir = ''
let server: RunningServer
let tokens: string[] = []

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'madang-durability-'))
  server = await startServer(dataDir)
  tokens = await inDatabase((db) => Promise.all(Array.from({ length: writers }, (_, i) => makeWriter(db, i))))
}, 60_000)

afterAll(async () => {
  await server.end('SIGTERM')
  rmSync(dataDir, { recursive: true, force: true })
})

/** The database as it is on the disk, past the server. */
async function inDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  await using postgres = await borrowPostgres({ dataDir, log: () => {} })
  await using database = openDatabase({ url: postgres.url, size: 4 })
  return await work(database.db)
}

async function makeWriter(db: Db, index: number): Promise<string> {
  const name = `writer${index}`
  const now = new Date()
  const row = { name, name_key: name, email: `${name}@example.org`, email_key: `${name}@example.org` }
  const { id } = await db.insertInto('members').values(row).returning('id').executeTakeFirstOrThrow()
  const session = await openSession(db, { memberId: id, kind: 'client', agent: 'test', now })
  return signAccessToken({ memberId: id, sessionId: session.id, key: loadSecret(dataDir, 'token-key'), now })
}

type Acknowledged = { posts: number[]; comments: number[]; votes: number[] }

async function send(
  token: string,
  sent: { method: string; path: string; body: object },
): Promise<{ id: number } | null> {
  try {
    const answer = await fetch(`${server.url}/api/v1${sent.path}`, {
      method: sent.method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(sent.body),
    })
    const body = await answer.json()
    // Anything but a success promises nothing.
    return answer.ok ? body : null
  } catch {
    return null
  }
}

/** Posts, comments and votes of one member, one after the other; notes what the server said it has taken. */
async function write(token: string, noted: Acknowledged, signal: AbortSignal): Promise<void> {
  const text = { title: 'Kept', body: 'What was taken stays.', tags: ['kept'] }
  while (!signal.aborted) {
    const post = await send(token, { method: 'POST', path: '/boards/free/posts', body: text })
    if (!post) {
      await sleep(20)
      continue
    }
    noted.posts.push(post.id)
    // On somebody else's post, too, so that writers meet.
    const id = noted.posts[noted.posts.length >> 1] ?? post.id
    const comment = await send(token, {
      method: 'POST',
      path: `/posts/${id}/comments`,
      body: { body: 'Yes.' },
    })
    if (comment) noted.comments.push(comment.id)
    if (await send(token, { method: 'PUT', path: `/posts/${post.id}/vote`, body: { value: 1 } }))
      noted.votes.push(post.id)
  }
}

const enough = 60

/** Sixteen writers around `accident`: it comes when enough was acknowledged; with `goOn` they write as much again. */
async function writeThrough(
  accident: () => Promise<void> | void,
  { goOn }: { goOn: boolean },
): Promise<Acknowledged> {
  const noted: Acknowledged = { posts: [], comments: [], votes: [] }
  const stop = new AbortController()
  const all = Promise.all(tokens.map((token) => write(token, noted, stop.signal)))
  const more = async () => {
    const target = noted.votes.length + enough
    while (noted.votes.length < target) await sleep(10)
  }
  await more()
  await accident()
  if (goOn) await more()
  stop.abort()
  await all
  return noted
}

/** What was acknowledged and is not there. */
function missing(db: Db, { posts, comments, votes }: Acknowledged): Promise<{ kind: string; id: number }[]> {
  return ask(
    db,
    `select 'post' as kind, id from unnest($1::bigint[]) as id
       where not exists (select from posts p join post_versions v on v.post_id = p.id where p.id = id)
     union all
     select 'comment', id from unnest($2::bigint[]) as id
       where not exists (select from comments c join comment_versions v on v.comment_id = c.id where c.id = id)
     union all
     select 'vote', id from unnest($3::bigint[]) as id where not exists (select from post_votes where post_id = id)`,
    [posts, comments, votes],
  )
}

test('what was acknowledged is there after kill -9 of the program, and the counters agree', async () => {
  const noted = await writeThrough(() => server.end('SIGKILL'), { goOn: false })
  server = await startServer(dataDir)
  expect(await inDatabase((db) => missing(db, noted))).toEqual([])
  expect(await inDatabase(wrongCounters)).toEqual([])
  expect(await inDatabase((db) => recount(db))).toEqual([])
}, 60_000)

const postmaster = () =>
  Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])

/** The process of one connection: PostgreSQL then ends all others and recovers. */
async function someBackend(): Promise<number> {
  const [row] = await inDatabase((db) =>
    ask<{ pid: number }>(
      db,
      `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
       order by state_change desc limit 1`,
      [],
    ),
  )
  return row?.pid ?? 0
}

test.each([
  ['PostgreSQL, which is started again under the writers', postmaster],
  ['one of its connections, after which it is started again, too', someBackend],
])(
  'what was acknowledged is there after kill -9 of %s',
  async (_what, find) => {
    const server = postmaster()
    const before = await inDatabase((db) => countPosts(db))
    const accident = async () => void process.kill(await find(), 'SIGKILL')
    const noted = await writeThrough(accident, { goOn: true })
    expect(await inDatabase((db) => missing(db, noted))).toEqual([])
    expect(await inDatabase(wrongCounters)).toEqual([])
    expect(await inDatabase((db) => recount(db))).toEqual([])
    expect(postmaster()).not.toBe(server)
    // A writer whose answer was lost in the accident wrote at most one post more than it knows of.
    const written = (await inDatabase((db) => countPosts(db))) - before
    expect(written).toBeGreaterThanOrEqual(noted.posts.length)
    expect(written).toBeLessThanOrEqual(noted.posts.length + writers)
  },
  60_000,
)

async function countPosts(db: Db): Promise<number> {
  const [row] = await ask<{ count: number }>(db, 'select count(*)::int as count from posts', [])
  return row?.count ?? 0
}
