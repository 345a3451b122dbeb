import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ActLog } from '#modules/acts/act-log.ts'
import { rankPosts } from '#modules/trending/ranking.ts'
import { ask, type Db, openDatabase } from '#platform/database.ts'
import { makeLog } from '#platform/log.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'

type Options = { acts: number; seconds: number; note: (text: string) => void }

/**
 * How long a ranking takes over so many acts of a week at 100,000 posts, a minute after the last one; and whether the
 * counters are exact after 500 views a second through two counting processes' logs while rankings run.
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
    const now = new Date(start.getTime() + 6 * 60_000)
    return [...lines, ...(await countViews(db, { ...options, now }))].join('\n')
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

async function countViews(db: Db, { seconds, now, note }: Options & { now: Date }): Promise<string[]> {
  note('views')
  const log = makeLog('warn')
  const logs = [
    new ActLog(db, { timeZone: 'Asia/Seoul', log }),
    new ActLog(db, { timeZone: 'Asia/Seoul', log }),
  ]
  const expected = new Map<string, number>()
  const ranking = rankPosts(db, now)
  const began = performance.now()
  let sent = 0
  while (sent < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - began) / 1000) * perSecond))
    for (; sent < due; sent++) {
      // A fifth come twice, to the other process.
      const visitor = sent - (sent % 5 === 4 ? 3 : 0)
      const postId = 1 + (visitor % 50)
      expected.set(`${visitor}`, postId)
      const act = {
        kind: 'view',
        postId,
        memberId: null,
        address: `10.${visitor >> 16}.${(visitor >> 8) & 255}.${visitor & 255}`,
      } as const
      logs[sent % 2]?.note({ ...act, agent: 'Firefox', at: now })
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await Promise.all(logs.map((one) => one.flush()))
  const took = (performance.now() - began) / 1000
  await ranking
  await Promise.all(logs.map((one) => one[Symbol.asyncDispose]()))
  const [row] = await ask<{ views: number }>(db, 'select sum(views)::int as views from posts', [])
  const rate = Math.round(sent / took)
  return [
    `${sent} views in ${took.toFixed(1)} s (${rate}/s, the writing included): ${row?.views} counted, ${expected.size} expected`,
  ]
}
