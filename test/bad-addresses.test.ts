import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { askRaw, listenLocally } from '#test/support/live.ts'
import { expectErrorPage, expectProblem, markOf } from '#test/support/problems.ts'

let site: TestApp
let member: Actor
let postId: number
let commentId: number
beforeAll(async () => {
  site = await makeTestApp()
  member = await site.member()
  const board = await site.board({ slug: 'yard' })
  postId = (await site.post(member, board)).id
  commentId = (await member.api('POST', `/posts/${postId}/comments`, { body: 'x' })).json().id
})
afterAll(() => site[Symbol.asyncDispose]())

const noIds = [
  'x',
  '1.5',
  '1.0',
  '-1',
  '0',
  '00',
  '01',
  '+1',
  '1e0',
  '0x1',
  '%31%00',
  '%20%31',
  '1%20',
  '１',
  '١',
  'NaN',
  'Infinity',
  'null',
  'true',
  '[1]',
  '9'.repeat(15),
  '9'.repeat(16),
  '9'.repeat(19),
  '9'.repeat(400),
  '%F0%9F%92%A9',
  '..%2f1',
  "1'--",
  '1,2',
]

describe('an id that is none', () => {
  test.each(noIds)('leads nowhere: %s', async (id) => {
    const before = await markOf(site.db)
    const routes = [
      ['GET', `/posts/${id}`],
      ['GET', `/posts/${id}/comments`],
      ['GET', `/posts/${id}/versions`],
      ['GET', `/posts/${postId}/versions/${id === '01' || id === '1' ? 'x' : id}`],
      ['GET', `/posts/${id}/versions.csv`],
      ['GET', `/comments/${id}/versions`],
    ] as const
    for (const [method, url] of routes) expectProblem(await member.api(method, url), 404)
    expectProblem(await member.api('PATCH', `/posts/${id}`, { body: 'y' }), 404)
    expectProblem(await member.api('DELETE', `/posts/${id}`), 404)
    expectProblem(await member.api('POST', `/posts/${id}/comments`, { body: 'y' }), 404)
    expectProblem(await member.api('PUT', `/comments/${id}/vote`, { value: 1 }), 404)
    expectProblem(await member.api('PUT', `/posts/${id}/bookmark`), 404)
    for (const url of [
      `/p/${id}`,
      `/p/${id}/a-post`,
      `/p/${id}/history`,
      `/c/${id}`,
      `/p/${id}/edit`,
      `/c/${id}/reply`,
      `/drafts/${id}`,
    ])
      expectErrorPage(await member.page(url), 404)
    expectErrorPage(await member.page(`/p/${id}/vote`, { value: '1' }), 404)
    expect(await markOf(site.db)).toBe(before)
  })

  test('in a body is refused by its name', async () => {
    for (const parent of ['1', 1.5, -1, 0, 1e15, 1e300, true, {}, [commentId]]) {
      const problem = expectProblem(
        await member.api('POST', `/posts/${postId}/comments`, { body: 'y', parent }),
        422,
      )
      expect(problem.errors[0].field).toBe('parent')
    }
    for (const draft of ['1', 0, 1e15, null])
      expectProblem(await member.api('POST', `/posts/${postId}/comments`, { body: 'y', draft }), 422)
    for (const version of ['1', 0, 1.5, 1e300, null])
      expectProblem(await member.api('PATCH', `/posts/${postId}`, { body: 'y', version }), 422)
  })
})

describe('a name that is none', () => {
  test.each([
    '%00',
    'a%00b',
    '%ED%A0%80',
    '%2e%2e%2f',
    'x'.repeat(300),
    'x'.repeat(600),
    '%F0%9F%92%A9',
    '__proto__',
    'constructor',
    '%5Cx',
    '%E2%80%AEx',
    "x'--",
    '%25',
    '*',
  ])('leads nowhere: %s', async (name) => {
    for (const url of [`/b/${name}`, `/m/${name}`, `/m/${name}/comments`, `/claim/${name}`]) {
      expectErrorPage(await member.page(url), [400, 404])
    }
    for (const url of [
      `/boards/${name}/posts`,
      `/members/${name}`,
      `/boards/${name}/news?since=2026-01-01T00:00:00Z`,
    ]) {
      expectProblem(await member.api('GET', url), [400, 404])
    }
    expectProblem(await member.api('POST', `/boards/${name}/posts`, { title: 'T', body: 'b' }), [400, 404])
    expect([200, 400, 404]).toContain((await member.page(`/t/${name}`)).statusCode)
    expect([200, 400, 422]).toContain((await member.api('GET', `/members?prefix=${name}`)).statusCode)
    expect([200, 400, 422]).toContain((await member.api('GET', `/drafts?target=${name}`)).statusCode)
    expect([200, 400, 422]).toContain((await member.page(`/write?board=${name}`)).statusCode)
    expect([200, 400, 422]).toContain((await site.guest.page(`/sign-in?next=${name}`)).statusCode)
  })
})

