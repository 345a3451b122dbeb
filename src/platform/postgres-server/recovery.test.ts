import { spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { isAlive, postgresProcessesIn, signal } from './processes.ts'
import { borrowPostgres } from './server.ts'
import {
  kill,
  makeTemplate,
  otherProcess,
  postmasterOf,
  query,
  quick,
  started,
  until,
} from './test-fixtures.ts'

let template: string
beforeAll(async () => {
  template = await makeTemplate()
})
afterAll(() => rmSync(dirname(template), { recursive: true }))

describe('after kill -9 of Madang', () => {
  test('the next start ends the server that lived on, works, and stop really stops', async () => {
    const dataDir = template
    const { child, outcome } = otherProcess(dataDir)
    await outcome
    const left = postmasterOf(dataDir)
    await kill(child, dataDir)
    expect(isAlive(left)).toBe(true)
    const { server, says, pid } = await started(dataDir)
    expect(says.join('\n')).toContain(`process ${left}`)
    expect(isAlive(left)).toBe(false)
    expect((await query(server.url, 'SELECT id FROM kept WHERE id = 1')).rows).toEqual([{ id: 1 }])
    const own = pid()
    await server.stop()
    expect(isAlive(own)).toBe(false)
  })

  test('a command takes over too', async () => {
    const dataDir = template
    const { child, outcome } = otherProcess(dataDir)
    await outcome
    await kill(child, dataDir)
    const own = await borrowPostgres({ dataDir, log: () => {}, settings: quick })
    onTestFinished(() => own.stop())
    expect(own.owned).toBe(true)
  })

  test('and of its server, busy processes of both are ended before the next start', async () => {
    const dataDir = template
    const { child, outcome } = otherProcess(dataDir)
    const url = (await outcome).replace('started ', '')
    const client = new pg.Client(url)
    client.on('error', () => {})
    await client.connect()
    const busy = client.query('SELECT count(*) FROM generate_series(1, 10000000000)').catch(() => 'cut')
    const cluster = join(dataDir, 'postgres')
    await until(
      async () =>
        (
          await query(
            url,
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%10000000000%' AND state = 'active'",
          )
        ).rowCount === 2,
    )
    const postmaster = postmasterOf(dataDir)
    await kill(child, dataDir)
    signal(postmaster, 'SIGKILL')
    await until(() => !isAlive(postmaster))
    expect(postgresProcessesIn(cluster, null)).not.toEqual([])
    const { server } = await started(dataDir)
    expect(await busy).toBe('cut')
    expect((await query(server.url, 'SELECT id FROM kept WHERE id = 1')).rows).toEqual([{ id: 1 }])
  })
})

test('a Madang that ends by an error tells its server to stop', async () => {
  const { child, outcome } = otherProcess(template, {
    afterwards: 'process.stdout.write("", () => process.exit(7))',
  })
  await outcome
  await until(
    () => child.exitCode === 7 && postgresProcessesIn(join(template, 'postgres'), null).length === 0,
  )
})

describe('after kill -9 of the server', () => {
  test('it runs again at the same address with every acknowledged row', async () => {
    const dataDir = template
    const { server, says, pid } = await started(dataDir, {})
    const pool = new pg.Pool({ connectionString: server.url, max: 4 })
    pool.on('error', () => {})
    onTestFinished(() => pool.end())
    const acknowledged: number[] = []
    let next = 2
    let writing = true
    const write = async () => {
      while (writing) {
        const id = next++
        const done = await pool.query('INSERT INTO kept VALUES ($1)', [id]).catch(() => null)
        if (done) acknowledged.push(id)
      }
    }
    const writers = [write(), write(), write(), write()]
    for (let round = 0; round < 2; round++) {
      const count = acknowledged.length
      await until(() => acknowledged.length > count + 100)
      signal(pid(), 'SIGKILL')
    }
    const count = acknowledged.length
    await until(() => acknowledged.length > count + 100)
    writing = false
    await Promise.all(writers)
    const { rows } = await pool.query<{ id: number }>('SELECT id FROM kept')
    const there = new Set(rows.map(({ id }) => id))
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([])
    expect(says.filter((line) => line.includes('ended by SIGKILL'))).toHaveLength(2)
  })

  test('stop works also while it is being started again', async () => {
    const dataDir = template
    const { server, says, pid } = await started(dataDir)
    signal(pid(), 'SIGKILL')
    await until(() => says.length > 0)
    await server.stop()
    expect(postgresProcessesIn(join(dataDir, 'postgres'), null)).toEqual([])
  })
})

describe('a stale file', () => {
  test('postmaster.pid whose number another process has now does not hinder the start', async () => {
    const dataDir = template
    const other = spawn('sleep', ['60'])
    onTestFinished(() => void other.kill())
    const file = [other.pid, '/proc/self/cwd', 1, 5432, '.', '', '  1 1', 'ready   ', '']
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), file.join('\n'))
    writeFileSync(join(dataDir, 'postgres', '.s.PGSQL.5432.lock'), file.join('\n'))
    const { server } = await started(dataDir)
    expect((await query(server.url, 'SELECT id FROM kept WHERE id = 1')).rows).toEqual([{ id: 1 }])
    expect(isAlive(other.pid ?? 0)).toBe(true)
  })

  test.each([
    ['of a process that has ended', JSON.stringify({ pid: 2 ** 22 - 1, started: 'x 1' })],
    ['whose number another process has now', JSON.stringify({ pid: process.pid, started: 'other boot 1' })],
    ['that nobody can read', '{'],
    ['that is empty', ''],
  ])('madang.lock %s is taken over', async (_, content) => {
    const dataDir = template
    writeFileSync(join(dataDir, 'madang.lock'), content)
    await started(dataDir)
    expect(JSON.parse(readFileSync(join(dataDir, 'madang.lock'), 'utf8'))).toMatchObject({ pid: process.pid })
  })
})
