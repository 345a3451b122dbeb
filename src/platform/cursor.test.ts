import { describe, expect, it } from 'vitest'
import { countdownPage, Order } from './cursor.ts'
import { BadRequest } from './errors.ts'

const packed = (text: string) => Buffer.from(text).toString('base64url')

describe('cursors', () => {
  it.each([
    ['integer', '-12'],
    ['integer', '2147483647'],
    ['number', '38477.123456'],
    ['number', '1.5e-7'],
    ['instant', '2024-02-29T23:59:59.999Z'],
    ['none', ''],
  ] as const)('give back the %s %s and the id', (kind, value) => {
    const order = new Order('top', kind)
    expect(order.unpack(order.pack(7, value))).toEqual({ value, id: '7' })
    expect(order.made(order.pack(7, value))).toBe(true)
  })

  it.each([
    ['integer', 'top|1e5|1'],
    ['integer', 'top|1.5|1'],
    ['integer', 'top|2147483648|1'],
    ['number', 'top|1e999|1'],
    ['number', 'top|1e-999|1'],
    ['number', 'top|NaN|1'],
    ['instant', 'top|2026-02-30T00:00:00Z|1'],
    ['instant', 'top|12026-02-01T00:00:00Z|1'],
    ['instant', 'top|5|1'],
    ['none', 'top|5|1'],
    ['integer', '5|1'],
    ['integer', 'top|5'],
    ['integer', 'top|5|x'],
    ['integer', 'top|5|1|1'],
    ['integer', 'top|5|1234567890123456789'],
    ['integer', `top|5|1${' '.repeat(100)}`],
  ] as const)('refuse as %s what nobody packed: %s', (kind, text) => {
    expect(() => new Order('top', kind).unpack(packed(text))).toThrow(BadRequest)
  })

  it('refuse what is no base64url', () => {
    expect(() => new Order('top', 'integer').unpack("' or 1=1")).toThrow(BadRequest)
  })

  it('of one order are refused by another whose values are alike', () => {
    const [top, hot] = [new Order('top', 'integer'), new Order('hot', 'number')]
    expect(() => hot.unpack(top.pack(7, '12'))).toThrow(BadRequest)
    expect(hot.made(top.pack(7, '12'))).toBe(false)
  })
})

describe('what is counted down', () => {
  const page = (after?: string) => countdownPage({ after, limit: 2 })

  it('goes on below the last one shown', () => {
    const { items, next } = page().pageOf([{ version: 5 }, { version: 4 }, { version: 3 }])
    expect(items).toEqual([{ version: 5 }, { version: 4 }])
    expect(page(next ?? '').before).toBe(4)
  })

  it('refuses a number that no version has', () => {
    expect(() => page(packed('version||99999999999'))).toThrow(BadRequest)
  })
})
