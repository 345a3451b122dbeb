import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSession } from '#modules/accounts/sessions.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { expectProblem, markOf } from '#test/support/problems.ts'

let site: TestApp
let author: Actor
let other: Actor
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member('gardener')
  other = await site.member('neighbour')
})
afterAll(() => site[Symbol.asyncDispose]())

const comment = async (by: Actor, post: number, values: object = {}) =>
  (await by.api('POST', `/posts/${post}/comments`, { body: 'x', ...values })).json<{ id: number }>().id

test('S05 accepting on a question that is hidden or of somebody else is refused and changes nothing', async () => {
  const hidden = await site.board({ kind: 'question', readBy: 'moderators' })
  const moderator = await site.member(undefined, 'moderator')
  const secret = (await site.post(moderator, hidden)).id
  const foreign = (await site.post(author, await site.board({ kind: 'question' }))).id
  const answers = [await comment(moderator, secret), await comment(other, foreign)] as const
  const before = await markOf(site.db)
  expectProblem(await other.api('PUT', `/posts/${secret}/accepted`, { comment: answers[0] }), 404)
  expectProblem(await other.api('DELETE', `/posts/${secret}/accepted`), 404)
  expectProblem(await other.api('PUT', `/posts/${foreign}/accepted`, { comment: answers[1] }), 403)
  expectProblem(await other.api('DELETE', `/posts/${foreign}/accepted`), 403)
  // The answer of another question, a hidden one too.
  expectProblem(await author.api('PUT', `/posts/${foreign}/accepted`, { comment: answers[0] }), 422)
  expect((await other.page(`/p/${foreign}/accepted`, { comment: String(answers[1]) })).statusCode).toBe(403)
  expect(await markOf(site.db)).toBe(before)
})

test('S21 what a moderator may not read while blocked, no act of theirs reaches', async () => {
  const keeper = await site.member(undefined, 'moderator')
  const board = await site.board({ readBy: 'moderators' })
  const post = (await site.post(keeper, board)).id
  const administrator = await site.member(undefined, 'administrator')
  await administrator.api('PUT', `/members/${keeper.id}/block`, { reason: 'rest' })
  const before = await markOf(site.db)
  for (const [method, url, body] of [
    ['PUT', `/posts/${post}/pin`, { reason: 'x' }],
    ['PUT', `/posts/${post}/lock`, { reason: 'x' }],
    ['PUT', `/posts/${post}/board`, { board: board.slug }],
    ['DELETE', `/posts/${post}`, undefined],
    ['PATCH', `/posts/${post}`, { body: 'x' }],
    ['GET', '/moderation/reports', undefined],
  ] as const)
    expectProblem(await keeper.api(method, url, body), [403, 404])
  expect(await markOf(site.db)).toBe(before)
})

test('S23 signing in and a forgotten password answer and work alike for accounts that are there and that are not', async () => {
  await using counted = await makeTestApp({ countQueries: true })
  await counted.member('known')
  const ask = async (url: string, body: object) => {
    counted.queries.count = 0
    const answer = await counted.guest.api('POST', url, body)
    const text = answer.body.replace(/"requestId":"[^"]*"/, '')
    return { status: answer.statusCode, text, queries: counted.queries.count }
  }
  // What is read once in a while, the site's settings, is read now.
  await ask('/sessions', { login: 'warm', password: 'up' })
  for (const login of ['known', 'known@example.org']) {
    const unknown = login.replace('known', 'nobody')
    for (const [url, more] of [
      ['/sessions', { password: 'wrong password' }],
      ['/password-resets', {}],
    ] as const)
      expect(await ask(url, { login, ...more })).toEqual(await ask(url, { login: unknown, ...more }))
  }
  const page = async (login: string) => {
    const { statusCode, headers, body } = await counted.guest.page('/forgot', { login })
    return { statusCode, to: headers.location, body }
  }
  expect(await page('known')).toEqual(await page('nobody'))
})

test('S29 an e-mail address stands nowhere that others can see, and no hash of it', async () => {
  const board = await site.board({ kind: 'question' })
  const post = (await site.post(author, board)).id
  const own = await comment(author, post)
  const moderator = await site.member(undefined, 'moderator')
  const email = 'gardener@example.org'
  const hashes = (['md5', 'sha1', 'sha256'] as const).map((name) =>
    createHash(name).update(email).digest('hex'),
  )
  const urls = [
    '/',
    '/m/gardener',
    '/m/gardener/comments',
    `/p/${post}/a-post`,
    `/p/${post}/history`,
    `/c/${own}/history`,
    `/b/${board.slug}`,
    '/mod',
    '/mod/log',
    `/mod/members/${author.id}`,
  ]
  const below = [
    '/posts',
    `/posts/${post}`,
    `/posts/${post}/comments`,
    `/posts/${post}/versions`,
    '/members/gardener',
    '/members?prefix=gard',
    '/moderation/log',
  ]
  for (const actor of [site.guest, other, moderator]) {
    const answers = [...urls.map((url) => actor.page(url)), ...below.map((url) => actor.api('GET', url))]
    for (const { body } of await Promise.all(answers)) {
      expect(body).not.toContain('@example.org')
      for (const hash of hashes) expect(body).not.toContain(hash)
    }
  }
})

