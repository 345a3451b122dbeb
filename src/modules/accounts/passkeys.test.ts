import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'
import { type At, Authenticator, type Lie } from '#test/support/authenticator.ts'

const password = 'correct horse battery'
const here: At = { origin: 'http://localhost:80' }
// As browsers write it: without the port that goes without saying.
const page: At = { origin: 'http://localhost' }
let site: TestApp
beforeAll(async () => {
  site = await makeTestApp({ env: { BASE_URL: 'http://localhost' } })
})
afterAll(() => site[Symbol.asyncDispose]())

const pass = (seconds: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + seconds * 1000)
}
const cookieOf = (answer: Answer) => answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** A member with a password, in a browser. */
async function join(name: string) {
  await site.guest.api('POST', '/members', { name, email: `${name}@example.org`, password })
  const cookie = cookieOf(await site.guest.page('/sign-in', { login: name, password }))
  const headers = { cookie, origin: here.origin }
  return {
    name,
    api: (method: Method, url: string, payload?: object) =>
      site.app.inject({ method, url: `/api/v1${url}`, headers, ...(payload ? { payload } : {}) }),
    page: (url: string, form?: Record<string, string>) => send(cookie, url, form),
  }
}
type Member = Awaited<ReturnType<typeof join>>

function send(cookie: string, url: string, form?: Record<string, string>) {
  if (!form) return site.app.inject({ url, headers: { cookie } })
  const headers = { cookie, origin: here.origin, 'content-type': 'application/x-www-form-urlencoded' }
  return site.app.inject({ method: 'POST', url, headers, payload: new URLSearchParams(form).toString() })
}

async function add(member: Member, device = new Authenticator(), given: { at?: At; lie?: Lie } = {}) {
  const options = (await member.api('POST', '/me/passkeys/options')).json()
  const passkey = device.create(options, given.at ?? page, given.lie)
  return { device, answer: await member.api('POST', '/me/passkeys', { passkey, name: 'My phone' }) }
}

const options = async () => (await site.guest.api('POST', '/sessions/passkey/options')).json()
const signIn = async (device: Authenticator, at = page, lie: Lie = {}) =>
  site.guest.api('POST', '/sessions/passkey', { passkey: device.get(await options(), at, lie) })

