import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
  for (const name of ['alder', 'birch']) {
    await site.guest.api('POST', '/members', { name, email: `${name}@Example.org`, password })
  }
})
afterAll(() => site[Symbol.asyncDispose]())

const password = 'correct horse battery'
const signIn = (login: string, given = password) =>
  site.guest.api('POST', '/sessions', { login, password: given })
const refresh = (refreshToken: string) => site.guest.api('POST', '/sessions/refresh', { refreshToken })
const withToken = (
  accessToken: string,
  method: 'GET' | 'PUT' | 'PATCH' | 'DELETE' = 'GET',
  url = '/me',
  payload?: object,
) =>
  site.app.inject({
    method,
    url: `/api/v1${url}`,
    headers: { authorization: `Bearer ${accessToken}` },
    ...(payload ? { payload } : {}),
  })
const signInByPage = (login: string, given = password, next = '') =>
  site.guest.page('/sign-in', { login, password: given, next })
const cookieOf = (answer: Answer) => answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
const withCookie = (cookie: string, url = '/settings') => site.app.inject({ url, headers: { cookie } })

describe('signing in by the API', () => {
  test.each([
    ['name', 'alder'],
    ['name in another case', 'ALDER'],
    ['e-mail', 'alder@example.ORG'],
  ])('takes the %s', async (_what, login) => {
    const answer = await signIn(login)
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: 900,
    })
    expect((await withToken(answer.json().accessToken)).json()).toMatchObject({
      name: 'alder',
      role: 'member',
      roles: ['member'],
      blocked: null,
    })
  })

  test('answers an unknown name and a wrong password alike', async () => {
    const [unknown, wrong] = await Promise.all([signIn('nobody-here'), signIn('alder', 'wrong password')])
    expect(unknown.statusCode).toBe(401)
    expect(wrong.statusCode).toBe(401)
    const told = (answer: Answer) => ({ ...answer.json(), requestId: '' })
    expect(told(unknown)).toEqual(told(wrong))
    expect(unknown.json().code).toBe('wrong-login')
  })

  test('refuses a member without a password, as imported ones are', async () => {
    await site.member('imported-one')
    expect((await signIn('imported-one', '')).statusCode).toBe(401)
  })
})

