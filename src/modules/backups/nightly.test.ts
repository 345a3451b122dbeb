import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ask, openDatabase } from '#platform/database.ts'
import { makeTestApp } from '#test/support/app.ts'
import { makeLoneDatabase } from '#test/support/database.ts'
import { backUpDay, listBackups } from './nightly.ts'
import { ArchiveReader } from './reader.ts'

let home = ''
let folder = ''
let database: Awaited<ReturnType<typeof makeLoneDatabase>>
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'madang-nightly-'))
  database = await makeLoneDatabase('schema')
  await using opened = openDatabase({ url: database.url, size: 1 })
  await ask(opened.db, `insert into members (name, name_key) values ('돌담길', '돌담길')`, [])
})
beforeEach(async () => {
  folder = await mkdtemp(join(home, 'folder-'))
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await rm(home, { recursive: true })
})

const { PATH, HOME } = process.env
const env = () => ({ PATH, HOME, DATABASE_URL: database.url, DATA_DIR: join(home, 'data') })
const backUp = (day: string, given: { keyFile?: string; keep?: number } = {}) =>
  backUpDay({ folder, keyFile: null, keep: 2, ...given }, { day, env: env() })

test('a night makes one backup that was restored, keeps as many as told, and nothing else goes', async () => {
  await writeFile(join(folder, 'madang-of-mine.zip'), '')
  for (const day of ['2026-11-18', '2026-11-19']) await writeFile(join(folder, `madang-${day}.zip`), day)
  expect(await backUp('2026-11-20')).toBe('madang-2026-11-20.zip')
  expect(await backUp('2026-11-20')).toBeNull()
  expect((await readdir(folder)).sort()).toEqual([
    'madang-2026-11-19.zip',
    'madang-2026-11-20.zip',
    'madang-of-mine.zip',
  ])
  const [newest, older] = await listBackups(folder)
  expect([newest?.name, older?.bytes]).toEqual(['madang-2026-11-20.zip', 10])
  await using archive = await ArchiveReader.open(join(folder, newest?.name ?? ''), null)
  expect(archive.manifest.tables.length).toBeGreaterThan(50)
})

test('a public key encrypts what cannot be opened here', async () => {
  const keyFile = join(folder, 'key.txt')
  await writeFile(keyFile, await identityToRecipient(await generateIdentity()))
  const name = await backUp('2026-11-21', { keyFile })
  await expect(ArchiveReader.open(join(folder, name ?? ''), null)).rejects.toThrow('encrypted')
})

test('what fails says why, leaves no half of a backup, and those before it', async () => {
  await writeFile(join(folder, 'madang-2026-11-19.zip'), '')
  await expect(backUp('2026-11-20', { keyFile: join(home, 'nowhere') })).rejects.toThrow(
    'The key file cannot be read',
  )
  await using filled = await makeLoneDatabase()
  const elsewhere = { ...env(), DATABASE_URL: filled.url.replace(/\/[^/?]*(\?|$)/, '/nowhere$1') }
  await expect(
    backUpDay({ folder, keyFile: null, keep: 1 }, { day: '2026-11-20', env: elsewhere }),
  ).rejects.toThrow(/nowhere/)
  expect(await readdir(folder)).toEqual(['madang-2026-11-19.zip'])
})

test('the administrators see them, and when none comes any more', async () => {
  const key = join(home, 'public.key')
  await writeFile(key, await identityToRecipient(await generateIdentity()))
  await using site = await makeTestApp({ env: { BACKUP_DIR: folder } })
  await using off = await makeTestApp()
  await using sealed = await makeTestApp({ env: { BACKUP_DIR: folder, BACKUP_KEY: key, BACKUP_KEEP: '30' } })
  const admin = await site.member('keeper', 'administrator')
  const look = async (who = admin) => (await who.page('/admin/storage')).body
  expect(await look(await off.member('keeper', 'administrator'))).toContain(
    'The site does not back itself up',
  )
  expect(await look()).toContain('The first one is made tonight')

  const file = join(folder, 'madang-2026-11-20.zip')
  await writeFile(file, Buffer.alloc(2_000_000))
  await utimes(file, site.clock.now, site.clock.now)
  expect(await look()).toMatch(/proven by restoring it.*newest 7[\s\S]*madang-2026-11-20\.zip[\s\S]*2 MB/)
  expect(await look()).not.toContain('more than two days')
  expect(await look(await sealed.member('keeper', 'administrator'))).toMatch(
    /newest 30.*cannot be opened here/,
  )

  site.clock.now = new Date(site.clock.now.getTime() + 49 * 3_600_000)
  expect(await look()).toContain('more than two days')
  await ask(site.db, `select from graphile_worker.add_job('back-up')`, [])
  await ask(site.db, `update graphile_worker._private_jobs set last_error = 'disk <full>', attempts = 1`, [])
  expect(await look()).toMatch(/The backup failed[\s\S]*disk &lt;full&gt;/)
  const moderator = await site.member('helper', 'moderator')
  expect((await moderator.page('/admin/storage')).statusCode).toBe(403)
  expect((await stat(file)).size).toBe(2_000_000)
})
