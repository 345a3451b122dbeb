import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { workOff } from '#test/support/jobs.ts'
import { linkIn, startSmtp } from '#test/support/smtp.ts'

let site: TestApp
let chief: Actor
let keeper: Actor
beforeAll(async () => {
  site = await makeTestApp()
  chief = await site.member('chief', 'administrator')
  keeper = await site.member('keeper', 'moderator')
})
afterAll(() => site[Symbol.asyncDispose]())
beforeEach(() => mode('open'))

const password = 'correct horse battery'
let made = 0
const mode = (signUp: string, more: object = {}) => chief.api('PATCH', '/admin/settings', { signUp, ...more })
const signUp = (values: object = {}) => {
  const name = `joiner${++made}`
  return site.guest.api('POST', '/members', { name, email: `${name}@example.org`, password, ...values })
}
const invite = async (by: Actor, values: object = {}) => (await by.api('POST', '/invitations', values)).json()
const roleOf = async (id: number) =>
  (await site.db.selectFrom('members').select('role').where('id', '=', id).executeTakeFirstOrThrow()).role
/** A member who signed up just now, and asks by token. */
async function arrived(values: object = {}) {
  const answer = await signUp(values)
  const { id, name } = answer.json()
  const { accessToken } = (await site.guest.api('POST', '/sessions', { login: name, password })).json()
  const api = (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object) =>
    site.app.inject({
      method,
      url: `/api/v1${url}`,
      headers: { authorization: `Bearer ${accessToken}` },
      ...(payload ? { payload } : {}),
    })
  return { id, name, api }
}

describe('a site that is closed', () => {
  test('takes nobody, not even with an invitation', async () => {
    const { token, url } = await invite(chief)
    await mode('closed')
    for (const answer of [await signUp(), await signUp({ invitation: token })]) {
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'sign-up-closed'])
    }
    expect((await site.guest.page('/sign-up')).body).toContain('No new members at the moment')
    expect((await site.guest.page(new URL(url).pathname)).body).not.toContain('name="password"')
  })
})

describe('a site by invitation', () => {
  test('takes those who have one, by API and page, and nobody else', async () => {
    const { token } = await invite(keeper)
    const { url } = await invite(keeper)
    await mode('invitation')
    expect((await signUp()).json().code).toBe('invitation-needed')
    expect((await site.guest.page('/sign-up')).body).toContain('By invitation')
    expect((await signUp({ invitation: token })).statusCode).toBe(201)
    const path = new URL(url).pathname
    expect((await site.guest.page(path)).body).toContain('keeper invites you')
    const form = { name: 'paged', email: 'paged@example.org', password, password2: password }
    expect((await site.guest.page(path, { ...form, password2: 'x' })).statusCode).toBe(422)
    const answer = await site.guest.page(path, form)
    expect([answer.statusCode, answer.cookies[0]?.name]).toEqual([303, 'madang'])
    expect((await site.guest.page(path)).statusCode).toBe(404)
    expect((await site.guest.page(path, { ...form, name: 'late' })).statusCode).toBe(404)
  })
})

