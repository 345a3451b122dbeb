import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { loadConfig } from '#config/config.ts'
import { isPostgres, WrongSetting } from '#config/env.ts'
import { withdrawAgain } from '#modules/accounts/accounts.ts'
import { backup } from '#modules/backups/backup.ts'
import { fetchCopy } from '#modules/backups/copies.ts'
import { readKeyFile } from '#modules/backups/key.ts'
import type { Watched } from '#modules/backups/load.ts'
import { secretNames } from '#modules/backups/manifest.ts'
import { moveDatabase } from '#modules/backups/move.ts'
import { BackupProblem } from '#modules/backups/problem.ts'
import { ArchiveReader } from '#modules/backups/reader.ts'
import { type RestoreResult, restore } from '#modules/backups/restore.ts'
import { temporaryFolder } from '#modules/backups/temporary.ts'
import { verify } from '#modules/backups/verify.ts'
import { openDatabase } from '#platform/database.ts'
import { openFileTools } from '#platform/file-tools.ts'
import { isDatabaseAway } from '#platform/http/problems.ts'
import { checkPostgres, startPostgres } from '#platform/postgres-server/server.ts'
import { showProgress } from '#platform/progress.ts'
import { keepSecret, loadSecret } from '#platform/secrets.ts'
import { databaseUrl } from '#start.ts'
import { interruption, say, withSite } from './site.ts'

type KeyOption = { key?: string }
const keyHelp = 'file with a passphrase, or a key of age (age1…, AGE-SECRET-KEY-…)'

/** `backup`, `restore`, `verify`, `fetch-backup` and `move`. */
export function backupCommands(program: Command): void {
  program
    .command('backup')
    .argument('<file>', 'the archive to write: a ZIP file, encrypted with --key')
    .option('--key <file>', keyHelp)
    .option('--secrets', 'the keys of DATA_DIR as well, which open second factors; needs --key')
    .description('write everything that the site is into one archive, beside the running site')
    .action((path: string, given: KeyOption & { secrets?: boolean }) =>
      makeBackup(path, { ...given, version: program.version() ?? '' }),
    )

  program
    .command('restore')
    .argument('<file>')
    .option('--key <file>', keyHelp)
    .option('--replace', 'in place of what the site has now')
    .description('make the site what an archive says, whole or not at all; Madang is stopped meanwhile')
    .action(makeRestore)

  program
    .command('verify')
    .argument('<file>')
    .option('--key <file>', keyHelp)
    .description('prove that an archive can be restored, by restoring it into a database of its own')
    .action(makeSure)

  program
    .command('fetch-backup')
    .argument('[name]', 'without it the newest')
    .description('bring a copy of a nightly backup out of the bucket of BACKUP_S3_URL into BACKUP_DIR')
    .action(fetchBackup)

  program
    .command('move')
    .requiredOption('--to <url>', 'an empty database on PostgreSQL 15 or newer')
    .description('copy the database to another server; files and keys stay')
    .action(({ to }: { to: string }) => move(to))
}

async function makeBackup(
  path: string,
  given: KeyOption & { secrets?: boolean; version: string },
): Promise<void> {
  const signal = interruption()
  const key = await keyOf(given)
  await withSite(async ({ deps }, config) => {
    await using stack = new AsyncDisposableStack()
    const url = await databaseUrl(config, { borrow: true, stack, say: () => {} })
    const secrets = given.secrets
      ? secretNames.map((name) => ({ name, value: loadSecret(config.dataDir, name) }))
      : []
    const done = await watched(signal, (watching) =>
      backup(
        { url, storage: deps.files.storage },
        {
          ...watching,
          path,
          key,
          secrets,
          sealingKey: deps.sealingKey,
          version: given.version,
          now: deps.clock(),
        },
      ),
    )
    say(`Wrote ${path}: ${done.rows} rows, ${done.files} files, ${Math.ceil(done.bytes / 1e6)} MB.`)
    if (done.missing > 0) say(missingFiles(done.missing))
    // Not one of them: the store is another one, or gone.
    if (done.missing > 0 && done.files === 0) process.exitCode = 1
    if (!key)
      say('It is not encrypted and holds addresses and password hashes: keep it where nobody else reads.')
  })
}

const missingFiles = (count: number) => `${count} files were not where they should be and are not in it.`

