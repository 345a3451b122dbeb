import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeUnused } from '#modules/files/upkeep.ts'
import { SiteSettings } from '#modules/site/site.ts'
import { findText } from '#modules/site/texts.ts'
import { openDatabase } from '#platform/database.ts'
import { openStorage } from '#platform/storage/storage.ts'
import { makeTestApp } from '#test/support/app.ts'
import { makeLoneDatabase } from '#test/support/database.ts'
import { plain } from '#test/support/images.ts'
import { backup } from './backup.ts'
import { ArchiveReader } from './reader.ts'
import { restore } from './restore.ts'

it('what a site says about itself comes back, its logo stays after the clean-up', async () => {
  await using site = await makeTestApp()
  const chief = await site.member('chief', 'administrator')
  await chief.api('PATCH', '/admin/settings', { name: 'Elm Yard', description: 'For neighbours.' })
  await chief.api('PUT', '/admin/texts/rules', { body: 'Be kind.' })
  const { url } = (await chief.api('PUT', '/admin/logo', await plain('png'))).json()
  const folder = await mkdtemp(join(tmpdir(), 'madang-site-'))
  const path = join(folder, 'backup.zip')
  const go = { signal: new AbortController().signal, onProgress: () => {} }
  const { sealingKey, files } = site.deps
  const { now } = site.clock
  await backup(
    { url: site.database.url, storage: files.storage },
    { ...go, path, key: null, secrets: [], sealingKey, version: '0.0.0', now },
  )

  await using empty = await makeLoneDatabase()
  const storage = openStorage({ folder: join(folder, 'files'), s3Url: null })
  await using archive = await ArchiveReader.open(path, null)
  const target = { url: empty.url, storage, folder: join(folder, 'uploads'), sealingKey: null }
  const secrets = { keepSecret: async () => {}, clearAgain: async () => {} }
  await restore({ ...target, ...secrets }, archive, { ...go, replace: false })
  await using database = openDatabase({ url: empty.url, size: 1 })
  const { name, description, logo, texts } = await new SiteSettings(database.db).current(now)
  expect({ name, description, texts }).toEqual({
    name: 'Elm Yard',
    description: 'For neighbours.',
    texts: ['rules'],
  })
  expect(url).toBe(`/files/${logo}.webp`)
  expect((await findText(database.db, 'rules'))?.body).toBe('Be kind.')
  const later = new Date(now.getTime() + 30 * 86_400_000)
  await removeUnused(database.db, { tools: { ...files, storage }, now: later })
  for (const size of [64, 192, 512]) {
    const stored = await storage.get(`${logo}-${size}.webp`)
    stored?.stream.destroy()
    expect(stored?.bytes).toBeGreaterThan(0)
  }
  await rm(folder, { recursive: true })
})