describe('an address that cannot be read', () => {
  test.each(['%', '%zz', '%E0%A4%A', '%ff', '%c0%ae'])(
    'with %s is refused, as a document or a page',
    async (part) => {
      expectProblem(await site.guest.api('GET', `/posts/${part}`), [400, 404])
      expectErrorPage(await site.guest.page(`/b/${part}`), [400, 404])
      expect([200, 400, 422]).toContain((await site.guest.page(`/?after=${part}`)).statusCode)
    },
  )

  test('is refused in the language that its reader asked for or chose', async () => {
    const choices = [{ path: '?lang=ko' }, { cookie: 'language=ko' }, { 'accept-language': 'ko' }]
    for (const { path = '', ...headers } of choices) {
      const refused = await site.app.inject({ url: `/api/v1/posts/%zz${path}`, headers })
      expect(expectProblem(refused, 400).title).toMatch(/[가-힣]/)
      expectErrorPage(await site.app.inject({ url: `/b/%zz${path}`, headers }), 400, 'ko')
    }
  })

  test.each([
    '/nowhere',
    '/b',
    '/p',
    '/p/',
    '/m',
    '/c',
    '/b/yard/x/y',
    '/.env',
    '/wp-login.php',
    '/assets/../package.json',
    '/assets/%2e%2e/package.json',
    '/p/1/a/b',
  ])('that is not there is a page: %s', async (url) => {
    expectErrorPage(await site.guest.page(url), [400, 404])
    const ko = await site.app.inject({ url, headers: { 'accept-language': 'ko' } })
    expectErrorPage(ko, [400, 404], 'ko')
    expect(ko.body).toMatch(/[가-힣]/)
  })

  test('that the API has not is a document in the reader’s language', async () => {
    for (const url of ['/api/v1/nowhere', '/api/v1', '/api/v2/posts', '/api/', '/api/v1/posts/1/nowhere']) {
      const en = await site.app.inject({ url })
      const ko = await site.app.inject({ url, headers: { 'accept-language': 'ko' } })
      expectProblem(en, 404)
      expect(expectProblem(ko, 404).title).toMatch(/[가-힣]/)
    }
  })

  test('is found, or not, by a whole address as by its path', async () => {
    const local = await listenLocally(site.app)
    const raw = (line: string) => askRaw(local, `${line}\r\nhost: x\r\nconnection: close\r\n\r\n`)
    const { body } = await site.app.inject({ url: '/api/v1/boards' })
    for (const other of [local, 'HTTPS://elsewhere.example:8443']) {
      const whole = await raw(`GET ${other}/api/v1/boards HTTP/1.1`)
      expect(whole.endsWith(body), whole).toBe(true)
      expect(await raw(`GET ${other}/api/v1/nowhere HTTP/1.1`)).toContain('application/problem+json')
      expect(await raw(`GET ${other}?lang=ko HTTP/1.1`)).toContain('<html lang="ko"')
    }
    const away = await raw('GET http://elsewhere.example/settings HTTP/1.1')
    expect(away).toContain('location: /sign-in?next=%2Fsettings\r\n')
  })

  test('is refused with the wrong method', async () => {
    for (const [method, url] of [
      ['PUT', '/api/v1/boards'],
      ['POST', '/api/v1/posts/1'],
      ['PATCH', '/api/v1/sessions'],
      ['DELETE', '/api/v1/boards'],
      ['POST', '/api/openapi.json'],
    ] as const) {
      const answer = await site.app.inject({ method, url })
      expectProblem(answer, 405)
      expect(answer.headers.allow, url).toMatch(/^[A-Z]+(, [A-Z]+)*$/)
      expect(String(answer.headers.allow).split(', ')).not.toContain(method)
    }
    for (const [method, url] of [
      ['POST', '/'],
      ['PUT', '/sign-in'],
      ['DELETE', '/b/yard'],
      ['GET', '/sign-out'],
      ['GET', '/preferences'],
      ['PATCH', '/write'],
    ] as const) {
      const answer = await site.app.inject({ method, url })
      expectErrorPage(answer, 405)
      expect(answer.headers.allow, url).toMatch(/^[A-Z]+(, [A-Z]+)*$/)
    }
    const named = await site.app.inject({ method: 'PUT', url: '/api/v1/boards/?x=1' })
    expect(named.headers.allow).toBe('GET, HEAD, POST')
    expect(named.json().title).toContain('GET, HEAD, POST')
    expectProblem(await site.app.inject({ method: 'PUT', url: '/api/v1/nowhere' }), 404)
  })
})