async function makeRestore(path: string, given: KeyOption & { replace?: boolean }): Promise<void> {
  const signal = interruption()
  const config = loadConfig({ LOG_LEVEL: 'warn' })
  await using archive = await ArchiveReader.open(path, await keyOf(given))
  await using stack = new AsyncDisposableStack()
  const url = await databaseUrl(config, { borrow: true, stack, say: () => {} })
  const files = stack.use(openFileTools(config))
  const { db } = stack.use(openDatabase({ url, size: 1, timeoutMs: 600_000 }))
  const target = {
    url,
    clearAgain: () => withdrawAgain(db, new Date()),
    storage: files.storage,
    folder: files.folder,
    keepSecret: async (name: string, value: Buffer) => keepSecret(config.dataDir, name, value),
    sealingKey: existsSync(join(config.dataDir, 'secrets', 'sealing-key'))
      ? loadSecret(config.dataDir, 'sealing-key')
      : null,
  }
  const done = await watched(signal, (watching) =>
    restore(target, archive, { ...watching, replace: given.replace ?? false }),
  )
  describeRestore(done, archive.manifest.createdAt)
}

function describeRestore(done: RestoreResult, createdAt: string): void {
  say(`Restored the site of ${createdAt}: ${done.rows} rows, ${done.files} files. Everybody signs in anew.`)
  if (done.leftSince.length > 0)
    say(`${done.leftSince.length} members had left since: their accounts are cleared again.`)
  if (done.sealedForGood > 0)
    say(
      `${done.sealedForGood} sealed secrets (second factors, webhooks, app clients) cannot be opened here: put DATA_DIR/secrets/sealing-key back, or make them anew.`,
    )
}

async function makeSure(path: string, given: KeyOption): Promise<void> {
  const signal = interruption()
  await using archive = await ArchiveReader.open(path, await keyOf(given))
  const folder = await temporaryFolder('madang-verify-')
  try {
    // Thrown away afterwards: it need not survive a power cut.
    const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
    await using server = await startPostgres({ dataDir: folder, log: () => {}, settings })
    const done = await watched(signal, (watching) => verify({ url: server.url, folder }, archive, watching))
    say(
      `${path} can be restored: ${done.rows} rows of ${done.tables} tables came out as they went in, ${done.files} files are whole. It is of ${archive.manifest.createdAt}.`,
    )
    const { missing } = archive.manifest.files
    if (missing > 0) say(missingFiles(missing))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function fetchBackup(name?: string): Promise<void> {
  const signal = interruption()
  const { backups } = loadConfig({ LOG_LEVEL: 'warn' })
  if (!backups?.bucketUrl)
    throw new BackupProblem('No bucket is known: set BACKUP_S3_URL, BACKUP_DIR and BACKUP_KEY.')
  const { folder, bucketUrl } = backups
  const path = await fetchCopy({ folder, bucketUrl }, { ...(name === undefined ? {} : { name }), signal })
  say(`Fetched ${path}.`)
}

async function move(to: string): Promise<void> {
  const signal = interruption()
  const config = loadConfig({ LOG_LEVEL: 'warn' })
  if (!isPostgres(to)) throw new WrongSetting('--to: expected a postgres:// address')
  await checkPostgres(to, '--to')
  await using stack = new AsyncDisposableStack()
  const from = await databaseUrl(config, { borrow: true, stack, say: () => {} })
  const rows = await watched(signal, (watching) => moveDatabase(from, to, watching))
  say(
    `Moved ${rows} rows. Set DATABASE_URL to the new address and start Madang; the old database stays as it is.`,
  )
}

async function keyOf({ key }: KeyOption) {
  return key === undefined ? null : await readKeyFile(key)
}

/** `signal`: of `interruption`, called before anything is begun that has to be tidied up. */
async function watched<T>(signal: AbortSignal, work: (watching: Watched) => Promise<T>): Promise<T> {
  const progress = showProgress(process.stdout, Date.now)
  try {
    return await work({ signal, onProgress: progress.step })
  } catch (error) {
    // What is said of it elsewhere (go on, nothing saved is lost) is not so here.
    if (error instanceof Error && isDatabaseAway(error))
      throw new BackupProblem(
        `The database went away (${error.message}). Run the command again: what was not finished changed nothing.`,
      )
    throw error
  } finally {
    progress.end()
  }
}
