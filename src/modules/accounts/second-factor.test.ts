import { TOTP } from 'otpauth'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'

const password = 'correct horse battery'
let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

const code = (secret: string, offset = 0) =>
  new TOTP({ secret }).generate({ timestamp: site.clock.now.getTime() + offset * 30_000 })
const pass = (seconds: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + seconds * 1000)
}
const cookieOf = (answer: Answer) =>
  answer.cookies
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')

/** Somebody with a password, a browser and a client. */
async function join(name: string) {
  await site.guest.api('POST', '/members', { name, email: `${name}@example.org`, password })
  const row = await site.db
    .selectFrom('members')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  const cookie = cookieOf(await site.guest.page('/sign-in', { login: name, password }))
  const { accessToken } = (await signIn(name)).json()
  return { id: row.id, name, cookie, ...callers(cookie, accessToken) }
}

function callers(cookie: string, token: string) {
  return {
    api: (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
      site.app.inject({
        method,
        url: `/api/v1${url}`,
        headers: { authorization: `Bearer ${token}` },
        ...(payload ? { payload } : {}),
      }),
    page: (url: string, form?: Record<string, string>) => send(cookie, url, form),
  }
}

function send(cookie: string, url: string, form?: Record<string, string>) {
  if (!form) return site.app.inject({ url, headers: { cookie } })
  const headers = {
    cookie,
    origin: 'http://localhost:80',
    'content-type': 'application/x-www-form-urlencoded',
  }
  return site.app.inject({ method: 'POST', url, headers, payload: new URLSearchParams(form).toString() })
}

const signIn = (login: string) => site.guest.api('POST', '/sessions', { login, password })
const second = (challenge: string, given: string) =>
  site.guest.api('POST', '/sessions/second', { challenge, code: given })

type Member = Awaited<ReturnType<typeof join>>

async function turnOn(member: Member) {
  await member.api('POST', '/me/proof', { password })
  const { secret } = (await member.api('POST', '/me/totp')).json()
  const { recoveryCodes } = (await member.api('POST', '/me/totp/confirm', { code: code(secret) })).json()
  pass(60)
  const codes: string[] = recoveryCodes
  return { secret: String(secret), codes }
}

describe('setting up an authenticator app', () => {
  test('asks who it is, shows picture and letters, takes a code and gives ten recovery codes once', async () => {
    const member = await join('setting-up')
    pass(601)
    const unproven = await member.page('/settings/security/totp', {})
    expect(unproven.headers.location).toBe('/settings/security/prove?next=%2Fsettings%2Fsecurity')
    const wrong = await member.page('/settings/security/prove', { password: 'nope' })
    expect(wrong.statusCode).toBe(422)
    const proved = await member.page('/settings/security/prove', { password })
    expect(proved.headers.location).toBe('/settings/security?done=proved')
    expect((await member.page('/settings/security/totp', {})).headers.location).toBe(
      '/settings/security/totp',
    )
    const shown = await member.page('/settings/security/totp')
    expect(shown.headers['cache-control']).toBe('no-store')
    expect(shown.body).toContain('<svg')
    expect(shown.body).toMatch(/<input [^>]*name="code"[^>]* inputmode="numeric"/)
    const secret = /<code id="totp-secret">([A-Z2-7 ]{32,})</.exec(shown.body)?.[1]?.replaceAll(' ', '') ?? ''
    const refused = await member.page('/settings/security/totp/confirm', { code: '000000' })
    expect(refused.statusCode).toBe(422)
    expect(refused.body).toContain('field-code-error')
    expect((await signIn('setting-up')).statusCode).toBe(201)
    const confirmed = await member.page('/settings/security/totp/confirm', { code: code(secret) })
    expect(confirmed.statusCode).toBe(200)
    expect(confirmed.headers['cache-control']).toBe('no-store')
    expect(confirmed.body.match(/<code>[0-9a-z]{4}(-[0-9a-z]{4}){3}<\/code>/g)).toHaveLength(10)
    expect((await member.page('/settings/security/totp')).statusCode).toBe(404)
    expect((await member.page('/settings/security')).body).toContain('10 recovery codes left')
  })

  test('keeps the secret sealed and the codes hashed', async () => {
    const member = await join('sealed')
    const { secret, codes } = await turnOn(member)
    const row = await site.db
      .selectFrom('totp_secrets')
      .selectAll()
      .where('member_id', '=', member.id)
      .execute()
    const hashes = await site.db
      .selectFrom('recovery_codes')
      .selectAll()
      .where('member_id', '=', member.id)
      .execute()
    const stored = JSON.stringify([row, hashes, row.map((one) => one.sealed.toString('latin1'))])
    expect(stored).not.toContain(secret)
    for (const one of codes) expect(stored).not.toContain(one)
  })

  test('refuses a second set-up over the first, and one without proof', async () => {
    const member = await join('twice')
    pass(601)
    expect((await member.api('POST', '/me/totp')).json().code).toBe('prove-again')
    await turnOn(member)
    expect((await member.api('POST', '/me/totp')).json().code).toBe('totp-on')
  })
})

describe('signing in with a second factor', () => {
  let member: Member
  let secret: string
  let codes: string[]
  let made = 0
  beforeEach(async () => {
    member = await join(`doubled${++made}`)
    const on = await turnOn(member)
    secret = on.secret
    codes = on.codes
  })

  test('is answered 401 with a challenge, then completed by a code', async () => {
    const first = await signIn(member.name)
    expect(first.statusCode).toBe(401)
    expect(first.headers['content-type']).toContain('application/problem+json')
    expect(first.json()).toMatchObject({ code: 'second-factor', challenge: expect.any(String) })
    const { challenge } = first.json()
    expect((await second(challenge, '000000')).json().errors[0]).toMatchObject({
      field: 'code',
      code: 'wrong-code',
    })
    const done = await second(challenge, code(secret))
    expect(done.statusCode).toBe(201)
    expect(done.json()).toMatchObject({ accessToken: expect.any(String), expiresIn: 900 })
    expect((await second(challenge, code(secret, 1))).json().code).toBe('sign-in-over')
  })

  test('tells nothing of it to somebody without the password', async () => {
    const answer = await site.guest.api('POST', '/sessions', { login: member.name, password: 'wrong' })
    expect(answer.json()).toMatchObject({ code: 'wrong-login' })
    expect(answer.json()).not.toHaveProperty('challenge')
  })

  test('takes two pages, and goes on where one wanted to go', async () => {
    const first = await site.guest.page('/sign-in', { login: member.name, password, next: '/bookmarks' })
    expect(first.headers.location).toBe('/sign-in/second')
    expect(first.cookies.map((cookie) => cookie.name)).toEqual(['madang-second-factor'])
    expect(first.cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax', maxAge: 300 })
    const half = cookieOf(first)
    expect((await send(half, '/settings')).statusCode).toBe(303)
    expect((await send(half, '/sign-in/second')).body).toContain('name="code"')
    expect((await send(half, '/sign-in/second', { code: '123' })).statusCode).toBe(422)
    const done = await send(half, '/sign-in/second', { code: code(secret) })
    expect(done.headers.location).toBe('/bookmarks')
    expect((await send(cookieOf(done), '/settings')).statusCode).toBe(200)
    expect((await send(half, '/sign-in/second')).headers.location).toBe('/sign-in')
  })

  test('ends after five minutes', async () => {
    const { challenge } = (await signIn(member.name)).json()
    pass(301)
    expect((await second(challenge, code(secret))).json().code).toBe('sign-in-over')
  })

  test('takes a code once, one after the other and at the same moment', async () => {
    const challenges = await Promise.all(Array.from({ length: 4 }, () => signIn(member.name)))
    const [first, ...others] = challenges.map((answer) => String(answer.json().challenge))
    const now = code(secret)
    const both = await Promise.all([second(first ?? '', now), second(others[0] ?? '', now)])
    expect(both.map((answer) => answer.statusCode).sort()).toEqual([201, 422])
    expect((await second(others[1] ?? '', now)).statusCode).toBe(422)
    // An older code than one that was taken is as good as used.
    expect((await second(others[1] ?? '', code(secret, -1))).statusCode).toBe(422)
    pass(30)
    expect((await second(others[2] ?? '', code(secret))).statusCode).toBe(201)
  })

  test('takes codes of the neighbouring half minutes and no others', async () => {
    const { challenge } = (await signIn(member.name)).json()
    for (const offset of [-2, 2]) expect((await second(challenge, code(secret, offset))).statusCode).toBe(422)
    expect((await second(challenge, code(secret, 1))).statusCode).toBe(201)
  })

  test('takes each recovery code once, however it is typed', async () => {
    const [one = ''] = codes
    const { challenge } = (await signIn(member.name)).json()
    expect((await second(challenge, ` ${one.toUpperCase().replaceAll('-', ' ')} `)).statusCode).toBe(201)
    const again = (await signIn(member.name)).json()
    expect((await second(again.challenge, one)).statusCode).toBe(422)
    expect((await second(again.challenge, codes[1] ?? '')).statusCode).toBe(201)
    expect((await member.api('GET', '/me/factors')).json()).toMatchObject({ totp: 'on', recoveryCodes: 8 })
  })

  test('takes no recovery code of another member', async () => {
    const other = await turnOn(await join(`other${made}`))
    const { challenge } = (await signIn(member.name)).json()
    expect((await second(challenge, other.codes[0] ?? '')).statusCode).toBe(422)
  })

  test('is locked after five wrong codes, also sent at the same moment and with new challenges', async () => {
    const tokens: string[] = []
    for (let i = 0; i < 8; i++) tokens.push((await signIn(member.name)).json().challenge)
    const answers = await Promise.all(tokens.map((token) => second(token, '111111')))
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([
      422, 422, 422, 422, 422, 429, 429, 429,
    ])
    const { challenge } = (await signIn(member.name)).json()
    const locked = await second(challenge, code(secret))
    expect(locked.json().code).toBe('codes-locked')
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(800)
    pass(901)
    const later = (await signIn(member.name)).json()
    expect((await second(later.challenge, code(secret))).statusCode).toBe(201)
  })

  test('is asked for after a password link, too', async () => {
    const administrator = await site.member(undefined, 'administrator')
    await prove(site, administrator)
    const made = await administrator.page(`/admin/members/${member.id}/link`, {})
    const link = /\/claim\/[\w-]+/.exec(made.body)?.[0] ?? ''
    const changed = { password: 'another good phrase', password2: 'another good phrase' }
    const used = await site.guest.page(link, changed)
    expect(used.headers.location).toBe('/sign-in/second')
    expect(used.cookies.map((cookie) => cookie.name)).toEqual(['madang-second-factor'])
    const done = await send(cookieOf(used), '/sign-in/second', { code: codes[0] ?? '' })
    expect((await send(cookieOf(done), '/settings')).statusCode).toBe(200)
  })

  test('new recovery codes end the old ones', async () => {
    const renewed = (await member.api('POST', '/me/recovery-codes')).json().recoveryCodes
    const { challenge } = (await signIn(member.name)).json()
    expect((await second(challenge, codes[0] ?? '')).statusCode).toBe(422)
    expect((await second(challenge, renewed[0])).statusCode).toBe(201)
  })

  test('ends when it is turned off with the password, not with another', async () => {
    const cookie = cookieOf(
      await send(
        cookieOf(await site.guest.page('/sign-in', { login: member.name, password })),
        '/sign-in/second',
        {
          code: code(secret),
        },
      ),
    )
    expect((await send(cookie, '/settings/security/totp/off', { password: 'nope' })).statusCode).toBe(422)
    expect((await signIn(member.name)).statusCode).toBe(401)
    const off = await send(cookie, '/settings/security/totp/off', { password })
    expect(off.headers.location).toBe('/settings/security?done=off')
    expect((await signIn(member.name)).statusCode).toBe(201)
    expect((await member.api('GET', '/me/factors')).json()).toMatchObject({ totp: 'off', recoveryCodes: 0 })
  })

  test('goes with the person who withdraws', async () => {
    expect((await member.api('DELETE', '/me', { password })).statusCode).toBe(204)
    for (const table of ['totp_secrets', 'recovery_codes', 'security_events', 'challenges'] as const) {
      const rows = await site.db
        .selectFrom(table)
        .select('member_id')
        .where('member_id', '=', member.id)
        .execute()
      expect(rows).toEqual([])
    }
  })
})

test('wrong passwords are counted where one shows who one is', async () => {
  const member = await join('counted')
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => member.api('POST', '/me/proof', { password: 'nope' })),
  )
  expect(answers.filter((answer) => answer.statusCode === 429)).toHaveLength(3)
  expect((await member.api('POST', '/me/proof', { password })).statusCode).toBe(429)
})
