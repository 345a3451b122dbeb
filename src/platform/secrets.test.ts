import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadSecret } from './secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'madang-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a secret is made once, for its owner alone, and stays', () => {
  const first = loadSecret(folder, 'a-key')
  expect(first).toHaveLength(32)
  expect(loadSecret(folder, 'a-key')).toEqual(first)
  expect(loadSecret(folder, 'another-key')).not.toEqual(first)
  expect(statSync(join(folder, 'secrets', 'a-key')).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(folder, 'secrets'))).toEqual(['a-key', 'another-key'])
})

test('a secret that was cut off is refused, not used', () => {
  const file = join(folder, 'secrets', 'cut-key')
  writeFileSync(file, '')
  expect(() => loadSecret(folder, 'cut-key')).toThrow(/cut-key is damaged/)
})
