import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'
import { startSmtp } from '#test/support/smtp.ts'

let site: TestApp
let chief: Actor
beforeAll(async () => {
  site = await makeTestApp()
  chief = await site.member('chief', 'administrator')
})
afterAll(() => site[Symbol.asyncDispose]())

const acts = () => site.db.selectFrom('moderation_log').select(['act', 'reason']).orderBy('id').execute()
/** Every field of the page as it comes; a box that is not ticked is not sent. */
const form = {
  siteName: '마당',
  signUp: 'open',
  invite: 'moderator',
  confirmEmail: 'auto',
  searchable: '1',
  aiCrawlers: 'all',
}

describe('the settings of the site', () => {
  test('are changed by the page, each change with a line in the log, what stays without one', async () => {
    const change = { ...form, siteName: '  우리 <마을> ', signUp: 'invitation' }
    expect((await chief.page('/admin/settings', change)).headers.location).toBe('/admin/settings?saved=1')
    expect(await acts()).toEqual([
      { act: 'site.change', reason: 'name: 마당 → 우리 <마을>' },
      { act: 'site.change', reason: 'signUp: open → invitation' },
    ])
    const log = (await chief.page('/mod/log?lang=en')).body
    expect(log).toContain('Who may sign up: Everybody → Those who are invited')
    expect(log).toContain('마당 → 우리 &lt;마을&gt;')
    expect(log).not.toMatch(/>(?:signUp|name): /)
    expect((await site.guest.page('/')).body).toContain('우리 &lt;마을&gt;')
    expect((await chief.page('/admin/settings')).body).toContain('value="invitation" checked')
    await chief.page('/admin/settings', change)
    expect(await acts()).toHaveLength(2)
    await chief.page('/admin/settings', form)
  })

  test('say who may read the site by machine, and the page shows what was decided', async () => {
    const { searchable: _, ...unseen } = form
    await chief.page('/admin/settings', { ...unseen, aiCrawlers: 'answers' })
    const kept = { searchable: false, aiCrawlers: 'answers' }
    expect((await chief.api('GET', '/admin/settings')).json()).toMatchObject(kept)
    const page = (await chief.page('/admin/settings')).body
    expect(page).toContain('value="answers" checked')
    expect(page).not.toMatch(/name="searchable"[^>]* checked/)
    expect((await site.guest.page('/robots.txt')).body).toContain('Disallow: /\n')
    await chief.page('/admin/settings', form)
    expect((await chief.page('/admin/settings')).body).toMatch(/name="searchable"[^>]* checked/)
    expect((await site.guest.page('/robots.txt')).body).not.toContain('Disallow: /\n')
  })

  test('lead nobody to a sign-up that is not open', async () => {
    const board = await site.board()
    const { id } = await site.post(chief, board)
    const post = (await site.guest.page(`/p/${id}`)).headers.location ?? ''
    for (const [signUp, leads] of [
      ['open', true],
      ['closed', false],
      ['approval', true],
      ['invitation', false],
    ] as const) {
      await chief.page('/admin/settings', { ...form, signUp })
      for (const address of ['/', '/sign-in', post]) {
        const { body } = await site.guest.page(address)
        expect(body).toContain('/sign-in')
        expect(body.includes('href="/sign-up'), `${signUp} ${address}`).toBe(leads)
      }
    }
    await chief.page('/admin/settings', form)
  })

  test('are read and changed by the API, by administrators alone', async () => {
    const expected = {
      name: '마당',
      description: '',
      signUp: 'open',
      invite: 'moderator',
      confirmEmail: null,
      signedApps: false,
      searchable: true,
      aiCrawlers: 'all',
    }
    expect((await chief.api('GET', '/admin/settings')).json()).toEqual(expected)
    const answer = await chief.api('PATCH', '/admin/settings', { confirmEmail: true })
    expect(answer.json()).toEqual({ ...expected, confirmEmail: true })
    await chief.api('PATCH', '/admin/settings', { confirmEmail: null })
    for (const role of ['member', 'moderator'] as const) {
      const other = await site.member(undefined, role)
      expect((await other.api('GET', '/admin/settings')).statusCode).toBe(403)
      expect((await other.api('PATCH', '/admin/settings', { signUp: 'closed' })).statusCode).toBe(403)
    }
    expect((await site.guest.api('PATCH', '/admin/settings', { signUp: 'closed' })).statusCode).toBe(401)
  })

  test.each([
    [{ siteName: '' }, 'siteName'],
    [{ siteName: ' \u200b ' }, 'siteName'],
    [{ siteName: 'x'.repeat(61) }, 'siteName'],
    [{ description: 'x'.repeat(301) }, 'description'],
    [{ signUp: 'anybody' }, 'signUp'],
    [{ invite: 'guest' }, 'invite'],
    [{ confirmEmail: '' }, 'confirmEmail'],
    [{ aiCrawlers: 'some' }, 'aiCrawlers'],
    [{ aiCrawlers: '' }, 'aiCrawlers'],
  ])('refuse %o and change nothing', async (wrong, field) => {
    const before = await acts()
    const answer = await chief.page('/admin/settings', { ...form, signUp: 'closed', ...wrong })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain(`id="field-${field}-error"`)
    expect(await acts()).toEqual(before)
    expect((await chief.api('GET', '/admin/settings')).json()).toMatchObject({ signUp: 'open' })
  })

  test('let go who waited to confirm an address when that is no longer asked for', async () => {
    const board = await site.board()
    await chief.api('PATCH', '/admin/settings', { confirmEmail: true })
    const values = { name: 'waiter', email: 'waiter@example.org', password: 'a long phrase' }
    await site.guest.api('POST', '/members', values)
    const { accessToken } = (
      await site.guest.api('POST', '/sessions', { login: 'waiter', password: values.password })
    ).json()
    const write = async () =>
      (
        await site.app.inject({
          method: 'POST',
          url: `/api/v1/boards/${board.slug}/posts`,
          headers: { authorization: `Bearer ${accessToken}` },
          payload: { title: 'Hello', body: 'Text' },
        })
      ).statusCode
    expect(await write()).toBe(403)
    await chief.api('PATCH', '/admin/settings', { confirmEmail: false })
    expect(await write()).toBe(201)
    await chief.api('PATCH', '/admin/settings', { confirmEmail: null })
  })
})

