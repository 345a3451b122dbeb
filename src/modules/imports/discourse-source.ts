import { safeFetch } from '#platform/safe-fetch.ts'
import {
  checkTopic,
  type DiscourseCategory,
  kindOf,
  missingPosts,
  readCategories,
  readMorePosts,
  readTopicIds,
} from './discourse-shapes.ts'
import { ImportProblem } from './problem.ts'
import { archiveIn, checkFile, listFiles, openFolder, readText } from './source-files.ts'

type FoundTopic = { name: string; json: unknown; done: number; total: number | null }
/** Where topics come from: files, or a server. `skip` tells the report what could not be read. */
export type DiscourseSource = {
  /** https://forum.example without a slash at its end; null: not known. */
  base: string | null
  /** What things of this source are known under. */
  name: string
  categories: () => Promise<DiscourseCategory[]>
  /** `isKnown` topics need not be fetched again. */
  topics: (isKnown: (id: number) => boolean) => AsyncGenerator<FoundTopic>
}
export type Skip = (file: string, line: number, why: string) => void

const largestFile = 200_000_000

/** A folder with the JSON that a server gives at /t/ID.json, at most three levels deep, and /categories.json or /site.json. */
export async function openTopicFolder(
  folder: string,
  options: { name?: string; skip: Skip },
): Promise<DiscourseSource> {
  const path = await openFolder(folder)
  const names = await listFiles(path, '.json')
  if (names.length === 0) {
    const archive = await archiveIn(path)
    const advice = archive ? `; ${archive} is an archive, unpack it first` : ''
    throw new ImportProblem(`${folder}: there are no .json files${advice}`)
  }
  const read = (name: string) => readJson(path, name, options.skip)
  const base = await findBase(names, read)
  return {
    base,
    name: options.name ?? (base ? new URL(base).hostname : path.split('/').at(-1) || 'folder'),
    categories: async () => {
      const found: DiscourseCategory[] = []
      for (const name of names.filter((one) => /categor|site/i.test(one)))
        found.push(...readCategories(await read(name)))
      return found
    },
    async *topics() {
      for (const [index, name] of names.entries()) {
        const json = await read(name)
        if (json === undefined) continue
        const kind = kindOf(json)
        if (kind === 'unknown') options.skip(name, 0, 'not a document that Discourse gives')
        if (kind === 'topic') yield { name, json, done: index + 1, total: names.length }
      }
    },
  }
}

async function readJson(folder: string, name: string, skip: Skip): Promise<unknown> {
  let text = ''
  try {
    text = await readText(await checkFile(folder, name), largestFile)
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof ImportProblem) skip(name, 0, error.message.replace(`${name}: `, ''))
    else if (error instanceof SyntaxError)
      skip(name, lineOf(error, text), `no JSON: ${error.message.slice(0, 120)}`)
    else throw error
    return undefined
  }
}

function lineOf(error: SyntaxError, text: string): number {
  const position = /at position (\d+)/.exec(error.message)?.[1]
  const end = position === undefined ? text.length : Number(position)
  return text.slice(0, end).split('\n').length
}

/** Topics do not name their server, but the links that they call internal do. */
async function findBase(
  names: readonly string[],
  read: (name: string) => Promise<unknown>,
): Promise<string | null> {
  const counts = new Map<string, number>()
  for (const name of names.slice(0, 300)) {
    const json = await read(name)
    if (json === undefined) continue
    for (const origin of internalOrigins(json)) counts.set(origin, (counts.get(origin) ?? 0) + 1)
  }
  const [best] = [...counts].sort(([, one], [, other]) => other - one)
  return best?.[0] ?? null
}

function internalOrigins(json: unknown): string[] {
  const text = JSON.stringify(json)
  const links = text.matchAll(/"url":"(https?:\/\/[^"/\\]+)\/t\/[^"]*","internal":true/g)
  return [...links].map((link) => link[1] ?? '')
}

export type SiteOptions = {
  skip: Skip
  signal?: AbortSignal
  log?: (message: string) => void
  pauseMs?: number
}

