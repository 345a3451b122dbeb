import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject, vi } from 'vitest'
import { type Database, openDatabase } from '#platform/database.ts'
import { databaseUrl, template } from './postgres.ts'

export type TestDatabase = Database & { url: string }

async function ask(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

/** A database of its own with the whole schema and no rows: a clone of the template, dropped when disposed. */
export async function makeTestDatabase(size = 10): Promise<TestDatabase> {
  const name = `madang_test_${randomBytes(6).toString('hex')}`
  await ask(`create database ${name} template ${template} strategy file_copy`)
  const url = databaseUrl(inject('postgresUrl'), name)
  const database = openDatabase({ url, size })
  return {
    ...database,
    url,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]()
      await drop(name)
    },
  }
}

/** A database of its own to which nobody is connected, empty or with the schema; dropped when disposed. */
export async function makeLoneDatabase(
  content: 'empty' | 'schema' = 'empty',
): Promise<{ url: string } & AsyncDisposable> {
  const name = `madang_test_${randomBytes(6).toString('hex')}`
  await ask(
    `create database ${name}${content === 'schema' ? ` template ${template} strategy file_copy` : ''}`,
  )
  return {
    url: databaseUrl(inject('postgresUrl'), name),
    [Symbol.asyncDispose]: () => drop(name),
  }
}

/** A connection that is just being closed, or autovacuum, is waited for (5 s); what a killed process left is ended. */
async function drop(name: string): Promise<void> {
  const force = () => ask(`drop database ${name} with (force)`)
  await ask(`drop database ${name}`).catch(() => vi.waitFor(force, { timeout: 10_000, interval: 100 }))
}

/** A transaction on a connection of its own. */
export async function begun({ database }: { database: Database }) {
  const client = await database.pool.connect()
  await client.query('begin')
  return {
    query: (text: string, values: unknown[] = []) => client.query(text, values),
    [Symbol.asyncDispose]: async () => client.release(),
  }
}

/** Until so many statements wait for a lock. */
export async function waiting({ database }: { database: Database }, count: number): Promise<void> {
  for (;;) {
    const { rows } = await database.pool.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
    if ((rows[0]?.n ?? 0) >= count) return
  }
}