describe('the mail page', () => {
  test('says how to set mail up, and that everything works without it', async () => {
    const page = await chief.page('/admin/mail')
    expect(page.body).toContain('This site does not send e-mail.')
    expect(page.body).toContain('SMTP_URL=')
    expect((await chief.page('/admin/mail', { to: 'a@b.org' })).statusCode).toBe(404)
  })

  async function tried(url: string): Promise<string> {
    await using own = await makeTestApp({ env: { SMTP_URL: url, MAIL_FROM: 'yard@example.org' } })
    const boss = await own.member('boss', 'administrator')
    expect((await boss.page('/admin/mail', { to: 'no address' })).body).toContain('id="field-to-error"')
    const answer = await boss.page('/admin/mail', { to: 'me@example.org' })
    expect(answer.statusCode).toBe(200)
    expect(answer.body).not.toContain('secret-word')
    return answer.body
  }

  test('sends a test mail and shows what the server said', async () => {
    await using smtp = await startSmtp()
    expect(await tried(smtp.url)).toMatch(/The server accepted the e-mail[\s\S]*250 /)
    expect(smtp.mails[0]).toMatchObject({ from: 'yard@example.org', to: ['me@example.org'] })
    expect(smtp.mails[0]?.text).toContain('If you read this, mail works.')
  })

  test('says in words what is wrong: no server there', async () => {
    expect(await tried('smtp://127.0.0.1:1')).toContain('does not listen on this port')
  })

  test('says in words what is wrong: TLS where none is spoken', async () => {
    await using smtp = await startSmtp()
    expect(await tried(smtp.url.replace('smtp:', 'smtps:'))).toContain('does not speak TLS')
  })

  test('says in words what is wrong: no TLS where it is expected', async () => {
    await using smtp = await startSmtp({ secure: true })
    expect(await tried(smtp.url)).toContain('expects TLS from the first byte')
  })

  test('says in words what is wrong: name or password', async () => {
    await using smtp = await startSmtp({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error('535 who are you')),
    })
    const url = smtp.url.replace('smtp://', 'smtp://yard:secret-word@')
    expect(await tried(url)).toContain('refuses name or password')
  })

  test('says in words what is wrong: an address that the server refuses', async () => {
    await using smtp = await startSmtp({
      onMailFrom: (_from, _session, done) => done(new Error('not from here')),
    })
    expect(await tried(smtp.url)).toMatch(/refuses the sender[\s\S]*not from here/)
  })
})

