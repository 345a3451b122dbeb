import { safeFetch } from '#platform/safe-fetch.ts'
import {
  checkTopic,
  type DiscourseCategory,
  kindOf,
  type LoosePost,
  missingPosts,
  readAddresses,
  readCategories,
  readLoosePosts,
  readMorePosts,
  readTopicIds,
} from './discourse-shapes.ts'
import { parseHtml, textOf } from './html-tree.ts'
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
  /** People's mail addresses by user name, as far as `topics` has come across them. */
  addresses: ReadonlyMap<string, string>
}
export type Skip = (file: string, line: number, why: string) => void

const largestFile = 200_000_000

/**
 * A folder with the JSON that a server gives at /t/ID.json or /posts/ID.json, at most three levels deep, and /categories.json
 * or /site.json.
 */
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
  const base = await findBase(path, names)
  const addresses = new Map<string, string>()
  return {
    base,
    addresses,
    name: options.name ?? (base ? new URL(base).hostname : path.split('/').at(-1) || 'folder'),
    categories: async () => {
      const found: DiscourseCategory[] = []
      for (const name of names.filter((one) => /categor|site/i.test(one)))
        found.push(...readCategories(await read(name)))
      return found.length > 0 ? found : linkedCategories(path, names)
    },
    topics: () => topicsOf(names, { read, addresses, skip: options.skip }),
  }
}

type Read = (name: string) => Promise<unknown>

async function* topicsOf(
  names: readonly string[],
  { read, addresses, skip }: { read: Read; addresses: Map<string, string>; skip: Skip },
): AsyncGenerator<FoundTopic> {
  const later: string[] = []
  const loose = new Map<number, Set<string>>()
  const total = names.length
  let done = 0
  for (const name of names) {
    const json = await read(name)
    const kind = json === undefined ? 'other' : kindOf(json)
    if (kind === 'unknown') skip(name, 0, 'not a document that Discourse gives')
    if (kind === 'other') for (const [user, email] of readAddresses(json)) addresses.set(user, email)
    if (kind === 'loose posts') {
      for (const { topic_id } of readLoosePosts(json))
        loose.set(topic_id, (loose.get(topic_id) ?? new Set()).add(name))
    }
    if (kind === 'more posts') later.push(name)
    else done++
    if (kind === 'topic') yield { name, json, done, total }
  }
  // Further posts of long topics, whatever their files are called: after all beginnings.
  for (const name of later) yield { name, json: await read(name), done: ++done, total }
  let gathered = 0
  for (const [id, files] of loose) {
    const [name = ''] = files
    yield { name, json: await gatherTopic(id, files, read), done: ++gathered, total: loose.size }
  }
}

