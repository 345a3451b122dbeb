import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { buildApp } from '#app.ts'
import { toConfig } from '#config/config.ts'
import { readEnv } from '#config/env.ts'
import { announceOn, subscribe } from '#events.ts'
import { setPasswordPasses } from '#modules/accounts/passwords.ts'
import { openSession, signAccessToken } from '#modules/accounts/sessions.ts'
import type { MemberRole, Viewer } from '#modules/accounts/viewer.ts'
import { ActLog } from '#modules/acts/act-log.ts'
import { type BoardInput, insertBoard } from '#modules/boards/boards.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { countOpenReports } from '#modules/moderation/moderation.ts'
import { Notifier } from '#modules/notifications/notifier.ts'
import { SiteSettings } from '#modules/site/site.ts'
import { rankingSubscriber } from '#modules/trending/ranking.ts'
import { WebhookList } from '#modules/webhooks/list.ts'
import { loadAssets } from '#platform/assets.ts'
import { memoryBus } from '#platform/bus.ts'
import { type Db, transact } from '#platform/database.ts'
import { openFileTools } from '#platform/file-tools.ts'
import type { Server } from '#platform/http/server.ts'
import { memoryLimits } from '#platform/limits/memory.ts'
import { makeLog } from '#platform/log.ts'
import { makeMetrics } from '#platform/metrics.ts'
import { memoryOnce } from '#platform/once.ts'
import { foldName } from '#platform/text.ts'
import type { Deps } from '#ui/web.ts'
import { makeTestDatabase, type TestDatabase } from './database.ts'
import { QueryCounter } from './queries.ts'

/** A member of the test's cast: asks the API by token and pages by cookie. */
export type Actor = {
  id: number
  name: string
  viewer: Viewer
  api: (method: Method, url: string, body?: object) => Promise<Answer>
  /** A Buffer is sent as multipart/form-data with the boundary `x`. */
  page: (url: string, form?: Record<string, string> | Buffer) => Promise<Answer>
  /** The header that the browser sends. */
  cookie: string
}
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Answer = LightMyRequestResponse

export type TestApp = {
  app: Server
  db: Db
  deps: Deps
  database: TestDatabase
  /** The app's clock: set `now` to travel. */
  clock: { now: Date }
  /** How many statements the app sent; only when asked for by `countQueries`. */
  queries: QueryCounter
  guest: Pick<Actor, 'api' | 'page'>
  member: (name?: string, role?: MemberRole) => Promise<Actor>
  board: (input?: Partial<BoardInput>) => Promise<Board>
  /** A published post, by the API. */
  post: (
    author: Actor,
    board: Board,
    values?: Record<string, unknown>,
  ) => Promise<{ id: number; title: string }>
} & AsyncDisposable

/** What processes share, instead of what this one has for itself. */
type Shared = Partial<Pick<Deps, 'bus' | 'limits' | 'once' | 'metrics'>>

