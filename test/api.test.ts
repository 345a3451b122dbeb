import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { plain } from '#test/support/images.ts'
import { expectProblem } from '#test/support/problems.ts'

// What clients of the API rely on beside the shapes of what they ask: headers, methods, empty bodies, pages of lists.

const friend = 'https://app.example.org'
let site: TestApp
let member: Actor
let postId: number
let slug: string
beforeAll(async () => {
  site = await makeTestApp({ env: { CORS_ORIGINS: friend } })
  member = await site.member()
  const board = await site.board()
  slug = board.slug
  postId = (await site.post(member, board)).id
})
afterAll(() => site[Symbol.asyncDispose]())

describe('a page of another site that was allowed', () => {
  const preflight = (origin: string, method: string) =>
    site.app.inject({
      method: 'OPTIONS',
      url: '/api/v1/posts/1',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization',
      },
    })

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('may send %s', async (method) => {
    const answer = await preflight(friend, method)
    expect(answer.statusCode).toBe(204)
    expect(answer.headers['access-control-allow-origin']).toBe(friend)
    expect(String(answer.headers['access-control-allow-methods']).split(/, ?/)).toContain(method)
  })

  test('reads limits and addresses, and is told no more than others where it was not allowed', async () => {
    const mine = await site.app.inject({ url: '/api/v1/boards', headers: { origin: friend } })
    expect(mine.headers['access-control-allow-origin']).toBe(friend)
    expect(mine.headers['access-control-expose-headers']).toMatch(/retry-after.*location/)
    expect(mine.headers['access-control-allow-credentials']).toBeUndefined()
    const foreign = await preflight('https://elsewhere.example.org', 'DELETE')
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('OPTIONS', () => {
  test('names the methods of an address', async () => {
    for (const headers of [{}, { origin: friend }]) {
      const answer = await site.app.inject({ method: 'OPTIONS', url: '/api/v1/boards?x=1', headers })
      expect(answer.statusCode).toBe(204)
      expect(answer.headers.allow).toBe('GET, HEAD, POST, OPTIONS')
      expect(answer.body).toBe('')
    }
  })

  test('finds nothing where nothing is', async () => {
    await using plain = await makeTestApp()
    expectProblem(await plain.app.inject({ method: 'OPTIONS', url: '/api/v1/nowhere' }), 404)
    const known = await plain.app.inject({ method: 'OPTIONS', url: '/api/v1/me' })
    expect([known.statusCode, known.headers.allow]).toEqual([204, 'DELETE, GET, HEAD, PATCH, OPTIONS'])
  })
})

describe('headers', () => {
  test('say at 401 by what one comes in', async () => {
    const bare = await site.guest.api('GET', '/me')
    expectProblem(bare, 401)
    expect(bare.headers['www-authenticate']).toBe('Bearer')
    const wrong = await site.app.inject({ url: '/api/v1/me', headers: { authorization: 'Bearer x' } })
    expect(wrong.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    expect((await site.guest.api('GET', '/posts/1')).headers['www-authenticate']).toBeUndefined()
  })

  test('and words of a refusal are of the language that was asked for; for scripts of pages, that of the member', async () => {
    const reader = await site.member()
    expect((await reader.api('PATCH', '/me', { language: 'ko' })).statusCode).toBe(200)
    const url = '/api/v1/posts/999999'
    const headers = { cookie: reader.cookie, 'accept-language': 'en' }
    const toScript = await site.app.inject({ url, headers })
    expect(toScript.headers['content-language']).toBe('ko')
    expect(expectProblem(toScript, 404).title).toMatch(/[가-힣]/)
    const asked = await site.app.inject({ url: `${url}?lang=en`, headers })
    expect(asked.headers['content-language']).toBe('en')
    expect((await reader.api('GET', '/posts/999999')).headers['content-language']).toBe('en')
  })

  test('keep answers out of shared caches, and what writes answer out of all', async () => {
    expect((await member.api('GET', '/me')).headers['cache-control']).toBe('private, no-cache')
    expect((await site.guest.api('GET', '/boards')).headers['cache-control']).toBe('private, no-cache')
    const session = await site.guest.api('POST', '/sessions/refresh', { refreshToken: 'x' })
    expect(session.headers['cache-control']).toBe('no-store')
    const made = await member.api('POST', '/drafts', { target: 'new', title: 'x' })
    expect(made.headers['cache-control']).toBe('no-store')
  })

  test('may have several blanks before a token (RFC 9110)', async () => {
    const password = 'a long phrase is safer'
    await site.guest.api('POST', '/members', { name: 'blanks', email: 'blanks@example.org', password })
    const { accessToken } = (await site.guest.api('POST', '/sessions', { login: 'blanks', password })).json()
    const headers = { authorization: `Bearer   ${accessToken}` }
    expect((await site.app.inject({ url: '/api/v1/me', headers })).statusCode).toBe(200)
  })

  test('say where a new thing is', async () => {
    const admin = await site.member(undefined, 'administrator')
    const made = [
      await member.api('POST', `/boards/${slug}/posts`, { title: 'x', body: 'y' }),
      await member.api('POST', '/drafts', { target: 'new', title: 'x' }),
      await member.api('POST', '/chat/rooms', { members: [admin.id] }),
      await admin.api('POST', '/boards', { slug: '마당', name: 'Yard' }),
      await site.guest.api('POST', '/members', {
        name: '민지',
        email: 'minji@example.org',
        password: 'a long phrase is safer',
      }),
    ]
    const upload = await site.app.inject({
      method: 'POST',
      url: '/api/v1/files',
      headers: { cookie: member.cookie, origin: 'http://localhost:80', 'content-type': 'image/png' },
      payload: await plain('png'),
    })
    expect(upload.headers.location).toBe(upload.json().url)
    for (const answer of made) {
      expect(answer.statusCode, answer.body).toBe(201)
      const { location } = answer.headers
      const found = await member.api('GET', String(location).replace('/api/v1', ''))
      expect(found.statusCode, location).toBe(200)
      expect(found.json().id).toBe(answer.json().id)
    }
  })
})

describe('a body', () => {
  const send = (
    method: 'PUT' | 'DELETE',
    url: string,
    payload: string | Buffer,
    type = 'application/json',
  ) => {
    const headers = { cookie: member.cookie, origin: 'http://localhost:80', 'content-type': type }
    return site.app.inject({ method, url: `/api/v1${url}`, headers, payload })
  }

  test('that is empty is none, whatever its type is said to be', async () => {
    expect((await send('PUT', `/posts/${postId}/bookmark`, '')).statusCode).toBe(200)
    expect((await send('DELETE', `/posts/${postId}/bookmark`, '')).statusCode).toBe(200)
    expect((await send('PUT', `/boards/${slug}/follow`, '')).statusCode).toBe(204)
    expect((await send('PUT', '/notifications/read', '')).statusCode).toBe(200)
    const form = 'application/x-www-form-urlencoded'
    expect((await send('PUT', `/posts/${postId}/bookmark`, '', form)).statusCode).toBe(200)
    expectProblem(await send('PUT', `/posts/${postId}/bookmark`, 'a=b', form), 415)
    const { errors } = expectProblem(await send('PUT', `/posts/${postId}/vote`, ''), 422)
    expect(errors).toMatchObject([{ field: '', code: 'body' }])
  })

  test('that is no JSON, or no UTF-8, is refused as such', async () => {
    for (const payload of ['{', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]) {
      expect(expectProblem(await send('PUT', `/posts/${postId}/vote`, payload), 400).code).toBe('bad-json')
    }
  })

  test('that is packed is refused, and what would do is said', async () => {
    const answer = await site.app.inject({
      method: 'POST',
      url: '/api/v1/preview',
      headers: {
        cookie: member.cookie,
        origin: 'http://localhost:80',
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      payload: gzipSync('{"body":"x"}'),
    })
    expect(expectProblem(answer, 415).code).toBe('bad-encoding')
    expect(answer.headers['accept-encoding']).toBe('identity')
  })

  test('with a leap second, which no clock here has, is refused', async () => {
    const until = '2026-06-30T23:59:60Z'
    expectProblem(await member.api('PUT', '/notifications/read', { until }), 422)
    expectProblem(await site.guest.api('GET', `/news?since=${until}`), 422)
    const moderator = await site.member(undefined, 'moderator')
    expectProblem(await moderator.api('PUT', `/members/${member.id}/block`, { reason: 'x', until }), 422)
  })
})

test('a yes or no in an address is true or false and nothing else', async () => {
  for (const word of ['true', 'false'])
    expect((await member.api('GET', `/notifications?unread=${word}`)).statusCode).toBe(200)
  for (const word of ['1', 'yes', 'TRUE', ''])
    expectProblem(await member.api('GET', `/notifications?unread=${word}`), 422)
})

type Page = { items: { version: number }[]; next: string | null }

test('a history is read in pages, newest first', async () => {
  const { id } = await site.post(member, { ...(await site.board()) })
  const comment = (await member.api('POST', `/posts/${id}/comments`, { body: '1' })).json()
  for (let n = 2; n <= 5; n++) {
    await member.api('PATCH', `/posts/${id}`, { body: String(n) })
    await member.api('PATCH', `/comments/${comment.id}`, { body: String(n) })
  }
  for (const url of [`/posts/${id}/versions`, `/comments/${comment.id}/versions`]) {
    const seen: number[][] = []
    let after: string | null = ''
    while (after !== null) {
      const page: Page = (await site.guest.api('GET', `${url}?limit=2${after && `&after=${after}`}`)).json()
      seen.push(page.items.map((one) => one.version))
      after = page.next
    }
    expect(seen).toEqual([[5, 4], [3, 2], [1]])
    expectProblem(await site.guest.api('GET', `${url}?after=x`), 400)
    expectProblem(await site.guest.api('GET', `${url}?limit=101`), 422)
  }
})

test('a comment is read by itself, by whoever reads its post', async () => {
  const author = await site.member()
  const board = await site.board()
  const { id: post } = await site.post(author, board)
  const made = await author.api('POST', `/posts/${post}/comments`, { body: '**one**' })
  await author.api('POST', `/posts/${post}/comments`, { body: 'two', parent: made.json().id })
  await member.api('PUT', `/comments/${made.json().id}/vote`, { value: 1 })
  const url = `/comments/${made.json().id}`
  expect(made.headers.location).toBe(`/api/v1${url}`)
  const thread = (await member.api('GET', `/posts/${post}/comments`)).json()
  expect((await member.api('GET', url)).json()).toEqual({ ...thread.items[0], body: '**one**', mine: 1 })
  const moderator = await site.member(undefined, 'moderator')
  await site.db.updateTable('boards').set({ read_by: 'moderators' }).where('id', '=', board.id).execute()
  for (const who of [site.guest, member, author]) expectProblem(await who.api('GET', url), 404)
  expect((await moderator.api('GET', url)).statusCode).toBe(200)
  await moderator.api('DELETE', url)
  expectProblem(await moderator.api('GET', url), 404)
})

test('what is wrong with a value is said in terms of what would do', async () => {
  const saidOf = async (answer: ReturnType<Actor['api']>) => expectProblem(await answer, 422).errors
  const list = (query: string) => saidOf(site.guest.api('GET', `/posts?${query}`))
  expect(await list('limit=101')).toEqual([{ field: 'limit', code: 'at-most', message: 'At most 100.' }])
  expect(await list('limit=0')).toMatchObject([{ field: 'limit', code: 'at-least' }])
  expect(await list('limit=x')).toMatchObject([{ field: 'limit', code: 'type' }])
  expect(await list('after=')).toMatchObject([{ field: 'after', code: 'too-short' }])
  expect(await list('sort=best')).toEqual([
    { field: 'sort', code: 'choice', message: 'One of these: latest, hot, top, active' },
  ])
  const reason = await saidOf(member.api('POST', '/reports', { post: postId, reason: 'dull' }))
  expect(reason[0].message).toMatch(/^One of these: spam, /)
  const room = await saidOf(member.api('POST', '/chat/rooms', { members: [] }))
  expect(room).toMatchObject([{ field: 'members', code: 'too-few', message: 'At least 1 of them.' }])
  const headers = { cookie: member.cookie, origin: 'http://localhost:80', 'content-type': 'image/png' }
  const upload = await site.app.inject({
    method: 'POST',
    url: '/api/v1/files',
    headers,
    payload: 'no picture',
  })
  expect(expectProblem(upload, 422).errors).toMatchObject([{ field: '', code: 'image-type' }])
})
