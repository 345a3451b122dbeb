import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PageForm } from '#platform/http/forms.ts'
import { makeAppWithRoutes, type RouteName } from '#test/security/routes.ts'
import type { Actor, Answer, TestApp } from '#test/support/app.ts'
import { compareWithDescription } from '#test/support/description.ts'
import { expectErrorPage, expectProblem } from '#test/support/problems.ts'

/** Requests made from the API's description: 2,000 with every run of the suite, as many as FUZZ says when it is set. */
const total = Number(process.env['FUZZ'] ?? 2000)
/** A request that takes longer, in milliseconds, hangs. */
const patience = 10_000
/** Stands where guests may not read. */
const hidden = 'Buried-under-the-oak'

let site: TestApp
let routeNames: RouteName[]
let forms: Map<RouteName, PageForm>
let cast: Pick<Actor, 'api' | 'page'>[]
// Each test has its own: people are signed out, sent away and demoted on the way.
beforeEach(async () => {
  ;({ site, routes: routeNames, forms } = await makeAppWithRoutes())
  const member = await site.member('someone')
  const moderator = await site.member(undefined, 'moderator')
  cast = [site.guest, member, moderator, await site.member(undefined, 'administrator')]
  const board = await site.board({ slug: 'yard', kind: 'question', downvotes: true })
  const post = await site.post(member, board)
  const answer = (await member.api('POST', `/posts/${post.id}/comments`, { body: 'x' })).json()
  await moderator.api('POST', `/posts/${post.id}/comments`, { body: 'y', parent: answer.id })
  // Far away from the ids that are tried, so that no act of a moderator brings it into the open.
  await sql`alter sequence posts_id_seq restart with 5000`.execute(site.db)
  const attic = await site.board({ slug: 'attic', name: hidden, about: hidden, readBy: 'moderators' })
  const secret = await site.post(moderator, attic, { title: hidden, body: hidden, tags: ['yard'] })
  await moderator.api('POST', `/posts/${secret.id}/comments`, { body: hidden })
  await moderator.api('POST', '/drafts', { target: 'new', title: hidden, body: hidden })
})
afterEach(() => site[Symbol.asyncDispose]())

/** Numbers from 0 to 1 that are the same at every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
const next = random(20_261_121)
const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T

const texts = [
  '',
  ' ',
  'x',
  '1',
  '-1',
  '0',
  '2',
  '1.5',
  '1e309',
  '9'.repeat(20),
  'yard',
  'someone',
  'null',
  '[]',
  '{}',
  '\0',
  'a\0b',
  '\ud800',
  '\u202e\u200b',
  '../..',
  '%',
  '%00',
  '%zz',
  "' or 1=1 --",
  '$1',
  '<script>',
  '＝cmd',
  'x'.repeat(300),
  '가'.repeat(100),
  '2026-02-30T25:61:61Z',
  '2026-06-30T23:59:60Z',
  'new',
  'post:1',
  'reply:1:2',
  'latest',
  'votes',
  'day',
  'question',
  'moderators',
  'spam',
  'dmF8MQ',
  'MHwx',
  'NXww',
  '__proto__',
  'constructor',
  'toString',
  '\r\n',
  '\u{10ffff}',
]
const values = (): unknown =>
  pick<() => unknown>([
    () => pick(texts),
    () => pick(texts),
    () => pick([0, 1, 2, -1, 1.5, 1e15, 1e300, -0]),
    () => pick([null, true, false]),
    () => [],
    () => [pick(texts)],
    () => ({}),
    () => ({ [pick(texts)]: pick(texts) }),
    () => 'x'.repeat(60_000),
  ])()

type Schema = {
  type?: string
  properties?: Record<string, Schema>
  anyOf?: Schema[]
  const?: unknown
  enum?: unknown[]
  items?: Schema
}
/** A value that the schema takes, most times; else a hostile one. */
function valueFor(schema: Schema): unknown {
  if (next() < 0.35) return values()
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return pick(schema.enum)
  if (schema.anyOf) return valueFor(pick(schema.anyOf))
  if (schema.type === 'object') return objectFor(schema)
  if (schema.type === 'array')
    return Array.from({ length: Math.floor(next() * 4) }, () => valueFor(schema.items ?? {}))
  if (schema.type === 'integer' || schema.type === 'number') return pick([1, 2, 3, -1, 0, 99])
  if (schema.type === 'boolean') return next() < 0.5
  return pick(texts)
}
function objectFor(schema: Schema): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    if (next() < 0.8) made[name] = valueFor(property)
  if (next() < 0.1) made[pick(texts)] = values()
  return made
}

/** What a form of this route may send, most times; now and then with a field or a value that it does not have. */
function formFor(form: PageForm | undefined): Record<string, string> {
  const made: Record<string, string> = {}
  for (const [name, values] of form?.fields ?? []) {
    const known =
      Array.isArray(values) && next() < 0.9 ? values : values instanceof RegExp ? ['', '1', '2'] : texts
    if (next() < 0.8) made[name] = pick(known)
  }
  if (next() < 0.1) made[pick(texts)] = pick(texts)
  return made
}

/** What some fields of pages take; of others only the page knows. */
const choices: Record<string, Schema> = {
  sort: { enum: ['latest', 'active', 'hot', 'top', 'relevance', 'votes', 'oldest'] },
  period: { enum: ['day', 'week', 'month', 'year', 'all'] },
  kind: { enum: ['discussion', 'question'] },
}

const methods = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const
type Parameter = { name: string; in: string; schema?: Schema }
type Operation = {
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, { schema?: Schema }> }
}
type Route = { path: string; method: (typeof methods)[keyof typeof methods]; operation: Operation }

