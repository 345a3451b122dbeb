import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashPassword } from '#modules/accounts/passwords.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { type Actor, type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'

let test: TestApp
let member: Actor
let board: Board

beforeAll(async () => {
  test = await makeTestApp()
  member = await test.member()
  board = await test.board()
})
afterAll(() => test[Symbol.asyncDispose]())

type Made = { id: number; key: string; tail: string; expiresAt: string }

async function keyOf(actor: Actor, scopes: string[], values: object = {}): Promise<Made> {
  await prove(test, actor)
  const answer = await actor.api('POST', '/me/keys', { name: 'A program', scopes, ...values })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Asks as a program does: by a header alone. */
function by(authorization: string, method: Method, url: string, payload?: object): Promise<Answer> {
  const options = { method, url, headers: { authorization } }
  return test.app.inject(payload ? { ...options, payload } : options)
}
const ask = (key: string, method: Method, path: string, payload?: object) =>
  by(`Bearer ${key}`, method, `/api/v1${path}`, payload)

describe('making a key', () => {
  it('shows it once, keeps its hash alone, and ends it after 90 days', async () => {
    await prove(test, member)
    const answer = await member.api('POST', '/me/keys', { name: ' My  bot ', scopes: ['write', 'read'] })
    expect(answer.headers['cache-control']).toBe('no-store')
    const { key, ...made } = answer.json()
    expect(key).toMatch(/^mk_[\w-]{43}$/)
    expect(made).toEqual({
      id: expect.any(Number),
      name: 'My bot',
      scopes: ['read', 'write'],
      tail: key.slice(-4),
      createdAt: '2026-11-21T03:00:00.000Z',
      expiresAt: '2027-02-19T03:00:00.000Z',
      usedAt: null,
    })
    const row = await test.db
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', made.id)
      .executeTakeFirstOrThrow()
    expect(row.key_hash).toEqual(createHash('sha256').update(key).digest())
    expect(JSON.stringify(row)).not.toContain(key.slice(3, -4))
    const listed = (await member.api('GET', '/me/keys')).json()
    expect(listed.items).toContainEqual(made)
    expect(JSON.stringify(listed)).not.toContain(key)
  })

  it.each([
    ['no name', { name: ' ' }, 'name', 'required'],
    ['a long name', { name: 'x'.repeat(61) }, 'name', 'too-long'],
    ['no scope', { scopes: [] }, 'scopes', 'required'],
    ['an unknown scope', { scopes: ['root'] }, 'scopes.0', 'choice'],
    ['scopes that are no list', { scopes: 'read' }, 'scopes', 'type'],
    ["a moderator's scope", { scopes: ['read', 'moderate'] }, 'scopes', 'scope-above-role'],
    ["an administrator's scope", { scopes: ['admin'] }, 'scopes', 'scope-above-role'],
    ['no day', { days: 0 }, 'days', 'days-range'],
    ['more than a year', { days: 366 }, 'days', 'days-range'],
    ['a field that is not known', { memberId: 1 }, 'memberId', 'unknown'],
  ])('refuses %s', async (_, values, field, code) => {
    await prove(test, member)
    const answer = await member.api('POST', '/me/keys', { name: 'x', scopes: ['read'], ...values })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors).toMatchObject([{ field, code }])
  })

  it('gives moderators and administrators their scopes and no more', async () => {
    const moderator = await test.member(undefined, 'moderator')
    const administrator = await test.member(undefined, 'administrator')
    await keyOf(moderator, ['moderate'])
    await keyOf(administrator, ['read', 'write', 'moderate', 'admin'], { days: 365 })
    await prove(test, moderator)
    const above = await moderator.api('POST', '/me/keys', { name: 'x', scopes: ['admin'] })
    expect(above.json().errors).toMatchObject([{ code: 'scope-above-role' }])
  })

  it('takes showing who one is, which signing in does for ten minutes', async () => {
    const owner = await withPassword()
    const input = { name: 'x', scopes: ['read'] }
    const hasty = await owner.api('POST', '/me/keys', input)
    expect([hasty.statusCode, hasty.json().code]).toEqual([403, 'prove-again'])
    expect(
      (await owner.page('/settings/keys', { name: 'x', 'scope-read': '1', days: '7' })).headers.location,
    ).toBe('/settings/security/prove?next=%2Fsettings%2Fkeys')
    expect((await owner.page('/settings/keys')).body).not.toContain('name="days"')
    expect((await owner.api('GET', '/me/keys')).json().items).toEqual([])
    expect((await owner.api('POST', '/me/proof', { password: 'old enough to know' })).statusCode).toBe(204)
    expect((await owner.api('POST', '/me/keys', input)).statusCode).toBe(201)
    const login = { login: owner.name, password: 'old enough to know' }
    const { accessToken } = (await test.guest.api('POST', '/sessions', login)).json()
    const before = test.clock.now
    const make = () => by(`Bearer ${accessToken}`, 'POST', '/api/v1/me/keys', input)
    expect((await make()).statusCode).toBe(201)
    test.clock.now = new Date(before.getTime() + 600_000)
    expect((await make()).json().code).toBe('prove-again')
    test.clock.now = before
  })

  it('is for members who may write: not for guests, not while blocked', async () => {
    const input = { name: 'x', scopes: ['read'] }
    expect((await test.guest.api('POST', '/me/keys', input)).statusCode).toBe(401)
    const blocked = await test.member()
    await block(blocked)
    const refused = await blocked.api('POST', '/me/keys', input)
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'blocked'])
  })

  it('stops at twenty, of parallel calls too', async () => {
    const keen = await test.member()
    await prove(test, keen)
    const input = { name: 'x', scopes: ['read'] }
    const answers = await Promise.all(Array.from({ length: 24 }, () => keen.api('POST', '/me/keys', input)))
    const codes = answers.map((answer) => answer.statusCode).sort()
    expect(codes).toEqual([...Array(20).fill(201), ...Array(4).fill(409)])
  })
})

