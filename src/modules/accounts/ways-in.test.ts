import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { workOff } from '#test/support/jobs.ts'
import { prove } from '#test/support/proof.ts'
import { linkIn, startSmtp, type TestSmtp } from '#test/support/smtp.ts'
import { hashPassword } from './passwords.ts'

let smtp: TestSmtp
let site: TestApp
let hash: string
beforeAll(async () => {
  smtp = await startSmtp()
  site = await makeTestApp({
    env: { SMTP_URL: smtp.url, MAIL_FROM: 'yard@example.org', BASE_URL: 'http://yard.example' },
  })
  hash = await hashPassword(password)
})
beforeEach(() => smtp.mails.splice(0))
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await smtp[Symbol.asyncDispose]()
})

const password = 'correct horse battery'
const signUp = (name: string, email = `${name}@example.org`) =>
  site.guest.api('POST', '/members', { name, email, password })
const signIn = (login: string, given = password) =>
  site.guest.api('POST', '/sessions', { login, password: given })
const forgot = (login: string) => site.guest.page('/forgot', { login })
const to = (address: string) => smtp.mails.filter((mail) => mail.to.includes(address))
const write = async (token: string, slug: string) =>
  site.app.inject({
    method: 'POST',
    url: `/api/v1/boards/${slug}/posts`,
    headers: { authorization: `Bearer ${token}` },
    payload: { title: 'Hello', body: 'Text' },
  })
async function withPassword(actor: Actor): Promise<Actor> {
  await site.db.updateTable('members').set({ password_hash: hash }).where('id', '=', actor.id).execute()
  return actor
}

