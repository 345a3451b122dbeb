import { createHash } from 'node:crypto'
import type pg from 'pg'
import { applyMigration } from '#platform/migrations.ts'
import { connectForTables, inTransaction, listTables, rowsOf } from '#platform/tables.ts'
import { checkArchive, loadRows, type Watched } from './load.ts'
import { migrationsFor } from './manifest.ts'
import { BackupProblem } from './problem.ts'
import type { ArchiveReader } from './reader.ts'
import { requireRoom } from './restore.ts'

export type Verified = { rows: number; files: number; tables: number }

/**
 * Proves that an archive can be restored, by doing it: into a database at `url` that is made for this and thrown away, which
 * lies in `folder`. What
 * comes out of it again is compared with what went in, value by value. @throws BackupProblem
 */
export async function verify(
  { url, folder }: { url: string; folder: string },
  archive: ArchiveReader,
  watched: Watched,
): Promise<Verified> {
  const { past, rest } = migrationsFor(archive.manifest)
  await requireRoom(folder, archive.bytes)
  await checkArchive(archive, watched)
  await using client = await connectForTables(url)
  const rows = await inTransaction(client, 'begin', async () => {
    const loaded = await loadRows(client, archive, { ...watched, past })
    await compareRows(client, archive, watched)
    for (const migration of rest) await applyMigration(client, migration)
    return loaded
  })
  return { rows, files: archive.manifest.files.count, tables: archive.manifest.tables.length }
}

async function compareRows(
  client: pg.Client,
  archive: ArchiveReader,
  { onProgress, signal }: Watched,
): Promise<void> {
  const tables = new Map((await listTables(client)).map((table) => [table.name, table]))
  const total = archive.manifest.tables.reduce((sum, { rows }) => sum + rows, 0)
  let done = 0
  for (const { name, sha256 } of archive.manifest.tables) {
    const table = tables.get(name)
    const hash = createHash('sha256')
    for await (const lines of table ? rowsOf(client, table) : []) {
      if (signal.aborted) throw new BackupProblem('Stopped.')
      hash.update(`${lines.join('\n')}\n`)
      done += lines.length
      onProgress({ phase: 'compare', done, total, note: name })
    }
    if (hash.digest('hex') !== sha256)
      throw new BackupProblem(
        `The backup cannot be trusted: ${name} came out of the database other than it went in.`,
      )
  }
}
