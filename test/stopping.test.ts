import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '#test/support/server.ts'

test('a stop that is asked for again and again ends the database as well', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'madang-stopping-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const server = await startServer(dataDir)
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(true)
  const again = setInterval(() => void server.end('SIGTERM'), 10)
  await server.end('SIGTERM')
  clearInterval(again)
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false)
  expect(existsSync(join(dataDir, 'madang.lock'))).toBe(false)
})
