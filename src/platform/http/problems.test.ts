import { expect, test } from 'vitest'
import { addressKey } from './limits.ts'
import { toRefusal } from './problems.ts'

const broken = (more: object) => Object.assign(new Error('aborted'), { code: 'ECONNRESET' }, more)

test('a sender who breaks off is no missing database, and a missing database no wrong request', () => {
  // Fastify adds the status where it was reading a body.
  expect(toRefusal(broken({ statusCode: 400 }))).toMatchObject({ status: 400, code: 'bad-request' })
  expect(toRefusal(broken({}))).toMatchObject({ status: 503, code: 'unavailable' })
  expect(toRefusal(Object.assign(new Error('x'), { code: '57014' }))).toMatchObject({ status: 503 })
  expect(toRefusal(new TypeError('x'))).toBeNull()
})

test('whose connection broke off has no address, and is no fault', () => {
  expect(addressKey(undefined)).toBe('a')
  expect(addressKey('::ffff:192.0.2.7')).toBe('a192.0.2.7')
})
