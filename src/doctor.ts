import { accessSync, constants, existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { loadConfig } from '#config/config.ts'
import { ask } from '#platform/database.ts'
import { listMigrations } from '#platform/migrations.ts'
import { start } from './start.ts'

/** Looks at what usually goes wrong, a line each. @returns whether all is well */
export async function doctor(say: (line: string) => void): Promise<boolean> {
  const config = { ...loadConfig(), logLevel: 'silent' }
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
    if (!existsSync(config.dataDir)) return `${config.dataDir} will be made at the first start`
    accessSync(config.dataDir, constants.W_OK)
    const { bavail, bsize } = await statfs(config.dataDir)
    const free = Math.round((bavail * bsize) / 1e6)
    if (free < 500) throw new Error(`only ${free} MB are free; make room before the database stops`)
    return `${config.dataDir}, ${free} MB free`
  })
  // Looking makes nothing: the first start does.
  if (!config.databaseUrl && !existsSync(config.dataDir)) return well
  await check('database', async () => {
    await using site = await start(config, { borrow: true })
    const [row] = await ask<{ version: string; done: number; posts: number }>(
      site.deps.db,
      `select current_setting('server_version') as version, (select count(*)::int from migrations) as done,
              (select count(*)::int from posts) as posts`,
      [],
    )
    return `PostgreSQL ${row?.version}, ${row?.done} of ${listMigrations().length} migrations, ${row?.posts} posts`
  })
  return well
}
