import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toConfig } from '#config/config.ts'
import { readEnv } from '#config/env.ts'
import { makeTestApp, type TestApp } from '#test/support/app.ts'
import { hashPassword, isOutdated, setPasswordPasses } from './passwords.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(async () => {
  setPasswordPasses(2)
  await site[Symbol.asyncDispose]()
})

const password = 'correct horse battery'
const signIn = (login: string, given = password) =>
  site.guest.api('POST', '/sessions', { login, password: given })
const hashOf = async (name: string) =>
  (
    await site.db
      .selectFrom('members')
      .select('password_hash')
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
  ).password_hash ?? ''

describe('the cost of a password', () => {
  test('is what the setting says, fourteen passes where nobody decided', async () => {
    const config = (env: Record<string, string>) => toConfig(readEnv(env)).passwordPasses
    expect([config({}), config({ PASSWORD_PASSES: '20' })]).toEqual([14, 20])
    for (const wrong of ['1', '101', 'many', ''])
      if (wrong) expect(() => config({ PASSWORD_PASSES: wrong })).toThrow('PASSWORD_PASSES')
    setPasswordPasses(3)
    expect(await hashPassword(password)).toMatch(/^\$argon2id\$v=19\$m=19456,t=3,p=1\$/)
  })

  test('is paid anew at the next sign-in when it grew, and by nobody with a wrong password', async () => {
    setPasswordPasses(2)
    await site.guest.api('POST', '/members', { name: 'older', email: 'older@example.org', password })
    const before = await hashOf('older')
    setPasswordPasses(3)
    expect([isOutdated(before), (await signIn('older', 'wrong')).statusCode]).toEqual([true, 401])
    expect(await hashOf('older')).toBe(before)
    expect((await signIn('older')).statusCode).toBe(201)
    const after = await hashOf('older')
    expect([isOutdated(after), after === before]).toEqual([false, false])
    expect((await signIn('older')).statusCode).toBe(201)
    expect(await hashOf('older')).toBe(after)
  })

  test('is paid off the event loop', async () => {
    setPasswordPasses(20)
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    await Promise.all(Array.from({ length: 4 }, () => hashPassword(password)))
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(5)
  })
})
