import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'

const folder = new URL('../../db/migrations/', import.meta.url)
export const lockNumber = 7_273_264 // "madang" on a phone's keys, shortened; any constant would do

export type Migration = { name: string; sql: string; hash: string }

export function listMigrations(): Migration[] {
  const names = readdirSync(folder).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
  return names.sort().map((name) => {
    const sql = readFileSync(new URL(name, folder), 'utf8')
    return { name, sql, hash: createHash('sha256').update(sql).digest('hex') }
  })
}

export class MigrationProblem extends Error {
  override readonly name = 'MigrationProblem'
}

/**
 * Brings the database to the newest schema, one file a transaction, under a lock so that two starting processes
 * do not run the same file. Files of a newer program are left alone: schemas only grow, so this program still works.
 * @returns the names of the files that ran. @throws MigrationProblem when a file that ran was changed afterwards.
 */
export async function migrate(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'madang migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [lockNumber])
    await makeMigrationsTable(client)
    const done = new Map<string, string>()
    for (const row of (
      await client.query<{ name: string; hash: string }>('select name, hash from migrations')
    ).rows) {
      done.set(row.name, row.hash)
    }
    const ran: string[] = []
    for (const migration of listMigrations()) {
      const hash = done.get(migration.name)
      if (hash === migration.hash) continue
      if (hash)
        throw new MigrationProblem(`${migration.name} was changed after it ran; migrations are never edited`)
      await apply(client, migration)
      ran.push(migration.name)
    }
    return ran
  } finally {
    await client.end()
  }
}

export async function makeMigrationsTable(client: pg.Client): Promise<void> {
  await client.query(
    'create table if not exists migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())',
  )
}

/** In the transaction that the caller began. */
export async function applyMigration(client: pg.Client, { name, hash, sql }: Migration): Promise<void> {
  await client.query('insert into migrations (name, hash) values ($1, $2)', [name, hash])
  await client.query(sql)
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await applyMigration(client, migration)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
