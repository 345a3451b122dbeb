import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { DB } from './database-types.ts'

/** A connection pool or, inside `transact`, one transaction. Everything that asks the database takes it first. */
export type Db = Kysely<DB>

const int8 = 20
const int8Array = 1016
const timestamptz = 1184

/** PostgreSQL in UTC writes `2026-01-02 03:04:05.678+00`; columns hold milliseconds, so a Date loses nothing. */
function parseInstant(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11).replace(/\+00$/, 'Z')}`)
}
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

class NamedClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads; only Kysely calls it this way
  override query(text: any, values?: any, callback?: any): any {
    if (typeof text !== 'string' || !Array.isArray(values) || callback)
      return super.query(text, values, callback)
    const name = nameOf(text)
    return name ? super.query({ name, text, values }) : super.query(text, values)
  }
}

export type Database = { db: Db; pool: pg.Pool } & AsyncDisposable

/**
 * Opens a pool of at most `size` connections. Statements end after 10 s (`timeoutMs`), idle transactions after 30 s,
 * so that nothing can hold the database.
 */
export function openDatabase(options: { url: string; size: number; timeoutMs?: number }): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.size,
    Client: NamedClient,
    types,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 10_000,
    application_name: 'madang',
    options: `-c TimeZone=UTC -c statement_timeout=${options.timeoutMs ?? 10_000} -c idle_in_transaction_session_timeout=30000`,
  })
  // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {})
  // The same for one that is in use: its query fails, and that is reported where it was asked.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
  return { db, pool, [Symbol.asyncDispose]: () => db.destroy() }
}

/** Runs `work` in one transaction; joins the one that `db` already is. Retries when PostgreSQL found a deadlock. */
export async function transact<T>(db: Db, work: (tx: Db) => Promise<T>, tries = 3): Promise<T> {
  return db.isTransaction ? work(db) : retryDeadlocks(() => db.transaction().execute(work), tries)
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
  const result = await db.executeQuery(CompiledQuery.raw(text, [...values]))
  // The text decides the row's type; the caller states it, as Kysely's `sql` does.
  return result.rows as Row[]
}
