import { createHash } from 'node:crypto'
import type pg from 'pg'
import { keyOf } from '#modules/files/names.ts'
import { listMigrations } from '#platform/migrations.ts'
import type { Step } from '#platform/progress.ts'
import type { Storage } from '#platform/storage/shapes.ts'
import { connectForTables, inTransaction, lastId, listTables, rowsOf, type Table } from '#platform/tables.ts'
import type { BackupKey } from './key.ts'
import { formatVersion, type Manifest, type secretNames, type TablePart } from './manifest.ts'
import { BackupProblem } from './problem.ts'
import { listOfFiles, manifestName, partOfFile, partOfSecret, partOfTable } from './reader.ts'
import { ArchiveWriter } from './writer.ts'

/** Worth something only where and while they were made: who is signed in, links and codes of minutes, what waits to be sent. */
const leftOut: ReadonlySet<string> = new Set([
  'challenges',
  'member_links',
  'push_subscriptions',
  'sessions',
  'sign_in_codes',
  'visitor_keys',
  'webhook_deliveries',
])

export const belongs = ({ name }: Table) => !leftOut.has(name)

export type Secret = { name: (typeof secretNames)[number]; value: Uint8Array }

export type BackupInput = {
  path: string
  /** Null: not encrypted. */
  key: BackupKey | null
  /** To put into it; only with a key. */
  secrets: readonly Secret[]
  /** The key that sealed the secrets in the rows. */
  sealingKey: Uint8Array
  /** Of the program. */
  version: string
  now: Date
  signal: AbortSignal
  onProgress: (step: Step) => void
}

export type BackupResult = { bytes: number; rows: number; files: number; missing: number }

/**
 * Writes everything that a site is into one archive: the rows of one moment, while others go on writing, and the
 * files that they show. @throws BackupProblem
 */
export async function backup(
  { url, storage }: { url: string; storage: Storage },
  input: BackupInput,
): Promise<BackupResult> {
  if (input.secrets.length > 0 && !input.key)
    throw new BackupProblem('Keys go only into an encrypted backup: name a file for --key as well.')
  await using client = await connectForTables(url)
  await using archive = await ArchiveWriter.open(input)
  return await inTransaction(client, 'begin isolation level repeatable read read only', async () => {
    const schema = await schemaOf(client)
    await requireMembers(client)
    const tables = await addTables(client, archive, input)
    const files = await addFiles({ client, storage }, archive, input)
    const secrets: Manifest['secrets'] = []
    for (const { name, value } of input.secrets) {
      const { sha256 } = await archive.add(partOfSecret(name), chunksOf([Buffer.from(value)]))
      secrets.push({ name, sha256 })
    }
    const manifest: Manifest = {
      format: 'madang-backup',
      formatVersion,
      madang: input.version,
      createdAt: input.now.toISOString(),
      schema,
      tables,
      leftOut: [...leftOut],
      files,
      sealedBy: fingerprint(input.sealingKey),
      secrets,
    }
    await archive.add(manifestName, chunksOf([Buffer.from(JSON.stringify(manifest, null, 2))]))
    const bytes = await archive.finish()
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    return { bytes, rows, files: files.count, missing: files.missing }
  })
}

/** Says whether two keys are the same and nothing else of them. */
export function fingerprint(key: Uint8Array): string {
  return createHash('sha256').update('madang backup').update(key).digest('hex').slice(0, 16)
}

/** @throws BackupProblem when the database is of another version than the program */
export async function schemaOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    'select name from migrations order by name desc limit 1',
  )
  const name = rows[0]?.name ?? ''
  if (name !== listMigrations().at(-1)?.name)
    throw new BackupProblem(
      'The schema of the database is not of this version of Madang: use the version that runs on it.',
    )
  return name
}

/** A site without anybody is the wrong one: a command that looks into another folder would back up nothing, night after night. */
async function requireMembers(client: pg.Client): Promise<void> {
  const { rows } = await client.query('select from members limit 1')
  if (rows.length === 0)
    throw new BackupProblem('This site has no members. Is DATA_DIR (or DATABASE_URL) that of your site?')
}

async function addTables(
  client: pg.Client,
  archive: ArchiveWriter,
  { onProgress, signal }: BackupInput,
): Promise<TablePart[]> {
  const tables = await listTables(client)
  const expected = await roughCount(client)
  const parts: TablePart[] = []
  let done = 0
  for (const table of tables) {
    const { name } = table
    let rows = 0
    const lines = async function* () {
      // Its last number alone: receivers of webhooks know a delivery by it.
      if (!belongs(table)) return
      for await (const batch of rowsOf(client, table)) {
        if (signal.aborted) throw new BackupProblem('Stopped: there is no backup.')
        rows += batch.length
        done += batch.length
        onProgress({ phase: 'rows', done, total: Math.max(expected, done), note: name })
        yield Buffer.from(`${batch.join('\n')}\n`)
      }
    }
    const { sha256 } = await archive.add(partOfTable(name), lines())
    parts.push({ name, rows, sha256, lastId: await lastId(client, table) })
  }
  return parts
}

/** As PostgreSQL remembers it: enough for a bar. */
async function roughCount(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select coalesce(sum(greatest(reltuples, 0)), 0)::float8 as count from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  )
  return rows[0]?.count ?? 0
}

async function addFiles(
  { client, storage }: { client: pg.Client; storage: Storage },
  archive: ArchiveWriter,
  { onProgress, signal }: BackupInput,
): Promise<Manifest['files']> {
  const { rows } = await client.query<{ name: string; size: number }>(
    'select name, unnest(sizes)::int as size from files where removed_at is null order by id, size',
  )
  const list: string[] = []
  let bytes = 0
  let missing = 0
  for (const [i, { name, size }] of rows.entries()) {
    if (signal.aborted) throw new BackupProblem('Stopped: there is no backup.')
    const key = keyOf(name, size)
    const stored = await storage.get(key)
    if (stored) {
      const added = await archive.add(partOfFile(key), stored.stream, { packed: true })
      bytes += added.bytes
      list.push(`${JSON.stringify({ key, ...added })}\n`)
    } else missing++
    onProgress({ phase: 'files', done: i + 1, total: rows.length })
  }
  const { sha256 } = await archive.add(listOfFiles, chunksOf([Buffer.from(list.join(''))]))
  return { count: list.length, bytes, missing, sha256 }
}

async function* chunksOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}
