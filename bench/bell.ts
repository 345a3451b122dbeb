import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openSession, signAccessToken } from '#modules/accounts/sessions.ts'
import { openDatabase } from '#platform/database.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'
import { loadSecret } from '#platform/secrets.ts'
import { startMadang } from './processes.ts'

const say = (text: string) => process.stdout.write(`${text}\n`)

/** `node bench/bell.ts`: how long it takes from an answer until the page that its asker has open knows of it. */
const askers = 200
const writers = 50
const perSecond = 25
const seconds = 20

type Seeded = { tokens: string[]; posts: number[] }

/** Members with a session each; the first of them asked a question. */
async function seed(dataDir: string): Promise<Seeded> {
  await using server = await startPostgres({ dataDir, log: () => {} })
  await migrate(server.url)
  await using database = openDatabase({ url: server.url, size: 4 })
  const { db, pool } = database
  const now = new Date()
  await pool.query(
    `insert into members (name, name_key, role, created_at)
     select 'm' || n, 'm' || n, 'member', $1 from generate_series(1, $2::int) n`,
    [now, askers + writers],
  )
  await pool.query(`insert into boards (slug, name, kind) values ('bench', 'bench', 'question')`)
  const posts = await pool.query<{ id: number }>(
    `insert into posts (board_id, author_id, kind, title, created_at, active_at, hot)
     select b.id, m.id, 'question', 'Question', $1, $1, 0 from members m, boards b
     where b.slug = 'bench' order by m.id limit $2 returning id`,
    [now, askers],
  )
  await pool.query(
    `insert into post_versions (post_id, version, title, body, html, renderer, by_id)
     select id, 1, title, 'Text', '<p>Text</p>', 1, author_id from posts`,
  )
  const { rows } = await pool.query<{ id: number }>('select id from members order by id')
  const key = loadSecret(dataDir, 'token-key')
  const tokens: string[] = []
  for (const { id: memberId } of rows) {
    const { id: sessionId } = await openSession(db, { memberId, kind: 'client', agent: 'bench', now })
    tokens.push(await signAccessToken({ memberId, sessionId, key, now }))
  }
  return { tokens, posts: posts.rows.map((row) => row.id) }
}

/** An open page: tells by `heard` that the bell rang. */
async function openPage(url: string, token: string, heard: () => void): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`)
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  await new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      const text = String(data)
      if (text.includes('"subscribed"')) resolve(null)
      if (text.includes('"unread"')) heard()
    })
    socket.send(JSON.stringify({ token }))
    socket.send(JSON.stringify({ subscribe: 'me' }))
  })
  return socket
}

async function measure(url: string, { tokens, posts }: Seeded): Promise<string> {
  const sentAt: number[] = []
  const times: number[] = []
  const sockets = await Promise.all(
    posts.map((_, index) =>
      openPage(url, tokens[index] ?? '', () => {
        const sent = sentAt[index]
        if (sent === undefined) return
        times.push(performance.now() - sent)
        delete sentAt[index]
      }),
    ),
  )
  let refused = 0
  const total = perSecond * seconds
  const began = performance.now()
  for (let n = 0; n < total; n++) {
    await pause(Math.max(0, began + (n * 1000) / perSecond - performance.now()))
    const index = n % posts.length
    sentAt[index] = performance.now()
    const headers = {
      authorization: `Bearer ${tokens[askers + (n % writers)]}`,
      'content-type': 'application/json',
    }
    const body = JSON.stringify({ body: `Answer ${n}` })
    fetch(`${url}/api/v1/posts/${posts[index]}/comments`, { method: 'POST', headers, body }).then(
      (answer) => {
        if (answer.status !== 201) refused++
      },
      () => refused++,
    )
  }
  await pause(2000)
  for (const socket of sockets) socket.close()
  times.sort((a, b) => a - b)
  const at = (share: number) => (times[Math.ceil(times.length * share) - 1] ?? Number.NaN).toFixed(0)
  return (
    `${total} answers at ${perSecond}/s to ${askers} open pages, ${refused} refused, ${times.length} bells: ` +
    `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`
  )
}

const dataDir = mkdtempSync(join(tmpdir(), 'madang-bell-'))
try {
  const seeded = await seed(dataDir)
  const madang = await startMadang(dataDir)
  try {
    for (let round = 0; round < 3; round++) say(await measure(madang.url, seeded))
  } finally {
    await madang.stop()
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
