import { createHash, createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Actor, type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'

let test: TestApp
let administrator: Actor
let client: { id: string; secret: string }

beforeAll(async () => {
  test = await makeTestApp()
  administrator = await test.member('boss', 'administrator')
  client = await clientMade('Portal')
})
afterAll(() => test[Symbol.asyncDispose]())
afterEach(() => test.deps.site.change({ signedApps: false }))

/** Through the page, as administrators do; the secret is in that answer alone. */
async function clientMade(name: string): Promise<{ id: string; secret: string }> {
  await prove(test, administrator)
  const answer = await administrator.page('/admin/clients', { name })
  expect(answer.headers['cache-control']).toBe('no-store')
  const id = /mc_[0-9a-f]{18}/.exec(answer.body)?.[0] ?? ''
  const secret = /ms_[\w-]{43}/.exec(answer.body)?.[0] ?? ''
  expect([id, secret].every(Boolean)).toBe(true)
  return { id, secret }
}

type Changes = {
  client?: string
  secret?: string
  timestamp?: string
  method?: string
  target?: string
  sent?: string
  headers?: Record<string, string>
}
let names = 0
const newcomer = () => ({
  name: `signed${++names}`,
  email: `signed${names}@example.org`,
  password: 'long enough for everyone',
})

/** Headers of a request that is signed as the guide says; `changes` sign something else than what is sent. */
function signed(path: string, body: string, changes: Changes = {}): Record<string, string> {
  const timestamp = changes.timestamp ?? String(Math.floor(test.clock.now.getTime() / 1000))
  const hash = createHash('sha256').update(body).digest('hex')
  const text = `${timestamp}\n${changes.method ?? 'POST'}\n${changes.target ?? path}\n${hash}`
  return {
    'content-type': 'application/json',
    'x-madang-client': changes.client ?? client.id,
    'x-madang-timestamp': timestamp,
    'x-madang-signature': createHmac('sha256', changes.secret ?? client.secret)
      .update(text)
      .digest('hex'),
    ...changes.headers,
  }
}

function send(path: string, value: object, changes: Changes = {}): Promise<Answer> {
  const payload = JSON.stringify(value)
  const headers = signed(path, payload, changes)
  return test.app.inject({ method: 'POST', url: path, headers, payload: changes.sent ?? payload })
}
const outcome = (answer: Answer) => [answer.statusCode, answer.statusCode < 300 ? '' : answer.json().code]

describe('where only signed apps may sign people up and in', () => {
  it('refuses those who do not sign, and lets a registered app through', async () => {
    const before = await test.guest.api('POST', '/members', newcomer())
    expect(before.statusCode).toBe(201)
    await test.deps.site.change({ signedApps: true })
    expect(outcome(await test.guest.api('POST', '/members', newcomer()))).toEqual([401, 'signature-needed'])
    for (const url of ['/sessions/second', '/sessions/passkey', '/sessions/code']) {
      expect(outcome(await test.guest.api('POST', url, {}))).toEqual([401, 'signature-needed'])
    }
    expect(outcome(await test.guest.api('POST', '/sessions', { login: 'a', password: 'b' }))).toEqual([
      401,
      'signature-needed',
    ])
    const person = newcomer()
    expect((await send('/api/v1/members', person)).statusCode).toBe(201)
    const session = await send('/api/v1/sessions', { login: person.name, password: person.password })
    expect(session.statusCode).toBe(201)
    const { accessToken } = session.json()
    const me = await test.app.inject({
      url: '/api/v1/me',
      headers: { authorization: `Bearer ${accessToken}` },
    })
    expect(me.json().name).toBe(person.name)
  })

  it('leaves every other call, and the pages, as they are', async () => {
    await test.deps.site.change({ signedApps: true })
    expect((await test.guest.api('GET', '/boards')).statusCode).toBe(200)
    expect((await test.guest.page('/sign-in')).statusCode).toBe(200)
    expect((await test.guest.page('/sign-up')).statusCode).toBe(200)
    expect((await administrator.api('GET', '/me')).statusCode).toBe(200)
  })

  it.each([
    [
      'another body',
      { sent: '{"name":"evil","email":"e@example.org","password":"long enough too"}' },
      'bad-signature',
    ],
    ['another address', { target: '/api/v1/sessions' }, 'bad-signature'],
    ['a query that was not signed', { target: '/api/v1/members?a=1' }, 'bad-signature'],
    ['another method', { method: 'PUT' }, 'bad-signature'],
    ['another secret', { secret: `ms_${'a'.repeat(43)}` }, 'bad-signature'],
    ['an unknown client', { client: `mc_${'0'.repeat(18)}` }, 'bad-signature'],
    ['no client', { client: '' }, 'bad-signature'],
    ['a client that is no id', { client: "mc_' or 1=1" }, 'bad-signature'],
    ['an old time', { timestamp: String(Date.parse('2026-11-21T02:54:59Z') / 1000) }, 'signature-time'],
    ['a time to come', { timestamp: String(Date.parse('2026-11-21T03:05:01Z') / 1000) }, 'signature-time'],
    ['a time in milliseconds', { timestamp: '1795230000000' }, 'signature-time'],
    ['no time', { timestamp: '' }, 'signature-time'],
    ['a time that is no number', { timestamp: 'now' }, 'signature-time'],
    ['an empty signature', { headers: { 'x-madang-signature': '' } }, 'bad-signature'],
    ['a short signature', { headers: { 'x-madang-signature': 'ab' } }, 'bad-signature'],
    ['a signature of nothing', { headers: { 'x-madang-signature': '0'.repeat(64) } }, 'bad-signature'],
  ])('refuses %s', async (_, changes, code) => {
    await test.deps.site.change({ signedApps: true })
    expect(outcome(await send('/api/v1/members', newcomer(), changes))).toEqual([401, code])
  })

  it('takes clocks that differ by five minutes', async () => {
    await test.deps.site.change({ signedApps: true })
    for (const at of ['2026-11-21T02:55:00Z', '2026-11-21T03:05:00Z']) {
      const timestamp = String(Date.parse(at) / 1000)
      expect((await send('/api/v1/members', newcomer(), { timestamp })).statusCode).toBe(201)
    }
  })

  it('lets of ten equal requests at the same moment one pass, and none later', async () => {
    await test.deps.site.change({ signedApps: true })
    const login = { login: 'nobody-of-that-name', password: 'whatever it is' }
    const answers = await Promise.all(Array.from({ length: 10 }, () => send('/api/v1/sessions', login)))
    const codes = answers.map((answer) => answer.json().code)
    // The one that passed was looked at, and its password was wrong.
    expect(codes.filter((code) => code === 'wrong-login')).toHaveLength(1)
    expect(codes.filter((code) => code === 'signature-used')).toHaveLength(9)
    const timestamp = String(Math.floor(test.clock.now.getTime() / 1000))
    test.clock.now = new Date(test.clock.now.getTime() + 299_000)
    expect((await send('/api/v1/sessions', login, { timestamp })).json().code).toBe('signature-used')
    test.clock.now = new Date(test.clock.now.getTime() - 299_000)
  })

  it('keeps no large body to check it', async () => {
    await test.deps.site.change({ signedApps: true })
    const answer = await send('/api/v1/members', { ...newcomer(), name: 'x'.repeat(100_000) })
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'too-large'])
  })

  it('still says which fields are wrong', async () => {
    await test.deps.site.change({ signedApps: true })
    const answer = await send('/api/v1/members', { name: 'only' })
    expect(answer.statusCode).toBe(422)
    expect(
      answer
        .json()
        .errors.map((one: { field: string }) => one.field)
        .sort(),
    ).toEqual(['email', 'password'])
  })
})

