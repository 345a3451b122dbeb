import { describe, expect, test } from 'vitest'
import { toConfig } from './config.ts'
import { readEnv, type Setting, settings } from './env.ts'

const table: readonly Setting[] = settings

describe('a setting', () => {
  test.each([
    ['DATABASE_URL', 'postgres://me:secret@db.example.org:5433/madang?sslmode=require'],
    ['DATABASE_URL', 'postgresql://me@/madang?host=/run/postgresql'],
    ['DATABASE_URL', 'postgres:///madang?user=me&host=/run/postgresql'],
    ['REDIS_URL', 'rediss://:secret@cache.example.org:6380/1'],
    ['BASE_URL', 'https://forum.example.org'],
    ['ROLES', 'worker'],
    ['ROLES', 'web, worker'],
    ['TRUSTED_PROXIES', '127.0.0.1, 10.0.0.0/8,fd00::/64'],
    ['PORT', '0'],
    ['TIME_ZONE', 'Asia/Seoul'],
  ] as const)('%s takes %s', (name, value) => {
    expect(readEnv({ [name]: value })[name]).toBe(value)
  })

  test.each([
    ['DATABASE_URL', 'mysql://me@db.example.org/madang'],
    ['DATABASE_URL', 'postgres://me@/madang'],
    ['DATABASE_URL', 'db.example.org'],
    ['REDIS_URL', 'http://cache.example.org'],
    ['BASE_URL', 'https://example.org/forum'],
    ['BASE_URL', 'https://example.org/?lang=ko'],
    ['BASE_URL', 'https://me:secret@example.org'],
    ['BASE_URL', 'https://example.org/#top'],
    ['TRUSTED_PROXIES', '999.1.1.1'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '10.0.0.0/0'],
    ['TRUSTED_PROXIES', '..'],
    ['REDIS_URL', 'redis://:half%of@cache.example.org'],
    ['S3_URL', 'https://key:half%of@store.example.org/bucket'],
    ['ROLES', 'web,web'],
    ['ADMIN_PASSWORD', 'x'.repeat(201)],
    ['PORT', '70000'],
    ['TIME_ZONE', 'Asia/Nowhere'],
    ['TIME_ZONE', '+09:00'],
  ])('%s refuses %s, and says what it expects', (name, value) => {
    const setting = table.find((one) => one.name === name)
    const shown = setting?.secret ? '(hidden)' : JSON.stringify(value)
    expect(() => readEnv({ [name]: value })).toThrow(`${name}=${shown}: expected ${setting?.expects}`)
  })

  test('that is empty counts as not set', () => {
    expect(readEnv({ DATABASE_URL: ' ', PORT: '' })).toEqual(readEnv({}))
  })
})

test('the address of the site is kept as browsers write it', () => {
  const addressOf = (address: string) => toConfig(readEnv({ BASE_URL: address })).baseUrl
  expect(addressOf('HTTPS://Yard.Example.org:443/')).toBe('https://yard.example.org')
  expect(addressOf('https://마당.example.org')).toBe('https://xn--ok1b32k.example.org')
})

test('roles may stand apart', () => {
  expect(toConfig(readEnv({ ROLES: 'web, worker' })).roles).toEqual(['web', 'worker'])
})
