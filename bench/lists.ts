import { join } from 'node:path'
import pg from 'pg'
import { Order } from '#platform/cursor.ts'
import { borrowPostgres } from '#platform/postgres-server/server.ts'
import { generate, startMadang } from './processes.ts'
import type { ListRow } from './report.ts'
import { madeAnew } from './scenarios.ts'
import { boardWithBranch, seed, sessionsOf } from './seed.ts'

type Options = {
  posts: number
  seconds: number
  rounds: number
  connections: number
  note: (text: string) => void
}

const small = 10_000
const columns = { latest: 'created_at', active: 'active_at', hot: 'hot', top: 'votes' } as const

/** The same list pages of two servers in turn, one with 10,000 posts and one with `posts`. */
export async function compareLists(
  folder: string,
  options: Options,
): Promise<{ sizes: [number, number]; rows: ListRow[] }> {
  const folders = [join(folder, String(small)), join(folder, String(options.posts))] as const
  options.note(`seeding ${small} and ${options.posts} posts`)
  await seed(folders[0], small)
  await seed(folders[1], options.posts)
  await using stack = new AsyncDisposableStack()
  const sides: { url: string; pages: Map<string, string> }[] = []
  for (const dataDir of folders) {
    const madang = await startMadang(dataDir, madeAnew.settings)
    stack.defer(madang.stop)
    sides.push({ url: madang.url, pages: await listPages(dataDir) })
  }
  const rows: ListRow[] = []
  for (const page of sides[0]?.pages.keys() ?? []) {
    options.note(page)
    const measured = sides.map(() => [] as ListRow['small'])
    for (let round = 0; round <= options.rounds; round++) {
      for (const [i, side] of sides.entries()) {
        const requests = [
          { method: 'GET' as const, path: side.pages.get(page) ?? '/', headers: headersOf(page) },
        ]
        const result = await generate({
          ...options,
          url: side.url,
          requests,
          seconds: round === 0 ? 1 : options.seconds,
        })
        if (Object.keys(result.statuses).join() !== '200')
          throw new Error(`${page}: ${JSON.stringify(result.statuses)}`)
        // The first round warms up.
        if (round > 0) measured[i]?.push(result)
      }
    }
    rows.push({ page, small: measured[0] ?? [], large: measured[1] ?? [] })
  }
  return { sizes: [small, options.posts], rows }
}

const headersOf = (page: string): Record<string, string> =>
  page.includes('member') ? { cookie: sessionsOf(7).cookie } : {}

/** Every order of home and of a board with a branch: first page and one with three fifths of the posts before it. */
async function listPages(dataDir: string): Promise<Map<string, string>> {
  await using server = await borrowPostgres({ dataDir, log: () => {} })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  const pages = new Map<string, string>()
  try {
    for (const [place, path, condition] of [
      ['home', '/', 'true'],
      ['board', `/b/${boardWithBranch}`, 'board_id in (1, 3, 4)'],
    ] as const) {
      for (const [sort, column] of Object.entries(columns)) {
        const { rows } = await client.query<{ value: unknown; id: string }>(
          `select ${column} as value, id from posts where ${condition} order by ${column} desc, id desc
           offset (select count(*) from posts where ${condition}) * 3 / 5 limit 1`,
        )
        const [row] = rows
        const value = row?.value instanceof Date ? row.value.toISOString() : String(row?.value)
        pages.set(`${place}, ${sort}`, `${path}?sort=${sort}`)
        pages.set(
          `${place}, ${sort}, deep`,
          `${path}?sort=${sort}&after=${new Order(sort, 'none').pack(Number(row?.id), value)}`,
        )
      }
    }
    pages.set('home, top of the week', '/?sort=top&period=week')
    pages.set('home, latest, member', '/')
    pages.set('tag', `/t/${encodeURIComponent('태그7')}`)
    pages.set('tag, hot', `/t/${encodeURIComponent('태그7')}?sort=hot`)
    pages.set('posts of a member', await memberPath(client))
    return pages
  } finally {
    await client.end()
  }
}

async function memberPath(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select name from members where id = 7')
  return `/m/${encodeURIComponent(rows[0]?.name ?? '')}`
}