describe('adding a passkey', () => {
  test('asks the device for one that is found without a name and used with finger, face or code', async () => {
    const member = await join('adds')
    const asked = (await member.api('POST', '/me/passkeys/options')).json()
    expect(asked).toMatchObject({
      rp: { id: 'localhost' },
      user: { name: 'adds' },
      attestation: 'none',
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    const { answer, device } = await add(member)
    expect(answer.statusCode).toBe(201)
    const { passkeys } = (await member.api('GET', '/me/factors')).json()
    expect(passkeys).toMatchObject([{ name: 'My phone', usedAt: null }])
    const again = (await member.api('POST', '/me/passkeys/options')).json()
    expect(again.excludeCredentials).toMatchObject([{ id: device.id.toString('base64url') }])
    expect((await member.page('/settings/security')).body).toContain('My phone')
  })

  test('needs that one showed who one is in the last ten minutes', async () => {
    const member = await join('idle')
    pass(601)
    expect((await member.api('POST', '/me/passkeys/options')).json().code).toBe('prove-again')
    expect((await member.api('POST', '/me/passkeys', { passkey: {}, name: 'x' })).statusCode).toBe(422)
    expect((await member.api('POST', '/me/proof', { password })).statusCode).toBe(204)
    expect((await member.api('POST', '/me/passkeys/options')).statusCode).toBe(200)
    expect((await site.guest.api('POST', '/me/passkeys/options')).statusCode).toBe(401)
  })

  test.each<[string, { at?: At; lie?: Lie }]>([
    ['for another site', { at: { origin: 'https://evil.example' } }],
    ['for another site that claims this one', { at: { origin: 'https://evil.example', rpId: 'localhost' } }],
    ['for another name of the site', { at: { ...page, rpId: 'evil.example' } }],
    ['without finger, face or code', { lie: { verified: false } }],
    ['that was made for signing in', { lie: { type: 'webauthn.get' } }],
  ])('refuses one %s', async (_, given) => {
    const member = await join(`refused${Math.abs(_.length)}`)
    const { answer } = await add(member, new Authenticator(), given)
    expect(answer.statusCode).toBe(422)
    expect(answer.json().code).toBe('passkey-refused')
  })

  test('takes each challenge once, from the member it was given to, within five minutes', async () => {
    const [one, two] = [await join('one'), await join('two')]
    const asked = (await one.api('POST', '/me/passkeys/options')).json()
    const made = (device: Authenticator) => ({ passkey: device.create(asked, page), name: 'x' })
    expect((await two.api('POST', '/me/passkeys', made(new Authenticator()))).statusCode).toBe(422)
    const fresh = (await one.api('POST', '/me/passkeys/options')).json()
    const body = { passkey: new Authenticator().create(fresh, page), name: 'x' }
    const both = await Promise.all([
      one.api('POST', '/me/passkeys', body),
      one.api('POST', '/me/passkeys', body),
    ])
    expect(both.map((answer) => answer.statusCode).sort()).toEqual([201, 422])
    const late = (await one.api('POST', '/me/passkeys/options')).json()
    pass(301)
    const lateBody = { passkey: new Authenticator().create(late, page), name: 'x' }
    expect((await one.api('POST', '/me/passkeys', lateBody)).statusCode).toBe(422)
  })

  test('refuses a device that another member has', async () => {
    const { device } = await add(await join('first-owner'))
    const { answer } = await add(await join('second-owner'), device)
    expect(answer.json().code).toBe('passkey-known')
  })
})

describe('signing in with a passkey', () => {
  let member: Member
  let device: Authenticator
  beforeAll(async () => {
    member = await join('signs-in')
    device = (await add(member)).device
  })

  test('needs no name, and gives a client its tokens', async () => {
    const asked = await options()
    expect(asked).toMatchObject({ rpId: 'localhost', userVerification: 'required' })
    expect(asked.allowCredentials ?? []).toEqual([])
    const answer = await site.guest.api('POST', '/sessions/passkey', { passkey: device.get(asked, page) })
    expect(answer.statusCode).toBe(201)
    const headers = { authorization: `Bearer ${answer.json().accessToken}` }
    expect((await site.app.inject({ url: '/api/v1/me', headers })).json().name).toBe('signs-in')
  })

  test('gives a browser its cookie, and goes on within the site', async () => {
    for (const [next, place] of [
      ['/drafts', '/drafts'],
      ['//evil.example', '/'],
    ] as const) {
      const response = JSON.stringify(device.get(await options(), page))
      const answer = await site.guest.page('/sign-in/passkey', { response, next })
      expect(answer.headers.location).toBe(place)
      expect((await send(cookieOf(answer), '/settings')).statusCode).toBe(200)
    }
  })

  test('stands for both factors', async () => {
    const now = site.clock.now
    const { id } = (await member.api('GET', '/me')).json()
    const row = { member_id: id, sealed: Buffer.alloc(40), created_at: now, confirmed_at: now }
    await site.db.insertInto('totp_secrets').values(row).execute()
    expect((await signIn(device)).statusCode).toBe(201)
    const response = JSON.stringify(device.get(await options(), page))
    expect((await site.guest.page('/sign-in/passkey', { response })).headers.location).toBe('/')
    await site.db.deleteFrom('totp_secrets').execute()
  })

  test.each<[string, At, Lie]>([
    ['from another site', { origin: 'https://evil.example' }, {}],
    ['from another site that claims this one', { origin: 'https://evil.example', rpId: 'localhost' }, {}],
    ['from another port', { origin: 'http://localhost:8080' }, {}],
    ['without finger, face or code', page, { verified: false }],
    ['of adding one', page, { type: 'webauthn.create' }],
    ['for another member', page, { userHandle: Buffer.from('member 1').toString('base64url') }],
  ])('refuses an answer %s', async (_, at, lie) => {
    const answer = await signIn(device, at, lie)
    expect(answer.statusCode).toBe(401)
    expect(answer.json().code).toBe('passkey-refused')
    expect((await signIn(device)).statusCode).toBe(201)
  })

  test('refuses a counter that does not grow: the key was copied', async () => {
    expect((await signIn(device, page, { counter: device.counter })).statusCode).toBe(401)
    expect((await signIn(device, page, { counter: 0 })).statusCode).toBe(401)
    expect((await signIn(device, page, { counter: 1000 })).statusCode).toBe(201)
  })

  test('takes each answer once, also at the same moment, and within five minutes', async () => {
    const passkey = device.get(await options(), page)
    const send = () => site.guest.api('POST', '/sessions/passkey', { passkey })
    expect((await Promise.all([send(), send()])).map((answer) => answer.statusCode).sort()).toEqual([
      201, 401,
    ])
    expect((await send()).statusCode).toBe(401)
    const asked = await options()
    pass(301)
    const late = { passkey: device.get(asked, page) }
    expect((await site.guest.api('POST', '/sessions/passkey', late)).statusCode).toBe(401)
    const own = { passkey: device.get({ challenge: 'A'.repeat(43) }, page) }
    expect((await site.guest.api('POST', '/sessions/passkey', own)).statusCode).toBe(401)
  })

  test('refuses a device that nobody has, like all else', async () => {
    const answer = await signIn(new Authenticator())
    expect(answer.json()).toMatchObject({ status: 401, code: 'passkey-refused' })
  })

  test.each([
    '',
    'null',
    '{}',
    '[',
    '{"id":1}',
    JSON.stringify({ id: 'a', rawId: 'a', type: 'x', response: {} }),
  ])('refuses the form with %s', async (response) => {
    expect((await site.guest.page('/sign-in/passkey', { response })).statusCode).toBe(401)
  })
})

describe('own passkeys', () => {
  test('are renamed and removed by their owner alone', async () => {
    const [owner, other] = [await join('owner'), await join('other')]
    const { device, answer } = await add(owner)
    const { id } = answer.json()
    expect((await other.api('PATCH', `/me/passkeys/${id}`, { name: 'mine' })).statusCode).toBe(404)
    expect((await other.api('DELETE', `/me/passkeys/${id}`)).statusCode).toBe(404)
    expect((await owner.page(`/settings/security/passkeys/${id}`)).body).toContain('value="My phone"')
    expect((await owner.page(`/settings/security/passkeys/${id}`, { name: ' ' })).statusCode).toBe(422)
    const renamed = await owner.page(`/settings/security/passkeys/${id}`, { name: '할머니 전화' })
    expect(renamed.headers.location).toBe('/settings/security?done=renamed')
    expect((await owner.page('/settings/security')).body).toContain('할머니 전화')
    const removed = await owner.page(`/settings/security/passkeys/${id}/remove`, {})
    expect(removed.headers.location).toBe('/settings/security?done=removed')
    expect((await signIn(device)).statusCode).toBe(401)
  })

  test('show who one is, each for its own member', async () => {
    const [owner, other] = [await join('prover'), await join('stranger')]
    const { device } = await add(owner)
    pass(601)
    const prove = async (member: Member) => {
      const response = JSON.stringify(device.get(await options(), page))
      return member.page('/settings/security/prove', { response })
    }
    expect((await owner.page('/settings/security')).body).not.toContain('data-passkey="add"')
    expect((await prove(other)).statusCode).toBe(401)
    expect((await prove(owner)).headers.location).toBe('/settings/security?done=proved')
    expect((await owner.page('/settings/security')).body).toContain('data-passkey="add"')
  })

  test('are kept when they are the last way in, also when two are removed at the same moment', async () => {
    const member = await join('last-one')
    const ids: number[] = []
    for (let i = 0; i < 2; i++) ids.push((await add(member)).answer.json().id)
    await site.db.updateTable('members').set({ password_hash: null }).where('name', '=', 'last-one').execute()
    const answers = await Promise.all(ids.map((id) => member.api('DELETE', `/me/passkeys/${id}`)))
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([204, 403])
  })

  test('are at most twenty', async () => {
    const member = await join('collector')
    for (let i = 0; i < 20; i++) expect((await add(member)).answer.statusCode).toBe(201)
    expect((await member.api('POST', '/me/passkeys/options')).json().code).toBe('too-many-passkeys')
  })
})

test('the sign-in page says that passkeys need script, and works without', async () => {
  const { body } = await site.guest.page('/sign-in')
  expect(body).toContain('data-passkey="use"')
  expect(body).toContain('Passkeys need JavaScript')
  expect(body).toMatch(/data-passkey="use"[^>]* hidden/)
})