describe('an invitation', () => {
  test('of 50 uses at the same moment works exactly once', async () => {
    const { token } = await invite(keeper)
    const answers = await Promise.all(Array.from({ length: 50 }, () => signUp({ invitation: token })))
    const codes = answers.map((answer) => answer.statusCode)
    expect(codes.filter((code) => code === 201)).toHaveLength(1)
    expect(codes.filter((code) => code === 404)).toHaveLength(49)
    const rows = await site.db
      .selectFrom('sign_ups')
      .select('member_id')
      .where('invitation_id', 'is not', null)
      .execute()
    const { items } = (await keeper.api('GET', '/invitations')).json()
    expect(items[0]).toMatchObject({ used: 1, uses: 1 })
    expect(rows.length).toBeGreaterThan(0)
  })

  test('is not used up by a sign-up that was refused', async () => {
    const { token } = await invite(keeper)
    expect((await signUp({ invitation: token, name: 'keeper' })).statusCode).toBe(409)
    expect((await signUp({ invitation: token, password: 'short' })).statusCode).toBe(422)
    expect((await signUp({ invitation: token })).statusCode).toBe(201)
  })

  test('gives a role that is never above the inviter’s, at the time of use', async () => {
    expect((await keeper.api('POST', '/invitations', { role: 'administrator' })).statusCode).toBe(403)
    const mod = await site.member(undefined, 'moderator')
    const { token } = await invite(mod, { role: 'moderator', uses: 2 })
    expect(await roleOf((await signUp({ invitation: token })).json().id)).toBe('moderator')
    await site.db.updateTable('members').set({ role: 'member' }).where('id', '=', mod.id).execute()
    expect(await roleOf((await signUp({ invitation: token })).json().id)).toBe('member')
    // Who is invited cannot say which role.
    expect((await signUp({ role: 'administrator' })).statusCode).toBe(422)
  })

  test('ends with a block of who made it, and when it is revoked', async () => {
    const mod = await site.member(undefined, 'moderator')
    const [one, two] = [await invite(mod), await invite(mod)]
    expect((await keeper.api('DELETE', `/invitations/${one.id}`)).statusCode).toBe(404)
    expect((await mod.api('DELETE', `/invitations/${one.id}`)).statusCode).toBe(204)
    expect((await signUp({ invitation: one.token })).json().code).toBe('invitation-gone')
    expect((await chief.api('PUT', `/members/${mod.id}/block`, { reason: 'rest' })).statusCode).toBe(204)
    expect((await signUp({ invitation: two.token })).json().code).toBe('invitation-gone')
    expect((await mod.api('POST', '/invitations', {})).statusCode).toBe(403)
  })

  test('ends by the clock', async () => {
    const { token } = await invite(keeper, { days: 1 })
    const start = site.clock.now
    site.clock.now = new Date(start.getTime() + 86_400_000)
    expect((await signUp({ invitation: token })).statusCode).toBe(404)
    site.clock.now = start
  })

  test('for an address is for that address alone', async () => {
    const { token } = await invite(keeper, { email: 'Guest@Example.org', uses: 5 })
    const other = await signUp({ invitation: token })
    expect([other.statusCode, other.json().errors[0].code]).toEqual([422, 'invitation-email'])
    expect((await signUp({ invitation: token, email: 'guest@example.ORG' })).statusCode).toBe(201)
    expect((await signUp({ invitation: token, email: 'guest@example.org' })).statusCode).toBe(404)
  })

  test('shows its token once: no list and no page has it again', async () => {
    const { token, id } = await invite(keeper)
    const listed = await keeper.api('GET', '/invitations')
    expect(listed.json().items[0].id).toBe(id)
    for (const text of [
      listed.body,
      (await keeper.page('/invitations')).body,
      (await chief.page('/invitations')).body,
    ]) {
      expect(text).not.toContain(token)
    }
    const shown = await keeper.page('/invitations', { role: 'member', email: '', uses: '1', days: '7' })
    expect(shown.headers['cache-control']).toBe('no-store')
    const [, onPage = ''] = /\/join\/([\w-]{43})/.exec(shown.body) ?? []
    expect((await signUp({ invitation: onPage })).statusCode).toBe(201)
    const row = await site.db
      .selectFrom('invitations')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    expect(row.seed).toBeNull()
    expect(row.token_hash.toString('base64url')).not.toBe(token)
  })

  test('is made by those who may, as the site says', async () => {
    const member = await site.member()
    expect((await member.api('POST', '/invitations', {})).statusCode).toBe(403)
    expect((await member.page('/invitations')).statusCode).toBe(403)
    expect((await site.guest.api('POST', '/invitations', {})).statusCode).toBe(401)
    await mode('open', { invite: 'member' })
    expect((await member.api('POST', '/invitations', {})).statusCode).toBe(201)
    expect((await member.api('POST', '/invitations', { role: 'moderator' })).statusCode).toBe(403)
    await mode('open', { invite: 'administrator' })
    expect((await keeper.api('POST', '/invitations', {})).statusCode).toBe(403)
    await mode('open', { invite: 'moderator' })
  })

  test.each([
    [{ uses: 0 }, 'uses'],
    [{ uses: 101 }, 'uses'],
    [{ days: 0 }, 'days'],
    [{ days: 91 }, 'days'],
    [{ email: 'no address' }, 'email'],
  ])('refuses %o', async (values, field) => {
    const answer = await keeper.api('POST', '/invitations', values)
    expect([answer.statusCode, answer.json().errors[0].field]).toEqual([422, field])
    const typed = { role: 'member', email: '', uses: '1', days: '7' }
    const form = {
      ...typed,
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])),
    }
    expect((await keeper.page('/invitations', form)).body).toContain(`id="field-${field}-error"`)
  })

  test('is refused with all that is wrong at once', async () => {
    const answer = await keeper.api('POST', '/invitations', { email: 'no address', uses: 0, days: 91 })
    const fields = answer.json().errors.map((error: { field: string }) => error.field)
    expect(fields).toEqual(['email', 'uses', 'days'])
  })

  test.each(['', 'x', 'a'.repeat(200)])('leads nowhere when its token is %o', async (invitation) => {
    expect([404, 400]).toContain((await signUp({ invitation })).statusCode)
  })

  test('is refused by name when its token holds what none does', async () => {
    const answer = await signUp({ invitation: '\0' })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors).toMatchObject([{ field: 'invitation', code: 'control' }])
  })

  test('is sent to its address where mail is sent', async () => {
    await using smtp = await startSmtp()
    await using own = await makeTestApp({ env: { SMTP_URL: smtp.url, MAIL_FROM: 'yard@example.org' } })
    const boss = await own.member('boss', 'administrator')
    await boss.api('POST', '/invitations', { email: 'friend@example.org' })
    await workOff(own)
    expect(smtp.mails[0]).toMatchObject({ to: ['friend@example.org'] })
    const link = linkIn(smtp.mails[0], '/join')
    expect((await own.guest.page(link)).body).toContain('boss invites you')
    const row = await own.db.selectFrom('invitations').select('seed').executeTakeFirstOrThrow()
    expect(row.seed).toBeNull()
  })
})

