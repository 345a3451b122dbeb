import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { listenLocally } from '#test/support/live.ts'
import { expectErrorPage, expectProblem, markOf } from '#test/support/problems.ts'

let site: TestApp
let member: Actor
let admin: Actor
let board: string
let postId: number
let commentId: number
beforeAll(async () => {
  site = await makeTestApp()
  member = await site.member()
  admin = await site.member(undefined, 'administrator')
  const own = await site.board()
  board = own.slug
  postId = (await site.post(member, own)).id
  commentId = (await member.api('POST', `/posts/${postId}/comments`, { body: 'x' })).json().id
})
afterAll(() => site[Symbol.asyncDispose]())

const publish = (values: Record<string, unknown>) =>
  member.api('POST', `/boards/${board}/posts`, { title: 'T', body: 'b', ...values })
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** Sends a body as it is, whatever it says it is. */
const raw = (
  method: Method,
  url: string,
  payload: string | Buffer,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) => site.app.inject({ method, url, payload, headers })

/** Every route that takes a JSON body, with a body that is right. */
const bodies = (): [Method, string, Record<string, unknown>][] => [
  ['POST', '/members', { name: 'newname', email: 'n@example.org', password: 'long enough' }],
  ['POST', '/sessions', { login: 'x', password: 'y' }],
  ['POST', '/sessions/refresh', { refreshToken: 'x' }],
  ['PATCH', '/me', { about: 'x', language: 'ko', theme: 'dark' }],
  ['PUT', '/me/password', { password: 'x', newPassword: 'long enough' }],
  ['DELETE', '/me', { password: 'x' }],
  [
    'POST',
    '/boards',
    {
      slug: 'new',
      name: 'New',
      about: 'x',
      parent: board,
      kind: 'question',
      readBy: 'members',
      writeBy: 'members',
    },
  ],
  ['PATCH', `/boards/${board}`, { name: 'New', slug: 'x', about: 'y', parent: 'z' }],
  ['POST', `/boards/${board}/posts`, { title: 'T', body: 'b', kind: 'question', tags: ['a'] }],
  ['PATCH', `/posts/${postId}`, { title: 'T', body: 'b', tags: ['a'], note: 'n' }],
  ['PUT', `/posts/${postId}/pin`, { reason: 'x' }],
  ['PUT', `/posts/${postId}/lock`, { reason: 'x' }],
  ['PUT', `/posts/${postId}/board`, { board, reason: 'x' }],
  ['POST', `/posts/${postId}/comments`, { body: 'x' }],
  ['PATCH', `/comments/${commentId}`, { body: 'x' }],
  ['PUT', `/posts/${postId}/vote`, { value: 1 }],
  ['PUT', `/comments/${commentId}/vote`, { value: 1 }],
  ['PUT', `/posts/${postId}/accepted`, { comment: commentId }],
  ['POST', '/preview', { body: 'x' }],
  ['POST', '/drafts', { target: 'new', title: 'x', body: 'y', tags: ['z'], board }],
]

