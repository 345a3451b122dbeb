import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { borrowPostgres } from '#platform/postgres-server/server.ts'
import { measureCaches } from './caches.ts'
import { measureFloor } from './floor.ts'
import { measureLimits } from './limits.ts'
import { compareLists } from './lists.ts'
import type { Measured, Sent } from './messages.ts'
import {
  type Bare,
  generate,
  type Madang,
  memoryOf,
  type Plain,
  processorTime,
  startBare,
  startMadang,
  startPlain,
} from './processes.ts'
import { record } from './record.ts'
import { listsTable, memoryLine, type Round, type Row, scenariosTable } from './report.ts'
import { readPlace, type Scenario, scenarios } from './scenarios.ts'
import { measureSearch } from './search.ts'
import { measureRelevance } from './search-quality.ts'
import { seed } from './seed.ts'
import { measureTrending } from './trending.ts'

const usage = `npm run bench -- [limits|caches|floor|trending|search|relevance] [options]

  limits             what limits cost a request, instead of the scenarios
  caches             what the caches save, and what members feel of a machine that reads everything
  floor              what share of a bare answer a page from the database can have at most
  trending           how long a ranking takes over --acts acts, and 500 views a second for --seconds
  search             the search over --posts posts of real texts, beside LIKE
  relevance          how good the search's answers are: KorQuAD and Question_pair

  --only TEXT        only scenarios whose name begins with TEXT; may be repeated
  --seconds N        seconds of one round (default 5)
  --rounds N         rounds of bare server and Madang in turn; the median counts (default 3)
  --connections N    (default 16)
  --posts N          posts in the database (default 10000)
  --lists            compare list pages with 10,000 posts and with --posts instead of running the scenarios
  --data FOLDER      keep the seeded data folder and use it again
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16' },
    posts: { type: 'string', default: '10000' },
    lists: { type: 'boolean', default: false },
    data: { type: 'string' },
    acts: { type: 'string', default: '10000000' },
    help: { type: 'boolean', default: false },
  },
})
const options = {
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  connections: Number(values.connections),
  posts: Number(values.posts),
}

const say = (text: string) => process.stdout.write(`${text}\n`)
const note = (text: string) => process.stderr.write(`${text}\n`)

async function main(): Promise<void> {
  const folder = values.data ? resolve(values.data) : mkdtempSync(join(tmpdir(), 'madang-bench-'))
  say(
    `${new Date().toISOString().slice(0, 16)}Z, ${availableParallelism()} × ${cpus()[0]?.model.trim()}, Node ${process.version}`,
  )
  say(
    `${options.connections} connections, ${options.rounds} rounds of ${options.seconds} s, ${options.posts} posts\n`,
  )
  try {
    if (positionals.includes('limits')) say(await measureLimits())
    else if (positionals.includes('caches'))
      say(await measureCaches(join(folder, String(options.posts)), { ...options, note }))
    else if (positionals.includes('floor'))
      say(await measureFloor(join(folder, String(options.posts)), { ...options, note }))
    else if (positionals.includes('search'))
      say(await measureSearch(join(folder, 'search', String(options.posts)), { ...options, note }))
    else if (positionals.includes('relevance')) say(await measureRelevance(note))
    else if (positionals.includes('trending'))
      say(await measureTrending({ acts: Number(values.acts), seconds: options.seconds, note }))
    else if (values.lists) say(listsTable(await compareLists(folder, { ...options, note })))
    else await runScenarios(join(folder, String(options.posts)))
  } finally {
    if (!values.data) rmSync(folder, { recursive: true, force: true })
  }
}

async function runScenarios(dataDir: string): Promise<void> {
  note(`seeding ${options.posts} posts`)
  await seed(dataDir, options.posts)
  const first = await startMadang(dataDir)
  await first.stop()
  const chosen = scenarios.filter(
    ({ name }) => values.only.length === 0 || values.only.some((part) => name.startsWith(part)),
  )
  const rows: Row[] = []
  const ends: string[] = []
  for (const [settings, group] of Map.groupBy(chosen, ({ settings = {} }) => JSON.stringify(settings)))
    ends.push(await runGroup({ dataDir, settings: JSON.parse(settings), group, rows }))
  say(scenariosTable(rows.toSorted((a, b) => chosen.indexOf(a.scenario) - chosen.indexOf(b.scenario))))
  say(`\n${ends[0] ?? ''}`)
}

type Group = { dataDir: string; settings: Record<string, string>; group: Scenario[]; rows: Row[] }

/** Scenarios that want the same settings, on one server. @returns what it says of its start and its memory */
async function runGroup({ dataDir, settings, group, rows }: Group): Promise<string> {
  const madang = await startMadang(dataDir, settings)
  const bare = await startBare()
  const plain = group.some((scenario) => scenario.plain) ? await plainOn(dataDir) : null
  try {
    await new Promise((resolve) => setTimeout(resolve, 3000))
    const idle = memoryOf(madang.pid)
    for (const scenario of group) {
      note(scenario.name)
      rows.push(await measure(scenario, { madang, bare, plain, dataDir }))
    }
    const start = `Second start to the first page: ${Math.round(madang.startedIn)} ms`
    return [start, memoryLine('Idle', idle), memoryLine('After the load', memoryOf(madang.pid))].join('\n')
  } finally {
    await plain?.stop()
    await bare.stop()
    await madang.stop()
  }
}

async function plainOn(dataDir: string): Promise<Plain> {
  await using server = await borrowPostgres({ dataDir, log: () => {} })
  return await startPlain(server.url)
}

type Stage = { madang: Madang; bare: Bare; plain: Plain | null; dataDir: string }

async function measure(scenario: Scenario, { madang, bare, plain, dataDir }: Stage): Promise<Row> {
  const place = await readPlace(dataDir)
  const requests = (round: number) => scenario.requests(place, round)
  const resolved = requests(0)[0]?.path.startsWith('/p/') ? await followed(madang.url, requests(0)) : null
  const answers = await record(madang.url, resolved ?? requests(0))
  await bare.answer(answers)
  const load = async (
    to: { url: string; pid: number },
    round: number,
    seconds = options.seconds,
  ): Promise<Round> => {
    const before = processorTime(to.pid)
    const given = {
      url: to.url,
      seconds,
      connections: scenario.connections ?? options.connections,
      requests: resolved ?? requests(round),
    }
    const measured = checked(await generate(given))
    const after = processorTime(to.pid)
    const each = (spent: number) => (spent * 1_000_000) / (measured.perSecond * seconds)
    return { ...measured, node: each(after.node - before.node), postgres: each(after.below - before.below) }
  }
  await load(bare, 0, 1)
  await load(madang, 0, 3)
  const rounds: Row['rounds'] = []
  for (let round = 1; round <= options.rounds; round++) {
    rounds.push({
      bare: await load(bare, round),
      madang: await load(madang, round),
      // Its writes are others than Madang's.
      plain: scenario.plain && plain ? await load(plain, options.rounds + round) : null,
    })
  }
  const bytes = answers.map(({ body }) => Buffer.byteLength(body, 'base64')).sort((a, b) => a - b)
  return { scenario, bytes: bytes[bytes.length >> 1] ?? 0, rounds }
}

/** Post pages under their full addresses: the short ones only redirect. */
async function followed(url: string, requests: Sent[]): Promise<Sent[]> {
  const places = new Map<string, string>()
  const followedRequests: Sent[] = []
  for (const request of requests) {
    let path = places.get(request.path)
    if (path === undefined) {
      const answer = await fetch(url + request.path, { redirect: 'manual' })
      path = answer.headers.get('location') ?? request.path
      places.set(request.path, path)
    }
    followedRequests.push({ ...request, path })
  }
  return followedRequests
}

/** Anything but success would be fast and worthless. */
function checked(measured: Measured): Measured {
  const bad = Object.entries(measured.statuses).filter(([status]) => !/^20[01]$/.test(status))
  if (bad.length > 0 || measured.errors > 0) {
    throw new Error(
      `answers other than 200 and 201: ${JSON.stringify(measured.statuses)}, ${measured.errors} errors`,
    )
  }
  return measured
}

if (values.help) say(usage)
else await main()
