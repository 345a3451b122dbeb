import { describe, expect, it } from 'vitest'
import { packCursor, unpackCursor } from './cursor.ts'
import { BadRequest } from './errors.ts'

const packed = (text: string) => Buffer.from(text).toString('base64url')

describe('cursors', () => {
  it.each([
    ['integer', '-12'],
    ['integer', '2147483647'],
    ['number', '38477.123456'],
    ['number', '1.5e-7'],
    ['instant', '2024-02-29T23:59:59.999Z'],
  ] as const)('give back the %s %s and the id', (kind, value) => {
    expect(unpackCursor(packCursor({ value, id: '7' }), kind)).toEqual({ value, id: '7' })
  })

  it.each([
    ['integer', '1e5|1'],
    ['integer', '1.5|1'],
    ['integer', '2147483648|1'],
    ['number', '1e999|1'],
    ['number', '1e-999|1'],
    ['number', 'NaN|1'],
    ['instant', '2026-02-30T00:00:00Z|1'],
    ['instant', '12026-02-01T00:00:00Z|1'],
    ['instant', '5|1'],
    ['integer', '5'],
    ['integer', '5|x'],
    ['integer', '5|1|1'],
    ['integer', '5|1234567890123456789'],
    ['integer', `5|1${' '.repeat(100)}`],
  ] as const)('refuse as %s what nobody packed: %s', (kind, text) => {
    expect(() => unpackCursor(packed(text), kind)).toThrow(BadRequest)
  })

  it('refuse what is no base64url', () => {
    expect(() => unpackCursor("' or 1=1", 'integer')).toThrow(BadRequest)
  })
})