describe('a site with approval', () => {
  const write = (who: Awaited<ReturnType<typeof arrived>>, slug: string) =>
    who.api('POST', `/boards/${slug}/posts`, { title: 'Hello', body: 'Text' })

  test('lets new members read at once and write when a moderator approved', async () => {
    const board = await site.board()
    const post = await site.post(keeper, board)
    await mode('approval')
    expect((await signUp()).json().errors[0]).toMatchObject({ field: 'message', code: 'required' })
    const newcomer = await arrived({ message: 'I live <b>here</b>' })
    expect((await newcomer.api('GET', `/posts/${post.id}`)).statusCode).toBe(200)
    expect((await write(newcomer, board.slug)).json().code).toBe('not-approved')
    expect((await newcomer.api('PATCH', '/me', { about: 'buy things' })).statusCode).toBe(403)
    expect((await newcomer.api('GET', '/me')).json()).toMatchObject({ blocked: null, waitsFor: 'approval' })
    expect((await newcomer.api('GET', '/sign-ups')).statusCode).toBe(403)
    expect((await keeper.page('/mod')).body).toContain('1 person is waiting for approval')
    const queue = await keeper.page('/mod/sign-ups')
    expect(queue.body).toContain('I live &lt;b&gt;here&lt;/b&gt;')
    expect(queue.body).not.toContain(`${newcomer.name}@example.org`)
    const answer = await keeper.page(`/mod/sign-ups/${newcomer.id}`, { outcome: 'approved' })
    expect(answer.headers.location).toBe('/mod/sign-ups?done=approved')
    expect((await write(newcomer, board.slug)).statusCode).toBe(201)
    const again = await keeper.page(`/mod/sign-ups/${newcomer.id}`, { outcome: 'refused', reason: 'x' })
    expect(again.statusCode).toBe(409)
    const log = await site.db
      .selectFrom('moderation_log')
      .select('act')
      .where('member_id', '=', newcomer.id)
      .execute()
    expect(log).toEqual([{ act: 'member.approve' }])
  })

  test('keeps what is for members from who waits, was refused, has not confirmed or is blocked as well, and tells them nothing of it', async () => {
    const yard = await site.board({ slug: 'inner', name: 'Inner yard', readBy: 'members' })
    await mode('approval')
    const newcomer = await arrived({ message: 'hello' })
    const seen = async () => {
      const post = await site.post(keeper, yard, { title: 'Among ourselves', body: `@${newcomer.name} hi` })
      await workOff(site)
      const addresses = [`/posts/${post.id}`, '/posts', '/boards', '/search?q=ourselves', '/notifications']
      const answers = await Promise.all(addresses.map((url) => newcomer.api('GET', url)))
      const told = await site.db
        .selectFrom('notifications')
        .where('member_id', '=', newcomer.id)
        .where('kind', '=', 'mention')
      const { count } = await told
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      const bodies = answers.map(({ body }) => body).join()
      return { count: Number(count), named: /Among ourselves|Inner yard/.test(bodies) }
    }
    const nothing = { count: 0, named: false }
    expect(await seen()).toEqual(nothing)
    const decide = (approved: boolean) =>
      keeper.api('PUT', `/members/${newcomer.id}/approval`, { approved, reason: 'x' })
    await keeper.api('PUT', `/members/${newcomer.id}/block`, { reason: 'x' })
    expect(await seen()).toEqual(nothing)
    await decide(false)
    expect(await seen()).toEqual(nothing)
    await decide(true)
    expect(await seen()).toEqual({ count: 1, named: true })
    const confirm = (isAsked: boolean) =>
      site.db.updateTable('members').set({ must_confirm: isAsked }).where('id', '=', newcomer.id).execute()
    await confirm(true)
    expect(await seen()).toEqual({ count: 1, named: false })
    await confirm(false)
    expect(await seen()).toEqual({ count: 2, named: true })
  })

  test('tells those who are refused, with the reason; they can be approved later', async () => {
    const board = await site.board()
    await mode('approval')
    const newcomer = await arrived({ message: 'hello' })
    const decide = (by: Actor, approved: boolean, reason = '') =>
      by.api('PUT', `/members/${newcomer.id}/approval`, { approved, reason })
    expect((await decide(await site.member(), true)).statusCode).toBe(403)
    expect((await decide(keeper, false, 'Please use your own words')).statusCode).toBe(204)
    const refused = await write(newcomer, board.slug)
    expect(refused.json()).toMatchObject({
      code: 'sign-up-refused',
      title: expect.stringContaining('Please use your own words'),
    })
    expect((await newcomer.api('GET', '/me')).json().waitsFor).toBe('nothing')
    expect((await keeper.api('GET', '/sign-ups')).json().items).not.toContainEqual(
      expect.objectContaining({ id: newcomer.id }),
    )
    expect((await decide(keeper, true)).statusCode).toBe(204)
    expect((await write(newcomer, board.slug)).statusCode).toBe(201)
  })

  test('sends the decision by mail where mail is sent', async () => {
    await using smtp = await startSmtp()
    await using own = await makeTestApp({ env: { SMTP_URL: smtp.url, MAIL_FROM: 'yard@example.org' } })
    const boss = await own.member('boss', 'administrator')
    await boss.api('PATCH', '/admin/settings', { signUp: 'approval', confirmEmail: false })
    const values = { name: 'hopeful', email: 'hopeful@example.org', password, message: 'hello' }
    const { id } = (await own.guest.api('POST', '/members', values)).json()
    await boss.api('PUT', `/members/${id}/approval`, { approved: false, reason: 'Full' })
    await workOff(own)
    expect(smtp.mails.at(-1)?.text).toContain('was not approved. Reason: Full')
  })

  test('takes those who were invited without asking', async () => {
    const board = await site.board()
    const { token } = await invite(keeper)
    await mode('approval')
    const newcomer = await arrived({ invitation: token })
    expect((await write(newcomer, board.slug)).statusCode).toBe(201)
  })
})