describe('open links', () => {
  test('are shown to administrators alone, one by one, with a line in the log and kept by no cache', async () => {
    await chief.api('PATCH', '/admin/settings', { confirmEmail: true })
    const values = { name: 'linked', email: 'linked@example.org', password: 'a long phrase' }
    await site.guest.api('POST', '/members', values)
    await chief.api('PATCH', '/admin/settings', { confirmEmail: null })
    const moderator = await site.member(undefined, 'moderator')
    expect((await moderator.api('GET', '/admin/links')).statusCode).toBe(403)
    const list = await chief.page('/admin/links')
    expect(list.body).toContain('linked@example.org')
    expect(list.body).not.toContain('/confirm/')
    const { items } = (await chief.api('GET', '/admin/links')).json()
    expect(items[0]).toMatchObject({ purpose: 'confirm', sentAt: null, failure: '' })
    expect(JSON.stringify(items)).not.toMatch(/[\w-]{43}/)
    expect((await moderator.page(`/admin/links/${items[0].id}`, {})).statusCode).toBe(403)
    expect((await chief.page(`/admin/links/${items[0].id}`, {})).headers.location).toBe(
      '/settings/security/prove?next=%2Fadmin%2Flinks',
    )
    expect((await chief.api('POST', `/admin/links/${items[0].id}`)).json().code).toBe('prove-again')
    await prove(site, chief)
    const shown = await chief.page(`/admin/links/${items[0].id}`, {})
    expect(shown.headers['cache-control']).toBe('no-store')
    const [, path = ''] = /(\/confirm\/[\w-]{43})/.exec(shown.body) ?? []
    expect((await acts()).at(-1)).toEqual({ act: 'member.link', reason: 'confirm' })
    expect((await site.guest.page(path, {})).statusCode).toBe(303)
    expect((await chief.api('POST', `/admin/links/${items[0].id}`)).statusCode).toBe(404)
  })

  test('hold nothing in the database that opens an account', async () => {
    await chief.api('PATCH', '/admin/settings', { confirmEmail: true })
    const values = { name: 'stored', email: 'stored@example.org', password: 'a long phrase' }
    await site.guest.api('POST', '/members', values)
    await chief.api('PATCH', '/admin/settings', { confirmEmail: null })
    const { items } = (await chief.api('GET', '/admin/links')).json()
    await prove(site, chief)
    const { url } = (await chief.api('POST', `/admin/links/${items[0].id}`)).json()
    const token = url.split('/').at(-1)
    const row = await site.db
      .selectFrom('member_links')
      .selectAll()
      .where('id', '=', items[0].id)
      .executeTakeFirst()
    for (const kept of [row?.seed, row?.token_hash]) {
      for (const encoding of ['base64url', 'hex'] as const) {
        expect((await site.guest.page(`/confirm/${kept?.toString(encoding)}`)).statusCode).toBe(404)
      }
      expect(kept?.toString('base64url')).not.toBe(token)
    }
  })
})
