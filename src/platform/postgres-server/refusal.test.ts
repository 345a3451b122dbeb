import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkPostgres, startPostgres } from './server.ts'
import { makeTemplate, query, quick, started, temporaryFolder } from './test-fixtures.ts'

let template: string
beforeAll(async () => {
  template = await makeTemplate()
})
afterAll(() => rmSync(dirname(template), { recursive: true }))

const refusalOf = (dataDir: string) =>
  startPostgres({ dataDir, log: () => {}, settings: quick }).then(
    () => 'started',
    (error) => `${error.name}: ${error.message}`,
  )

describe('a data folder that cannot be used is refused with what to do, and becomes usable when that is done', () => {
  test('of another major version', async () => {
    const dataDir = template
    const file = join(dataDir, 'postgres', 'PG_VERSION')
    writeFileSync(file, '17\n')
    const refusal = await refusalOf(dataDir)
    expect(refusal).toMatch(/^PostgresProblem: .*made by PostgreSQL 17, this Madang brings PostgreSQL 18/)
    expect(refusal).toContain('DATABASE_URL')
    expect(readFileSync(file, 'utf8')).toBe('17\n')
    writeFileSync(file, '18\n')
    await started(dataDir)
  })

  test('with something else in place of the database', async () => {
    const dataDir = temporaryFolder()
    mkdirSync(join(dataDir, 'postgres'))
    writeFileSync(join(dataDir, 'postgres', 'holiday.jpg'), '')
    expect(await refusalOf(dataDir)).toMatch(/^PostgresProblem: .*is no PostgreSQL database/)
  })

  test('that is a file, or lies below one', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    expect(await refusalOf(file)).toMatch(/^PostgresProblem: .*is a file where Madang needs a folder/)
    expect(await refusalOf(join(file, 'data'))).toMatch(/^PostgresProblem: .*a part of the path is a file/)
  })

  test('whose database is a link: to nowhere it is refused, to an empty folder the database is made there', async () => {
    const dataDir = temporaryFolder()
    const disk = join(temporaryFolder(), 'pg')
    symlinkSync(disk, join(dataDir, 'postgres'))
    expect(await refusalOf(dataDir)).toMatch(/^PostgresProblem: .* is a link to .*pg, which is not there/)
    mkdirSync(disk)
    await started(dataDir)
    expect(readdirSync(disk)).toContain('PG_VERSION')
    expect(readdirSync(dirname(disk))).toEqual(['pg'])
  })

  test('with a wrong line in postgresql.conf, which is named', async () => {
    const dataDir = template
    const conf = join(dataDir, 'postgres', 'postgresql.conf')
    const right = readFileSync(conf, 'utf8')
    appendFileSync(conf, 'sharedbuffers = 1GB\n')
    expect(await refusalOf(dataDir)).toMatch(
      /^PostgresProblem: A line in .*postgresql.conf is wrong: .*"sharedbuffers"/,
    )
    writeFileSync(conf, `${right}work_mem = '7MB'\n`)
    const { server } = await started(dataDir)
    expect((await query(server.url, 'SHOW work_mem')).rows).toEqual([{ work_mem: '7MB' }])
  })

  test('with files missing', async () => {
    const dataDir = template
    const control = join(dataDir, 'postgres', 'global', 'pg_control')
    renameSync(control, `${control}.lost`)
    expect(await refusalOf(dataDir)).toMatch(/^PostgresProblem: The database in .* is damaged/)
    renameSync(`${control}.lost`, control)
    await started(dataDir)
  })

  test('with a password that is not the database’s; one that is missing is replaced', async () => {
    const dataDir = template
    const password = join(dataDir, 'secrets', 'postgres-password')
    writeFileSync(password, 'wrong\n')
    expect(await refusalOf(dataDir)).toMatch(/^PostgresProblem: The password in .*delete it and start again/s)
    rmSync(password)
    const { server } = await started(dataDir)
    expect((await query(server.url, 'SELECT id FROM kept')).rows).toEqual([{ id: 1 }])
    expect(statSync(password).mode & 0o777).toBe(0o600)
  })
})

test('a cluster that others may read is closed to them', async () => {
  const dataDir = template
  chmodSync(join(dataDir, 'postgres'), 0o755)
  await started(dataDir)
  expect(statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700)
})

test('the server’s log is cut at a start when it has grown long, keeping one older copy', async () => {
  const dataDir = template
  const log = join(dataDir, 'postgres.log')
  writeFileSync(log, 'x'.repeat(6_000_000))
  await started(dataDir)
  expect(statSync(log).size).toBeLessThan(10_000)
  expect(statSync(`${log}.1`).size).toBe(6_000_000)
})

describe('a PostgreSQL of one’s own', () => {
  test('is accepted when it is new enough, and refused readably when it does not answer', async () => {
    const { server } = await started(template)
    await checkPostgres(server.url)
    await expect(checkPostgres(server.url.replace('/madang?', '/other?'))).rejects.toThrow(
      /does not answer: database "other" does not exist/,
    )
    await expect(checkPostgres(server.url.replace(/:[^:@/]+@/, ':wrong@'))).rejects.toThrow(
      /does not answer: password authentication failed/,
    )
    await expect(checkPostgres('postgres://a:b@127.0.0.1:1/c')).rejects.toThrow(
      /does not answer: .*ECONNREFUSED.*\nCheck its address/,
    )
  })

  test('is refused where it cannot hold every letter', async () => {
    const { server } = await started(template)
    await query(server.url, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    const refused = checkPostgres(server.url.replace('/madang?', '/latin?'), '--to')
    await expect(refused).rejects.toThrow(/--to is in LATIN1.*\n.*encoding 'UTF8'/)
    await query(server.url, 'DROP DATABASE latin')
  })
})

test('a first start that was killed between initdb and the making of the database is completed by the next', async () => {
  const { server } = await started(template)
  const superuser = server.url.replace('//madang:', '//postgres:').replace('/madang?', '/postgres?')
  await query(superuser, 'DROP DATABASE madang')
  await query(superuser, 'DROP ROLE madang')
  await server.stop()
  const { server: next } = await started(template)
  expect((await query(next.url, 'SELECT current_user AS role')).rows).toEqual([{ role: 'madang' }])
})
