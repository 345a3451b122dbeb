import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeTestApp } from '#test/support/app.ts'
import { plain } from '#test/support/images.ts'
import { startS3 } from '#test/support/s3.ts'
import { removeUnused } from './upkeep.ts'

it('pictures live in a bucket where there is one: uploaded, read through the gate, removed', async () => {
  await using s3 = await startS3()
  await using test = await makeTestApp({ env: { S3_URL: s3.url } })
  const member = await test.member()
  const { url } = (await member.api('POST', '/files', await plain('png'))).json()
  expect((await member.page(url)).headers['content-type']).toBe('image/webp')
  expect((await test.guest.page(url)).statusCode).toBe(404)
  expect(existsSync(join(test.deps.config.dataDir, 'files'))).toBe(false)
  const now = new Date(test.clock.now.getTime() + 25 * 3_600_000)
  expect(await removeUnused(test.db, { tools: test.deps.files, now })).toBe(1)
  expect((await member.page(url)).statusCode).toBe(404)
})
