import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'
import { compareWithDescription } from '#test/support/description.ts'
import { expectErrorPage, expectProblem } from '#test/support/problems.ts'

/** Requests made from the API's description: 2,000 with every run of the suite, as many as FUZZ says when it is set. */
const total = Number(process.env['FUZZ'] ?? 2000)
/** A request that takes longer, in milliseconds, hangs. */
const patience = 10_000
/** Stands where guests may not read. */
const hidden = 'Buried-under-the-oak'

let site: TestApp
let cast: Pick<Actor, 'api' | 'page'>[]
beforeAll(async () => {
  site = await makeTestApp()
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
afterAll(() => site[Symbol.asyncDispose]())

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

const methods = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const
type Operation = {
  parameters?: { name: string; in: string }[]
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

const query = (names: readonly string[]) => {
  const pairs = names.filter(() => next() < 0.6).map((name) => `${name}=${encodeText(pick(texts))}`)
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}
/** As a hostile client would: mostly encoded, now and then raw. */
const encodeText = (text: string) =>
  next() < 0.9 ? encodeURIComponent(text.toWellFormed()) : text.replace(/[^!-~]/g, '')
const fill = (path: string) =>
  path.replace(/\{\w+\}|:\w+/g, () =>
    next() < 0.5 ? pick(['1', '2', 'yard', 'someone']) : encodeText(pick(texts)) || 'x',
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
        const names = (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'query')
          .map((parameter) => parameter.name)
        for (let round = 0; round < Math.ceil(total / all.length); round++) {
          // Signing out would leave the rest of the run to a guest.
          const who = path === '/sessions/current' ? site.guest : pick(cast)
          const url = `${fill(path)}${query(names)}`
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

  const pages = [
    '/',
    '/boards',
    '/b/:slug',
    '/t/:tag',
    '/m/:name',
    '/m/:name/comments',
    '/p/:id',
    '/p/:id/:slug',
    '/p/:id/history',
    '/p/:id/history/:version',
    '/p/:id/edit',
    '/p/:id/reply',
    '/p/:id/report',
    '/p/:id/move',
    '/p/:id/delete',
    '/c/:id',
    '/c/:id/history',
    '/c/:id/edit',
    '/c/:id/reply',
    '/c/:id/report',
    '/c/:id/delete',
    '/write',
    '/drafts',
    '/drafts/:id',
    '/bookmarks',
    '/settings',
    '/sign-in',
    '/sign-up',
    '/setup',
    '/claim/:token',
    '/mod',
    '/mod/log',
    '/mod/reports/:id',
    '/mod/members/:id',
    '/admin',
    '/admin/members',
    '/admin/members/:id',
    '/admin/boards/:slug',
    '/admin/new-board',
  ]
  test('sent to every page are answered by a page', async () => {
    for (const path of pages) {
      for (let round = 0; round < 10; round++) {
        const url = `${fill(path)}${query(['sort', 'period', 'after', 'order', 'draft', 'board', 'from', 'to', 'next', 'lang', 'token', 'saved', 'show', 'before', 'q'])}`
        const who = pick(cast)
        const answer = await who.page(url)
        judge(answer, `GET ${url}`, who)
        const language = /lang=(ko|en)/.exec(url)?.[1] ?? 'en'
        if (answer.statusCode >= 400 && !url.includes('lang='))
          expect(answer.headers['content-type'], url).toContain('text/html')
        if (answer.statusCode === 404 && !/setup|claim|lang=/.test(url))
          expectErrorPage(answer, 404, language)
      }
    }
  })

  const forms = [
    '/write',
    '/p/1/edit',
    '/p/1/comments',
    '/p/1/vote',
    '/p/1/bookmark',
    '/p/1/accepted',
    '/p/1/report',
    '/p/1/move',
    '/p/1/pin',
    '/p/1/lock',
    '/p/1/delete',
    '/p/1/restore',
    '/c/1/edit',
    '/c/1/vote',
    '/c/1/report',
    '/c/1/delete',
    '/c/1/restore',
    '/drafts/1/delete',
    '/preferences',
    '/sign-in',
    '/sign-up',
    '/setup',
    '/settings/profile',
    '/settings/email',
    '/settings/password',
    '/claim/x',
    '/mod/reports/1',
    '/mod/members/1/block',
    '/mod/members/1/unblock',
    '/admin/site',
    '/admin/boards',
    '/admin/boards/yard',
    '/admin/members/1/role',
    '/nowhere',
  ]
  const fields = [
    'title',
    'body',
    'tags',
    'board',
    'kind',
    'version',
    'note',
    'draft',
    'draftVersion',
    'do',
    'parent',
    'remark',
    'value',
    'on',
    'comment',
    'reason',
    'detail',
    'outcome',
    'until',
    'login',
    'name',
    'email',
    'password',
    'password2',
    'newPassword',
    'newPassword2',
    'token',
    'siteName',
    'language',
    'theme',
    'next',
    'about',
    'slug',
    'parent',
    'readBy',
    'writeBy',
    'role',
    'position',
    '__proto__',
    'constructor',
  ]
  test('sent by every form are answered by a page', async () => {
    for (const path of forms) {
      for (let round = 0; round < 6; round++) {
        const form = Object.fromEntries(fields.filter(() => next() < 0.6).map((name) => [name, pick(texts)]))
        const answer = await pick(cast).page(path, form)
        judge(answer, `POST ${path} ${JSON.stringify(form)}`)
        if (answer.statusCode >= 400) expect(answer.headers['content-type'], path).toContain('text/html')
      }
    }
  })
})
