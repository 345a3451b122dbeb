import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeTestApp, type TestApp } from '#test/support/app.ts'
import { createFirstAdministrator, createFirstBoards, prepareSetup } from './setup.ts'

let site: TestApp
let token: string
beforeEach(async () => {
  site = await makeTestApp()
  token = (await prepareSetup(site.db)) ?? ''
})
afterEach(() => site[Symbol.asyncDispose]())

const password = 'correct horse battery'
const form = (values: Record<string, string> = {}) =>
  site.guest.page('/setup', {
    token,
    siteName: 'Elm Yard',
    name: 'keeper',
    email: 'keeper@example.org',
    password,
    password2: password,
    language: 'en',
    ...values,
  })
const administrators = () =>
  site.db.selectFrom('members').select('name').where('role', '=', 'administrator').execute()

describe('the set-up page', () => {
  test('opens only with the token that the terminal printed', async () => {
    expect(token).toMatch(/^[\w-]{43}$/)
    expect((await site.guest.page(`/setup?token=${token}`)).statusCode).toBe(200)
    for (const wrong of [
      '',
      '?token=',
      '?token=x',
      `?token=${token}x`,
      '?token=%00',
      `?token=${token}&token=${token}`,
    ]) {
      expect([404, 422]).toContain((await site.guest.page(`/setup${wrong}`)).statusCode)
    }
    const stored = await site.db
      .selectFrom('settings')
      .select('value')
      .where('name', '=', 'setup.token')
      .executeTakeFirstOrThrow()
    expect(JSON.stringify(stored.value)).not.toContain(token)
  })

  test('makes the administrator, names the site, signs in, and is closed from then on', async () => {
    const answer = await form({ description: 'For neighbours.' })
    expect(answer.statusCode).toBe(303)
    expect((await site.guest.page('/')).body).toContain('For neighbours.')
    const [cookie] = answer.cookies
    const home = await site.app.inject({ url: '/', headers: { cookie: `${cookie?.name}=${cookie?.value}` } })
    expect(home.body).toContain('Elm Yard')
    expect(home.body).toContain('href="/admin"')
    expect(await administrators()).toEqual([{ name: 'keeper' }])
    expect((await site.guest.page(`/setup?token=${token}`)).statusCode).toBe(404)
    expect((await form({ name: 'second', email: 'second@example.org' })).statusCode).toBe(404)
    expect(await prepareSetup(site.db)).toBeNull()
    expect(await administrators()).toHaveLength(1)
  })

  test('names the first boards in the language that was chosen, but for those that have a name of their own', async () => {
    await createFirstBoards(site.db, 'ko')
    await site.db.updateTable('boards').set({ name: '마을 이야기' }).where('slug', '=', 'free').execute()
    expect((await site.guest.page(`/setup?token=${token}`)).body).toContain('value="Madang"')
    expect((await form()).statusCode).toBe(303)
    const { items } = (await site.guest.api('GET', '/boards')).json()
    expect(items.map((board: { name: string }) => board.name)).toEqual([
      'Announcements',
      '마을 이야기',
      'Questions',
      'Hello',
    ])
    expect(items[0].about).toBe('News from the people who run this place.')
  })

  test('sent twice at the same moment makes one administrator', async () => {
    const answers = await Promise.all([form(), form({ name: 'second', email: 'second@example.org' })])
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([303, 404])
    const late = answers.find((answer) => answer.statusCode === 404)
    expect(late?.body).toMatch(/already set up|이미/)
    expect(await administrators()).toHaveLength(1)
  })

  test('refused keeps the token and what was typed', async () => {
    const wrong = await form({ token: 'not-this-one' })
    expect(wrong.statusCode).toBe(403)
    for (const values of [
      { siteName: ' ' },
      { siteName: 'x'.repeat(61) },
      { description: 'x'.repeat(301) },
      { name: 'a' },
      { email: 'x' },
      { password: 'short', password2: 'short' },
      { password2: 'other' },
      { language: 'xx' },
    ]) {
      const answer = await form(values)
      expect(answer.statusCode).toBe(422)
      expect(answer.body).toContain(`value="${token}"`)
      expect(answer.body).toContain('field-error')
    }
    const many = await form({ siteName: ' ', name: 'a', email: 'x', password: 'short', password2: 'other' })
    expect(many.body.match(/class="field-error"/g)).toHaveLength(5)
    expect(await administrators()).toEqual([])
    expect((await form()).statusCode).toBe(303)
  })

  test('with a newer token is closed to the older one', async () => {
    const newer = await prepareSetup(site.db)
    expect((await site.guest.page(`/setup?token=${token}`)).statusCode).toBe(404)
    expect((await site.guest.page(`/setup?token=${newer}`)).statusCode).toBe(200)
  })
})

describe('the first start', () => {
  test('makes the first boards once, also by two starts at the same moment', async () => {
    await Promise.all([createFirstBoards(site.db, 'ko'), createFirstBoards(site.db, 'ko')])
    await createFirstBoards(site.db, 'en')
    const { items } = (await site.guest.api('GET', '/boards')).json()
    expect(items.map((board: { slug: string }) => board.slug)).toEqual([
      'notice',
      'free',
      'questions',
      'hello',
    ])
  })

  test('takes the administrator of the settings once', async () => {
    const admin = { email: 'admin@example.org', password }
    await Promise.all([
      createFirstAdministrator(site.db, admin, site.clock.now),
      createFirstAdministrator(site.db, admin, site.clock.now),
    ])
    expect(await administrators()).toEqual([{ name: 'admin' }])
    expect((await site.guest.api('POST', '/sessions', { login: 'admin', password })).statusCode).toBe(201)
    expect((await site.guest.page(`/setup?token=${token}`)).statusCode).toBe(404)
  })
})
