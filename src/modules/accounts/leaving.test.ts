import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { makeLink } from './links.ts'
import { setRole } from './members.ts'
import { hashPassword } from './passwords.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

const password = 'correct horse battery'
async function withPassword(actor: Actor): Promise<Actor> {
  const password_hash = await hashPassword(password)
  await site.db.updateTable('members').set({ password_hash }).where('id', '=', actor.id).execute()
  return actor
}
const leave = (actor: Actor, given = password) => actor.api('DELETE', '/me', { password: given })

describe('withdrawal', () => {
  test('clears the person, ends the sessions, and keeps what they wrote without a name', async () => {
    const board = await site.board()
    const going = await withPassword(await site.member('going'))
    const reader = await site.member()
    const post = await site.post(going, board, { title: 'Stays' })
    const comment = (await going.api('POST', `/posts/${post.id}/comments`, { body: 'stays too' })).json()
    await going.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    await going.api('PUT', `/posts/${post.id}/bookmark`)
    await going.api('POST', '/drafts', { target: 'new', body: 'private' })

    expect((await leave(going, 'wrong')).statusCode).toBe(422)
    expect((await going.api('GET', '/me')).statusCode).toBe(200)
    expect((await leave(going)).statusCode).toBe(204)

    expect((await going.api('GET', '/me')).statusCode).toBe(401)
    expect((await going.page('/settings')).statusCode).toBe(303)
    expect((await site.guest.api('POST', '/sessions', { login: 'going', password })).statusCode).toBe(401)
    expect((await reader.page('/m/going')).statusCode).toBe(404)
    expect((await reader.api('GET', '/members/going')).statusCode).toBe(404)
    expect((await reader.api('GET', `/posts/${post.id}`)).json()).toMatchObject({
      title: 'Stays',
      author: null,
      votes: 1,
      comments: 1,
    })
    const page = await reader.page(`/p/${post.id}/stays`)
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('stays too')
    expect(page.body).not.toContain('going')
    expect((await reader.api('GET', `/comments/${comment.id}/versions.csv`)).body).not.toContain('going')
    const row = await site.db
      .selectFrom('members')
      .selectAll()
      .where('id', '=', going.id)
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({
      name: null,
      name_key: null,
      email: null,
      email_key: null,
      password_hash: null,
      about: '',
      country: null,
    })
    for (const table of ['drafts', 'bookmarks', 'post_reads', 'sessions'] as const) {
      expect(
        await site.db.selectFrom(table).select('member_id').where('member_id', '=', going.id).execute(),
      ).toEqual([])
    }
  })

  test('asks on the page for the password and a tick', async () => {
    const going = await withPassword(await site.member())
    const unsure = await going.page('/settings/withdraw', { password })
    expect(unsure.statusCode).toBe(422)
    expect(unsure.body).toContain('sure-error')
    expect((await going.page('/settings/withdraw', { sure: '1', password: 'wrong' })).statusCode).toBe(422)
    expect((await going.page('/settings/withdraw', { sure: '1', password })).headers.location).toBe(
      '/?done=left',
    )
    expect((await going.page('/settings')).statusCode).toBe(303)
  })
})

describe('the last administrator', () => {
  test('cannot withdraw or be made less, and two cannot leave at the same moment', async () => {
    const first = await withPassword(await site.member(undefined, 'administrator'))
    const refused = await leave(first)
    expect(refused.statusCode).toBe(403)
    expect(refused.json().code).toBe('last-administrator')
    await expect(
      site.db
        .transaction()
        .execute((tx) => setRole(tx, first.viewer, { memberId: first.id, role: 'member' })),
    ).rejects.toMatchObject({ code: 'last-administrator' })
    const second = await withPassword(await site.member(undefined, 'administrator'))
    const answers = await Promise.all([leave(first), leave(second)])
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([204, 403])
    const rows = await site.db
      .selectFrom('members')
      .select('id')
      .where('role', '=', 'administrator')
      .execute()
    expect(rows).toHaveLength(1)
  })
})

describe('a claim link', () => {
  const claim = (token: string, values: Record<string, string>) => site.guest.page(`/claim/${token}`, values)
  const form = (email: string) => ({ email, password, password2: password })
  async function imported(name: string): Promise<number> {
    const row = await site.db
      .insertInto('members')
      .values({ name, name_key: name, imported_from: `x:${name}` })
      .returning('id')
      .executeTakeFirstOrThrow()
    return row.id
  }
  const link = async (memberId: number) =>
    (await makeLink(site.db, null, { memberId, now: site.clock.now })).token

  test('sets e-mail and password, signs in, and works once', async () => {
    const token = await link(await imported('old-hand'))
    expect((await site.guest.page(`/claim/${token}`)).body).toContain('old-hand')
    const answer = await claim(token, form('old@example.org'))
    expect(answer.statusCode).toBe(303)
    expect(answer.cookies[0]?.name).toBe('madang')
    expect(
      (await site.guest.api('POST', '/sessions', { login: 'old@example.org', password })).statusCode,
    ).toBe(201)
    const used = await site.guest.page(`/claim/${token}`)
    expect(used.statusCode).toBe(404)
    expect(used.body).toContain('<a class="btn primary" href="/forgot">')
    expect((await claim(token, form('thief@example.org'))).statusCode).toBe(404)
  })

  test('of two uses at the same moment works once', async () => {
    const token = await link(await imported('raced'))
    const answers = await Promise.all([
      claim(token, form('r1@example.org')),
      claim(token, form('r2@example.org')),
    ])
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([303, 404])
  })

  test('dies when a newer one is made', async () => {
    const id = await imported('twice')
    const [older, newer] = [await link(id), await link(id)]
    expect((await site.guest.page(`/claim/${older}`)).statusCode).toBe(404)
    expect((await site.guest.page(`/claim/${newer}`)).statusCode).toBe(200)
  })

  test('ends after seven days', async () => {
    const token = await link(await imported('slow'))
    const start = site.clock.now
    site.clock.now = new Date(start.getTime() + 7 * 86_400_000 - 1)
    expect((await site.guest.page(`/claim/${token}`)).statusCode).toBe(200)
    site.clock.now = new Date(start.getTime() + 7 * 86_400_000)
    expect((await claim(token, form('slow@example.org'))).statusCode).toBe(404)
    site.clock.now = start
  })

  test('stays usable after a refused form, which shows what was typed', async () => {
    await site.guest.api('POST', '/members', { name: 'settled', email: 'settled@example.org', password })
    const token = await link(await imported('refused'))
    const taken = await claim(token, form('Settled@example.org'))
    expect(taken.statusCode).toBe(409)
    expect(taken.body).toContain('value="Settled@example.org"')
    expect((await claim(token, { ...form('n@example.org'), password2: 'x' })).statusCode).toBe(422)
    expect((await claim(token, form('n@example.org'))).statusCode).toBe(303)
  })

  test('ends the open sessions of who had a password before', async () => {
    const member = await withPassword(await site.member())
    const token = await link(member.id)
    expect((await claim(token, form(''))).statusCode).toBe(303)
    expect((await member.api('GET', '/me')).statusCode).toBe(401)
  })

  test.each(['x', '%00', 'a'.repeat(200), '..%2f..'])('leads nowhere when it is "%s"', async (token) => {
    const answer = await site.guest.page(`/claim/${token}`)
    expect(answer.statusCode).toBe(404)
  })
})
