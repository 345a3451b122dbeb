import { expect, test } from 'vitest'
import { madangConf, sharedMegabytes } from './settings.ts'

test.each([
  [512, 96],
  [4096, 128],
  [8192, 256],
  [65_536, 512],
])('a machine of %i MB gives the database %i MB of memory of its own', (machine, shared) => {
  expect(sharedMegabytes(machine * 2 ** 20)).toBe(shared)
})

test('a module that the package does not bring is not asked for', () => {
  expect(madangConf({ canPrewarm: true })).toContain("shared_preload_libraries = 'pg_prewarm'")
  expect(madangConf({ canPrewarm: false })).not.toContain('prewarm')
})
