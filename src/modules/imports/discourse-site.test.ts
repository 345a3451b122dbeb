import { readFileSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ask } from '#platform/database.ts'
import { wrongCounters } from '#test/support/counters.ts'
import { makeTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { makeFolder } from '#test/support/import-files.ts'
import { type DiscourseOptions, importDiscourse } from './discourse.ts'

type Json = Record<string, unknown>
type Answer = (response: ServerResponse, address: URL) => unknown

/** A server that behaves as Discourse does, but where `special` says otherwise. */
const special = new Map<string, Answer>()
let asked: string[] = []
const server = createServer((request, response) => {
  const address = new URL(request.url ?? '', 'http://x')
  asked.push(address.pathname)
  const answer = special.get(address.pathname)
  if (answer) return void answer(response, address)
  const [, id] = /^\/t\/(?:[a-z]+\/)?(\d+)\.json$/.exec(address.pathname) ?? []
  const pages: Record<string, unknown> = {
    '/site.json': { categories: [{ id: 5, name: 'Room', slug: 'room' }] },
    '/latest.json': listPage(Number(address.searchParams.get('page') ?? 0)),
  }
  send(response, id ? topic(Number(id), [post(1), post(2)]) : pages[address.pathname])
})

function send(response: ServerResponse, json: unknown): void {
  response
    .writeHead(json ? 200 : 404, { 'content-type': 'application/json' })
    .end(JSON.stringify(json ?? { errors: ['not there'] }))
}

const listPage = (page: number): Json => ({
  topic_list: {
    topics: page === 0 ? [{ id: 1 }, { id: 2 }] : page === 1 ? [{ id: 3 }, { id: 4 }] : [],
    more_topics_url: page === 0 ? '/latest?page=1' : null,
  },
})
const post = (post_number: number, more: Json = {}): Json => ({
  id: 1000 + post_number,
  post_number,
  username: `person${post_number}`,
  created_at: '2020-01-01T00:00:00.000Z',
  cooked: `<p>text ${post_number}</p>`,
  ...more,
})
const topic = (id: number, posts: Json[], stream?: number[]): Json => ({
  id,
  title: `Topic ${id}`,
  category_id: 5,
  post_stream: { posts, ...(stream && { stream }) },
})

let database: TestDatabase
let address = ''
const reportFolder = makeFolder({})
beforeAll(async () => {
  database = await makeTestDatabase()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  address = `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`
})
afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await database[Symbol.asyncDispose]()
  rmSync(reportFolder, { recursive: true })
})
beforeEach(() => {
  special.clear()
  asked = []
})

let names = 0
/** Every test imports under a name of its own. */
const fresh = () => `site${++names}`
const run = (name: string, more: Partial<DiscourseOptions> = {}) =>
  importDiscourse(database.db, {
    from: address,
    name,
    now: new Date('2026-11-21T00:00:00Z'),
    reportFolder,
    pauseMs: 0,
    timeoutMs: 5000,
    ...more,
  })
const reportOf = (result: { report: string | null }) => readFileSync(result.report ?? '', 'utf8')
const countOf = async (name: string) => {
  const [row] = await ask(
    database.db,
    'select count(*)::int as topics, sum(comments)::int as comments from posts where starts_with(imported_from, $1)',
    [`discourse:${name}:`],
  )
  return row
}

test('is read page by page, the rest of long topics too, and waits when it is asked to', async () => {
  const name = fresh()
  special.set('/t/1.json', (response) => send(response, topic(1, [post(1), post(2)], [1001, 1002, 1003])))
  special.set('/t/1/posts.json', (response, { search }) =>
    send(response, { post_stream: { posts: search.includes('=1003') ? [post(3, { id: 1003 })] : [] } }),
  )
  special.set('/t/4.json', (response) => send(response, undefined))
  const waits: (() => Record<string, string>)[] = [
    () => ({ 'retry-after': '0.05' }),
    () => ({ date: new Date(0).toUTCString(), 'retry-after': new Date(0).toUTCString() }),
  ]
  special.set('/t/2.json', (response) => {
    const wait = waits.shift()
    if (wait) response.writeHead(429, wait()).end()
    else send(response, topic(2, [post(1)]))
  })
  const result = await run(name)
  expect(result).toMatchObject({ finished: true, skipped: 1 })
  expect(reportOf(result)).toContain('/t/4.json: HTTP 404')
  expect(await countOf(name)).toEqual({ topics: 3, comments: 3 })
  expect(asked.filter((path) => path === '/t/2.json')).toHaveLength(3)
  expect((await run(name)).added).toMatchObject({ posts: 0, comments: 0, members: 0 })
})

test('is left at once when the import is stopped, even while it does not answer, and read on from there', async () => {
  const name = fresh()
  const stop = new AbortController()
  special.set('/t/3.json', () => stop.abort())
  expect(await run(name, { signal: stop.signal })).toMatchObject({
    finished: false,
    skipped: 0,
    report: null,
  })
  special.clear()
  expect(await run(name)).toMatchObject({ finished: true })
  expect(await countOf(name)).toEqual({ topics: 4, comments: 4 })
})

test('what was fetched before it was stopped, or was gone, is kept but for the last few posts', async () => {
  const name = fresh()
  const many = Array.from({ length: 100 }, (_, i) => ({ id: i + 1 }))
  special.set('/latest.json', (response) => send(response, { topic_list: { topics: many } }))
  for (const id of [90, 91, 92]) special.set(`/t/${id}.json`, (response) => response.destroy())
  await expect(run(name)).rejects.toThrow(/does not answer any more/)
  expect(await countOf(name)).toEqual({ topics: 80, comments: 80 })
})