async function block(actor: Actor): Promise<void> {
  const row = { member_id: actor.id, by_id: actor.id, reason: 'rest', created_at: test.clock.now }
  await test.db.insertInto('member_blocks').values(row).execute()
}

describe('a key', () => {
  it('reads with the scope to read and writes with the scope to write', async () => {
    const reading = await keyOf(member, ['read'])
    const writing = await keyOf(member, ['write'])
    expect((await ask(reading.key, 'GET', '/me')).json()).toMatchObject({ id: member.id, name: member.name })
    expect((await ask(reading.key, 'HEAD', '/me')).statusCode).toBe(200)
    const post = { title: 'By a program', body: 'Text' }
    const written = await ask(writing.key, 'POST', `/boards/${board.slug}/posts`, post)
    expect(written.statusCode).toBe(201)
    for (const [key, method, path] of [
      [reading.key, 'POST', `/boards/${board.slug}/posts`],
      [reading.key, 'PUT', `/posts/${written.json().id}/vote`],
      [reading.key, 'DELETE', `/posts/${written.json().id}`],
      [writing.key, 'GET', '/me'],
      [writing.key, 'GET', '/boards'],
    ] as const) {
      const refused = await ask(key, method, path, method === 'POST' ? post : undefined)
      expect([refused.statusCode, refused.json().code], `${method} ${path}`).toEqual([403, 'scope'])
    }
  })

  it('lets its use be seen to the hour', async () => {
    const { key, id } = await keyOf(member, ['read'])
    test.clock.now = new Date('2026-11-21T03:41:07Z')
    await ask(key, 'GET', '/me')
    const { items } = (await member.api('GET', '/me/keys')).json()
    expect(items.find((one: Made) => one.id === id).usedAt).toBe('2026-11-21T03:00:00.000Z')
  })

  it('asks in no higher role than its scopes', async () => {
    const moderator = await test.member(undefined, 'moderator')
    const hidden = await test.board({ readBy: 'moderators' })
    const post = await test.post(member, board)
    const plain = await keyOf(moderator, ['read', 'write'])
    const full = await keyOf(moderator, ['read', 'write', 'moderate'])
    expect((await ask(plain.key, 'GET', `/boards/${hidden.slug}/posts`)).statusCode).toBe(404)
    expect((await ask(full.key, 'GET', `/boards/${hidden.slug}/posts`)).statusCode).toBe(200)
    expect((await ask(plain.key, 'DELETE', `/posts/${post.id}`)).statusCode).toBe(403)
    expect((await ask(plain.key, 'GET', '/moderation/reports')).json().code).toBe('scope')
    expect((await ask(full.key, 'GET', '/moderation/reports')).statusCode).toBe(200)
    expect((await ask(full.key, 'GET', '/admin/members')).json().code).toBe('scope')
    expect((await ask(full.key, 'DELETE', `/posts/${post.id}`)).statusCode).toBe(204)
  })

  it("administers with the administrator's scope", async () => {
    const administrator = await test.member(undefined, 'administrator')
    const { key } = await keyOf(administrator, ['admin'])
    expect((await ask(key, 'POST', '/boards', { slug: 'by-key', name: 'By key' })).statusCode).toBe(201)
    expect((await ask(key, 'GET', '/admin/members')).statusCode).toBe(200)
    expect((await ask(key, 'GET', '/moderation/reports')).json().code).toBe('scope')
  })

  it('opens no page, and nothing about the account', async () => {
    const { key } = await keyOf(member, ['read', 'write'])
    for (const url of ['/', '/settings', '/settings/keys', `/b/${board.slug}`, '/files/none.webp']) {
      expect((await by(`Bearer ${key}`, 'GET', url)).statusCode, url).toBe(403)
    }
    for (const [method, path, body] of [
      ['GET', '/me/keys', undefined],
      ['POST', '/me/keys', { name: 'Child', scopes: ['read'] }],
      ['DELETE', '/me/keys/1', undefined],
      ['PUT', '/me/password', { password: 'a', newPassword: 'b' }],
      ['DELETE', '/me', { password: 'a' }],
      ['DELETE', '/sessions/current', undefined],
      ['POST', '/sessions', { login: 'a', password: 'b' }],
      ['POST', '/members', { name: 'new', email: 'new@example.org', password: 'long enough for all' }],
    ] as const) {
      const refused = await ask(key, method, path, body)
      expect([refused.statusCode, refused.json().code], `${method} ${path}`).toEqual([403, 'session-needed'])
    }
  })

  it('is told that nothing is there where nothing is', async () => {
    const { key } = await keyOf(member, ['read'])
    expect((await ask(key, 'GET', '/nothing')).statusCode).toBe(404)
  })
})

