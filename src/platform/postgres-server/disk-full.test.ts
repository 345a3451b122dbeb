import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startPostgres } from './server.ts'
import { copyOf, makeTemplate, query, quick, started, temporaryFolder, until } from './test-fixtures.ts'

const mayMount = canMount()
if (!mayMount)
  process.stderr.write('Left out: a full disk (mounting a small one needs root and the right to mount)\n')

let template: string
beforeAll(async () => {
  if (mayMount) template = await makeTemplate()
})
afterAll(() => mayMount && rmSync(dirname(template), { recursive: true }))

describe.skipIf(!mayMount)('a full disk', () => {
  test('at the first start is reported, and leaves nothing in the way when room was made', async () => {
    const disk = smallDisk('20m')
    const dataDir = join(disk, 'data')
    expect(await refusalOf(dataDir)).toMatch(/^PostgresProblem: The disk that holds .* is full/)
    execFileSync('mount', ['-o', 'remount,size=200m', disk])
    const { server } = await started(dataDir)
    expect((await query(server.url, 'SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('at a later start is reported, and nothing is lost', async () => {
    const disk = smallDisk('200m')
    const dataDir = await copyOf(template, join(disk, 'data'))
    fill(disk)
    expect(await refusalOf(dataDir)).toMatch(/^PostgresProblem: The disk that holds .* is full/)
    rmSync(join(disk, 'filler'))
    const { server } = await started(dataDir)
    expect((await query(server.url, 'SELECT id FROM kept')).rows).toEqual([{ id: 1 }])
  })

  test('while it runs stops the writes and is logged; when room was made it goes on with all that was acknowledged', async () => {
    const disk = smallDisk('160m')
    const dataDir = await copyOf(template, join(disk, 'data'))
    const { server, says } = await started(dataDir, { ...quick, wal_recycle: 'off' })
    fill(disk, { leaving: 40_000_000 })
    let acknowledged = 1
    // Each takes a new segment of the log that is written ahead; without room for one the server gives up.
    const superuser = server.url.replace('//madang:', '//postgres:')
    const write = () =>
      query(superuser, `INSERT INTO kept VALUES (${acknowledged + 1}) RETURNING pg_switch_wal()`)
    await until(async () => {
      const done = await write().catch(() => null)
      if (done) acknowledged++
      return says.some((line) => line.startsWith('The disk that holds'))
    }).catch((error: unknown) => {
      throw new Error(`${acknowledged} written; ${says.join(' | ')}`, { cause: error })
    })
    rmSync(join(disk, 'filler'))
    await until(() => says.at(-1) === 'PostgreSQL runs again')
    const { rows } = await query(
      server.url,
      `SELECT count(*)::int AS there FROM kept WHERE id <= ${acknowledged}`,
    )
    expect(acknowledged).toBeGreaterThan(1)
    expect(rows).toEqual([{ there: acknowledged }])
  })
})

const refusalOf = (dataDir: string) =>
  startPostgres({ dataDir, log: () => {}, settings: quick }).then(
    () => 'started',
    (error) => `${error.name}: ${error.message}`,
  )

function smallDisk(size: string): string {
  const folder = temporaryFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]))
  return folder
}

/** Takes all the room there is, but some bytes. */
function fill(disk: string, { leaving = 0 } = {}): void {
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - leaving))
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'madang-test-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(folder)
  }
}
