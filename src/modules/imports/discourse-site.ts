import { safeFetch } from '#platform/safe-fetch.ts'
import {
  checkTopic,
  type DiscourseCategory,
  postIds,
  readCategories,
  readMorePosts,
  readTopicIds,
} from './discourse-shapes.ts'
import type { DiscourseSource, Skip } from './discourse-source.ts'
import { ImportProblem } from './problem.ts'

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
  // Somebody may have copied the address of a list or a topic.
  const root = url.pathname.replace(/\/(latest|new|top|hot|categories|c|t|tag|u)(\/.*|\.json)?$/, '')
  const base = url.origin + root.replace(/\/+$/, '')
  let hasAnswered = false
  const get = async (path: string) => {
    const got = await getJson(base + path, options, hasAnswered ? tries.known : tries.unknown)
    hasAnswered ||= !got.isPassing
    return got
  }
  return {
    base,
    atOnce: 40,
    profiles: new Map(),
    name: url.host + root.replace(/\/+$/, ''),
    async categories() {
      const { json, problem, isPassing } = await get('/site.json')
      if (isPassing && !options.signal?.aborted)
        throw new ImportProblem(`${base} does not answer (${problem})`)
      const site = readCategories(json)
      return site.length > 0 ? site : listCategories(get)
    },
    async category(id) {
      const [found] = readCategories((await get(`/c/${id}/show.json`)).json)
      return String(found?.id) === id ? (found ?? null) : null
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

/** Large forums give their categories page by page; others the same page again. */
async function listCategories(get: Get): Promise<DiscourseCategory[]> {
  const found = new Map<number, DiscourseCategory>()
  for (let page = 1; page <= 500; page++) {
    const { json } = await get(`/categories.json?include_subcategories=true&page=${page}`)
    const before = found.size
    for (const category of readCategories(json)) found.set(category.id, category)
    if (found.size === before) break
  }
  return [...found.values()]
}

async function listTopics(get: Get, options: SiteOptions): Promise<number[]> {
  const ids = new Set<number>()
  for (let page = 0; page < 100_000; page++) {
    const { json, problem, isPassing } = await get(
      `/latest.json?order=created&ascending=true&no_definitions=true&page=${page}`,
    )
    if (options.signal?.aborted) return []
    const list = readTopicIds(json)
    if (!list && (page === 0 || isPassing)) {
      const isClosed = problem === 'HTTP 403' || problem === 'HTTP 401'
      throw new ImportProblem(
        isClosed
          ? `The server shows its topics to members alone (${problem}); save them as JSON with a key of yours and give that folder`
          : `The address does not answer as a Discourse server does (${problem ?? 'no topic list'})`,
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
  const { missing } = postIds(topic.value)
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