describe('a key ends at the next request', () => {
  it('when it is revoked, by its owner alone', async () => {
    const { key, id } = await keyOf(member, ['read'])
    const other = await test.member()
    expect((await other.api('DELETE', `/me/keys/${id}`)).statusCode).toBe(404)
    expect((await ask(key, 'GET', '/me')).statusCode).toBe(200)
    expect((await member.api('DELETE', `/me/keys/${id}`)).statusCode).toBe(204)
    expect((await ask(key, 'GET', '/me')).statusCode).toBe(401)
    expect((await member.api('DELETE', `/me/keys/${id}`)).statusCode).toBe(404)
  })

  it('when its time is over', async () => {
    const { key } = await keyOf(member, ['read'], { days: 1 })
    const before = test.clock.now
    test.clock.now = new Date(before.getTime() + 86_400_000 - 1)
    expect((await ask(key, 'GET', '/me')).statusCode).toBe(200)
    test.clock.now = new Date(before.getTime() + 86_400_000)
    expect((await ask(key, 'GET', '/me')).statusCode).toBe(401)
    expect(JSON.stringify((await member.api('GET', '/me/keys')).json())).not.toContain(key.slice(-4))
    test.clock.now = before
  })

  it('when the password changes', async () => {
    const changing = await withPassword()
    const { key } = await keyOf(changing, ['read'])
    const body = { password: 'old enough to know', newPassword: 'young and strong enough' }
    expect((await changing.api('PUT', '/me/password', body)).statusCode).toBe(204)
    expect((await ask(key, 'GET', '/me')).statusCode).toBe(401)
  })

  it('when the member leaves', async () => {
    const leaving = await withPassword()
    const { key } = await keyOf(leaving, ['read'])
    expect((await leaving.api('DELETE', '/me', { password: 'old enough to know' })).statusCode).toBe(204)
    expect((await ask(key, 'GET', '/me')).statusCode).toBe(401)
  })

  it('for writing when the member is blocked, for moderating when they are a moderator no more', async () => {
    const blocked = await test.member()
    const { key } = await keyOf(blocked, ['read', 'write'])
    await block(blocked)
    expect((await ask(key, 'GET', '/me')).statusCode).toBe(200)
    const post = { title: 'x', body: 'y' }
    expect((await ask(key, 'POST', `/boards/${board.slug}/posts`, post)).json().code).toBe('blocked')

    const moderator = await test.member(undefined, 'moderator')
    const strong = await keyOf(moderator, ['read', 'moderate'])
    expect((await ask(strong.key, 'GET', '/moderation/reports')).statusCode).toBe(200)
    await test.db.updateTable('members').set({ role: 'member' }).where('id', '=', moderator.id).execute()
    expect((await ask(strong.key, 'GET', '/moderation/reports')).json().code).toBe('scope')
    expect((await ask(strong.key, 'GET', '/me')).json().role).toBe('member')
  })
})

