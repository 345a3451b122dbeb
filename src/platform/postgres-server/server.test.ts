import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { isAlive, signal } from './processes.ts'
import { borrowPostgres, PostgresProblem, startPostgres } from './server.ts'
import {
  copyOf,
  kill,
  makeTemplate,
  otherProcess,
  postmasterOf,
  query,
  quick,
  started,
  temporaryFolder,
  until,
} from './test-fixtures.ts'

let template: string
beforeAll(async () => {
  template = await makeTemplate()
})
afterAll(() => rmSync(dirname(template), { recursive: true }))

describe('the first start', () => {
  test('makes a durable database in UTF-8 with a role that is no superuser', async () => {
    const dataDir = template
    const log = readFileSync(join(dataDir, 'postgres.log'), 'utf8')
    const { server } = await started(dataDir, {})
    const { rows } = await query(
      server.url,
      `SELECT current_database() AS database, current_user AS role, usesuper AS super,
        current_setting('server_encoding') AS encoding, datlocprovider AS provider, datlocale AS locale,
        current_setting('data_checksums') AS checksums, current_setting('fsync') AS fsync,
        current_setting('synchronous_commit') AS commits, current_setting('listen_addresses') AS addresses
      FROM pg_user, pg_database WHERE usename = current_user AND datname = current_database()`,
    )
    expect(rows).toEqual([
      {
        database: 'madang',
        role: 'madang',
        super: false,
        encoding: 'UTF8',
        provider: 'b',
        locale: 'C.UTF-8',
        checksums: 'on',
        fsync: 'on',
        commits: 'on',
        addresses: '',
      },
    ])
    expect(statSync(join(dataDir, 'secrets', 'postgres-password')).mode & 0o777).toBe(0o600)
    expect(log).not.toContain('FATAL')
  })

  test('that was killed halfway leaves nothing in the way of the next', async () => {
    const dataDir = join(temporaryFolder(), 'data')
    const { child } = otherProcess(dataDir)
    const drafts = () =>
      existsSync(dataDir) ? readdirSync(dataDir).filter((name) => name.includes('.new-')) : []
    await until(() => drafts().some((name) => existsSync(join(dataDir, name, 'data', 'PG_VERSION'))))
    await kill(child, dataDir)
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
    const { server } = await started(dataDir)
    expect((await query(server.url, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(drafts()).toEqual([])
  })

  test('of two processes at the same moment succeeds for exactly one', async () => {
    const dataDir = join(temporaryFolder(), 'data')
    const both = [otherProcess(dataDir), otherProcess(dataDir)]
    const outcomes = await Promise.all(both.map(({ outcome }) => outcome))
    expect(outcomes.filter((outcome) => outcome.startsWith('started'))).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome.includes('already in use by process'))).toHaveLength(1)
    for (const { child } of both) child.stdin?.end()
    await until(() => both.every(({ child }) => child.exitCode === 0))
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false)
  })
})

describe('a later start', () => {
  test('finds the rows of the earlier one', async () => {
    const { server } = await started(template)
    expect((await query(server.url, 'SELECT id FROM kept')).rows).toEqual([{ id: 1 }])
  })

  test('takes the settings of postgresql.conf over our own', async () => {
    const dataDir = template
    const { server } = await started(dataDir, { ...quick, work_mem: '3MB' })
    expect((await query(server.url, 'SHOW work_mem')).rows).toEqual([{ work_mem: '3MB' }])
    expect((await query(server.url, 'SHOW jit')).rows).toEqual([{ jit: 'off' }])
  })
})

describe('a folder that a living Madang holds', () => {
  test('is refused to a second start, which names the process, and lent to a command', async () => {
    const dataDir = template
    const { server, pid } = await started(dataDir)
    const second = startPostgres({ dataDir, log: () => {}, settings: quick })
    await expect(second).rejects.toThrow(PostgresProblem)
    await expect(second).rejects.toThrow(`${dataDir} is already in use by process ${process.pid}`)
    const lent = await borrowPostgres({ dataDir, log: () => {} })
    expect(lent).toMatchObject({ url: server.url, owned: false })
    await lent.stop()
    expect(isAlive(pid())).toBe(true)
  })

  test('is lent to a command as soon as its server is ready', async () => {
    const dataDir = template
    const starting = startPostgres({ dataDir, log: () => {}, settings: quick })
    onTestFinished(async () => (await starting).stop())
    const lent = await borrowPostgres({ dataDir, log: () => {} })
    expect(lent.url).toBe((await starting).url)
  })

  test('is free again after stop', async () => {
    const dataDir = template
    const { server } = await started(dataDir)
    await server.stop()
    expect(existsSync(join(dataDir, 'madang.lock'))).toBe(false)
    const own = await borrowPostgres({ dataDir, log: () => {}, settings: quick })
    expect(own.owned).toBe(true)
    await own.stop()
  })
})

describe('stop', () => {
  test('ends the server though others are connected and busy', async () => {
    const { server, pid } = await started(template)
    const client = new pg.Client(server.url)
    client.on('error', () => {})
    await client.connect()
    const busy = client.query('SELECT pg_sleep(60)')
    const cut = expect(busy).rejects.toThrow()
    const postmaster = pid()
    await Promise.all([server.stop(), server.stop()])
    await cut
    expect(isAlive(postmaster)).toBe(false)
    // Less than the statement would take.
  }, 40_000)

  test('belongs to Madang alone: Ctrl-C in its terminal does not reach the server', async () => {
    const dataDir = template
    await started(dataDir)
    const group = execFileSync('ps', ['-o', 'pgid=', '-p', String(postmasterOf(dataDir))], {
      encoding: 'utf8',
    })
    expect(Number(group)).toBe(postmasterOf(dataDir))
  })
})

describe('the address', () => {
  test('is a socket in a temporary folder when the path is too long, gone after stop', async () => {
    const folder = join(temporaryFolder(), `마당 & 100% ${'아주'.repeat(20)}`)
    mkdirSync(folder)
    const { server, says, pid } = await started(await copyOf(template, join(folder, 'data')))
    signal(pid(), 'SIGKILL')
    await until(() => says.at(-1) === 'PostgreSQL runs again')
    expect((await query(server.url, 'SELECT id FROM kept')).rows).toHaveLength(1)
    const socket = new URL(server.url.replace('@/', '@host/')).searchParams.get('host') ?? ''
    expect(readdirSync(socket)).toContain('.s.PGSQL.5432')
    await server.stop()
    expect(existsSync(socket)).toBe(false)
  })

  test('is a free port of 127.0.0.1 where no socket can be made, also for commands', async () => {
    const long = join(temporaryFolder(), 'x'.repeat(100))
    mkdirSync(long)
    const before = process.env['TMPDIR']
    onTestFinished(() => {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    })
    process.env['TMPDIR'] = long
    const dataDir = await copyOf(template, join(long, 'data'))
    const { server } = await started(dataDir)
    expect(server.url).toMatch(/@127\.0\.0\.1:\d+\/madang$/)
    expect((await query(server.url, 'SELECT id FROM kept')).rows).toHaveLength(1)
    expect((await borrowPostgres({ dataDir, log: () => {} })).url).toBe(server.url)
    expect(readdirSync(long)).toEqual(['data'])
  })
})
