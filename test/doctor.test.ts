import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, inject, test } from 'vitest'
import { toConfig } from '#config/config.ts'
import { readEnv } from '#config/env.ts'
import { doctor } from '#doctor.ts'
import { secretNames } from '#modules/backups/manifest.ts'
import { loadSecret } from '#platform/secrets.ts'
import { makeTestDatabase } from '#test/support/database.ts'
import { databaseUrl } from '#test/support/postgres.ts'

const dataDir = join(tmpdir(), `madang-doctor-${process.pid}`)
afterEach(() => rm(dataDir, { recursive: true, force: true }))

async function ask(
  url: string,
  folder = dataDir,
  besides: Record<string, string> = {},
): Promise<{ well: boolean; lines: string[] }> {
  const lines: string[] = []
  const config = toConfig(readEnv({ DATA_DIR: folder, DATABASE_URL: url, ...besides }))
  const well = await doctor(config, (line) => lines.push(line))
  return { well, lines }
}

const databaseOf = (lines: string[]) => lines.find((line) => /^\w+ +database:/.test(line))

test('a database is looked at, and one that is empty stays so', async () => {
  await using filled = await makeTestDatabase(1)
  const found = await ask(filled.url)
  expect(found.lines.at(-1)).toMatch(/^WRONG keys: .*token-key/)
  await mkdir(join(dataDir, 'secrets'), { recursive: true })
  for (const name of secretNames) loadSecret(dataDir, name)
  expect((await ask(filled.url)).well).toBe(true)
  expect(databaseOf(found.lines)).toMatch(
    /^ok {4}database: PostgreSQL [\d.]+.*, (\d+) of \1 migrations, 0 posts$/,
  )

  const root = new pg.Client({ connectionString: inject('postgresUrl') })
  await root.connect()
  const name = `madang_empty_${process.pid}`
  try {
    await root.query(`create database ${name}`)
    for (const _ of [1, 2]) {
      const { well, lines } = await ask(databaseUrl(inject('postgresUrl'), name))
      expect(well).toBe(true)
      expect(databaseOf(lines)).toMatch(/empty; the first start makes the schema$/)
    }
  } finally {
    await root.query(`drop database if exists ${name} with (force)`)
    await root.end()
  }
})

test('a database that does not answer is wrong, with what to do', async () => {
  const { well, lines } = await ask('postgres://127.0.0.1:1/nowhere')
  expect(well).toBe(false)
  expect(databaseOf(lines)).toMatch(
    /^WRONG database: The PostgreSQL of DATABASE_URL does not answer: .*\nCheck its address/,
  )
})

test('a folder is promised for the first start only where one can be made', async () => {
  const nowhere = 'postgres://127.0.0.1:1/nowhere'
  const { lines } = await ask(nowhere, join(dataDir, 'one', 'two'))
  expect(lines).toContain(`ok    data folder: ${join(dataDir, 'one', 'two')} will be made at the first start`)
  await writeFile(dataDir, '')
  for (const folder of [dataDir, join(dataDir, 'one', 'two')]) {
    const wrong = await ask(nowhere, folder)
    expect(wrong.well).toBe(false)
    expect(wrong.lines).toContain(`WRONG data folder: ${dataDir} is a file; set DATA_DIR to a folder`)
  }
})

test('a Redis that does not answer, and backups that no night could make, are wrong', async () => {
  const look = async (besides: Record<string, string>) => {
    const { lines } = await ask('postgres://127.0.0.1:1/nowhere', dataDir, besides)
    return lines.filter((line) => /^\w+ +(Redis|backups):/.test(line))
  }
  await mkdir(dataDir)
  const [key, file] = [join(dataDir, 'key'), join(dataDir, 'file')]
  await writeFile(key, '느티나무 아래 평상 하나\n')
  await writeFile(file, '')
  expect(await look({})).toEqual([])
  expect(await look({ REDIS_URL: 'redis://127.0.0.1:1' })).toEqual([
    expect.stringMatching(/^WRONG Redis: .*ECONNREFUSED.*REDIS_URL|^WRONG Redis: .*REDIS_URL.*ECONNREFUSED/),
  ])
  const good = { BACKUP_DIR: join(dataDir, 'kept'), BACKUP_KEY: key }
  expect(await look(good)).toEqual([expect.stringMatching(/^ok {4}backups: the first night/)])
  expect(await look({ BACKUP_DIR: file })).toEqual([
    `WRONG backups: ${file} is a file; set BACKUP_DIR to a folder`,
  ])
  expect(await look({ ...good, BACKUP_KEY: file })).toEqual([
    expect.stringMatching(/^WRONG backups: .* holds no key/),
  ])
  const bucket = { BACKUP_S3_URL: 'http://key:secret@127.0.0.1:1/bucket' }
  expect(await look({ ...good, ...bucket })).toEqual([
    expect.stringMatching(/^WRONG backups: the bucket .* cannot be reached/),
  ])
  await mkdir(good.BACKUP_DIR)
  const old = join(good.BACKUP_DIR, 'madang-2020-01-01.zip')
  await writeFile(old, '')
  await utimes(old, new Date('2020-01-01'), new Date('2020-01-01'))
  expect(await look(good)).toEqual([expect.stringMatching(/^WRONG backups: the newest .* is of 2020/)])
})

test('a key that is damaged is wrong, and a folder without a database is left without one', async () => {
  await mkdir(join(dataDir, 'secrets'), { recursive: true })
  await writeFile(join(dataDir, 'secrets', 'token-key'), 'short')
  const { well, lines } = await ask('')
  expect(well).toBe(false)
  expect(databaseOf(lines)).toMatch(/^ok {4}database: none is in .* the next start makes an empty one/)
  expect(lines.at(-1)).toMatch(/^WRONG keys: .*token-key is damaged/)
  expect(await readdir(dataDir)).toEqual(['secrets'])
})

test('names in .env that are no settings are named, and a file that cannot be read is refused', async () => {
  await mkdir(join(dataDir, '.env'), { recursive: true })
  expect(await inFolder()).toMatch(/^\.env cannot be read/)
  await rm(join(dataDir, '.env'), { recursive: true })
  await writeFile(join(dataDir, '.env'), 'BASEURL=https://yard.example.org\nDATA_DIR=./none\n')
  expect(await inFolder()).toContain('no setting of Madang, though in .env: BASEURL\n')
})

/** What the command says where it stands in the folder. */
async function inFolder(): Promise<string> {
  const cli = join(import.meta.dirname, '../src/cli.ts')
  const { PATH = '', HOME = '' } = process.env
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, 'doctor'],
      { cwd: dataDir, env: { PATH, HOME } },
      (_error, out, problems) => resolve(problems + out),
    )
  })
}
