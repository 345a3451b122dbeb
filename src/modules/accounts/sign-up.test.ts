import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

const password = 'correct horse battery'
const signUp = (values: Record<string, unknown>) =>
  site.guest.api('POST', '/members', { name: 'someone', email: 'someone@example.org', password, ...values })
const countMembers = async () => (await site.db.selectFrom('members').select('id').execute()).length

/** Signs up, and says of a second sign-up which field is taken. */
async function takenField(first: Record<string, string>, second: Record<string, string>): Promise<unknown> {
  expect((await signUp(first)).statusCode).toBe(201)
  const before = await countMembers()
  const answer = await signUp(second)
  expect(answer.statusCode).toBe(409)
  expect(await countMembers()).toBe(before)
  return answer.json().errors.map((error: { field: string }) => error.field)
}

describe('signing up by the API', () => {
  test('creates a member whose password is stored as argon2id alone', async () => {
    const answer = await signUp({ name: '하늘', email: 'Sky@Example.org' })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toEqual({ id: expect.any(Number), name: '하늘' })
    const row = await site.db
      .selectFrom('members')
      .selectAll()
      .where('id', '=', answer.json().id)
      .executeTakeFirstOrThrow()
    expect(row.role).toBe('member')
    expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(row.email).toBe('Sky@Example.org')
  })

  test('names the field that is taken', async () => {
    expect(
      await takenField({ name: 'miro', email: 'miro@a.org' }, { name: 'miro', email: 'other@a.org' }),
    ).toEqual(['name'])
    expect((await signUp({ name: 'other-miro', email: 'miro@a.org' })).json().errors[0]).toMatchObject({
      field: 'email',
      code: 'taken',
      message: expect.stringContaining('miro@a.org'),
    })
  })

  test.each([
    ['another case', 'Petrichor', 'pETRICHOR'],
    ['a decomposed form', '한글이름', '한글이름'.normalize('NFD')],
    ['full-width letters', 'wide1', 'ｗｉｄｅ１'],
    ['an accent as a combining mark', 'ren\u00e9', 'rene\u0301'],
    ['characters that cannot be seen', 'plain', 'pl\u200bain\u2060'],
  ])('takes a name in %s for the same name', async (_title, first, second) => {
    const email = `${Buffer.from(first).toString('hex')}@b.org`
    expect(await takenField({ name: first, email }, { name: second, email: `x${email}` })).toEqual(['name'])
  })

  test('takes an e-mail address in another case for the same address', async () => {
    expect(
      await takenField({ name: 'case1', email: 'Case@b.org' }, { name: 'case2', email: 'cASE@B.org' }),
    ).toEqual(['email'])
  })

  test('lets one of two win who ask for the same name at once', async () => {
    const answers = await Promise.all([
      signUp({ name: 'racer', email: 'r1@b.org' }),
      signUp({ name: 'RACER', email: 'r2@b.org' }),
    ])
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([201, 409])
    expect(answers.find((answer) => answer.statusCode === 409)?.json().errors[0].field).toBe('name')
  })

  test.each([
    ['an empty name', { name: '' }, 'name', 'required'],
    ['a name that cannot be seen', { name: '\u200b\u3164' }, 'name', 'required'],
    ['a name of one letter', { name: 'a' }, 'name', 'too-short'],
    ['a name of 31 letters', { name: 'a'.repeat(31) }, 'name', 'too-long'],
    ['a name with a space', { name: 'two words' }, 'name', 'name-shape'],
    ['a name with a slash', { name: 'a/b' }, 'name', 'name-shape'],
    [
      'a name with a Cyrillic letter among Latin ones',
      { name: '\u0430dministrator' },
      'name',
      'name-alphabets',
    ],
    [
      'a name with a Greek letter among Korean and Latin ones',
      { name: '돌\u03bfwall' },
      'name',
      'name-alphabets',
    ],
    ['a name with a joiner', { name: 'joi\u200dned' }, 'name', 'name-shape'],
    ['a name that begins with a mark', { name: '.dot' }, 'name', 'name-shape'],
    ["the site's own name", { name: 'Ａdmin' }, 'name', 'reserved'],
    ['an empty e-mail', { email: ' ' }, 'email', 'required'],
    ['an e-mail without @', { email: 'nobody' }, 'email', 'email-shape'],
    ['an e-mail with a header in it', { email: 'a@b.org\nBcc: c@d.org' }, 'email', 'email-shape'],
    ['an e-mail with a NUL', { email: 'a\0b@c.org' }, 'email', 'control'],
    ['an e-mail with half a character', { email: 'a\ud800@c.org' }, 'email', 'email-shape'],
    ['an e-mail that is too long', { email: `${'a'.repeat(250)}@b.org` }, 'email', 'email-shape'],
    ['a password of seven characters', { password: '1234567' }, 'password', 'too-short'],
    ['a password of 201 characters', { password: 'x'.repeat(201) }, 'password', 'too-long'],
  ])('refuses %s', async (_title, values, field, code) => {
    const before = await countMembers()
    const answer = await signUp({ name: 'weak-one', email: 'weak@b.org', ...values })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors).toEqual([{ field, code, message: expect.any(String) }])
    expect(await countMembers()).toBe(before)
  })

  test('takes a name of 30 letters and a password of any characters', async () => {
    const name = '가'.repeat(30)
    const odd = 'ㅋㅋ\u0000 \u{1f469}\u200d\u{1f33e}é'
    expect((await signUp({ name, email: 'long@b.org', password: odd })).statusCode).toBe(201)
    expect(
      (await site.guest.api('POST', '/sessions', { login: name, password: odd.normalize('NFD') })).statusCode,
    ).toBe(201)
  })

  test.each(['Ёлка', 'Ελένη', '산책하는Иван', '山田はなこA', 'zażółć', 'สมชาย', '김J-w_2'])(
    'takes %s, of one alphabet beside any other script',
    async (name) => {
      const email = `${encodeURIComponent(name).replaceAll('%', '')}@b.org`
      expect((await signUp({ name, email })).statusCode).toBe(201)
    },
  )

  test('says all that is wrong at once', async () => {
    const answer = await signUp({ name: '', email: 'x', password: '1' })
    expect(answer.json().errors.map((error: { field: string }) => error.field)).toEqual([
      'name',
      'email',
      'password',
    ])
  })

  test('cannot choose a role', async () => {
    const answer = await signUp({ name: 'climber', email: 'climber@b.org', role: 'administrator' })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors[0]).toMatchObject({ field: 'role', code: 'unknown' })
  })
})