it('a signature is checked also where none is asked for', async () => {
  const headers = { 'x-madang-signature': '0'.repeat(64) }
  expect(outcome(await send('/api/v1/members', newcomer(), { headers }))).toEqual([401, 'bad-signature'])
  expect((await send('/api/v1/members', newcomer())).statusCode).toBe(201)
})

describe('app clients', () => {
  it('are made, listed and revoked by administrators alone', async () => {
    const moderator = await test.member(undefined, 'moderator')
    for (const actor of [await test.member(), moderator]) {
      expect((await actor.page('/admin/clients')).statusCode).toBe(403)
      expect((await actor.page('/admin/clients', { name: 'x' })).statusCode).toBe(403)
      expect((await actor.page(`/admin/clients/${client.id}/revoke`, {})).statusCode).toBe(403)
      expect((await actor.page('/admin/clients/rule', { signedApps: '1' })).statusCode).toBe(403)
    }
    expect((await test.guest.page('/admin/clients')).statusCode).toBe(303)
    const page = await administrator.page('/admin/clients')
    expect(page.body).toContain(client.id)
    expect(page.body).not.toContain(client.secret)
  })

  it('are made only by who just showed who they are', async () => {
    const other = await test.member(undefined, 'administrator')
    const page = await other.page('/admin/clients')
    expect(page.body).toContain('/settings/security/prove?next=%2Fadmin%2Fclients')
    expect(page.body).not.toContain('name="name"')
    const refused = await other.page('/admin/clients', { name: 'Hasty' })
    expect(refused.headers.location).toBe('/settings/security/prove?next=%2Fadmin%2Fclients')
    expect((await administrator.page('/admin/clients')).body).not.toContain('Hasty')
    await prove(test, other)
    expect((await other.page('/admin/clients')).body).toContain('name="name"')
  })

  it('need a name', async () => {
    await prove(test, administrator)
    const answer = await administrator.page('/admin/clients', { name: ' ' })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('This is required.')
  })

  it('have their secret sealed in the database', async () => {
    const { rows } = await test.database.pool.query('select * from app_clients')
    expect(JSON.stringify(rows)).not.toContain(client.secret)
    expect(rows[0].secret_sealed.toString('latin1')).not.toContain(client.secret)
  })

  it('sign nothing any more once they are revoked', async () => {
    const other = await clientMade('Other')
    const by = { client: other.id, secret: other.secret }
    expect((await send('/api/v1/members', newcomer(), by)).statusCode).toBe(201)
    expect((await administrator.page(`/admin/clients/${other.id}/revoke`, {})).headers.location).toBe(
      '/admin/clients?done=revoked',
    )
    expect(outcome(await send('/api/v1/members', newcomer(), by))).toEqual([401, 'bad-signature'])
    expect((await administrator.page(`/admin/clients/${other.id}/revoke`, {})).statusCode).toBe(404)
    const acts = await test.db.selectFrom('moderation_log').select(['act', 'reason']).execute()
    expect(acts).toContainEqual({ act: 'client.revoke', reason: 'Other' })
  })

  it('are asked for by a box on their page', async () => {
    const rule = async () => (await test.deps.site.current(test.clock.now)).signedApps
    await administrator.page('/admin/clients/rule', { signedApps: '1' })
    expect(await rule()).toBe(true)
    expect((await administrator.page('/admin/clients')).body).toMatch(/name="signedApps"[^>]* checked/)
    await administrator.page('/admin/clients/rule', {})
    expect(await rule()).toBe(false)
  })
})