describe('a new member where mail is sent', () => {
  test('reads at once and writes when the address is confirmed, by a link that works once', async () => {
    const board = await site.board()
    expect((await signUp('hazel')).statusCode).toBe(201)
    const { accessToken } = (await signIn('hazel')).json()
    const refused = await write(accessToken, board.slug)
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'not-confirmed'])
    const me = await site.app.inject({
      url: '/api/v1/me',
      headers: { authorization: `Bearer ${accessToken}` },
    })
    expect(me.json()).toMatchObject({ blocked: null, waitsFor: 'confirmation' })
    await workOff(site)
    const [mail] = to('hazel@example.org')
    expect(mail?.from).toBe('yard@example.org')
    const link = linkIn(mail, '/confirm')
    // Looking at the page changes nothing: mail programs do that by themselves.
    expect((await site.guest.page(link)).body).toContain('hazel@example.org')
    expect((await write(accessToken, board.slug)).statusCode).toBe(403)
    expect((await site.guest.page(link, {})).headers.location).toBe('/confirm/done')
    expect((await write(accessToken, board.slug)).statusCode).toBe(201)
    expect((await site.guest.page(link)).statusCode).toBe(404)
    expect((await site.guest.page(link, {})).statusCode).toBe(404)
  })

  test('may have the link again, and then the older one no longer works', async () => {
    await signUp('rowan')
    const signedIn = await site.guest.page('/sign-in', { login: 'rowan', password })
    const cookie = signedIn.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    await workOff(site)
    const again = await site.app.inject({
      method: 'POST',
      url: '/settings/confirm',
      headers: { cookie, origin: 'http://yard.example', 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(again.headers.location).toBe('/settings?saved=confirm')
    await workOff(site)
    const [older, newer] = to('rowan@example.org').map((mail) => linkIn(mail, '/confirm'))
    expect(older).not.toBe(newer)
    expect((await site.guest.page(older ?? '')).statusCode).toBe(404)
    expect((await site.guest.page(newer ?? '', {})).statusCode).toBe(303)
  })

  test('signs up also when the mail server is away', async () => {
    await using away = await makeTestApp({
      env: { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'yard@example.org' },
    })
    const values = { name: 'patient', email: 'patient@example.org', password }
    expect((await away.guest.api('POST', '/members', values)).statusCode).toBe(201)
    await workOff(away)
    const chief = await away.member('chief', 'administrator')
    const desk = await chief.page('/admin/links')
    expect(desk.body).toContain('patient@example.org')
    expect(desk.body).toContain('refused: ')
    expect((await chief.page('/admin/mail')).body).toContain('send-link')
    const id = (await chief.api('GET', '/admin/links')).json().items[0].id
    await prove(away, chief)
    const shown = await chief.api('POST', `/admin/links/${id}`)
    const path = new URL(shown.json().url).pathname
    expect((await away.guest.page(path, {})).statusCode).toBe(303)
  })
})

describe('a forgotten password', () => {
  test('gets the same answer for known and unknown, and a mail only for known', async () => {
    await withPassword(await site.member('known'))
    const answers = [
      await forgot('known'),
      await forgot('known@example.org'),
      await forgot('nobody@example.org'),
    ]
    for (const answer of answers) {
      expect([answer.statusCode, answer.headers.location, answer.body]).toEqual([303, '/forgot/done', ''])
    }
    const api = [
      await site.guest.api('POST', '/password-resets', { login: 'known' }),
      await site.guest.api('POST', '/password-resets', { login: 'nobody' }),
    ]
    expect(api.map((answer) => [answer.statusCode, answer.body])).toEqual([
      [204, ''],
      [204, ''],
    ])
    await workOff(site)
    expect(new Set(smtp.mails.flatMap((mail) => mail.to))).toEqual(new Set(['known@example.org']))
  })

  test('is looked up by a job alone: the request does the same for everybody', async () => {
    const { count } = await site.db
      .selectFrom('member_links')
      .select((eb) => eb.fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow()
    await withPassword(await site.member('jobbed'))
    await forgot('jobbed')
    const after = await site.db
      .selectFrom('member_links')
      .select((eb) => eb.fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow()
    expect(after.count).toBe(count)
    await workOff(site)
  })

  test('is set anew by a link that works once, within an hour, and ends every session', async () => {
    const member = await withPassword(await site.member('forgetful'))
    await forgot('forgetful')
    await workOff(site)
    const link = linkIn(to('forgetful@example.org')[0], '/claim')
    const form = { password: 'a new long phrase', password2: 'a new long phrase' }
    expect((await site.guest.page(link)).statusCode).toBe(200)
    expect((await site.guest.page(link, form)).statusCode).toBe(303)
    expect((await site.guest.page(link, form)).statusCode).toBe(404)
    expect((await member.api('GET', '/me')).statusCode).toBe(401)
    expect((await signIn('forgetful', 'a new long phrase')).statusCode).toBe(201)

    await forgot('forgetful')
    await workOff(site)
    const late = linkIn(to('forgetful@example.org').at(-1), '/claim')
    const start = site.clock.now
    site.clock.now = new Date(start.getTime() + 3_600_000)
    expect((await site.guest.page(late, form)).statusCode).toBe(404)
    site.clock.now = start
  })

  test('has one link: a newer one ends the older one, also when both are asked for at once', async () => {
    await withPassword(await site.member('twice'))
    for (let i = 0; i < 2; i++) {
      await forgot('twice')
      await workOff(site)
    }
    await Promise.all([forgot('twice'), forgot('Twice@example.org'), forgot('TWICE')])
    await workOff(site)
    const links = to('twice@example.org').map((mail) => linkIn(mail, '/claim'))
    expect(links.length).toBeGreaterThan(2)
    const answers = await Promise.all(links.map((link) => site.guest.page(link)))
    expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1)
  })

  test('sends no more than five mails an hour for one login, and says nothing of that', async () => {
    await withPassword(await site.member('bombed'))
    for (let i = 0; i < 8; i++) {
      expect((await forgot('bombed')).headers.location).toBe('/forgot/done')
      await workOff(site)
    }
    expect(to('bombed@example.org')).toHaveLength(5)
  })

  test('lets an imported member with an address claim the account', async () => {
    const row = {
      name: 'elder',
      name_key: 'elder',
      email: 'elder@example.org',
      email_key: 'elder@example.org',
    }
    await site.db
      .insertInto('members')
      .values({ ...row, imported_from: 'x:elder' })
      .execute()
    await forgot('elder@example.org')
    await workOff(site)
    const link = linkIn(to('elder@example.org')[0], '/claim')
    const form = { password: 'an old friend here', password2: 'an old friend here' }
    expect((await site.guest.page(link, form)).statusCode).toBe(303)
    expect((await signIn('elder', 'an old friend here')).statusCode).toBe(201)
  })
})

describe('a member hears by mail', () => {
  const subjects = (address: string) => to(address).map(({ text }) => text)
  test('that an administrator made a link to their account, though not the link itself', async () => {
    const [chief, member] = [await site.member(undefined, 'administrator'), await site.member('linked-to')]
    await prove(site, chief)
    const made = await chief.page(`/admin/members/${member.id}/link`, {})
    const [, token = ''] = /\/claim\/([\w-]{43})/.exec(made.body) ?? []
    await workOff(site)
    const [mail = '', ...more] = subjects('linked-to@example.org')
    expect(mail).toContain('A link to set a new password was made (by an administrator)')
    expect(mail).not.toContain(token)
    expect(more).toEqual([])
    expect((await member.page('/settings/security')).body).toContain('A link to set a new password was made')
  })

  test('in their language, that the password was changed and a key was made', async () => {
    const member = await withPassword(await site.member('changer'))
    await member.api('PATCH', '/me', { language: 'ko' })
    const change = { password, newPassword: 'another long phrase' }
    expect((await member.api('PUT', '/me/password', change)).statusCode).toBe(204)
    await prove(site, member)
    await member.api('POST', '/me/keys', { name: 'k', scopes: ['read'] })
    await workOff(site)
    const texts = subjects('changer@example.org')
    expect(texts[0]).toContain('비밀번호를 바꿈')
    expect(texts[1]).toContain('API 키를 만듦')
    expect(texts.join()).toContain('http://yard.example/settings/security')
  })

  test('nothing of what was refused', async () => {
    const member = await withPassword(await site.member('calm'))
    await member.api('PUT', '/me/password', { password: 'wrong', newPassword: 'another long phrase' })
    await member.api('POST', '/me/keys', { name: 'k', scopes: ['read'] })
    await workOff(site)
    expect(subjects('calm@example.org')).toEqual([])
  })
})

describe('the password asked for in settings', () => {
  const later = (seconds: number) => {
    site.clock.now = new Date(site.clock.now.getTime() + seconds * 1000)
  }
  test('is looked at five times in five minutes, whichever form asks, and again after a quarter of an hour', async () => {
    const member = await withPassword(await site.member('guessed'))
    const wrong = { password: 'wrong', newPassword: 'a new long phrase' }
    const tries = [
      await member.api('PUT', '/me/password', wrong),
      await member.page('/settings/password', { ...wrong, newPassword2: wrong.newPassword }),
      await member.page('/settings/email', { email: 'g@example.org', password: 'wrong' }),
      await member.page('/settings/withdraw', { sure: '1', password: 'wrong' }),
      await member.api('DELETE', '/me', { password: 'wrong' }),
    ]
    expect(tries.map((answer) => answer.statusCode)).toEqual([422, 422, 422, 422, 422])
    const right = { password, newPassword: 'a new long phrase' }
    const locked = await member.api('PUT', '/me/password', right)
    expect([locked.statusCode, locked.json().code]).toEqual([429, 'sign-in-locked'])
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(800)
    expect((await member.page('/settings/withdraw', { sure: '1', password })).statusCode).toBe(429)
    expect((await member.page('/settings/email', { email: 'g@example.org', password })).statusCode).toBe(429)
    expect((await member.api('POST', '/me/proof', { password })).statusCode).toBe(429)
    const other = await withPassword(await site.member())
    expect((await other.api('PUT', '/me/password', right)).statusCode).toBe(204)
    later(901)
    expect((await member.api('PUT', '/me/password', right)).statusCode).toBe(204)
  })

  test('is looked at no more than five times when fifty are sent at the same moment', async () => {
    const member = await withPassword(await site.member())
    const wrong = { password: 'wrong', newPassword: 'a new long phrase' }
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => member.api('PUT', '/me/password', wrong)),
    )
    expect(answers.filter((answer) => answer.statusCode === 422).length).toBeLessThanOrEqual(5)
  })
})

