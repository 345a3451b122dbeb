import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Actor, type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'

let test: TestApp
let member: Actor
let moderator: Actor
let administrator: Actor

beforeAll(async () => {
  test = await makeTestApp()
  member = await test.member('plain')
  moderator = await test.member('keeper', 'moderator')
  administrator = await test.member('chief', 'administrator')
})
afterAll(() => test[Symbol.asyncDispose]())

const to = (answer: Answer) => `${answer.statusCode} ${answer.headers.location ?? ''}`.trim()
const lastAct = () =>
  test.db.selectFrom('moderation_log').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst()
const boardForm = {
  name: 'Garden',
  slug: 'garden',
  about: '',
  parent: '',
  position: '3',
  kind: 'question',
  readBy: 'everyone',
  writeBy: 'members',
}

describe('everything under /admin', () => {
  const pages = [
    '',
    '/members',
    '/members/1',
    '/boards',
    '/new-board',
    '/boards/any',
    '/settings',
    '/links',
    '/mail',
  ]
  const forms = [
    '/settings',
    '/links/1',
    '/mail',
    '/members/1/role',
    '/members/1/block',
    '/members/1/unblock',
    '/members/1/link',
    '/new-board',
    '/boards/any',
  ]

  it.each(pages)('GET /admin%s is for administrators: guests sign in, others are refused', async (part) => {
    const url = `/admin${part}`
    expect(to(await test.guest.page(url))).toBe(`303 /sign-in?next=${encodeURIComponent(url)}`)
    expect((await member.page(url)).statusCode).toBe(403)
    expect((await moderator.page(url)).statusCode).toBe(403)
    expect((await administrator.page(url)).statusCode).not.toBe(403)
  })

  it.each(forms)('POST /admin%s is for administrators, and changes nothing for others', async (part) => {
    const url = `/admin${part}`
    const form = { ...boardForm, siteName: 'Taken over', role: 'administrator', reason: 'x', days: '' }
    expect(to(await test.guest.page(url, form))).toBe('303 /sign-in?next=%2Fadmin')
    expect((await member.page(url, form)).statusCode).toBe(403)
    expect((await moderator.page(url, form)).statusCode).toBe(403)
    expect(await lastAct()).toBeUndefined()
  })
})

describe('the first page', () => {
  it('shows how much there is and what waits', async () => {
    await using own = await makeTestApp()
    const chief = await own.member('chief', 'administrator')
    await own.post(chief, await own.board())
    const page = await chief.page('/admin')
    expect(page.body).toMatch(/Members<\/a><\/dt><dd class="num">1</)
    expect(page.body).toMatch(/Posts<\/a> .*?<\/dt><dd class="num">1</)
    expect(page.body).toMatch(/Pending links<\/a><\/dt><dd class="num">0</)
  })
})