/** The topic of posts that were saved one by one. Of one that was saved twice the newer text counts. */
async function gatherTopic(id: number, files: ReadonlySet<string>, read: Read): Promise<unknown> {
  const posts: LoosePost[] = []
  for (const file of files)
    posts.push(...readLoosePosts(await read(file)).filter((post) => post.topic_id === id))
  posts.sort((one, other) => (one.updated_at ?? '').localeCompare(other.updated_at ?? ''))
  const newest = posts.at(-1)
  // Counts only where no file holds the first post.
  const lost = { post_number: 1, created_at: posts[0]?.created_at, hidden: true }
  const byNumber = new Map<number, unknown>([
    [1, lost],
    ...posts.map((post) => [post.post_number, post] as const),
  ])
  return {
    id,
    title: newest?.topic_title ?? newest?.topic_slug?.replaceAll('-', ' '),
    category_id: newest?.category_id,
    post_stream: { posts: [...byNumber.values()] },
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

/** What cannot be read is told later. */
function textOfFile(folder: string, name: string): Promise<string> {
  return checkFile(folder, name)
    .then((file) => readText(file, largestFile))
    .catch(() => '')
}

/** Topics do not name their server, but the links that they call internal do, and addresses of pictures of members. */
async function findBase(folder: string, names: readonly string[]): Promise<string | null> {
  const links = new Map<string, number>()
  const pictures = new Map<string, number>()
  const count = (counts: Map<string, number>, one: string) => counts.set(one, (counts.get(one) ?? 0) + 1)
  for (const name of names.slice(0, 300)) {
    const text = await textOfFile(folder, name)
    for (const [, origin = ''] of text.matchAll(internalLink)) count(links, origin)
    for (const [, host = ''] of text.matchAll(memberPicture)) count(pictures, `https://${host}`)
  }
  const [best] = [...(links.size > 0 ? links : pictures)].sort(([, one], [, other]) => other - one)
  return best?.[0] ?? null
}

const internalLink = /"url"\s*:\s*"(https?:\/\/[^"/\\]+)\/t\/[^"]*"\s*,\s*"internal"\s*:\s*true/g
const memberPicture = /\/user_avatar\/([a-z0-9.-]{1,253}\.[a-z0-9-]{2,63})\//g

/** Where no document describes the categories: those that posts link to, as above quotes from other topics. */
async function linkedCategories(folder: string, names: readonly string[]): Promise<DiscourseCategory[]> {
  const found = new Map<number, DiscourseCategory>()
  for (const name of names.slice(0, 10_000)) {
    const text = await textOfFile(folder, name)
    if (!text.includes('badge-category')) continue
    const html = text
      .replace(/\\u003c/gi, '<')
      .replace(/\\u003e/gi, '>')
      .replaceAll('\\"', '"')
    for (const [, slug = '', id = '', words = ''] of html.matchAll(categoryLink))
      found.set(Number(id), { id: Number(id), slug, name: textOf(parseHtml(words)).trim() || slug })
  }
  return [...found.values()]
}

// Every repetition has an end: a file may be made to be read for hours.
const categoryLink =
  /href="[^"]{0,200}\/c\/(?:[^"/]{1,200}\/){0,4}([^"/]{1,200})\/(\d{1,9})"[^>]{0,500}>(?:<span[^>]{0,500}><\/span>){0,4}<span[^>]{0,300}badge-category[^>]{0,2000}>(?:<span[^>]{0,500}>)?([^<]{1,500})</g

export type SiteOptions = {
  skip: Skip
  signal?: AbortSignal
  onListed?: (topics: number) => void
  onWait?: (seconds: number) => void
  pauseMs?: number
  timeoutMs?: number
}

/** So many topics in a row that cannot be had: the server is gone, not they. */
const mostFailures = 3

/**
 * A server that is running: one request at a time, with pauses, and as long as it asks to wait.
 * Its `topics` throw an ImportProblem when the server does not answer any more.
 */
export function openSite(address: string, options: SiteOptions): DiscourseSource {
  const url = URL.parse(address)
  if (!url) throw new ImportProblem(`${address}: not an address`)
  const base = url.origin + url.pathname.replace(/\/+$/, '')
  let hasAnswered = false
  const get = async (path: string) => {
    const got = await getJson(base + path, options, hasAnswered ? tries.known : tries.unknown)
    hasAnswered ||= !got.isPassing
    return got
  }
  return {
    base,
    addresses: new Map(),
    name: url.host + url.pathname.replace(/\/+$/, ''),
    async categories() {
      const { json, problem, isPassing } = await get('/site.json')
      if (isPassing && !options.signal?.aborted)
        throw new ImportProblem(`${base} does not answer (${problem})`)
      const site = readCategories(json)
      return site.length > 0
        ? site
        : readCategories((await get('/categories.json?include_subcategories=true')).json)
    },
    async *topics(isKnown) {
      const ids = await listTopics(get, options)
      let failures = 0
      for (const [index, id] of ids.entries()) {
        const place = { done: index + 1, total: ids.length }
        if (isKnown(id)) continue
        const name = `/t/${id}.json`
        const found = await get(name)
        const json = found.problem ? undefined : await withAllPosts(id, found.json, get)
        if (options.signal?.aborted) return
        failures = found.isPassing ? failures + 1 : 0
        if (failures === mostFailures) throw isGone(base, found.problem)
        if (found.problem) options.skip(name, 0, found.problem)
        else yield { name, json, ...place }
      }
    },
  }
}