test('an endless topic comes in parts: stopped between two, the next start fetches it again for the rest', async () => {
  const name = fresh()
  const posts = Array.from({ length: 1300 }, (_, i) => post(i + 1, { reply_to_post_number: i }))
  special.set('/t/1.json', (response) => send(response, topic(1, posts)))
  const stop = new AbortController()
  let shown = 0
  const onProgress = (step: { phase: string; done: number }) => {
    if (step.phase === 'topics' && step.done === 1 && ++shown === 2) stop.abort()
  }
  expect(await run(name, { signal: stop.signal, onProgress })).toMatchObject({ finished: false })
  expect(await countOf(name)).toEqual({ topics: 1, comments: 499 })
  expect(await run(name)).toMatchObject({ finished: true, added: { posts: 3, comments: 800 + 3 } })
  expect(await wrongCounters(database.db)).toEqual([])
  expect((await run(name)).added).toMatchObject({ posts: 0, comments: 0 })
})

test('that is gone in the middle ends the import with advice; what came stays, the next start goes on', async () => {
  const name = fresh()
  for (const id of [2, 3, 4]) special.set(`/t/${id}.json`, (response) => response.destroy())
  await expect(run(name)).rejects.toThrow(/does not answer any more .* run the same command again/)
  special.clear()
  asked = []
  expect(await run(name)).toMatchObject({ finished: true })
  expect(await countOf(name)).toEqual({ topics: 4, comments: 4 })
})

test('a list that breaks off is no end of the list', async () => {
  special.set('/latest.json', (response, { searchParams }) => {
    if (searchParams.get('page') === '0') send(response, listPage(0))
    else response.writeHead(502).end('<html>')
  })
  await expect(run(fresh())).rejects.toThrow(/HTTP 502/)
})

test('one topic that cannot be had is told; the others come', async () => {
  const name = fresh()
  special.set('/t/1.json', (response) => response.writeHead(302, { location: '/t/one/1.json' }).end())
  special.set('/t/2.json', (response) =>
    response.writeHead(302, { location: 'http://127.0.0.1:9/private' }).end(),
  )
  special.set('/t/3.json', (response) => response.writeHead(302, { location: '/t/3.json' }).end())
  special.set('/t/4.json', (response) => response.writeHead(500).end())
  const result = await run(name)
  expect(result).toMatchObject({ finished: true, skipped: 3, added: { posts: 1 } })
  expect(reportOf(result)).toMatch(/2.json: not-public.*\n.*3.json: too-many-redirects.*\n.*4.json: HTTP 500/)
})

test('answers without end, in bytes or in time, are left', async () => {
  const name = fresh()
  const bomb = gzipSync(Buffer.alloc(60_000_000, 0x20))
  special.set('/t/1.json', (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
  special.set('/t/2.json', (response) => {
    const drip = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(drip))
  })
  const result = await run(name, { timeoutMs: 1500 })
  expect(result).toMatchObject({ finished: true, skipped: 2, added: { posts: 2 } })
  expect(reportOf(result)).toMatch(/1.json: too-large.*\n.*2.json: timeout/)
})

test('posts of a topic that could not be had are told', async () => {
  special.set('/t/1.json', (response) => send(response, topic(1, [post(1)], [1001, 1002])))
  const result = await run(fresh())
  expect(reportOf(result)).toContain("/t/1.json: 1 of the topic's posts could not be had")
})

test('one that only members read is said to be so', async () => {
  special.set('/latest.json', (response) => response.writeHead(403).end('{}'))
  await expect(run(fresh())).rejects.toThrow(/to members alone \(HTTP 403\)/)
})

test('the address of a list or a topic stands for the server', async () => {
  const name = fresh()
  await run(name, { from: `${address}/c/room/5` })
  expect(await countOf(name)).toEqual({ topics: 4, comments: 4 })
})

test('an address that is no Discourse server is said to be none', async () => {
  special.set('/latest.json', (response) => response.end('<html>hello</html>'))
  await expect(run(fresh())).rejects.toThrow(/does not answer as a Discourse server does .*no JSON/)
})

test('one that does not answer at all is asked a few times for one thing, and said so', async () => {
  special.set('/site.json', (response) => response.writeHead(503).end())
  await expect(run(fresh())).rejects.toThrow(`${address} does not answer (HTTP 503)`)
  expect(asked).toEqual(['/site.json', '/site.json', '/site.json'])
})

test('that has too many categories for one list gives them page by page, and others one by one', async () => {
  const name = fresh()
  special.set('/site.json', (response) => send(response, { groups: [] }))
  special.set('/categories.json', (response, { searchParams }) => {
    const first = { id: 3, name: 'Outer', slug: 'outer' }
    const list = searchParams.get('page') === '1' ? [first] : [{ id: 4, name: 'Two', slug: 'two' }]
    send(response, { category_list: { categories: list } })
  })
  special.set('/c/5/show.json', (response) =>
    send(response, { category: { id: 5, name: 'Late', slug: 'late', parent_category_id: 3 } }),
  )
  await run(name)
  const boards = await ask(
    database.db,
    `select b.name, a.name as above, b.posts from boards b left join boards a on a.id = b.parent_id
     where starts_with(b.imported_from, $1) order by b.id`,
    [`discourse:${name}:`],
  )
  expect(boards).toEqual([
    { name: 'Outer', above: null, posts: 0 },
    { name: 'Two', above: null, posts: 0 },
    { name: 'Late', above: 'Outer', posts: 4 },
  ])
})
