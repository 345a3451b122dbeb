import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { hashPassword } from './passwords.ts'
import { networkOf } from './sign-ins.ts'

let site: TestApp
let hash: string
beforeAll(async () => {
  site = await makeTestApp({ env: { TRUSTED_PROXIES: '10.0.0.0/8' } })
  hash = await hashPassword(password)
})
afterAll(() => site[Symbol.asyncDispose]())

const password = 'correct horse battery'
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
async function withPassword(actor: Actor): Promise<Actor> {
  await site.db.updateTable('members').set({ password_hash: hash }).where('id', '=', actor.id).execute()
  return actor
}
type From = { address?: string; forwarded?: string; agent?: string }
const signIn = (
  login: string,
  given: string,
  { address = '203.0.113.7', forwarded, agent = firefox }: From = {},
) =>
  site.app.inject({
    method: 'POST',
    url: '/api/v1/sessions',
    remoteAddress: address,
    headers: { 'user-agent': agent, ...(forwarded ? { 'x-forwarded-for': forwarded } : {}) },
    payload: { login, password: given },
  })
const me = (token: string) =>
  site.app.inject({ url: '/api/v1/me', headers: { authorization: `Bearer ${token}` } })

describe('a network', () => {
  test.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['::ffff:203.0.113.7', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
    ['::1', '0:0:0::/48'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('my sessions', () => {
  test('are listed with device, network and time, to me alone', async () => {
    const member = await withPassword(await site.member())
    const { accessToken } = (await signIn(member.name, password)).json()
    const { items } = (await member.api('GET', '/me/sessions')).json()
    expect(items).toContainEqual({
      id: expect.any(String),
      kind: 'client',
      agent: firefox,
      network: '203.0.113.0/24',
      createdAt: site.clock.now.toISOString(),
      seenAt: site.clock.now.toISOString(),
      current: false,
    })
    expect(items.filter((one: { current: boolean }) => one.current)).toHaveLength(1)
    expect(JSON.stringify(items)).not.toContain('203.0.113.7')
    const page = await member.page('/settings/security')
    expect(page.body).toContain('Firefox, Linux')
    expect(page.body).toContain('203.0.113.0/24')
    expect((await site.guest.api('GET', '/me/sessions')).statusCode).toBe(401)
    expect((await site.guest.page('/settings/security')).headers.location).toContain('/sign-in')
    expect((await me(accessToken)).statusCode).toBe(200)
  })

  test('end one by one, by API and page, and nobody else’s', async () => {
    const member = await withPassword(await site.member())
    const stranger = await site.member()
    const tokens = [await signIn(member.name, password), await signIn(member.name, password)].map(
      (answer) => answer.json().accessToken,
    )
    const others = async () =>
      (await member.api('GET', '/me/sessions'))
        .json()
        .items.filter((one: { agent: string }) => one.agent === firefox)
        .map((one: { id: string }) => one.id)
    const [first, second] = await others()
    expect((await stranger.api('DELETE', `/me/sessions/${first}`)).statusCode).toBe(404)
    expect((await stranger.page('/settings/security/end', { id: first })).statusCode).toBe(404)
    expect((await member.api('DELETE', '/me/sessions/x')).statusCode).toBe(404)
    expect((await member.page('/settings/security/end', { id: "'; --" })).statusCode).toBe(404)
    expect((await member.api('DELETE', `/me/sessions/${first}`)).statusCode).toBe(204)
    expect((await member.page('/settings/security/end', { id: second })).headers.location).toBe(
      '/settings/security?done=ended',
    )
    for (const token of tokens) expect((await me(token)).statusCode).toBe(401)
    expect(await others()).toEqual([])
    expect((await member.api('DELETE', '/me/sessions')).statusCode).toBe(204)
    expect((await member.api('GET', '/me')).statusCode).toBe(200)
    expect((await member.page('/settings/security')).statusCode).toBe(303)
  })
})

describe('the sign-in history', () => {
  test('shows what was let in and what was refused, with way, device and network', async () => {
    const member = await withPassword(await site.member())
    await signIn(member.name, 'wrong password', { address: '2001:db8:1:2::3', agent: 'curl/8' })
    await signIn(member.name, password)
    const { items } = (await member.api('GET', '/me/sign-ins')).json()
    expect(items.slice(0, 2)).toEqual([
      { way: 'password', refused: false, agent: firefox, network: '203.0.113.0/24', at: expect.any(String) },
      { way: 'password', refused: true, agent: 'curl/8', network: '2001:db8:1::/48', at: expect.any(String) },
    ])
    const page = await member.page('/settings/security')
    expect(page.body).toContain('refused')
    expect((await site.guest.api('GET', '/me/sign-ins')).statusCode).toBe(401)
  })

  test('escapes what a device says of itself, and believes a proxy only where it is trusted', async () => {
    const member = await withPassword(await site.member())
    await signIn(member.name, password, { agent: '<script>x</script>', forwarded: '198.51.100.9' })
    await signIn(member.name, password, { address: '10.1.2.3', forwarded: '198.51.100.9' })
    const { items } = (await member.api('GET', '/me/sign-ins')).json()
    expect(items.map((one: { network: string }) => one.network).slice(0, 2)).toEqual([
      '198.51.100.0/24',
      '203.0.113.0/24',
    ])
    expect((await member.page('/settings/security')).body).not.toContain('<script>x')
  })

  test('keeps 50, and nothing of tries for nobody', async () => {
    const member = await withPassword(await site.member())
    const row = { way: 'password', refused: true, agent: '', network: '', created_at: site.clock.now }
    const rows = Array.from({ length: 60 }, () => ({ ...row, member_id: member.id }))
    await site.db.insertInto('sign_ins').values(rows).execute()
    await signIn('nobody-at-all', 'wrong password')
    expect((await member.api('GET', '/me/sign-ins')).json().items).toHaveLength(50)
    const { forgetOldSessions } = await import('./sessions.ts')
    await forgetOldSessions(site.db, new Date(site.clock.now.getTime() + 3_600_001))
    const kept = await site.db.selectFrom('sign_ins').select('member_id').execute()
    expect(kept.filter((one) => one.member_id === member.id)).toHaveLength(50)
    expect(kept.filter((one) => one.member_id === null)).toEqual([])
  })

  test('takes the same steps for a name that nobody has', async () => {
    const member = await withPassword(await site.member())
    const count = async () => (await site.db.selectFrom('sign_ins').select('id').execute()).length
    const before = await count()
    const known = await signIn(member.name, 'wrong password')
    const unknown = await signIn('nobody-there', 'wrong password')
    expect(await count()).toBe(before + 2)
    expect({ ...known.json(), requestId: '' }).toEqual({ ...unknown.json(), requestId: '' })
  })
})

describe('a code for a second device', () => {
  const ask = async (member: Actor) => (await member.api('POST', '/me/sign-in-code')).json()
  const use = (code: string, remoteAddress = '192.0.2.1') =>
    site.app.inject({ method: 'POST', url: '/api/v1/sessions/code', remoteAddress, payload: { code } })
  const byToken = (token: string) =>
    site.app.inject({ method: 'POST', url: '/api/v1/sessions/code', payload: { token } })

  test('signs in once, as it was shown or typed with spaces and in lower case', async () => {
    const member = await site.member()
    const { code, url } = await ask(member)
    expect(code).toMatch(/^[2-9A-HJ-NP-Z]{8}$/)
    expect(url).toMatch(/\/sign-in\/code\/[\w-]{43}$/)
    const answer = await use(` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)} `)
    expect(answer.statusCode).toBe(201)
    expect((await me(answer.json().accessToken)).json().name).toBe(member.name)
    expect((await use(code)).statusCode).toBe(404)
    expect((await site.guest.page(new URL(url).pathname)).statusCode).toBe(404)
  })

  test('is shown on the page as text and QR, kept by no cache; the QR leads to a page that asks first', async () => {
    const member = await site.member('qr-owner')
    const shown = await member.page('/settings/security/code', {})
    expect(shown.headers['cache-control']).toBe('no-store')
    expect(shown.body).toMatch(/<svg [\s\S]*<\/svg>/)
    expect(shown.body).not.toMatch(/<svg [^>]*style=/)
    const { url } = await ask(member)
    const path = new URL(url).pathname
    expect((await site.guest.page(path)).body).toContain('as qr-owner?')
    const answer = await site.guest.page(path, {})
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/'])
    expect(answer.cookies[0]?.name).toBe('madang')
    expect((await site.guest.page(path, {})).statusCode).toBe(404)
  })

  test('of 20 uses at the same moment works once', async () => {
    const { code, url } = await ask(await site.member())
    const token = url.split('/').at(-1)
    const uses = Array.from({ length: 20 }, (_, i) => (i % 2 ? use(code, `192.0.2.${i}`) : byToken(token)))
    const answers = await Promise.all(uses)
    expect(answers.filter((answer) => answer.statusCode === 201)).toHaveLength(1)
  })

  test('ends after five minutes, with a newer one, and with the session that asked for it', async () => {
    const member = await site.member()
    const older = await ask(member)
    const newer = await ask(member)
    expect((await use(older.code, '192.0.2.60')).statusCode).toBe(404)
    const start = site.clock.now
    site.clock.now = new Date(start.getTime() + 300_000)
    expect((await use(newer.code, '192.0.2.61')).statusCode).toBe(404)
    site.clock.now = start
    await member.api('DELETE', '/sessions/current')
    expect((await use(newer.code, '192.0.2.62')).statusCode).toBe(404)
  })

  test('is locked for an address after five wrong ones, and on the page says so in words', async () => {
    const { code } = await ask(await site.member())
    const page = (typed: string) => site.guest.page('/sign-in/code', { code: typed })
    for (let i = 0; i < 5; i++) {
      const answer = await page('AAAA2222')
      expect(answer.statusCode).toBe(422)
      expect(answer.body).toContain('id="field-code-error"')
    }
    const locked = await page(code)
    expect(locked.statusCode).toBe(429)
    expect(locked.body).toContain('Too many wrong codes')
    expect((await use(code, '192.0.2.99')).statusCode).toBe(201)
  })

  test.each(['', ' ', '\0', 'A'.repeat(40), "' or 1=1"])('refuses %o', async (code) => {
    expect([404, 422, 400]).toContain((await use(code, '192.0.2.120')).statusCode)
  })

  test('is for members: a guest gets none', async () => {
    expect((await site.guest.api('POST', '/me/sign-in-code')).statusCode).toBe(401)
    expect((await site.guest.page('/settings/security/code', {})).statusCode).toBe(401)
  })
})
