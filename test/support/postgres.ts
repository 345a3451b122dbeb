import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { prepareJobs } from '#platform/jobs.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'

declare module 'vitest' {
  // Vitest's own way to hand values from the global set-up to the tests.
  interface ProvidedContext {
    postgresUrl: string
  }
}

export const template = 'madang_test_template'

/**
 * One server for all tests: TEST_DATABASE_URL's, or an embedded one in a temporary folder. The schema is built once,
 * in a template that each test file clones.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const own = process.env['TEST_DATABASE_URL']
  const dataDir = own
    ? null
    : mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'madang-test-'))
  const quick = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '100' }
  const server = dataDir ? await startPostgres({ dataDir, log: () => {}, settings: quick }) : null
  const url = own ?? server?.url ?? ''
  await makeTemplate(url)
  project.provide('postgresUrl', url)
  return async () => {
    await server?.stop()
    if (dataDir) rmSync(dataDir, { recursive: true, force: true })
  }
}

async function makeTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`drop database if exists ${template}`)
    await client.query(`create database ${template}`)
  } finally {
    await client.end()
  }
  const connectionString = databaseUrl(url, template)
  await migrate(connectionString)
  const pool = new pg.Pool({ connectionString })
  for (const event of ['error', 'connect'] as const) pool.on(event, () => {})
  await prepareJobs(pool)
  await pool.end()
}

/** The same server, another database. The embedded server's address has no host, which `URL` refuses. */
export function databaseUrl(url: string, database: string): string {
  return url.replace(/^(\w+:\/\/[^/]*)\/[^?]*/, `$1/${database}`)
}