describe('a query', () => {
  test.each([
    'draft=x',
    'draft=0',
    'draft=1.5',
    `draft=${'9'.repeat(16)}`,
    `draft=${'9'.repeat(30)}`,
    'draft=1&draft=2',
    'draft=1',
  ])('with a draft that is none is refused: %s', async (query) => {
    for (const url of [
      '/write',
      `/p/${postId}/edit`,
      `/p/${postId}/reply`,
      `/c/${commentId}/reply`,
      `/c/${commentId}/edit`,
    ]) {
      expectErrorPage(await member.page(`${url}?${query}`), [404, 422])
    }
  })

  test.each([
    'from=x',
    'from=0',
    'to=-1',
    `to=${'9'.repeat(11)}`,
    'from=1&from=2',
    'from=5&to=9',
    'from=1.5',
  ])('with versions that are none is refused: %s', async (query) => {
    for (const url of [`/p/${postId}/history`, `/c/${commentId}/history`])
      expectErrorPage(await member.page(`${url}?${query}`), [404, 422])
  })

  test('may hold what nobody knows', async () => {
    for (const query of [
      '?utm_source=x',
      '?__proto__=x&constructor=y',
      '?a[b]=c',
      '?=&&&',
      `?${'a'.repeat(5000)}`,
      '?%00=%00',
    ]) {
      expect((await member.page(`/${query}`)).statusCode).toBe(200)
      expect([200, 301]).toContain((await member.page(`/p/${postId}/a-post${query}`)).statusCode)
      expect((await member.page(`/p/${postId}${query}`)).statusCode).toBe(301)
    }
  })
})

describe('a cookie of somebody else', () => {
  const session = '00000000-0000-4000-8000-000000000000'
  test.each([
    'madang=x',
    'madang=',
    'madang=%zz',
    'madang=%00',
    `madang=${session}.${'A'.repeat(43)}`,
    `madang=${session}.${'A'.repeat(43)}; madang=y`,
    '__Host-madang=x',
    ';;;=',
    '=',
    'madang',
    `madang=${'x'.repeat(7000)}`,
    'theme=x; language=%00',
    '__proto__=x',
    'madang="x"',
  ])('makes nobody of the reader: %s', async (cookie) => {
    const page = await site.app.inject({ url: '/', headers: { cookie } })
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('/sign-in')
    expectProblem(await site.app.inject({ url: '/api/v1/me', headers: { cookie } }), 401)
    expect((await site.app.inject({ url: '/settings', headers: { cookie } })).headers.location).toBe(
      '/sign-in?next=%2Fsettings',
    )
  })

  test('with the right id and a wrong secret is refused, also in another case', async () => {
    const row = await site.db
      .selectFrom('sessions')
      .select('id')
      .where('kind', '=', 'browser')
      .executeTakeFirstOrThrow()
    for (const id of [row.id, row.id.toUpperCase()]) {
      const answer = await site.app.inject({
        url: '/api/v1/me',
        headers: { cookie: `madang=${id}.${'A'.repeat(43)}` },
      })
      expectProblem(answer, 401)
    }
    expect((await member.page('/settings')).statusCode).toBe(200)
  })
})

test('a request from another origin changes nothing', async () => {
  const before = await markOf(site.db)
  const row = await site.db
    .selectFrom('posts')
    .select('id')
    .where('id', '=', postId)
    .executeTakeFirstOrThrow()
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[]) {
    for (const [method, url, payload] of [
      ['DELETE', `/api/v1/posts/${row.id}`, undefined],
      ['PUT', `/api/v1/posts/${row.id}/vote`, { value: 1 }],
    ] as const) {
      expectProblem(await site.app.inject({ method, url, headers, ...(payload ? { payload } : {}) }), 403)
    }
    expectErrorPage(
      await site.app.inject({
        method: 'POST',
        url: `/p/${row.id}/vote`,
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'value=1',
      }),
      403,
    )
  }
  expect(await markOf(site.db)).toBe(before)
})