describe('another e-mail address', () => {
  test('counts when it is confirmed, tells the old one, and ends every open link', async () => {
    const member = await withPassword(await site.member('mover'))
    await forgot('mover')
    await workOff(site)
    const reset = linkIn(to('mover@example.org')[0], '/claim')
    const change = { email: 'moved@example.org', password }
    expect((await member.api('PUT', '/me/email', { ...change, password: 'wrong' })).statusCode).toBe(422)
    expect((await member.page('/settings/email', change)).headers.location).toBe('/settings?saved=confirm')
    expect((await member.page('/settings')).body).toContain('moved@example.org is not confirmed yet')
    await workOff(site)
    expect((await signIn('moved@example.org')).statusCode).toBe(401)
    expect((await site.guest.page(reset)).statusCode).toBe(200)
    const link = linkIn(to('moved@example.org')[0], '/confirm')
    expect((await site.guest.page(link, {})).statusCode).toBe(303)
    expect((await signIn('moved@example.org')).statusCode).toBe(201)
    expect((await signIn('mover@example.org')).statusCode).toBe(401)
    expect((await site.guest.page(reset)).statusCode).toBe(404)
    await workOff(site)
    const told = to('mover@example.org').at(-1)
    expect(told?.text).toContain('has another e-mail address now')
    expect(told?.text).not.toContain('moved@example.org')
  })

  test('counts at once where addresses are no longer confirmed, and holds nobody back who had confirmed one', async () => {
    await using own = await makeTestApp()
    const member = await own.member()
    const confirmed = { must_confirm: true, email_confirmed_at: own.clock.now, password_hash: hash }
    await own.db.updateTable('members').set(confirmed).where('id', '=', member.id).execute()
    const change = { email: 'changed@example.org', password }
    expect((await member.api('PUT', '/me/email', change)).statusCode).toBe(204)
    expect((await member.api('GET', '/me')).json()).toMatchObject({ waitsFor: null })
    expect((await member.api('PATCH', '/me', { about: 'here' })).statusCode).toBe(200)
  })

  test('is asked for at most five times an hour: nobody floods another’s letter box from here', async () => {
    const member = await withPassword(await site.member())
    const codes: number[] = []
    for (let i = 0; i < 6; i++) {
      const change = { email: 'flooded@example.org', password }
      codes.push((await member.api('PUT', '/me/email', change)).statusCode)
    }
    expect(codes).toEqual([204, 204, 204, 204, 204, 429])
  })

  test('that somebody else has is not told from a free one until its owner opens the link', async () => {
    const member = await withPassword(await site.member())
    await site.member('settled')
    const ask = (email: string) => member.api('PUT', '/me/email', { email, password })
    const [taken, free] = [await ask('settled@example.org'), await ask('free@example.org')]
    expect([taken.statusCode, taken.body]).toEqual([free.statusCode, free.body])
    await ask('settled@example.org')
    await workOff(site)
    const link = linkIn(to('settled@example.org')[0], '/confirm')
    expect((await site.guest.page(link, {})).statusCode).toBe(409)
  })
})

