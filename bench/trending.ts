import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rankPosts } from '#modules/trending/ranking.ts'
import { ask, type Db, openDatabase } from '#platform/database.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'
import { startMadang } from './processes.ts'

type Options = { acts: number; seconds: number; note: (text: string) => void }

/**
 * How long a ranking takes over so many acts of a week at 100,000 posts, a minute after the last one; and whether the
 * counters are exact after 500 views a second at two processes, which rank as well.
 */
export async function measureTrending(options: Options): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-trending-'))
  try {
    await using server = await startPostgres({ dataDir, log: () => {} })
    await migrate(server.url)
    await using database = openDatabase({ url: server.url, size: 6, timeoutMs: 900_000 })
    const { db } = database
    const start = new Date('2026-11-21T03:00:00Z')
    await generate(db, { ...options, start })
    const lines = [`${options.acts} acts of a week at 100,000 posts`]
    for (let round = 1; round <= 5; round++) {
      const now = new Date(start.getTime() + round * 60_000)
      const began = performance.now()
      await rankPosts(db, now)
      lines.push(
        `ranking ${round}, with a minute's acts leaving each span: ${Math.round(performance.now() - began)} ms`,
      )
    }
    return [...lines, ...(await countViews({ ...options, db, url: server.url, dataDir }))].join('\n')
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Each act by another person: nothing in a ranking depends on who they are. Sums follow from the acts. */
async function generate(db: Db, { acts, start, note }: Options & { start: Date }): Promise<void> {
  note('generating')
  await ask(
    db,
    `insert into members (name, name_key, email, email_key, created_at)
     select 'm' || n, 'm' || n, 'm' || n, 'm' || n, '2026-01-01' from generate_series(1, 1000) n`,
    [],
  )
  await ask(db, `insert into boards (slug, name) values ('bench', 'bench')`, [])
  await ask(
    db,
    `insert into posts (board_id, author_id, kind, title, tags, created_at, active_at, hot)
     select 1, 1 + n % 1000, 'discussion', 'Post ' || n, array['t' || n % 500, 'u' || n % 37], $1, $1, n
     from generate_series(1, 100000) n`,
    [start],
  )
  await ask(
    db,
    `insert into post_versions (post_id, version, title, body, html, renderer, by_id)
     select id, 1, title, 'Text', '<p>Text</p>', 1, author_id from posts where id <= 50`,
    [],
  )
  await ask(db, 'alter table acts drop constraint acts_once', [])
  await ask(db, 'drop index acts_by_time', [])
  await ask(
    db,
    `insert into acts (post_id, person, at, day, kind, weight)
     select 1 + floor(100000 * power(random(), 3)), n, $1::timestamptz - interval '7 days' * (1 - n::float8 / $2::int),
       ($1::timestamptz - interval '7 days' * (1 - n::float8 / $2::int))::date,
       (array[1,1,1,1,1,1,1,2,3,4,5,6,7,8])[1 + floor(random() * 14)::int], 100
     from generate_series(1, $2::int) n`,
    [start, acts],
  )
  note('indexes')
  await ask(db, 'alter table acts add constraint acts_once primary key (post_id, kind, person)', [])
  await ask(db, 'create index acts_by_time on acts (at)', [])
  note('sums')
  const columns = (seconds: number) => {
    const inside = `filter (where a.at > $1::timestamptz - interval '${seconds} seconds')`
    return `count(*) ${inside}, coalesce(sum(weight) ${inside}, 0), coalesce(sum(weight * s) ${inside}, 0)`
  }
  await ask(
    db,
    `insert into act_sums select post_id, kind, ${[3600, 86_400, 604_800].map(columns).join(', ')}
     from (select *, floor(date_part('epoch', at) - 1767225600)::bigint as s from acts) a group by 1, 2`,
    [start],
  )
  await ask(
    db,
    `update act_expiry set hour_until = $1::timestamptz - interval '1 hour', day_until = $1::timestamptz - interval '1 day',
       week_until = $1::timestamptz - interval '7 days'`,
    [start],
  )
  await ask(db, 'vacuum analyze', [])
}

const perSecond = 500

/** Views over HTTP at two processes of one database, each reader with an agent of its own, a fifth at both processes. */
async function countViews(given: Options & { db: Db; url: string; dataDir: string }): Promise<string[]> {
  const { db, seconds, note } = given
  note('views')
  // The host in the query is the socket's folder, and wins.
  const settings = { DATABASE_URL: given.url.replace('@/', '@localhost/'), TIME_ZONE: 'Asia/Seoul' }
  const start = (name: string) => startMadang(join(given.dataDir, name), settings)
  const [first, second] = [await start('one'), await start('two')]
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const expected = new Set<number>()
  const late: Promise<boolean>[] = []
  const began = performance.now()
  let sent = 0
  while (sent < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - began) / 1000) * perSecond))
    for (; sent < due; sent++) {
      const reader = sent - (sent % 5 === 4 ? 3 : 0)
      expected.add(reader)
      const postId = 1 + (reader % 50)
      const url = `${(sent % 2 === 0 ? first : second).url}/p/${postId}/post-${postId}`
      late.push(read(url, { agent, name: `Reader ${reader}` }))
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const failed = (await Promise.all(late)).filter((ok) => !ok).length
  const took = (performance.now() - began) / 1000
  agent.destroy()
  await Promise.all([first.stop(), second.stop()])
  const [row] = await ask<{ views: number }>(db, 'select sum(views)::int as views from posts', [])
  return [
    `${sent} views in ${took.toFixed(1)} s (${Math.round(sent / took)}/s), ${failed} failed: ${row?.views} counted, ${expected.size} expected`,
  ]
}

function read(url: string, { agent, name }: { agent: Agent; name: string }): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent, headers: { 'user-agent': name } }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode === 200))
    }).once('error', () => resolve(false))
  })
}