describe('app clients in the API', () => {
  it('are made, listed and revoked by administrators; the secret is in the first answer alone', async () => {
    await prove(test, administrator)
    const made = await administrator.api('POST', '/admin/clients', { name: 'By program' })
    expect([made.statusCode, made.headers['cache-control']]).toEqual([201, 'no-store'])
    const { id, secret } = made.json()
    expect((await send('/api/v1/members', newcomer(), { client: id, secret })).statusCode).toBe(201)
    const list = await administrator.api('GET', '/admin/clients')
    expect(list.json().items).toContainEqual({
      id,
      name: 'By program',
      by: 'boss',
      createdAt: expect.any(String),
      usedAt: expect.any(String),
    })
    expect(list.body).not.toContain(secret)
    expect((await administrator.api('DELETE', `/admin/clients/${id}`)).statusCode).toBe(204)
    expect((await administrator.api('DELETE', `/admin/clients/${id}`)).statusCode).toBe(404)
    expect(outcome(await send('/api/v1/members', newcomer(), { client: id, secret }))).toEqual([
      401,
      'bad-signature',
    ])
  })

  it('take a proof and the role', async () => {
    const [other, moderator] = [
      await test.member(undefined, 'administrator'),
      await test.member(undefined, 'moderator'),
    ]
    await prove(test, moderator)
    expect(outcome(await other.api('POST', '/admin/clients', { name: 'x' }))).toEqual([403, 'prove-again'])
    expect(outcome(await moderator.api('POST', '/admin/clients', { name: 'x' }))).toEqual([403, 'forbidden'])
    expect(outcome(await moderator.api('GET', '/admin/clients'))).toEqual([403, 'forbidden'])
    expect(outcome(await test.guest.api('GET', '/admin/clients'))).toEqual([401, 'not-signed-in'])
  })
})
