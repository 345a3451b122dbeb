import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { applyMigration, listMigrations, lockNumber } from '#platform/migrations.ts'
import type { Storage } from '#platform/storage/shapes.ts'
import { connectForTables, inTransaction, isAlone } from '#platform/tables.ts'
import { fingerprint } from './backup.ts'
import { checkArchive, loadRows, type Watched } from './load.ts'
import { migrationsFor } from './manifest.ts'
import { BackupProblem } from './problem.ts'
import { type ArchiveReader, partOfFile, partOfSecret } from './reader.ts'

export type RestoreTarget = {
  url: string
  storage: Storage
  /** For temporary files, on the disk that the files go to. */
  folder: string
  /** Clears the accounts of people who have left since, as they stand in the settings. */
  clearAgain: () => Promise<void>
  /** Keeps a key of the archive. */
  keepSecret: (name: string, value: Buffer) => Promise<void>
  /** The key that will open what is sealed in the rows, unless the archive brings it; null: none yet. */
  sealingKey: Uint8Array | null
}

export type RestoreResult = {
  rows: number
  files: number
  /** Secrets in the rows that no key here opens: second factors, secrets of webhooks and app clients. */
  sealedForGood: number
  /** Members of the backup who have left this site since it was made. */
  leftSince: number[]
}

/**
 * Makes the site what the archive says, whole or not at all: rows in one transaction, brought to this program's schema
 * in it. An older content goes only with `replace`. @throws BackupProblem before anything is changed
 */
export async function restore(
  target: RestoreTarget,
  archive: ArchiveReader,
  { replace, ...watched }: Watched & { replace: boolean },
): Promise<RestoreResult> {
  const { past, rest } = migrationsFor(archive.manifest)
  await requireRoom(target.folder, archive.bytes)
  await using client = await connectForTables(target.url)
  await requirePlace(client, replace)
  await checkArchive(archive, watched)
  const result = await inTransaction(client, 'begin', async () => {
    // The lock of migrations: whoever starts now waits, and whoever has started meanwhile is seen.
    await client.query('select pg_advisory_xact_lock($1)', [lockNumber])
    await requirePlace(client, replace)
    const left = await listLeft(client)
    const rows = await loadRows(client, archive, { ...watched, past })
    for (const migration of rest) await applyMigration(client, migration)
    await putFiles(target, archive, watched)
    const leftSince = await listBack(client, left)
    await noteLeft(client, leftSince)
    return {
      rows,
      files: archive.manifest.files.count,
      sealedForGood: await countSealed(client, target, archive),
      leftSince,
    }
  })
  // Before anything else can fail.
  await target.clearAgain()
  for (const { name } of archive.manifest.secrets) {
    const chunks: Buffer[] = []
    for await (const chunk of archive.chunks(partOfSecret(name))) chunks.push(chunk)
    await target.keepSecret(name, Buffer.concat(chunks))
  }
  await client.query('analyze')
  return result
}

/** A database that nobody uses, and that is empty unless its content may go. @throws BackupProblem */
export async function requirePlace(
  client: pg.Client,
  replace: boolean,
  otherwise = 'With --replace the backup takes their place.',
): Promise<void> {
  if (!(await isAlone(client)))
    throw new BackupProblem(
      'Something else is connected to this database. Stop Madang first, then run the command again.',
    )
  const { rows } = await client.query<{ things: number; ours: boolean }>(`
    select ((select count(*) from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
               and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e'))
          + (select count(*) from pg_proc p where p.pronamespace = 'public'::regnamespace
               and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')))::int as things,
           to_regclass('public.migrations') is not null and to_regclass('public.post_versions') is not null as ours`)
  const { things = 0, ours = false } = rows[0] ?? {}
  if (things === 0) return
  const migrated =
    ours && (await client.query('select from migrations where name = $1', [listMigrations()[0]?.name])).rows
  if (!migrated || migrated.length === 0)
    throw new BackupProblem('This database holds tables of another program. Give Madang one of its own.')
  const found = await client.query<{ members: number; posts: number }>(
    'select (select count(*)::int from members) as members, (select count(*)::int from posts) as posts',
  )
  const { members = 0, posts = 0 } = found.rows[0] ?? {}
  if (members + posts > 0 && !replace)
    throw new BackupProblem(`The database has ${members} members and ${posts} posts already. ${otherwise}`)
}

/** Rows take about as much on the disk as in the archive, and once more while they are put in. @throws BackupProblem */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { bavail, bsize } = await statfs(folder)
  const needed = bytes * 2
  if (bavail * bsize < needed)
    throw new BackupProblem(
      `The backup unpacks to ${megabytes(bytes)} MB and needs twice as much room; ${folder} has ${megabytes(bavail * bsize)} MB.`,
    )
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1e6)

/** Before the rows: a file that nothing shows harms nobody, a row without its file does. */
async function putFiles(
  { storage, folder }: RestoreTarget,
  archive: ArchiveReader,
  { onProgress, signal }: Watched,
): Promise<void> {
  const drafts = await mkdtemp(join(folder, 'up-restore-'))
  try {
    let done = 0
    for await (const { key } of archive.files()) {
      if (signal.aborted) throw new BackupProblem('Stopped: nothing was changed.')
      const draft = join(drafts, 'file')
      await writeFile(draft, archive.chunks(partOfFile(key)))
      await storage.put(key, draft)
      onProgress({ phase: 'files', done: ++done, total: archive.manifest.files.count })
    }
  } finally {
    await rm(drafts, { recursive: true, force: true })
  }
}

/** A member is the same in two databases when number and birth are: a number alone may be another person's elsewhere. */
type Left = { id: string; born: string }

async function listLeft(client: pg.Client): Promise<Left[]> {
  const there = await client.query<{ there: boolean }>(
    `select to_regclass('public.members') is not null as there`,
  )
  if (!there.rows[0]?.there) return []
  const { rows } = await client.query<Left>(
    'select id::text, created_at::text as born from members where withdrawn_at is not null',
  )
  return rows
}

async function listBack(client: pg.Client, left: readonly Left[]): Promise<number[]> {
  const { rows } = await client.query<{ id: string }>(
    `select m.id from members m join unnest($1::bigint[], $2::timestamptz[]) l (id, born)
       on m.id = l.id and m.created_at = l.born
     where m.withdrawn_at is null order by m.id`,
    [left.map(({ id }) => id), left.map(({ born }) => born)],
  )
  return rows.map(({ id }) => Number(id))
}

/** Within the restoration: whatever ends it after its commit, they are cleared at the next start. */
async function noteLeft(client: pg.Client, memberIds: readonly number[]): Promise<void> {
  if (memberIds.length === 0) return
  await client.query(
    `insert into settings (name, value) values ('left-since-backup', $1::jsonb)
     on conflict (name) do update set value = excluded.value`,
    [JSON.stringify(memberIds)],
  )
}

async function countSealed(
  client: pg.Client,
  target: RestoreTarget,
  archive: ArchiveReader,
): Promise<number> {
  const { manifest } = archive
  if (manifest.secrets.some(({ name }) => name === 'sealing-key')) return 0
  if (target.sealingKey && fingerprint(target.sealingKey) === manifest.sealedBy) return 0
  const { rows } = await client.query<{ sealed: number }>(
    `select ((select count(*) from totp_secrets) + (select count(*) from webhooks) + (select count(*) from app_clients))::int as sealed`,
  )
  return rows[0]?.sealed ?? 0
}