describe('text', () => {
  test.each([
    ['an empty title', { title: '' }, 'title', 'required'],
    ['a title that cannot be seen', { title: '\u200b\u2060 \u3164\ufeff' }, 'title', 'required'],
    ['a title of joiners', { title: '\u200d\ufe0f' }, 'title', 'required'],
    ['a title of 201 letters', { title: '가'.repeat(201) }, 'title', 'too-long'],
    ['an empty body', { body: '' }, 'body', 'blank'],
    ['a body of white space', { body: ' \n\t\u00a0\u3000' }, 'body', 'blank'],
    ['a body that cannot be seen', { body: '\u200b\u200c\u200d\u2060\u2800\u115f' }, 'body', 'blank'],
    ['a body of a definition alone', { body: '[a]: http://x.example' }, 'body', 'blank'],
    ['a body of entities that cannot be seen', { body: '&nbsp;\n\n&#8203;' }, 'body', 'blank'],
    ['a body of an empty list', { body: '-\n-\n' }, 'body', 'blank'],
    ['a body of empty quotations', { body: '> '.repeat(15) }, 'body', 'blank'],
    ['a body of NULs and controls', { body: '\0\u0001\u001b\u009f' }, 'body', 'control'],
    ['a body with a terminal’s colours', { body: 'x\n\u001b[31mred' }, 'body', 'control'],
    ['a title with a NUL', { title: 'a\0b' }, 'title', 'control'],
    ['a tag with a backspace', { tags: ['garden', 'cactus\b'] }, 'tags.1', 'control'],
    ['a body of 50,001 letters', { body: 'x'.repeat(50_001) }, 'body', 'too-long'],
    ['six tags', { tags: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'tags', 'too-many-tags'],
    ['a tag of 31 letters', { tags: ['a'.repeat(31)] }, 'tags', 'tag-shape'],
    ['a tag with markup', { tags: ['<b>'] }, 'tags', 'tag-shape'],
    ['21 tags', { tags: Array(21).fill('a') }, 'tags', 'too-many'],
  ])('%s is refused, and changes nothing', async (_title, values, field, code) => {
    const before = await markOf(site.db)
    const problem = expectProblem(await publish(values), 422)
    expect(problem.errors).toEqual([{ field, code, message: expect.any(String) }])
    expect(await markOf(site.db)).toBe(before)
  })

  test('that is long in bytes but not in letters is taken', async () => {
    const answer = await publish({ title: '👨‍👩‍👧'.repeat(40), body: '💡'.repeat(50_000) })
    expect(answer.statusCode).toBe(201)
    expect((await publish({ title: '가'.repeat(200) })).statusCode).toBe(201)
  })

  test('loses what hides or breaks it, and keeps the rest', async () => {
    const answer = (
      await publish({
        title: 'ab\u202ec\ud800 \vd',
        body: 'xy\u2066z\udc00\none\ftwo\u2028three\r\nfour\u0085five',
      })
    ).json()
    expect(answer.title).toBe('abc\ufffd d')
    expect(answer.body).toBe('xyz\ufffd\none\ntwo\nthree\nfour\nfive')
  })

  test.each([
    ['ko', '눈에 보이지 않는 제어 문자', '여기서는 뺐으니'],
    ['en', 'It contains invisible control', 'They have been taken out here'],
  ])('of a form with controls comes back without them, in %s, and nothing is written', async (...given) => {
    const [language, why, next] = given
    const before = await markOf(site.db)
    const sent = { board, title: 'a\0b', body: 'x\n\u001b[31mred', tags: '', kind: 'discussion' }
    const answer = await member.page(`/write?lang=${language}`, sent)
    expectErrorPage(answer, 422, language)
    for (const text of [why, next, 'value="ab"', '>\nx\n[31mred</textarea>'])
      expect(answer.body).toContain(text)
    for (const text of ['\0', '\u001b']) expect(answer.body).not.toContain(text)
    expect(await markOf(site.db)).toBe(before)
  })

  test('of hostile Markdown is answered, with safe HTML', async () => {
    const samples = [
      '['.repeat(50_000),
      '*'.repeat(50_000),
      '`'.repeat(49_999),
      `${'> '.repeat(10)}x`,
      '![](('.repeat(10_000),
      '<script>alert(1)</script><img src=x onerror=alert(1)>',
      '[x](javascript:alert(1)) [y](data:text/html,z)',
      '|a|\n|-|\n'.repeat(6000),
      '&#0;&#x110000;&nosuch;',
      '@'.repeat(50_000),
    ]
    for (const body of samples) {
      const { html } = (await publish({ body })).json()
      expect(html).not.toMatch(/<script|<img[^>]*onerror|href="(javascript|data):/i)
    }
  })
})

describe('a body that is no JSON object', () => {
  test.each(['{', '{"title":}', 'nul', '{"title":"x"', '"\\u00"', '\0', ' ', '{"title":"x"}}', '\ufeff{'])(
    '%j is refused as broken',
    async (payload) => {
      for (const [method, url] of bodies())
        expectProblem(await raw(method, `/api/v1${url}`, payload), [400, 422])
    },
  )

  test.each(['[]', 'null', '1', '"text"', 'true', '[{"title":"x"}]'])(
    '%s is refused as the wrong kind',
    async (payload) => {
      const token = await admin.api('GET', '/me')
      expect(token.statusCode).toBe(200)
      for (const [method, url] of bodies()) {
        // Marks need no reason and so no body.
        if (payload === 'null' && /pin|lock/.test(url)) continue
        expectProblem(await raw(method, `/api/v1${url}`, payload), [401, 422])
      }
    },
  )

  test.each([
    '{"__proto__":{"role":"administrator"},"title":"T","body":"b"}',
    '{"constructor":{"prototype":{"x":1}},"title":"T","body":"b"}',
    '{"title":{"__proto__":1},"body":"b"}',
  ])('%s is refused', async (payload) => {
    expectProblem(await raw('POST', `/api/v1/boards/${board}/posts`, payload), 400)
    expect(Object.hasOwn(Object.prototype, 'role')).toBe(false)
  })

  test('nested a hundred thousand deep is refused', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    for (const payload of [
      deep,
      `{"title":${deep},"body":"b"}`,
      `{"title":"T","body":"b","tags":${deep}}`,
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    ]) {
      expectProblem(await raw('POST', `/api/v1/boards/${board}/posts`, payload), [400, 422])
    }
    // Where nothing is asked for it is not looked at either.
    expectProblem(await raw('PUT', `/api/v1/posts/${postId}/bookmark`, deep), 401)
  })

  test('of ten megabytes is too large, for the API and for pages', async () => {
    const payload = '['.repeat(10_000_000)
    for (const [method, url] of bodies().slice(0, 3))
      expectProblem(await raw(method, `/api/v1${url}`, payload), 413)
    expectErrorPage(
      await raw('POST', '/sign-in', `login=${payload}`, {
        'content-type': 'application/x-www-form-urlencoded',
      }),
      413,
    )
  })

  test('that is too large gets its answer also over a line on which it is still being sent', async () => {
    await using served = await makeTestApp()
    const base = await listenLocally(served.app)
    const body = '['.repeat(10_000_000)
    for (const connection of ['keep-alive', 'close', 'keep-alive', 'close']) {
      const headers = { 'content-type': 'application/json', connection }
      const answer = await fetch(`${base}/api/v1/sessions`, { method: 'POST', headers, body })
      expect([answer.status, (await answer.json()).code]).toEqual([413, 'too-large'])
    }
  })

  test.each([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'nonsense',
    '',
  ])('sent as "%s" is refused', async (type) => {
    for (const [method, url] of bodies().slice(0, 4))
      expectProblem(
        await raw(method, `/api/v1${url}`, '<x>&=%', type ? { 'content-type': type } : {}),
        /^$|json/.test(type) ? [400, 415, 422] : 415,
      )
  })
})

describe('a field', () => {
  test('that is not known is named', async () => {
    for (const [method, url, body] of bodies()) {
      const problem = expectProblem(await admin.api(method, url, { ...body, surprise: 1, 'a.b': 2 }), 422)
      expect(problem.errors.map((error: { field: string }) => error.field).sort(), url).toEqual([
        'a.b',
        'surprise',
      ])
    }
  })

  test('is named also where it is one of many', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`k${at}`, 1]))
    const many = Array.from({ length: 12 }, (_, at) => [`k${at}`, 1])
    const twelve = expectProblem(await publish(Object.fromEntries(many)), 422)
    expect(twelve.errors.map(({ field }: { field: string }) => field)).toEqual(many.map(([name]) => name))
    for (const body of [
      { title: 7, tags: Array(200_000).fill({}) },
      { title: 'T', body: 'b', ...unknown },
    ]) {
      const { errors } = expectProblem(await publish(body), 422)
      expect(errors).toHaveLength(20)
    }
  })

  test('that is missing or of the wrong type is named', async () => {
    const before = await markOf(site.db)
    for (const [method, url, body] of bodies()) {
      for (const field of Object.keys(body)) {
        for (const value of [{}, [[]], false, field === 'value' || field === 'comment' ? 'x' : 7]) {
          const problem = expectProblem(await admin.api(method, url, { ...body, [field]: value }), 422)
          expect(
            problem.errors.map((error: { field: string }) => error.field.split('.')[0]),
            `${url} ${field}`,
          ).toEqual([field])
        }
      }
    }
    const problem = expectProblem(await member.api('POST', `/boards/${board}/posts`, {}), 422)
    expect(
      problem.errors.map((error: { field: string; code: string }) => [error.field, error.code]).sort(),
    ).toEqual([
      ['body', 'required'],
      ['title', 'required'],
    ])
    expect(await markOf(site.db)).toBe(before)
  })

  test('with a NUL, half a character or controls is cleaned or refused, never a fault', async () => {
    for (const text of [
      '\0',
      'a\0b',
      '\ud83d',
      '\udc00x',
      '\u0001\u001f',
      '\uffff\ufffe',
      '\u202e',
      "'; drop table posts; --",
      '%00',
      '{}',
      '$1',
      '\\',
      '{{x}}',
    ]) {
      for (const [method, url, body] of bodies()) {
        if (url === '/me' && method === 'DELETE') continue
        for (const [field, value] of Object.entries(body)) {
          const hostile = typeof value === 'string' ? text : Array.isArray(value) ? [text] : value
          const answer = await admin.api(method, url, { ...body, [field]: hostile })
          expect(answer.statusCode, `${method} ${url} ${field} ${JSON.stringify(text)}`).toBeLessThan(500)
          if (answer.statusCode >= 400) expectProblem(answer, [400, 401, 403, 404, 409, 422, 429])
        }
      }
    }
  })
})