describe('members', () => {
  it('are found by the start of name or e-mail, in pages', async () => {
    await using own = await makeTestApp()
    const chief = await own.member('chief', 'administrator')
    for (let i = 0; i < 51; i++) await own.member(`many${i}`)
    const first = (await chief.page('/admin/members?q=MANY')).body
    expect(first).toContain('>many50<')
    expect(first).not.toContain('>many0<')
    const [next = ''] = /\/admin\/members\?q=MANY&amp;before=\d+/.exec(first) ?? []
    expect((await chief.page(next.replace('&amp;', '&'))).body).toContain('>many0<')
    expect((await chief.page('/admin/members?q=%27%3B--')).body).toContain('No such member.')
    expect((await chief.page('/admin/members?before=x')).statusCode).toBe(422)
  })

  it('get a role, a block and its end, each with a line in the log', async () => {
    const target = await test.member()
    const url = `/admin/members/${target.id}`
    expect(to(await administrator.page(`${url}/role`, { role: 'moderator' }))).toBe(`303 ${url}?done=role`)
    expect(await lastAct()).toMatchObject({ act: 'member.role', reason: 'moderator', member_id: target.id })
    expect((await target.page('/mod')).statusCode).toBe(200)
    expect(to(await administrator.page(`${url}/block`, { reason: 'Rest', days: '' }))).toBe(
      `303 ${url}?done=block`,
    )
    expect(await lastAct()).toMatchObject({ act: 'member.block', reason: 'Rest' })
    expect((await target.api('GET', '/me')).json().blocked).toEqual({ reason: 'Rest', until: null })
    expect((await administrator.page(`${url}?done=block`)).body).toContain('permanently')
    expect(to(await administrator.page(`${url}/unblock`, {}))).toBe(`303 ${url}?done=unblock`)
    expect((await target.page('/mod')).statusCode).toBe(200)
  })

  it('stay as they are when the form is wrong', async () => {
    const target = await test.member()
    const url = `/admin/members/${target.id}`
    expect((await administrator.page(`${url}/role`, { role: 'king' })).statusCode).toBe(422)
    expect((await administrator.page(`${url}/role`, {})).statusCode).toBe(422)
    const refused = await administrator.page(`${url}/block`, { reason: '', days: '30' })
    expect(refused.statusCode).toBe(422)
    expect(refused.body).toContain('id="block-reason-error"')
    expect(refused.body).toContain('<option value="30" selected>')
    expect((await administrator.page('/admin/members/999999999')).statusCode).toBe(404)
    expect((await administrator.page('/admin/members/x')).statusCode).toBe(404)
    expect((await target.api('GET', '/me')).json()).toMatchObject({ role: 'member', blocked: null })
  })

  it('get a link that sets a password once; it is shown once and kept by no cache', async () => {
    const target = await test.member()
    await prove(test, administrator)
    const answer = await administrator.page(`/admin/members/${target.id}/link`, {})
    expect(answer.headers['cache-control']).toContain('no-store')
    const [, token = ''] = /claim\/([\w-]{43})/.exec(answer.body) ?? []
    expect((await administrator.page(`/admin/members/${target.id}`)).body).not.toContain('/claim/')
    const form = { password: 'a long phrase', password2: 'a long phrase' }
    expect((await test.guest.page(`/claim/${token}`, form)).statusCode).toBe(303)
    expect((await test.guest.page(`/claim/${token}`, form)).statusCode).toBe(404)
    const login = await test.guest.api('POST', '/sessions', { login: target.name, password: 'a long phrase' })
    expect(login.statusCode).toBe(201)
  })

  it('are signed out of every device at once, with a line in the log', async () => {
    const target = await test.member()
    const url = `/admin/members/${target.id}`
    expect((await administrator.page(url)).body).toContain(
      'Signed in on 2 devices. Last used: 2026-11-21 12:00',
    )
    for (const who of [moderator, member]) {
      expect((await who.page(`${url}/sessions`, {})).statusCode).toBe(403)
    }
    expect((await target.api('GET', '/me')).statusCode).toBe(200)
    expect(to(await administrator.page(`${url}/sessions`, {}))).toBe(`303 ${url}?done=sessions`)
    expect(await lastAct()).toMatchObject({ act: 'member.sessions', member_id: target.id })
    expect((await target.api('GET', '/me')).statusCode).toBe(401)
    expect((await target.page('/settings')).statusCode).toBe(303)
    const shown = (await administrator.page(`${url}?done=sessions`)).body
    expect(shown).toContain('The member is signed out everywhere.')
    expect(shown).toContain('Not signed in anywhere.')
    const own = await administrator.page(`/admin/members/${administrator.id}/sessions`, {})
    expect(own.statusCode).toBe(403)
    expect((await administrator.page('/admin')).statusCode).toBe(200)
  })

  it('are led to from their profiles and back, also administrators from their own', async () => {
    for (const one of [member, administrator]) {
      const [profile, desk] = [`/m/${one.name}`, `/admin/members/${one.id}`]
      expect((await administrator.page(profile)).body).toContain(`href="${desk}"`)
      expect((await administrator.page(desk)).body).toContain(`href="${profile}"`)
    }
    const [profile, desk] = [`/m/${member.name}`, `/mod/members/${member.id}`]
    expect((await moderator.page(profile)).body).toContain(`href="${desk}"`)
    expect((await moderator.page(desk)).body).toContain(`href="${profile}"`)
    expect((await member.page(profile)).body).not.toMatch(/href="\/(admin|mod)/)
  })

  it('are not changed on their own page: administrators leave themselves alone', async () => {
    const page = await administrator.page(`/admin/members/${administrator.id}`)
    expect(page.body).toContain('Your own account and administrators cannot be changed here.')
    expect(page.body).not.toContain(`/admin/members/${administrator.id}/`)
  })
})

describe('boards', () => {
  it('are created, changed, moved and ordered, each with a line in the log', async () => {
    const made = await administrator.page('/admin/new-board', { ...boardForm, downvotes: '1' })
    expect(to(made)).toBe('303 /admin/boards?saved=1')
    expect(await lastAct()).toMatchObject({ act: 'board.create' })
    const above = await test.board({ slug: 'above', readBy: 'members', position: 9 })
    const opened = (await administrator.page('/admin/boards/garden')).body
    expect(opened).toContain('value="3"')
    expect(opened).toContain('value="above"')
    const change = {
      ...boardForm,
      name: 'Roses',
      slug: 'roses',
      parent: 'above',
      position: '-1',
    }
    expect(to(await administrator.page('/admin/boards/garden', change))).toBe('303 /admin/boards?saved=1')
    expect(await lastAct()).toMatchObject({ act: 'board.change' })
    const row = await test.db.selectFrom('boards').selectAll().where('slug', '=', 'roses').executeTakeFirst()
    expect(row).toMatchObject({
      name: 'Roses',
      parent_id: above.id,
      position: -1,
      downvotes: false,
      read_by: 'members',
    })
    expect((await administrator.page('/admin/boards?saved=1')).body).toContain('/b/roses')
  })

  it('come behind the others, and get an address from their name where none is given', async () => {
    await test.board({ slug: 'last-so-far', position: 41 })
    expect((await administrator.page('/admin/new-board')).body).toMatch(/name="position"[^>]*value="42"/)
    const form = { ...boardForm, name: '우리 동네 이야기!', slug: ' ' }
    expect(to(await administrator.page('/admin/new-board', form))).toBe('303 /admin/boards?saved=1')
    expect((await administrator.page('/b/우리-동네-이야기')).statusCode).toBe(200)
  })

  it('have a chat room where the form says so, shown to members on the board', async () => {
    const form = { ...boardForm, slug: 'talk', readBy: 'everyone' }
    expect(to(await administrator.page('/admin/new-board', { ...form, room: '1' }))).toBe(
      '303 /admin/boards?saved=1',
    )
    expect((await administrator.page('/admin/boards/talk')).body).toMatch(/name="room"[^>]*checked/)
    const link = /href="(\/chat\/\d+)#end"/.exec((await member.page('/b/talk')).body)?.[1] ?? ''
    expect((await member.page(link)).statusCode).toBe(200)
    expect((await test.guest.page('/b/talk')).body).not.toContain(link)
    await administrator.page('/admin/boards/talk', form)
    expect((await member.page('/b/talk')).body).not.toContain(link)
    expect((await member.page(link)).statusCode).toBe(404)
  })

  it('do not hang under themselves, nor under a board below them', async () => {
    await test.board({ slug: 'top' })
    await test.board({ slug: 'below', parent: 'top' })
    const page = (await administrator.page('/admin/boards/top')).body
    expect(page).not.toMatch(/<option value="(top|below)"/)
    const answer = await administrator.page('/admin/boards/top', {
      ...boardForm,
      slug: 'top',
      parent: 'below',
    })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('id="field-parent-error"')
  })

  it.each([
    [{ name: '' }, 'name'],
    [{ slug: 'has space' }, 'slug'],
    [{ slug: '../etc' }, 'slug'],
    [{ about: 'x'.repeat(501) }, 'about'],
    [{ parent: 'nowhere' }, 'parent'],
    [{ position: 'first' }, 'position'],
    [{ position: '99999999999' }, 'position'],
    [{ kind: 'poll' }, 'kind'],
    [{ readBy: 'nobody' }, 'readBy'],
    [{ writeBy: 'everyone' }, 'writeBy'],
  ])('ask again for %o', async (wrong, field) => {
    const before = await test.db.selectFrom('boards').select('id').execute()
    const answer = await administrator.page('/admin/new-board', { ...boardForm, slug: 'fresh', ...wrong })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain(`id="field-${field}-error"`)
    expect(await test.db.selectFrom('boards').select('id').execute()).toEqual(before)
  })

  it('have an address of their own, also when two are created at once', async () => {
    const form = { ...boardForm, slug: 'twice' }
    const answers = await Promise.all([1, 2, 3].map(() => administrator.page('/admin/new-board', form)))
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([303, 409, 409])
    const refused = answers.find((answer) => answer.statusCode === 409)
    expect(refused?.body).toContain('id="field-slug-error"')
  })
})
