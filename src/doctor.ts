import { once } from 'node:events'
import { accessSync, constants, existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Config, unknownInFile } from '#config/config.ts'
import { listCopies } from '#modules/backups/copies.ts'
import { readKeyFile } from '#modules/backups/key.ts'
import { secretNames } from '#modules/backups/manifest.ts'
import { isLate, listBackups, type Nightly } from '#modules/backups/nightly.ts'
import { ask, openDatabase } from '#platform/database.ts'
import { listMigrations } from '#platform/migrations.ts'
import { loadSecret } from '#platform/secrets.ts'
import { databaseUrl } from './start.ts'

/** Looks at what usually goes wrong, a line each, and changes nothing. @returns whether all is well */
export async function doctor(config: Config, say: (line: string) => void): Promise<boolean> {
  let well = true
  const check = async (what: string, look: () => Promise<string>) => {
    try {
      say(`ok    ${what}: ${await look()}`)
    } catch (error) {
      well = false
      say(`WRONG ${what}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await check('Node', async () => process.version)
  await check('settings', async () => {
    const unknown = unknownInFile()
    const rest = unknown.length > 0 ? `; no setting of Madang, though in .env: ${unknown.join(', ')}` : ''
    return `every value is as expected${rest}`
  })
  await check('data folder', async () => {
    if (!existsSync(config.dataDir)) {
      mayHoldFiles(nearestFolder(config.dataDir))
      return `${config.dataDir} will be made at the first start`
    }
    mayHoldFiles(config.dataDir)
    const { bavail, bsize } = await statfs(config.dataDir)
    const free = Math.round((bavail * bsize) / 1e6)
    if (free < 500) throw new Error(`only ${free} MB are free; make room before the database stops`)
    return `${config.dataDir}, ${free} MB free`
  })
  const { redisUrl, backups } = config
  if (redisUrl) await check('Redis', () => lookAtRedis(redisUrl))
  if (backups) await check('backups', () => lookAtBackups(backups))
  let filled = false
  await check('database', async () => {
    // Looking makes nothing: the first start does.
    if (!config.databaseUrl && isNothing(join(config.dataDir, 'postgres')))
      return `none is in ${join(config.dataDir, 'postgres')}; the next start makes an empty one`
    const { says, ...found } = await lookAtDatabase(config)
    filled = found.filled
    return says
  })
  await check('keys', async () => lookAtKeys(join(config.dataDir, 'secrets'), filled))
  return well
}

/** A folder that is not there, or an empty one. */
function isNothing(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return !found || (found.isDirectory() && readdirSync(path).length === 0)
}

/** A key that the content goes with and that is gone would be made anew without a word. */
function lookAtKeys(folder: string, filled: boolean): string {
  const isThere = (name: string) => existsSync(join(folder, name))
  for (const name of secretNames) if (isThere(name)) loadSecret(dirname(folder), name)
  const missing = secretNames.filter((name) => !isThere(name)).join(', ')
  if (missing && filled)
    throw new Error(
      `not in ${folder}: ${missing}. Put back the site's own before the next start makes others`,
    )
  return missing ? 'the first start makes them' : 'all are there'
}

/** The part of a path that is there already. */
function nearestFolder(path: string): string {
  const above = dirname(path)
  return existsSync(path) || above === path ? path : nearestFolder(above)
}

function mayHoldFiles(path: string, setting = 'DATA_DIR'): void {
  if (!statSync(path).isDirectory()) throw new Error(`${path} is a file; set ${setting} to a folder`)
  try {
    accessSync(path, constants.W_OK)
  } catch {
    throw new Error(`${path} may not be written by this user; give it to them (chown), or change ${setting}`)
  }
}

async function lookAtRedis(url: string): Promise<string> {
  const { openRedis } = await import('#platform/redis.ts')
  const redis = openRedis(url, () => {})
  try {
    // An error before that is thrown.
    await once(redis, 'ready', { signal: AbortSignal.timeout(5000) })
    return 'answers'
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    throw new Error(`what REDIS_URL leads to does not answer (${reason}); check its address and password`)
  } finally {
    redis.disconnect()
  }
}

async function lookAtBackups({ folder, keyFile, bucketUrl }: Nightly): Promise<string> {
  mayHoldFiles(nearestFolder(folder), 'BACKUP_DIR')
  if (keyFile) await readKeyFile(keyFile)
  if (bucketUrl) await lookAtBucket(bucketUrl)
  const [newest] = await listBackups(folder)
  if (!newest) return `the first night puts one into ${folder}`
  const at = newest.at.toISOString()
  if (isLate(newest, new Date()))
    throw new Error(`the newest in ${folder} is of ${at}; Administration → Storage says why`)
  return `the newest in ${folder} is of ${at}`
}

async function lookAtBucket(url: string): Promise<void> {
  await listCopies(url, 5000).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : error
    throw new Error(`the bucket of BACKUP_S3_URL cannot be read: ${reason}`)
  })
}

async function lookAtDatabase(config: Config): Promise<{ says: string; filled: boolean }> {
  await using stack = new AsyncDisposableStack()
  const url = await databaseUrl(config, { borrow: true, stack, say: () => {} })
  const { db } = stack.use(openDatabase({ url, size: 2 }))
  const [about] = await ask<{ version: string; filled: boolean }>(
    db,
    `select current_setting('server_version') as version, to_regclass('migrations') is not null as filled`,
    [],
  )
  const engine = `PostgreSQL ${about?.version}`
  if (!about?.filled) return { says: `${engine}, empty; the first start makes the schema`, filled: false }
  const [row] = await ask<{ done: number; posts: number }>(
    db,
    'select (select count(*)::int from migrations) as done, (select count(*)::int from posts) as posts',
    [],
  )
  const known = listMigrations().length
  const rest = known > (row?.done ?? 0) ? ' (the next start brings the rest)' : ''
  const says = `${engine}, ${row?.done} of ${known} migrations${rest}, ${row?.posts} posts`
  return { says, filled: true }
}