/** A server that is running: one request at a time, with pauses, and as long as it asks to wait. */
export function openSite(address: string, options: SiteOptions): DiscourseSource {
  const url = URL.parse(address)
  if (!url) throw new ImportProblem(`${address}: not an address`)
  const base = url.origin + url.pathname.replace(/\/+$/, '')
  const get = (path: string) => getJson(base + path, options)
  return {
    base,
    name: url.host + url.pathname.replace(/\/+$/, ''),
    async categories() {
      const site = readCategories((await get('/site.json')).json)
      return site.length > 0
        ? site
        : readCategories((await get('/categories.json?include_subcategories=true')).json)
    },
    async *topics(isKnown) {
      const ids = await listTopics(get)
      for (const [index, id] of ids.entries()) {
        const place = { done: index + 1, total: ids.length }
        if (isKnown(id)) continue
        const name = `/t/${id}.json`
        const { json, problem } = await get(name)
        if (problem) options.skip(name, 0, problem)
        else yield { name, json: await withAllPosts(id, json, get), ...place }
      }
    },
  }
}

type Get = (path: string) => Promise<{ json: unknown; problem: string | null }>

async function listTopics(get: Get): Promise<number[]> {
  const ids = new Set<number>()
  for (let page = 0; page < 100_000; page++) {
    const { json, problem } = await get(
      `/latest.json?order=created&ascending=true&no_definitions=true&page=${page}`,
    )
    const list = readTopicIds(json)
    if (!list) {
      if (page === 0)
        throw new ImportProblem(
          `The address does not answer as a Discourse server does (${problem ?? 'no topic list'})`,
        )
      break
    }
    const before = ids.size
    for (const id of list.ids) ids.add(id)
    if (!list.more || ids.size === before) break
  }
  return [...ids]
}

async function withAllPosts(id: number, json: unknown, get: Get): Promise<unknown> {
  const topic = checkTopic(json)
  if ('problem' in topic) return json
  const posts = [...topic.value.post_stream.posts]
  const missing = missingPosts(topic.value)
  for (let start = 0; start < missing.length; start += 20) {
    const query = missing
      .slice(start, start + 20)
      .map((postId) => `post_ids[]=${postId}`)
      .join('&')
    posts.push(...readMorePosts((await get(`/t/${id}/posts.json?${query}`)).json))
  }
  return { ...topic.value, post_stream: { posts } }
}

const tries = 6

async function getJson(
  address: string,
  options: SiteOptions,
): Promise<{ json: unknown; problem: string | null }> {
  let problem = ''
  for (let attempt = 1; attempt <= tries; attempt++) {
    await pause(options.pauseMs ?? 100, options.signal)
    const request = {
      allowPrivate: true,
      timeoutMs: 60_000,
      maxBytes: 50_000_000,
      headers: { accept: 'application/json' },
    }
    const outcome = await safeFetch(
      address,
      options.signal ? { ...request, signal: options.signal } : request,
    )
    if (!outcome.ok) {
      if (outcome.reason === 'stopped') return { json: undefined, problem: 'stopped' }
      problem = `${outcome.reason}: ${outcome.detail}`
      if (outcome.reason !== 'timeout' && outcome.reason !== 'unreachable') break
    } else if (outcome.status === 200) return parse(outcome.body.toString('utf8'))
    else {
      problem = `HTTP ${outcome.status}`
      if (outcome.status !== 429 && outcome.status < 500) break
      const asked = Number(outcome.headers['retry-after'] ?? '')
      const seconds = Number.isFinite(asked) && asked > 0 ? Math.min(asked, 600) : 2 ** attempt
      options.log?.(`The server asks to wait ${seconds} s`)
      if (attempt < tries) await pause(seconds * 1000, options.signal)
      continue
    }
    if (attempt < tries) await pause((options.pauseMs ?? 100) * 2 ** attempt, options.signal)
  }
  return { json: undefined, problem }
}

function parse(text: string): { json: unknown; problem: string | null } {
  try {
    return { json: JSON.parse(text), problem: null }
  } catch {
    return { json: undefined, problem: 'the answer is no JSON' }
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  if (milliseconds <= 0 || signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done, { once: true })
  })
}
