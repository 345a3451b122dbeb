import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { takeLock } from './lock.ts'
import { temporaryFolder } from './test-fixtures.ts'

test('of many who take over a stale lock at the same moment exactly one gets it, and no file is left', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'madang.lock')
  for (let round = 0; round < 10; round++) {
    writeFileSync(path, 'stale')
    const all = await Promise.all(Array.from({ length: 10 }, () => takeLock(path, 'server')))
    const locks = all.flatMap((taken) => ('lock' in taken ? [taken.lock] : []))
    expect(locks).toHaveLength(1)
    expect(readdirSync(folder)).toEqual(['madang.lock'])
    locks[0]?.release()
  }
  expect(readdirSync(folder)).toEqual([])
})

test('a stale guard of a takeover does not hinder it', async () => {
  const path = join(temporaryFolder(), 'madang.lock')
  writeFileSync(path, 'stale')
  writeFileSync(`${path}.takeover`, 'stale too')
  expect(await takeLock(path, 'server')).toHaveProperty('lock')
})

test('releasing leaves the lock of a later holder alone', async () => {
  const path = join(temporaryFolder(), 'madang.lock')
  const first = await takeLock(path, 'server')
  writeFileSync(path, 'stale')
  await takeLock(path, 'command')
  if ('lock' in first) first.lock.release()
  expect(await takeLock(path, 'server')).toMatchObject({ holder: { pid: process.pid, as: 'command' } })
})