test('S45 who is blocked by somebody neither answers, changes an old answer, nor votes there', async () => {
  const board = await site.board({ downvotes: true })
  const post = (await site.post(author, board)).id
  const old = await comment(other, post)
  const theirs = await comment(author, post)
  await author.api('PUT', `/me/blocks/${other.id}`, { kind: 'block' })
  const before = await markOf(site.db)
  for (const [method, url, body] of [
    ['POST', `/posts/${post}/comments`, { body: '@gardener again' }],
    ['POST', `/posts/${post}/comments`, { body: 'again', parent: old }],
    ['PATCH', `/comments/${old}`, { body: '@gardener again' }],
    ['PUT', `/posts/${post}/vote`, { value: -1 }],
    ['PUT', `/comments/${theirs}/vote`, { value: -1 }],
  ] as const)
    expect(expectProblem(await other.api(method, url, body), 403).code).toBe('kept-away')
  expect(await markOf(site.db)).toBe(before)
  expect((await other.api('DELETE', `/comments/${old}`)).statusCode).toBe(204)
  await author.api('DELETE', `/me/blocks/${other.id}`)
  expect((await other.api('PUT', `/posts/${post}/vote`, { value: -1 })).statusCode).toBe(200)
})

describe('S50 a token', () => {
  const segment = (value: object | string) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  const far = 4_000_000_000
  test.each([
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'Bearer null',
    'Bearer undefined',
    'Bearer []',
    'Bearer {}',
    'Bearer 0',
    'Bearer true',
    'Bearer *',
    'Bearer admin',
    'Bearer master',
    'Bearer mk_',
    'Bearer mk_null',
    `Bearer mk_${'A'.repeat(43)}`,
    `Bearer ${'A'.repeat(5000)}`,
    'Bearer a.b.c',
    'Basic YWRtaW46YWRtaW4=',
    'Token x',
    'Bearer x, Bearer y',
    'bearer\tx',
    "Bearer ' or 1=1 --",
    `Bearer ${segment({ alg: 'none' })}.${segment({ sub: '1', sid: 'x', iss: 'madang', exp: far })}.`,
    `Bearer ${segment({ alg: 'HS256' })}.${segment({ sub: '1' })}.`,
  ])('that is none never authenticates: %j', async (authorization) => {
    expectProblem(await site.app.inject({ url: '/api/v1/me', headers: { authorization } }), 401)
    const page = await site.app.inject({ url: '/settings', headers: { authorization } })
    expect([303, 401]).toContain(page.statusCode)
  })

  test('that is signed by our own key authenticates nobody but the living session it names', async () => {
    const now = site.clock.now
    const { key } = site.deps
    const browser = await openSession(site.db, { memberId: author.id, kind: 'browser', agent: '', now })
    const client = await openSession(site.db, { memberId: author.id, kind: 'client', agent: '', now })
    const sign = (
      claims: Record<string, unknown>,
      given: { alg?: string; key?: Uint8Array; issuer?: string; end?: number } = {},
    ) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: given.alg ?? 'HS256', kid: '../../dev/null' })
        .setIssuer(given.issuer ?? 'madang')
        .setExpirationTime(given.end ?? Math.floor(now.getTime() / 1000) + 60)
        .sign(given.key ?? key)
    const right = { sid: client.id, sub: String(author.id) }
    const ask = async (token: string) =>
      (await site.app.inject({ url: '/api/v1/me', headers: { authorization: `Bearer ${token}` } })).statusCode
    expect(await ask(await sign(right))).toBe(200)
    for (const token of [
      await sign({ ...right, sub: String(other.id) }),
      await sign({ ...right, sub: [String(author.id)] }),
      await sign({ ...right, sid: [client.id] }),
      await sign({ ...right, sid: { $ne: null } }),
      await sign({ ...right, sid: browser.id }),
      await sign({ sub: String(author.id) }),
      await sign(right, { issuer: 'elsewhere' }),
      await sign(right, { end: Math.floor(now.getTime() / 1000) - 1 }),
      await sign(right, { key: new Uint8Array(32) }),
      await sign(right, { alg: 'HS512', key: Buffer.concat([key, key]) }),
      client.token,
      browser.token,
    ])
      expect(await ask(token), token).toBe(401)
  })

  test('of another type than text is refused wherever a body holds one', async () => {
    for (const [url, name] of [
      ['/sessions/refresh', 'refreshToken'],
      ['/email-confirmations', 'token'],
      ['/password-resets/use', 'token'],
      ['/sessions/code', 'token'],
    ] as const)
      for (const value of [null, 0, true, [], ['x'], {}, { $gt: '' }])
        expectProblem(await site.guest.api('POST', url, { [name]: value, password: 'long enough' }), 422)
  })
})