describe('an access token', () => {
  test('ends after 15 minutes', async () => {
    const { accessToken } = (await signIn('alder')).json()
    const start = site.clock.now
    try {
      site.clock.now = new Date(start.getTime() + 899_000)
      expect((await withToken(accessToken)).statusCode).toBe(200)
      site.clock.now = new Date(start.getTime() + 901_000)
      expect((await withToken(accessToken)).statusCode).toBe(401)
    } finally {
      site.clock.now = start
    }
  })

  test('is refused when it was changed, unsigned or signed by another', async () => {
    const { accessToken } = (await signIn('alder')).json()
    const [head = '', body = '', signature = ''] = accessToken.split('.')
    const forged = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    for (const token of [
      `${forged}.${body}.`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${head}.${body}`,
      'x',
      'null',
    ]) {
      const answer = await withToken(token)
      expect(answer.statusCode).toBe(401)
      expect(answer.json().code).toBe('bad-token')
    }
    expect((await withToken(accessToken)).statusCode).toBe(200)
  })

  test.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'bearer a b'])(
    'is asked for in the form "Bearer token", not "%s"',
    async (authorization) => {
      const answer = await site.app.inject({ url: '/api/v1/boards', headers: { authorization } })
      expect(answer.statusCode).toBe(401)
    },
  )

  test('is refused at once after signing out', async () => {
    const { accessToken, refreshToken } = (await signIn('alder')).json()
    expect((await withToken(accessToken, 'DELETE', '/sessions/current')).statusCode).toBe(204)
    expect((await withToken(accessToken)).statusCode).toBe(401)
    expect((await refresh(refreshToken)).statusCode).toBe(401)
  })
})

describe('a refresh token', () => {
  test('is exchanged for a new pair of the same session', async () => {
    const first = (await signIn('alder')).json()
    const answer = await refresh(first.refreshToken)
    expect(answer.statusCode).toBe(200)
    expect(answer.json().refreshToken).not.toBe(first.refreshToken)
    expect((await withToken(answer.json().accessToken)).statusCode).toBe(200)
  })

  test('used a second time ends the whole family', async () => {
    const first = (await signIn('alder')).json()
    const second = (await refresh(first.refreshToken)).json()
    expect((await refresh(first.refreshToken)).statusCode).toBe(401)
    expect((await withToken(second.accessToken)).statusCode).toBe(401)
    expect((await refresh(second.refreshToken)).statusCode).toBe(401)
  })

  test('used twice at the same moment works once and then ends the family', async () => {
    const { refreshToken } = (await signIn('alder')).json()
    const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken)])
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 401])
    const winner = answers.find((answer) => answer.statusCode === 200)?.json()
    expect((await refresh(winner.refreshToken)).statusCode).toBe(401)
    expect((await withToken(winner.accessToken)).statusCode).toBe(401)
  })

  test('ends after 30 days without use', async () => {
    const { refreshToken } = (await signIn('alder')).json()
    const start = site.clock.now
    try {
      site.clock.now = new Date(start.getTime() + 30 * 86_400_000 + 1000)
      expect((await refresh(refreshToken)).statusCode).toBe(401)
    } finally {
      site.clock.now = start
    }
  })

  test('is no cookie, and a cookie is no refresh token', async () => {
    const { refreshToken } = (await signIn('alder')).json()
    expect((await withCookie(`madang=${refreshToken}`)).statusCode).toBe(303)
    const cookie = cookieOf(await signInByPage('alder'))
    expect((await refresh(cookie.slice('madang='.length))).statusCode).toBe(401)
    expect((await withCookie(cookie)).statusCode).toBe(200)
  })

  test.each(['', 'x', 'a.b', `${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}.${'A'.repeat(43)}`, '\0'])(
    'refuses "%s"',
    async (token) => {
      expect((await refresh(token)).statusCode).toBe(401)
    },
  )
})

describe('signing in by the page', () => {
  test('gives a cookie that scripts and other sites cannot use', async () => {
    const answer = await signInByPage('alder')
    expect(answer.statusCode).toBe(303)
    expect(answer.cookies[0]).toMatchObject({ name: 'madang', path: '/', httpOnly: true, sameSite: 'Lax' })
  })

  test('marks the cookie as https alone where the site is', async () => {
    await using secure = await makeTestApp({ env: { BASE_URL: 'https://yard.example' } })
    await secure.guest.api('POST', '/members', { name: 'cedar', email: 'cedar@a.org', password })
    const answer = await secure.guest.page('/sign-in', { login: 'cedar', password })
    expect(answer.cookies[0]).toMatchObject({
      name: '__Host-madang',
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'Lax',
    })
    expect(answer.cookies[0]?.domain).toBeUndefined()
    const { value } = answer.cookies[0] ?? { value: '' }
    expect(
      (await secure.app.inject({ url: '/settings', headers: { cookie: `__Host-madang=${value}` } }))
        .statusCode,
    ).toBe(200)
    expect(
      (await secure.app.inject({ url: '/settings', headers: { cookie: `madang=${value}` } })).statusCode,
    ).toBe(303)
  })

  test('shows the form again after a wrong password, with the name and without the password', async () => {
    const answer = await signInByPage('alder', 'not this one')
    expect(answer.statusCode).toBe(401)
    expect(answer.body).toContain('value="alder"')
    expect(answer.body).not.toContain('not this one')
    expect(answer.cookies).toEqual([])
  })

  test('signing out ends the session and takes the cookie away', async () => {
    const cookie = cookieOf(await signInByPage('alder'))
    const headers = { cookie, origin: 'http://localhost:80' }
    const answer = await site.app.inject({ method: 'POST', url: '/sign-out', headers })
    expect(answer.statusCode).toBe(303)
    expect(answer.cookies[0]).toMatchObject({ name: 'madang', value: '' })
    expect((await withCookie(cookie)).statusCode).toBe(303)
  })
})

describe('a new password', () => {
  const other = 'a different battery'
  test('ends every other session and keeps the one that asked', async () => {
    const { accessToken } = (await signIn('birch')).json()
    const elsewhere = (await signIn('birch')).json()
    const cookie = cookieOf(await signInByPage('birch'))
    const change = (given: string, newPassword: string) =>
      withToken(accessToken, 'PUT', '/me/password', { password: given, newPassword })
    expect((await change('wrong', other)).json().errors[0]).toMatchObject({
      field: 'password',
      code: 'wrong-password',
    })
    expect((await change(password, 'short')).json().errors[0]).toMatchObject({
      field: 'newPassword',
      code: 'too-short',
    })
    expect((await withToken(elsewhere.accessToken)).statusCode).toBe(200)
    expect((await change(password, other)).statusCode).toBe(204)
    expect((await withToken(accessToken)).statusCode).toBe(200)
    expect((await withToken(elsewhere.accessToken)).statusCode).toBe(401)
    expect((await refresh(elsewhere.refreshToken)).statusCode).toBe(401)
    expect((await withCookie(cookie)).statusCode).toBe(303)
    expect((await signIn('birch')).statusCode).toBe(401)
    expect((await signIn('birch', other)).statusCode).toBe(201)
  })

  test('can be set on the settings page, and other devices signed out there', async () => {
    const cookie = cookieOf(await signInByPage('birch', other))
    const elsewhere = cookieOf(await signInByPage('birch', other))
    const post = (part: string, form: Record<string, string>) =>
      site.app.inject({
        method: 'POST',
        url: `/settings/${part}`,
        headers: {
          cookie,
          origin: 'http://localhost:80',
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: new URLSearchParams(form).toString(),
      })
    const differing = await post('password', {
      password: 'not it',
      newPassword: 'one',
      newPassword2: 'two password',
    })
    expect(differing.statusCode).toBe(422)
    for (const field of ['password', 'newPassword', 'newPassword2'])
      expect(differing.body).toContain(`-${field}-error"`)
    const leaving = await post('withdraw', { password: 'not it' })
    for (const field of ['password', 'sure']) expect(leaving.body).toContain(`-${field}-error"`)
    expect((await post('sessions', {})).headers.location).toBe('/settings?saved=sessions')
    expect((await withCookie(elsewhere)).statusCode).toBe(303)
    expect((await withCookie(cookie)).statusCode).toBe(200)
  })
})

describe('a block', () => {
  let mod: Awaited<ReturnType<TestApp['member']>>
  let board: Awaited<ReturnType<TestApp['board']>>
  beforeEach(async () => {
    mod = await site.member(undefined, 'moderator')
    board = await site.board()
  })
  const block = (memberId: number, until: Date | null) =>
    site.db
      .insertInto('member_blocks')
      .values({ member_id: memberId, by_id: mod.id, reason: 'rude', until, created_at: site.clock.now })
      .execute()

  test('works at once for what is open, by API and page, and leaves reading', async () => {
    const rude = await site.member()
    const post = await site.post(rude, board)
    await block(rude.id, null)
    for (const answer of await Promise.all([
      rude.api('POST', `/boards/${board.slug}/posts`, { title: 'a', body: 'b' }),
      rude.api('PATCH', `/posts/${post.id}`, { body: 'changed' }),
      rude.api('DELETE', `/posts/${post.id}`),
      rude.api('POST', `/posts/${post.id}/comments`, { body: 'b' }),
      rude.api('PUT', `/posts/${post.id}/vote`, { value: 1 }),
      rude.api('DELETE', `/posts/${post.id}/vote`),
      rude.api('POST', '/drafts', { target: 'new', body: 'b' }),
    ])) {
      expect(answer.statusCode).toBe(403)
      expect(answer.json()).toMatchObject({ code: 'blocked', title: expect.stringContaining('rude') })
    }
    const page = await rude.page('/write', { board: board.slug, title: 'a', body: 'b' })
    expect(page.statusCode).toBe(403)
    expect((await rude.api('GET', `/posts/${post.id}`)).statusCode).toBe(200)
    expect((await rude.page(`/b/${board.slug}`)).statusCode).toBe(200)
    expect((await rude.api('GET', '/me')).json().blocked).toEqual({ reason: 'rude', until: null })
  })

  test('ends by the clock', async () => {
    const rude = await site.member()
    const until = new Date(site.clock.now.getTime() + 60_000)
    await block(rude.id, until)
    const write = () => rude.api('POST', `/boards/${board.slug}/posts`, { title: 'a', body: 'b' })
    expect((await write()).json().title).toContain(until.toISOString().slice(0, 10))
    const start = site.clock.now
    site.clock.now = new Date(until.getTime() + 1)
    expect((await write()).statusCode).toBe(201)
    site.clock.now = start
  })

  test('takes a moderator’s rights away for as long as it lasts', async () => {
    const other = await site.member(undefined, 'moderator')
    const post = await site.post(other, board)
    await block(other.id, null)
    expect((await other.api('PUT', `/posts/${post.id}/pin`, {})).statusCode).toBe(403)
    expect((await mod.api('PUT', `/posts/${post.id}/pin`, {})).statusCode).toBe(204)
  })
})
