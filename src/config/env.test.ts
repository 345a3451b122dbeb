import { describe, expect, test } from 'vitest'
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
    ['ROLES', 'web,web'],
    ['PORT', '70000'],
    ['TIME_ZONE', 'Asia/Nowhere'],
  ])('%s refuses %s, and says what it expects', (name, value) => {
    const setting = table.find((one) => one.name === name)
    const shown = setting?.secret ? '(hidden)' : JSON.stringify(value)
    expect(() => readEnv({ [name]: value })).toThrow(`${name}=${shown}: expected ${setting?.expects}`)
  })

  test('that is empty counts as not set', () => {
    expect(readEnv({ DATABASE_URL: ' ', PORT: '' })).toEqual(readEnv({}))
  })
})
