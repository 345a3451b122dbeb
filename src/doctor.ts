import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from '#config/config.ts'
import { ask, openDatabase } from '#platform/database.ts'
import { listMigrations } from '#platform/migrations.ts'
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
  await check('settings', async () => 'every value is as expected')
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
  // Looking makes nothing: the first start does.
  if (!config.databaseUrl && !existsSync(config.dataDir)) return well
  await check('database', () => lookAtDatabase(config))
  return well
}

/** The part of a path that is there already. */
function nearestFolder(path: string): string {
  const above = dirname(path)
  return existsSync(path) || above === path ? path : nearestFolder(above)
}

function mayHoldFiles(path: string): void {
  if (!statSync(path).isDirectory()) throw new Error(`${path} is a file; set DATA_DIR to a folder`)
  accessSync(path, constants.W_OK)
}

async function lookAtDatabase(config: Config): Promise<string> {
  await using stack = new AsyncDisposableStack()
  const url = await databaseUrl(config, { borrow: true, stack, say: () => {} })
  const { db } = stack.use(openDatabase({ url, size: 2 }))
  const [about] = await ask<{ version: string; filled: boolean }>(
    db,
    `select current_setting('server_version') as version, to_regclass('migrations') is not null as filled`,
    [],
  )
  const engine = `PostgreSQL ${about?.version}`
  if (!about?.filled) return `${engine}, empty; the first start makes the schema`
  const [row] = await ask<{ done: number; posts: number }>(
    db,
    'select (select count(*)::int from migrations) as done, (select count(*)::int from posts) as posts',
    [],
  )
  const known = listMigrations().length
  const rest = known > (row?.done ?? 0) ? ' (the next start brings the rest)' : ''
  return `${engine}, ${row?.done} of ${known} migrations${rest}, ${row?.posts} posts`
}