async function withPassword(): Promise<Actor> {
  const actor = await test.member()
  const password_hash = await hashPassword('old enough to know')
  await test.db.updateTable('members').set({ password_hash }).where('id', '=', actor.id).execute()
  return actor
}

describe('what is no key', () => {
  it('never authenticates, whatever its form', async () => {
    const { key } = await keyOf(member, ['read', 'write'])
    const near = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A')
    const headers = [
      'Bearer mk_',
      'Bearer ',
      'Bearer',
      '',
      ' ',
      key,
      `Basic ${key}`,
      `Bearer ${near}`,
      `Bearer ${key}x`,
      `Bearer ${key.toUpperCase()}`,
      `Bearer ${key}=`,
      `Bearer ${key} ${key}`,
      `Bearer ${key}, Bearer ${key}`,
      `Bearer [${key}]`,
      `Bearer ["${key}"]`,
      `Bearer mk_${'%'.repeat(20)}`,
      `Bearer mk_' or 1=1 --`,
      `Bearer mk_${'a'.repeat(10_000)}`,
      `Bearer ${createHash('sha256').update(key).digest('hex')}`,
      'Bearer null',
      'Bearer undefined',
      'Bearer true',
      'Bearer 1',
      'Bearer *',
    ]
    for (const authorization of headers) {
      const answer = await by(authorization, 'GET', '/api/v1/me')
      expect(answer.statusCode, authorization.slice(0, 80)).toBe(401)
    }
    for (const url of [
      `/api/v1/me?access_token=${key}`,
      `/api/v1/me?token=${key}`,
      `/api/v1/me?authorization[]=${key}`,
    ])
      expect((await test.app.inject({ method: 'GET', url })).statusCode, url).toBe(401)
    const cookie = await test.app.inject({
      method: 'GET',
      url: '/api/v1/me',
      headers: { cookie: `madang=${key}` },
    })
    expect(cookie.statusCode).toBe(401)
    expect((await ask(key, 'GET', '/me')).statusCode).toBe(200)
  })

  it('is refused with the same words whether it was near or not', async () => {
    const { key } = await keyOf(member, ['read'])
    const [one, two] = [await ask(`${key}x`, 'GET', '/me'), await ask('mk_', 'GET', '/me')]
    const without = (answer: Answer) => ({ ...answer.json(), requestId: '' })
    expect(without(one)).toEqual(without(two))
  })
})