function isGone(base: string, problem: string | null): ImportProblem {
  return new ImportProblem(
    `${base} does not answer any more (${problem}). What came in stays; run the same command again to go on`,
  )
}

/** `isPassing`: another time it may be had. */
type Got = { json: unknown; problem: string | null; isPassing: boolean }
type Get = (path: string) => Promise<Got>

async function listTopics(get: Get, options: SiteOptions): Promise<number[]> {
  const ids = new Set<number>()
  for (let page = 0; page < 100_000; page++) {
    const { json, problem, isPassing } = await get(
      `/latest.json?order=created&ascending=true&no_definitions=true&page=${page}`,
    )
    if (options.signal?.aborted) return []
    const list = readTopicIds(json)
    if (!list && (page === 0 || isPassing)) {
      throw new ImportProblem(
        `The address does not answer as a Discourse server does (${problem ?? 'no topic list'})`,
      )
    }
    if (!list) break
    const before = ids.size
    for (const id of list.ids) ids.add(id)
    options.onListed?.(ids.size)
    if (!list.more || ids.size === before) break
  }
  return [...ids]
}

/** What of a long topic its own document lacks is fetched; what cannot be had is missed by `stream`. */
async function withAllPosts(id: number, json: unknown, get: Get): Promise<unknown> {
  const topic = checkTopic(json)
  if ('problem' in topic) return json
  const { posts, stream } = topic.value.post_stream
  const all = [...posts]
  const missing = missingPosts(topic.value)
  for (let start = 0; start < missing.length; start += 20) {
    const query = missing
      .slice(start, start + 20)
      .map((postId) => `post_ids[]=${postId}`)
      .join('&')
    all.push(...readMorePosts((await get(`/t/${id}/posts.json?${query}`)).json))
  }
  return { ...topic.value, post_stream: { posts: all, stream } }
}

/** Of a server that answered before, and of one that may be no more than a mistyped address. */
const tries = { known: 6, unknown: 3 }

async function getJson(address: string, options: SiteOptions, most: number): Promise<Got> {
  let problem = ''
  for (let attempt = 1; attempt <= most; attempt++) {
    await pause(options.pauseMs ?? 100, options.signal)
    const request = {
      allowPrivate: true,
      timeoutMs: options.timeoutMs ?? 60_000,
      maxBytes: 50_000_000,
      headers: { accept: 'application/json' },
    }
    const outcome = await safeFetch(
      address,
      options.signal ? { ...request, signal: options.signal } : request,
    )
    if (outcome.ok && outcome.status === 200) return parse(outcome.body.toString('utf8'))
    problem = outcome.ok ? `HTTP ${outcome.status}` : `${outcome.reason}: ${outcome.detail}`
    const isPassing = outcome.ok
      ? outcome.status === 429 || outcome.status >= 500
      : outcome.reason === 'timeout' || outcome.reason === 'unreachable'
    if (!isPassing) return { json: undefined, problem, isPassing }
    if (attempt >= most) break
    // Whoever lets us wait a minute each time is asked fewer times.
    if (!outcome.ok && outcome.reason === 'timeout') attempt++
    const wait = (outcome.ok && askedWait(outcome.headers)) || (options.pauseMs ?? 100) * 10 * 2 ** attempt
    if (wait >= 1000) options.onWait?.(Math.ceil(wait / 1000))
    await pause(wait, options.signal)
  }
  return { json: undefined, problem, isPassing: true }
}

/** Retry-After in milliseconds, as a number of seconds or a date of the server's clock, at most ten minutes. */
function askedWait(headers: Record<string, string>): number | null {
  const { date = '', 'retry-after': after = '' } = headers
  const wait = /^[\d.]+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.parse(date)
  return wait > 0 ? Math.min(wait, 600_000) : null
}

function parse(text: string): Got {
  try {
    return { json: JSON.parse(text), problem: null, isPassing: false }
  } catch {
    return { json: undefined, problem: 'the answer is no JSON', isPassing: false }
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