describe('what people chose in mails', () => {
  test('is plain text: no header, no markup, no address that becomes a link', async () => {
    const chief = await site.member('chief', 'administrator')
    const name = 'Yard\r\nBcc: all@evil.example <b>x</b> [y](https://evil.example)'
    expect((await chief.api('PATCH', '/admin/settings', { name: name.slice(0, 60) })).statusCode).toBe(200)
    await signUp('pay.evil.example', 'victim@example.org')
    await workOff(site)
    const [mail] = to('victim@example.org')
    expect(smtp.mails.flatMap((one) => one.to)).toEqual(['victim@example.org'])
    expect(mail?.header).not.toMatch(/^bcc:/im)
    expect(mail?.text).not.toContain('pay.evil.example')
    expect(mail?.text).toContain('pay.\u2060evil.\u2060example')
    expect(mail?.text).toContain('&lt;b&gt;')
    expect(mail?.header).toMatch(/^auto-submitted: auto-generated$/im)
    await chief.api('PATCH', '/admin/settings', { name: 'Yard' })
  })

  test('come in the reader’s language', async () => {
    const member = await withPassword(await site.member('한결'))
    await member.api('PATCH', '/me', { language: 'ko' })
    await forgot('한결')
    await workOff(site)
    expect(smtp.mails[0]?.text).toContain('한결 님, 안녕하세요.')
    expect(smtp.mails[0]?.text).toContain('새 비밀번호 정하기')
  })
})
