import type pg from 'pg'
import type { Migration } from '#platform/migrations.ts'
import type { Step } from '#platform/progress.ts'
import { secretBytes } from '#platform/secrets.ts'
import { addRows, buildSchema, listTables, setLastId } from '#platform/tables.ts'
import { BackupProblem } from './problem.ts'
import {
  type ArchiveReader,
  listOfFiles,
  manifestName,
  partOfFile,
  partOfSecret,
  partOfTable,
} from './reader.ts'

export type Watched = { onProgress: (step: Step) => void; signal: AbortSignal }

/**
 * Reads the whole archive and compares every part with the manifest, so that nothing is touched for one that is
 * damaged, or holds what a backup does not. @throws BackupProblem
 */
export async function checkArchive(archive: ArchiveReader, watched: Watched): Promise<void> {
  const { manifest } = archive
  const expected = new Set([manifestName, listOfFiles])
  let done = 0
  const compare = async (name: string, sha256: string) => {
    if (watched.signal.aborted) throw new BackupProblem('Stopped: nothing was changed.')
    if (expected.has(name) && name !== listOfFiles) throw damaged(`names ${name} twice`)
    expected.add(name)
    const measured = await archive.measure(name)
    if (measured.sha256 !== sha256) throw damaged(`${name} is not what it was`)
    done += measured.bytes
    watched.onProgress({ phase: 'check', done, total: Math.max(archive.bytes, done) })
    return measured
  }
  for (const { name, rows, sha256 } of manifest.tables) {
    const { lines } = await compare(partOfTable(name), sha256)
    if (lines !== rows) throw damaged(`${name} has ${lines} rows instead of ${rows}`)
  }
  for (const { name, sha256 } of manifest.secrets) {
    const { bytes } = await compare(partOfSecret(name), sha256)
    if (bytes !== secretBytes) throw damaged(`its ${name} is no key`)
  }
  await compare(listOfFiles, manifest.files.sha256)
  let count = 0
  for await (const { key, bytes, sha256 } of archive.files()) {
    const measured = await compare(partOfFile(key), sha256)
    if (measured.bytes !== bytes) throw damaged(`${key} has ${measured.bytes} bytes instead of ${bytes}`)
    count++
  }
  if (count !== manifest.files.count)
    throw damaged(`it lists ${count} files instead of ${manifest.files.count}`)
  for (const name of archive.names) if (!expected.has(name)) throw damaged(`nothing says what ${name} is`)
}

/**
 * Builds the schema that the archive was made from and puts its rows in, in place of what the database has. Rows are
 * values and nothing else: no text of the archive becomes a statement. Needs a transaction.
 * @throws BackupProblem when rows do not fit the schema
 */
export async function loadRows(
  client: pg.Client,
  archive: ArchiveReader,
  { past, onProgress, signal }: Watched & { past: readonly Migration[] },
): Promise<number> {
  const total = archive.manifest.tables.reduce((sum, { rows }) => sum + rows, 0)
  let done = 0
  await buildSchema(client, past, async () => {
    const tables = new Map((await listTables(client)).map((table) => [table.name, table]))
    const given = new Set(archive.manifest.tables.map(({ name }) => name))
    for (const name of tables.keys()) if (!given.has(name)) throw damaged(`it says nothing of ${name}`)
    for (const { name, rows, lastId } of archive.manifest.tables) {
      const table = tables.get(name)
      if (!table) throw damaged(`its schema has no table ${name}`)
      async function* watchedLines() {
        for await (const lines of archive.lines(partOfTable(name))) {
          if (signal.aborted) throw new BackupProblem('Stopped: nothing was changed.')
          yield lines
          done += lines.length
          onProgress({ phase: 'rows', done, total, note: name })
        }
      }
      const added = await addRows(client, table, watchedLines()).catch((error: unknown) => {
        throw notFitting(error, name)
      })
      if (added !== rows) throw damaged(`${name} gave ${added} rows instead of ${rows}`)
      await setLastId(client, table, lastId)
    }
    onProgress({ phase: 'indexes', done: 0, total: null })
  }).catch((error: unknown) => {
    throw notFitting(error, 'rows')
  })
  return done
}

/** What PostgreSQL says of values that are none (class 22), break a rule of the schema (23) or are too much (54). */
function notFitting(error: unknown, what: string): unknown {
  const { code } = { code: '', ...(error instanceof Error ? error : {}) }
  if (!/^(2[23]|54)/.test(code)) return error
  return damaged(`${what} do not fit the schema: ${error instanceof Error ? error.message : ''}`)
}

const damaged = (what: string) => new BackupProblem(`The backup is damaged: ${what}. Nothing was changed.`)
