import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from './postgres-server/test-fixtures.ts'
import { noteAddress, runningAddress } from './running.ts'

test('a command finds the address of the server that runs, and none of one that has ended', () => {
  const folder = temporaryFolder()
  expect(runningAddress(folder)).toBeNull()
  {
    using _ = noteAddress(folder, 'http://127.0.0.1:3971')
    expect(runningAddress(folder)).toBe('http://127.0.0.1:3971')
  }
  expect(runningAddress(folder)).toBeNull()
})

test.each([
  JSON.stringify({ pid: process.pid, started: 'another start', address: 'http://127.0.0.1:1' }),
  JSON.stringify({ pid: 4_194_305, started: null, address: 'http://127.0.0.1:1' }),
  '{"pid":1',
  '',
])('what a killed server left counts for nothing: %s', (text) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'madang.address'), text)
  expect(runningAddress(folder)).toBeNull()
})