describe('a password that is tried first', () => {
  test.each([
    ['password1', 'password-common'],
    ['PassWord1', 'password-common'],
    ['1q2w3e4r', 'password-common'],
    ['dkssudgktpdy', 'password-common'],
    ['19991231', 'password-common'],
    ['aaaaaaaaaaaa', 'password-common'],
    ['oak-person', 'password-own-name'],
    ['oak-person2026!', 'password-own-name'],
    ['Oak.Tree@Example.org', 'password-own-name'],
    ['oak.tree99', 'password-own-name'],
  ])('%s is refused', async (given, code) => {
    const answer = await signUp({ name: 'oak-person', email: 'oak.tree@example.org', password: given })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors).toEqual([{ field: 'password', code, message: expect.any(String) }])
  })

  test.each(['correct horse battery', '비밀번호는 길수록', 'oak-person went home', '2026-11-21 in the yard'])(
    '%s is taken',
    async (given) => {
      expect((await signUp({ password: given })).statusCode).toBe(201)
    },
  )
})

describe('an invitation to a board', () => {
  const form = (name: string) => ({ name, email: `${name}@example.org`, password, password2: password })
  test('says so, and its newcomer arrives there and reads it', async () => {
    const board = await site.board({ slug: 'orchard', name: 'Orchard', readBy: 'members' })
    const page = await keeper.page('/invitations')
    expect(page.body).toContain('<option value="orchard">Orchard</option>')
    const { url } = await invite(keeper, { board: board.slug })
    const path = new URL(url).pathname
    expect((await site.guest.page(path)).body).toContain('keeper invites you to “Orchard”')
    const answer = await site.guest.page(path, form('picker'))
    expect(answer.headers.location).toBe('/b/orchard?done=joined')
    const cookie = `madang=${answer.cookies[0]?.value}`
    const arrived = await site.app.inject({ url: '/b/orchard?done=joined', headers: { cookie } })
    expect(arrived.body).toContain('Welcome, picker.')
    const { items } = (await keeper.api('GET', '/invitations')).json()
    expect(items[0].board).toEqual({ slug: 'orchard', name: 'Orchard' })
  })

  test('is made for boards alone that the newcomer will read', async () => {
    const staff = await site.board({ readBy: 'moderators', name: 'Cellar' })
    for (const board of [staff.slug, 'nowhere', 'a b', "'"]) {
      const answer = await keeper.api('POST', '/invitations', { board })
      expect([answer.statusCode, answer.json().errors?.[0]], board).toMatchObject([422, { field: 'board' }])
    }
    expect(
      (await keeper.api('POST', '/invitations', { role: 'moderator', board: staff.slug })).statusCode,
    ).toBe(201)
    await chief.api('PATCH', '/admin/settings', { invite: 'member' })
    const member = await site.member()
    expect((await member.page('/invitations')).body).not.toContain('Cellar')
    expect((await member.api('POST', '/invitations', { board: staff.slug })).statusCode).toBe(422)
    await chief.api('PATCH', '/admin/settings', { invite: 'moderator' })
  })

  test('names a board no more that was closed to its newcomer since', async () => {
    const board = await site.board({ slug: 'closing', name: 'Closing' })
    const { url } = await invite(keeper, { board: board.slug })
    const path = new URL(url).pathname
    await chief.api('PATCH', '/boards/closing', { readBy: 'moderators' })
    expect((await site.guest.page(path)).body).not.toContain('Closing')
    expect((await site.guest.page(path, form('lateone'))).headers.location).toBe('/?done=joined')
  })
})