async function routes(): Promise<Route[]> {
  const { paths } = (await site.app.inject('/api/openapi.json')).json() as {
    paths: Record<string, Record<string, Operation>>
  }
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(methods).flatMap(([name, method]) => {
      const operation = operations[name]
      return operation ? [{ path: path.replace(/^\/api\/v1/, ''), method, operation }] : []
    }),
  )
}

/** Addresses of the pages that have such a route; the API has a test of its own. */
const pagesBy = (method: string) =>
  routeNames
    .filter((name) => name.startsWith(`${method} `) && !name.includes('/api/') && !name.includes('*'))
    .map((name) => name.slice(method.length + 1))

const query = (parameters: readonly Parameter[]) => {
  const given = parameters.filter(() => next() < 0.6)
  const pairs = given.map(({ name, schema = {} }) => `${name}=${encodeText(asText(valueFor(schema)))}`)
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}
const asText = (value: unknown) =>
  typeof value === 'string' ? value : (JSON.stringify(value)?.slice(0, 2000) ?? '')
/** As a hostile client would: mostly encoded, now and then raw. */
const encodeText = (text: string) =>
  next() < 0.9 ? encodeURIComponent(text.toWellFormed()) : text.replace(/[^!-~]/g, '')
const filled = (path: string) =>
  path.replace(/:(\w+)/g, (_, name: string) => ({ slug: 'yard', name: 'someone', tag: 'yard' })[name] ?? '1')
/** Always encoded: a raw `../` would ask another route. */
const fill = (path: string) =>
  path.replace(/\{\w+\}|:\w+/g, () =>
    next() < 0.5
      ? pick(['1', '2', 'yard', 'someone'])
      : encodeURIComponent(pick(texts).toWellFormed()) || 'x',
  )

/** What an answer must never hold: a stack, SQL and its errors, a path of this machine. */
const inner =
  /\n\s+at .+:\d+:\d+|node_modules|file:\/\/|\/src\/\w+\/|\bnode:internal|relation "|syntax error at|duplicate key|violates \w+[- ]?\w* constraint|select .+ from \w+ where/i

function judge(answer: Answer, what: string, who?: Pick<Actor, 'api'>): void {
  const said = `${what}\n${answer.body.slice(0, 300)}`
  expect(answer.statusCode, said).toBeLessThan(500)
  if (answer.statusCode >= 400) expect(answer.body, said).not.toMatch(inner)
  if (who !== site.guest) return
  expect(answer.body.includes(hidden), said).toBe(false)
  expect(answer.body.includes('@example.org'), said).toBe(false)
}

function inTime<T>(asked: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer: ${what}`)), patience)
  return Promise.race([asked, late.promise]).finally(() => clearTimeout(timer))
}

describe('hostile values, the same at every run', () => {
  test(
    'sent to every route of the API are answered as described or refused by a problem document',
    async () => {
      const all = await routes()
      const disagreement = await compareWithDescription(site)
      expect(all.length).toBeGreaterThan(40)
      for (const { path, method, operation } of all) {
        const body = operation.requestBody?.content?.['application/json']?.schema
        const asked = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
        for (let round = 0; round < Math.ceil(total / all.length); round++) {
          // Signing out would leave the rest of the run to a guest.
          const who = path === '/sessions/current' ? site.guest : pick(cast)
          const url = `${fill(path)}${query(asked)}`
          const payload = body ? objectFor(body.anyOf?.[0] ?? body) : undefined
          const what = `${method} ${url} ${JSON.stringify(payload)?.slice(0, 500)}`
          const answer = await inTime(who.api(method, url, payload), what)
          judge(answer, what, who)
          expect(disagreement(method, `/api/v1${path}`, answer), what).toBeNull()
          if (answer.statusCode >= 400) expectProblem(answer, answer.statusCode)
        }
      }
    },
    30_000 + total * 100,
  )

  /** Names of what forms of the pages send; each page that is seen adds its own. */
  const fields = new Set(['after', 'before', 'token', 'version', 'value', '__proto__', 'constructor'])
  const given = () => [...fields].map((name) => ({ name, in: 'query', schema: choices[name] ?? {} }))

  test(
    'sent to every page are answered by a page',
    async () => {
      for (const path of pagesBy('GET')) {
        for (let round = 0; round < 3 + total / 200; round++) {
          // At first as it is meant, by who may see most.
          const isMeant = round < 3
          const who = isMeant ? cast[3 - round] : pick(cast)
          const url = isMeant ? filled(path) : `${fill(path)}${query(given())}`
          const answer = await inTime((who ?? site.guest).page(url), url)
          judge(answer, `GET ${url}`, who)
          for (const [, name = ''] of answer.body.matchAll(/ name="([\w-]+)"/g)) fields.add(name)
          const isForPeople =
            !/setup|claim|token|assets|files|\.\w+$/.test(path) && !/[?&](lang|language)=/.test(url)
          if (answer.statusCode === 404 && isForPeople) expectErrorPage(answer, 404, 'en')
        }
      }
      expect(fields.size).toBeGreaterThan(60)
    },
    30_000 + total * 100,
  )

  test(
    'sent by every form are answered by a page',
    async () => {
      // Who leaves, or is sent away, would leave the rest of the run to a guest.
      const takers = pagesBy('POST').filter((path) => !/sign-out|leave|withdraw|sessions|block/.test(path))
      expect(takers.length).toBeGreaterThan(60)
      for (const path of takers) {
        for (let round = 0; round < total / 250; round++) {
          const form = formFor(forms.get(`POST ${path}`))
          const answer = await inTime(pick(cast).page(fill(path), form), path)
          judge(answer, `POST ${path} ${JSON.stringify(form)}`)
        }
      }
    },
    30_000 + total * 100,
  )
})