describe('signing up by the page', () => {
  const form = { name: 'page-one', email: 'page1@b.org', password, password2: password }

  test('signs the new member in and goes on where they came from', async () => {
    const answer = await site.guest.page('/sign-up', { ...form, next: '/b/free?sort=hot' })
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/b/free?sort=hot')
    const [cookie] = answer.cookies
    const home = await site.app.inject({
      url: '/settings',
      headers: { cookie: `${cookie?.name}=${cookie?.value}` },
    })
    expect(home.statusCode).toBe(200)
  })

  test('shows the form again with what was typed, the words beside the field, and no password', async () => {
    const answer = await site.guest.page('/sign-up', { ...form, email: 'page2@b.org', next: '/t/x' })
    expect(answer.statusCode).toBe(409)
    expect(answer.body).toContain('value="page2@b.org"')
    expect(answer.body).toContain('value="/t/x"')
    expect(answer.body).toContain('id="field-name-error"')
    expect(answer.body).not.toContain(password)
  })

  test('refuses two passwords that differ', async () => {
    const answer = await site.guest.page('/sign-up', {
      ...form,
      name: 'page-two',
      email: 'p2@b.org',
      password2: 'another one',
    })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('id="field-password2-error"')
  })

  test('says at once all that is wrong, also what is taken', async () => {
    const wrong = { name: 'page-one', email: 'no address', password: 'short', password2: 'other' }
    const answer = await site.guest.page('/sign-up', wrong)
    expect(answer.statusCode).toBe(422)
    const shown = [...answer.body.matchAll(/id="field-(\w+)-error"/g)].map(([, field]) => field)
    expect(shown).toEqual(['name', 'email', 'password', 'password2'])
  })
})