describe('the page where a mail confirms the address', () => {
  const form = { password, password2: password }
  test('says the same whether the address is free or taken; its owner reads what is so', async () => {
    await using smtp = await startSmtp()
    await using own = await makeTestApp({
      env: { SMTP_URL: smtp.url, MAIL_FROM: 'yard@example.org', BASE_URL: 'http://yard.example' },
    })
    const board = await own.board({ slug: 'porch' })
    const join = (url: string, name: string, email: string) => own.guest.page(url, { ...form, name, email })
    const free = await join('/sign-up', 'newbie', 'same@example.org')
    const taken = await join('/sign-up', 'another', 'Same@example.org')
    const without = (body: string) =>
      body.replaceAll(/[Ss]ame@/g, '').replaceAll(/importmap.*?<\/script>/g, '')
    expect([free.statusCode, free.cookies, taken.cookies]).toEqual([200, [], []])
    expect(taken.statusCode).toBe(200)
    expect(without(taken.body)).toBe(without(free.body))
    const wrong = { ...form, name: 'newbie', email: 'same@example.org', password: 'short' }
    const refused = await own.guest.page('/sign-up', wrong)
    const fields = [...refused.body.matchAll(/id="field-(\w+)-error"/g)].map(([, field]) => field)
    expect(fields).toEqual(['name', 'password', 'password2'])
    expect(free.body).toContain('Check your e-mail')
    expect(free.headers['cache-control']).toBe('no-store')
    await workOff(own)
    const texts = smtp.mails.map((mail) => [mail.to[0], mail.text])
    expect(texts).toHaveLength(2)
    const confirm = linkIn(smtp.mails[0], '/confirm')
    expect(texts[1]).toEqual(['same@example.org', expect.stringContaining('sign in as newbie')])
    expect((await own.guest.api('POST', '/sessions', { login: 'another', password })).statusCode).toBe(401)
    const done = await own.guest.page(confirm, {})
    expect(done.headers.location).toBe('/confirm/done')
    expect((await own.guest.page('/confirm/done')).body).toContain('href="/sign-in"')
    expect((await own.guest.page('/sign-in', { login: 'newbie', password })).statusCode).toBe(303)

    const name = await join('/sign-up', 'newbie', 'same@example.org')
    expect(name.statusCode).toBe(409)
    expect(name.body).toContain('id="field-name-error"')
    expect(name.body).not.toContain('id="field-email-error"')
    for (let i = 0; i < 6; i++) await join('/sign-up', `again${i}`, 'same@example.org')
    await workOff(own)
    expect(smtp.mails.filter(({ text }) => text.includes('sign in as newbie'))).toHaveLength(3)

    const mod = await own.member(undefined, 'moderator')
    const { url } = (await mod.api('POST', '/invitations', { board: board.slug })).json()
    const path = new URL(url).pathname
    expect((await join(path, 'invited', 'invited@example.org')).statusCode).toBe(200)
    await workOff(own)
    const last = await own.guest.page(linkIn(smtp.mails.at(-1), '/confirm'), {})
    expect(last.headers.location).toBe('/confirm/done?next=%2Fb%2Fporch')
    const next = await own.guest.page('/confirm/done?next=%2Fb%2Fporch')
    expect(next.body).toContain('/sign-in?next=%2Fb%2Fporch')
    expect((await own.guest.page('/confirm/done?next=https://evil.example')).body).toContain(
      'href="/sign-in"',
    )
  })

  test('takes as long for a taken address as for a free one', async () => {
    await using own = await makeTestApp({
      env: { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'yard@example.org' },
    })
    let count = 0
    // Work of the processor, hashing included: the clock would tell of what else the machine does.
    const work = async (email: string) => {
      const start = process.cpuUsage()
      await own.guest.page('/sign-up', { ...form, name: `timed${++count}`, email })
      const { user, system } = process.cpuUsage(start)
      return user + system
    }
    await work('first@example.org')
    const pairs: [number, number][] = []
    for (let i = 0; i < 6; i++)
      pairs.push([await work(`free${i}@example.org`), await work('first@example.org')])
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[3] ?? 0
    const [free, taken] = [median(pairs.map(([one]) => one)), median(pairs.map(([, one]) => one))]
    // The password's hash is most of either; without it a taken address would answer in a tenth.
    expect(taken).toBeGreaterThan(free / 2)
    expect(taken).toBeLessThan(free * 2)
  })
})
