import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { DB } from './database-types.ts'
import { Lanes } from './lanes.ts'

/** A connection pool or, inside `transact`, one transaction. Everything that asks the database takes it first. */
export type Db = Kysely<DB>

const int8 = 20
const int8Array = 1016
const timestamptz = 1184

/** PostgreSQL in UTC writes `2026-01-02 03:04:05.678+00`; columns hold milliseconds, so a Date loses nothing. */
function parseInstant(text: string): Date {
  const two = (at: number) => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 11 * zero
  const year = two(0) * 100 + two(2)
  const isPlain = text.charCodeAt(10) === space && text.endsWith('+00') && year >= 100
  if (!isPlain) return new Date(`${text.slice(0, 10)}T${text.slice(11).replace(/\+00$/, 'Z')}`)
  const seconds = Number(text.slice(17, -3))
  return new Date(Date.UTC(year, two(5) - 1, two(8), two(11), two(14)) + Math.round(seconds * 1000))
}
const zero = 48
const space = 32
const parsers = new Map<number, (text: string) => unknown>([
  [int8, Number],
  [int8Array, (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number))],
  [timestamptz, parseInstant],
])
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    parsers.get(oid) ??
    (format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text')),
}

/** Statement names by text: PostgreSQL plans a text once per connection instead of at every call. Bounded: rare texts stay unnamed. */
const names = new Map<string, string>()
function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known || names.size >= 400) return known
  const name = `m${names.size}`
  names.set(text, name)
  return name
}

function named(text: string): { name?: string; text: string } {
  const name = nameOf(text)
  return name ? { name, text } : { text }
}

/** For Kysely, which knows no names. */
class NamedClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads; only Kysely calls it this way
  override query(text: any, values?: any, callback?: any): any {
    if (typeof text !== 'string' || !Array.isArray(values) || callback)
      return super.query(text, values, callback)
    return super.query({ ...named(text), values })
  }
}

export type Database = { db: Db; pool: pg.Pool } & AsyncDisposable

/** What stands behind a `Db` that is no transaction: reached without Kysely, which costs more than a short statement. */
const behind = new WeakMap<Db, { pool: pg.Pool; lanes: Lanes }>()

/**
 * Opens at most `size` connections: a pool, and a few lanes for `lookUp`. Statements end after 10 s (`timeoutMs`), idle
 * transactions after 30 s, so that nothing can hold the database.
 */
export function openDatabase(options: { url: string; size: number; timeoutMs?: number }): Database {
  const config = {
    connectionString: options.url,
    types,
    connectionTimeoutMillis: 10_000,
    application_name: 'madang',
    options: `-c TimeZone=UTC -c statement_timeout=${options.timeoutMs ?? 10_000} -c idle_in_transaction_session_timeout=30000`,
  }
  const shared = Math.min(3, options.size >> 1)
  const max = options.size - shared
  const pool = new pg.Pool({ ...config, max, Client: NamedClient, idleTimeoutMillis: 60_000 })
  // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {})
  // The same for one that is in use: its query fails, and that is reported where it was asked.
  pool.on('connect', (client) => client.on('error', () => {}))
  const lanes = new Lanes(config, shared)
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
  behind.set(db, { pool, lanes })
  const close = async () => {
    await lanes.close()
    await db.destroy()
    // Kysely ends no pool that it was never asked through, and idle connections keep a command from ending.
    if (!pool.ending) await pool.end()
  }
  return { db, pool, [Symbol.asyncDispose]: close }
}

/** The same object for a `Db`, its transactions, and its copies with plugins. */
export function identityOf(db: Db): object {
  return db.getExecutor().adapter
}

/** What a transaction of `transact` has left to do when it is committed. */
const afterwards = new WeakMap<Db, (() => void)[]>()

/** Runs `work` in one transaction; joins the one that `db` already is. Retries when PostgreSQL found a deadlock. */
export async function transact<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db)
  return retryDeadlocks(async () => {
    const left: (() => void)[] = []
    const result = await db.transaction().execute((tx) => {
      afterwards.set(tx, left)
      return work(tx)
    })
    for (const each of left) each()
    return result
  })
}

/** Does `work` when the transaction is committed, never when it is rolled back; at once outside of one. It must not throw. */
export function afterCommit(db: Db, work: () => void): void {
  const left = afterwards.get(db)
  if (left) left.push(work)
  else if (!db.isTransaction) work()
}

/** Runs a whole transaction (or one statement, which is one) up to `tries` times while PostgreSQL finds deadlocks. */
export async function retryDeadlocks<T>(work: () => Promise<T>, tries = 3): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const deadlock =
      error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001')
    if (!deadlock || tries <= 1) throw error
    return retryDeadlocks(work, tries - 1)
  }
}

/** Runs one constant SQL text: for hot paths and questions that read better as SQL. `$1`... are bound from `values`. */
export async function ask<Row>(db: Db, text: string, values: readonly unknown[]): Promise<Row[]> {
  const place = behind.get(db)
  const result = place
    ? await place.pool.query({ ...named(text), values: [...values] })
    : await db.executeQuery(CompiledQuery.raw(text, [...values]))
  // The text decides the row's type; the caller states it, as Kysely's `sql` does.
  return result.rows as Row[]
}

/** As `ask`, planned for these very values: for conditions that may hold of a handful of rows or of nearly all. */
export async function askFresh<Row>(db: Db, text: string, values: readonly unknown[]): Promise<Row[]> {
  const place = behind.get(db)
  if (!place) return ask(db, text, values)
  return (await place.pool.query({ text, values: [...values] })).rows as Row[]
}

/** As `ask`, for short reads by key that wait for no lock: outside a transaction they share a few connections. */
export async function lookUp<Row>(db: Db, text: string, values: readonly unknown[]): Promise<Row[]> {
  const place = behind.get(db)
  const name = place && nameOf(text)
  if (!name) return ask(db, text, values)
  return (await place.lanes.ask({ name, text, values: [...values] })) as Row[]
}
