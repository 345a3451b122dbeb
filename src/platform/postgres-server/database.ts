import pg from 'pg'
import { type Address, urlOf } from './address.ts'
import type { Layout } from './layout.ts'
import { PostgresProblem } from './problem.ts'

const oldestVersion = 15

/**
 * Makes sure that the role and database `madang` are there, and gives their address. Only the first start finds
 * them missing; the role is no superuser, like the one that a foreign server would give us.
 * @throws PostgresProblem when the stored password is not the server's
 */
export async function ensureDatabase(
  address: Address,
  { password, isNew, layout }: { password: string; isNew: boolean; layout: Layout },
): Promise<string> {
  const url = urlOf(address, { user: 'madang', password, database: 'madang' })
  if (!isNew && (await connects(url))) return url
  const client = new pg.Client(urlOf(address, { user: 'postgres', password, database: 'postgres' }))
  try {
    await client.connect()
    const roles = await client.query("SELECT 1 FROM pg_roles WHERE rolname = 'madang'")
    const verb = roles.rowCount === 0 ? 'CREATE' : 'ALTER'
    await client.query(`${verb} ROLE madang LOGIN CREATEDB PASSWORD ${pg.escapeLiteral(password)}`)
    const databases = await client.query("SELECT 1 FROM pg_database WHERE datname = 'madang'")
    if (databases.rowCount === 0) await client.query('CREATE DATABASE madang OWNER madang')
  } catch (error) {
    if (codeOf(error) !== '28P01') throw error
    throw new PostgresProblem(
      `The password in ${layout.password} is not the database's.\nPut the right file back; or delete it and start again: a new password is set.`,
    )
  } finally {
    await client.end().catch(() => {})
  }
  return url
}

/**
 * Checks a PostgreSQL of the operator's own; `named`: what gave its address.
 * @throws PostgresProblem when it is older than 15, is not in UTF-8, or cannot be reached
 */
export async function checkPostgres(url: string, named = 'DATABASE_URL'): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
    const { rows } = await client.query<{ number: number; name: string; encoding: string }>(
      "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name, current_setting('server_encoding') AS encoding",
    )
    const [version] = rows
    if (version && version.number >= oldestVersion * 10_000) {
      if (version.encoding === 'UTF8') return
      throw new PostgresProblem(
        `The database of ${named} is in ${version.encoding}, which cannot hold every letter.\nMake one in UTF-8: create database NAME encoding 'UTF8' template template0`,
      )
    }
    throw new PostgresProblem(
      `${named} leads to PostgreSQL ${version?.name}; Madang needs ${oldestVersion} or newer.\nUpgrade that server, or leave DATABASE_URL out to use the embedded one.`,
    )
  } catch (error) {
    if (error instanceof PostgresProblem) throw error
    const reason = error instanceof AggregateError ? error.errors[0] : error
    throw new PostgresProblem(
      `The PostgreSQL of ${named} does not answer: ${reason instanceof Error ? reason.message : reason}.\nCheck its address, user and password, and that it runs.`,
      { cause: error },
    )
  } finally {
    await client.end().catch(() => {})
  }
}

async function connects(url: string): Promise<boolean> {
  const client = new pg.Client(url)
  try {
    await client.connect()
    return true
  } catch (error) {
    if (codeOf(error) === '28P01' || codeOf(error) === '3D000') return false
    throw error
  } finally {
    await client.end().catch(() => {})
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}