/** The whole app in this process on a database of its own; nothing in it is faked but the clock. */
export async function makeTestApp(
  options: { env?: Record<string, string>; poolSize?: number; countQueries?: boolean; shared?: Shared } = {},
): Promise<TestApp> {
  const database = await makeTestDatabase(options.poolSize)
  const clock = { now: new Date('2026-11-21T03:00:00Z') }
  const queries = new QueryCounter()
  // A counted database asks all through Kysely; else the app has the one that it has in life.
  const db = options.countQueries ? database.db.withPlugin(queries) : database.db
  // Made by the first upload, if there is one.
  const dataDir = join(tmpdir(), `madang-test-${randomBytes(6).toString('hex')}`)
  // Tests write rows of their own, of which no cache hears. With TEST_CACHES=on they run as a site does.
  const cache = process.env['TEST_CACHES'] === 'on' ? '8' : '0'
  const quiet = {
    LOG_LEVEL: 'silent',
    RATE_LIMITS: 'off',
    PASSWORD_PASSES: '2',
    PAGE_CACHE_MB: cache,
    ROW_CACHE_MB: cache,
  }
  const env = { DEFAULT_LANGUAGE: 'en', DATA_DIR: dataDir, ...quiet }
  const config = toConfig(readEnv({ ...env, ...options.env }))
  setPasswordPasses(config.passwordPasses)
  const files = openFileTools(config)
  const bus = options.shared?.bus ?? memoryBus()
  const deps: Deps = {
    db,
    config,
    files,
    acts: new ActLog(database.db, { timeZone: config.timeZone, log: makeLog('silent') }),
    assets: loadAssets(),
    site: new SiteSettings(db, { safe: config.safeMode }),
    key: randomBytes(32),
    sealingKey: randomBytes(32),
    pushKey: randomBytes(32),
    limits: memoryLimits(),
    once: memoryOnce(),
    metrics: makeMetrics(),
    ...options.shared,
    bus,
    webhooks: new WebhookList(db),
    clock: () => new Date(clock.now),
    log: makeLog('silent'),
    countReports: countOpenReports,
    notifier: new Notifier({
      db,
      bus,
      mails: config.mail !== null,
      clock: () => new Date(clock.now),
      onFailure,
    }),
  }
  subscribe(db, deps.notifier)
  subscribe(db, deps.webhooks)
  subscribe(db, rankingSubscriber)
  announceOn(db, deps.bus)
  const app = await buildApp(deps)
  const test: TestApp = {
    app,
    db: database.db,
    deps,
    database,
    clock,
    queries,
    guest: actions(app, {}),
    member: (name, role) => makeMember(test, name, role),
    board: (input = {}) => makeBoard(database.db, input),
    post: async (author, board, values = {}) => {
      const answer = await author.api('POST', `/boards/${board.slug}/posts`, {
        title: 'A post',
        body: 'Text',
        ...values,
      })
      if (answer.statusCode !== 201) throw new Error(`no post: ${answer.body}`)
      return answer.json()
    },
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await deps.acts[Symbol.asyncDispose]()
      await deps.notifier[Symbol.asyncDispose]()
      files[Symbol.dispose]()
      await rm(dataDir, { recursive: true, force: true })
      await database[Symbol.asyncDispose]()
    },
  }
  return test
}

/** `token` is asked for at each call: an access token lives 15 minutes, and tests travel in time. */
function actions(
  app: Server,
  as: { token?: () => Promise<string>; cookie?: string },
): Pick<Actor, 'api' | 'page'> {
  const { token, cookie } = as
  return {
    api: async (method, url, body) => {
      const options: InjectOptions = {
        method,
        url: `/api/v1${url}`,
        headers: token ? { authorization: `Bearer ${await token()}` } : {},
      }
      return app.inject(body === undefined ? options : { ...options, payload: body })
    },
    page: (url, form) => {
      const sent = cookie ? { cookie } : {}
      if (!form) return app.inject({ method: 'GET', url, headers: sent })
      const isRaw = Buffer.isBuffer(form)
      const payload = isRaw ? form : new URLSearchParams(form).toString()
      const type = isRaw ? 'multipart/form-data; boundary=x' : 'application/x-www-form-urlencoded'
      return app.inject({
        method: 'POST',
        url,
        payload,
        headers: { ...sent, 'content-type': type, origin: 'http://localhost:80' },
      })
    },
  }
}

function onFailure(error: unknown): void {
  throw error
}

let made = 0

/** A member without the cost of a password hash, signed in both ways. */
async function makeMember(
  test: TestApp,
  name = `member${++made}`,
  role: MemberRole = 'member',
): Promise<Actor> {
  const { db, deps, clock } = test
  const email = `${foldName(name)}@example.org`
  const row = { name, name_key: foldName(name), email, email_key: email, role, created_at: clock.now }
  const { id } = await db.insertInto('members').values(row).returning('id').executeTakeFirstOrThrow()
  const now = clock.now
  const browser = await openSession(db, { memberId: id, kind: 'browser', agent: 'test', now })
  const client = await openSession(db, { memberId: id, kind: 'client', agent: 'test', now })
  const token = () => signAccessToken({ memberId: id, sessionId: client.id, key: deps.key, now: clock.now })
  const viewer: Viewer = {
    id,
    name,
    role,
    language: null,
    theme: 'system',
    blocked: null,
    sessionId: client.id,
  }
  const cookie = `madang=${browser.token}`
  return { id, name, viewer, cookie, ...actions(test.app, { token, cookie }) }
}

function makeBoard(db: Db, input: Partial<BoardInput>): Promise<Board> {
  const slug = input.slug ?? `board${++made}`
  return transact(db, (tx) => insertBoard(tx, { slug, name: slug, ...input }))
}
