import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { seal, unseal } from './seal.ts'

const key = randomBytes(32)

test('sealed text opens with its key at its place', () => {
  expect(unseal(key, seal(key, '비밀 secret', 'totp:1'), 'totp:1')).toBe('비밀 secret')
  expect(seal(key, 'a', 'x').equals(seal(key, 'a', 'x'))).toBe(false)
})

test('it opens neither elsewhere, nor with another key, nor changed or cut', () => {
  const sealed = seal(key, 'secret', 'totp:1')
  expect(unseal(key, sealed, 'totp:2')).toBeNull()
  expect(unseal(randomBytes(32), sealed, 'totp:1')).toBeNull()
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(i) ^ 1, i)
    expect(unseal(key, changed, 'totp:1')).toBeNull()
    expect(unseal(key, sealed.subarray(0, i), 'totp:1')).toBeNull()
  }
})
