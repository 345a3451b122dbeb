import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, inject, test } from 'vitest'
import { toConfig } from '#config/config.ts'
import { readEnv } from '#config/env.ts'
import { doctor } from '#doctor.ts'
import { makeTestDatabase } from '#test/support/database.ts'
import { databaseUrl } from '#test/support/postgres.ts'

const dataDir = join(tmpdir(), `madang-doctor-${process.pid}`)
afterEach(() => rm(dataDir, { recursive: true, force: true }))

async function ask(url: string, folder = dataDir): Promise<{ well: boolean; lines: string[] }> {
  const lines: string[] = []
  const config = toConfig(readEnv({ DATA_DIR: folder, DATABASE_URL: url }))
  const well = await doctor(config, (line) => lines.push(line))
  return { well, lines }
}

test('a database is looked at, and one that is empty stays so', async () => {
  await using filled = await makeTestDatabase(1)
  const found = await ask(filled.url)
  expect(found.well).toBe(true)
  expect(found.lines.at(-1)).toMatch(/^ok {4}database: PostgreSQL [\d.]+.*, (\d+) of \1 migrations, 0 posts$/)

  const root = new pg.Client({ connectionString: inject('postgresUrl') })
  await root.connect()
  const name = `madang_empty_${process.pid}`
  try {
    await root.query(`create database ${name}`)
    for (const _ of [1, 2]) {
      const { well, lines } = await ask(databaseUrl(inject('postgresUrl'), name))
      expect(well).toBe(true)
      expect(lines.at(-1)).toMatch(/empty; the first start makes the schema$/)
    }
  } finally {
    await root.query(`drop database if exists ${name} with (force)`)
    await root.end()
  }
})

test('a database that does not answer is wrong, with what to do', async () => {
  const { well, lines } = await ask('postgres://127.0.0.1:1/nowhere')
  expect(well).toBe(false)
  expect(lines.at(-1)).toMatch(
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
