import pg from 'pg'
import { borrowPostgres } from '#platform/postgres-server/server.ts'
import type { Sent } from './messages.ts'
import { generate, startBare, startMadang, startPlain } from './processes.ts'
import { record } from './record.ts'
import { table } from './report.ts'
import { madeAnew, readPlace } from './scenarios.ts'
import { seed } from './seed.ts'

type Options = {
  posts: number
  seconds: number
  rounds: number
  connections: number
  note: (text: string) => void
}

/**
 * What share of a bare answer a page can have at most that comes from the database: guests' pages, finished, a row each,
 * fetched by their keys and sent, beside the plainest page that is made of rows. A line a round.
 */
export async function measureFloor(dataDir: string, options: Options): Promise<string> {
  options.note(`seeding ${options.posts} posts`)
  await seed(dataDir, options.posts)
  const { pages } = await readPlace(dataDir)
  const requests = pages.map((path): Sent => ({ method: 'GET', path: `${path}/x`, headers: {} }))
  const finished = requests.map((one) => ({
    ...one,
    path: one.path.replace(/^\/p\/(\d+).*/, '/finished/$1'),
  }))
  const made = await makePages(dataDir, pages)
  await using server = await borrowPostgres({ dataDir, log: () => {} })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await putPages(client, made)
  const plain = await startPlain(server.url)
  const bare = await startBare()
  const ask = async (url: string, asked: Sent[], seconds = options.seconds) =>
    (await generate({ url, seconds, connections: options.connections, requests: asked })).perSecond
  try {
    await bare.answer(await record(plain.url, finished))
    for (const asked of [requests, finished]) await ask(plain.url, asked, 2)
    const rows: string[][] = []
    for (let round = 1; round <= options.rounds; round++) {
      const best = await ask(bare.url, finished)
      const shares = [await ask(plain.url, finished), await ask(plain.url, requests)]
      const share = (one: number) => `${((one / best) * 100).toFixed(1)} %`
      rows.push([`${round}`, best.toFixed(0), ...shares.map((one) => one.toFixed(0)), ...shares.map(share)])
    }
    return table(['round', 'bare/s', 'finished/s', 'plainest/s', 'finished: share', 'plainest: share'], rows)
  } finally {
    await bare.stop()
    await plain.stop()
    await client.query('drop table bench_pages')
    await client.end()
  }
}

/** Guests' pages by their posts, uncompressed, as Madang makes them. */
async function makePages(dataDir: string, pages: readonly string[]): Promise<Map<string, string>> {
  const made = new Map<string, string>()
  const madang = await startMadang(dataDir, madeAnew.settings)
  for (const path of pages)
    made.set(path.slice(3), await fetch(madang.url + path).then((answer) => answer.text()))
  await madang.stop()
  return made
}

async function putPages(client: pg.Client, made: ReadonlyMap<string, string>): Promise<void> {
  await client.query('drop table if exists bench_pages')
  await client.query('create table bench_pages (id bigint primary key, html text storage external)')
  for (const page of made) await client.query('insert into bench_pages values ($1, $2)', page)
  await client.query('vacuum analyze bench_pages')
}
