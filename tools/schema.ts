import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openDatabase } from '#platform/database.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'
import { describeSchema } from '#test/support/schema.ts'

/** Runs the migrations on an empty database and writes db/schema.sql and src/platform/database-types.ts from the result. */
const dataDir = mkdtempSync(join(tmpdir(), 'madang-schema-'))
try {
  await using server = await startPostgres({ dataDir, log: () => {} })
  await migrate(server.url)
  await using database = openDatabase({ url: server.url, size: 2 })
  for (const [path, text] of Object.entries(await describeSchema(server.url, database.pool))) {
    writeFileSync(path, text)
    process.stdout.write(`wrote ${path}\n`)
  }
  // The generator's connections close behind its back; a server that stops first would be an error of theirs.
  await wait(500)
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
