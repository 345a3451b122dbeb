import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tasks } from '#roles/worker.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { prove } from '#test/support/proof.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

/** Gives a member an authenticator app, a recovery code and a passkey, as rows. */
async function equip({ id: member_id }: Actor): Promise<void> {
  const now = site.clock.now
  await site.db
    .insertInto('totp_secrets')
    .values({ member_id, sealed: Buffer.alloc(40), created_at: now, confirmed_at: now })
    .execute()
  await site.db
    .insertInto('recovery_codes')
    .values({ member_id, code_hash: Buffer.alloc(32) })
    .execute()
  await site.db
    .insertInto('passkeys')
    .values({
      member_id,
      credential: `c${member_id}`,
      public_key: Buffer.alloc(1),
      counter: 0,
      name: 'key',
      created_at: now,
    })
    .execute()
}

const factorsOf = async (member: Actor) => (await member.api('GET', '/me/factors')).json()
const full = { totp: 'on', recoveryCodes: 1, passkeys: [{ name: 'key' }] }
const none = { totp: 'off', recoveryCodes: 0, passkeys: [] }
const remove = (by: Actor, member: Actor) => by.page(`/admin/members/${member.id}/factors`, {})

describe('the factors of a member', () => {
  test('are removed by an administrator who showed who they are; it is logged, and the member is told', async () => {
    const [administrator, member] = [await site.member(undefined, 'administrator'), await site.member('lost')]
    await equip(member)
    const first = await remove(administrator, member)
    expect(first.headers.location).toBe(`/settings/security/prove?next=%2Fadmin%2Fmembers%2F${member.id}`)
    expect(await factorsOf(member)).toMatchObject(full)
    await prove(site, administrator)
    expect((await administrator.page(`/admin/members/${member.id}`)).body).toContain(
      'Remove app and passkeys',
    )
    expect((await remove(administrator, member)).headers.location).toBe(
      `/admin/members/${member.id}?done=factors`,
    )
    expect(await factorsOf(member)).toMatchObject(none)
    const log = await site.db
      .selectFrom('moderation_log')
      .selectAll()
      .where('member_id', '=', member.id)
      .execute()
    expect(log).toMatchObject([{ act: 'member.factors', by_id: administrator.id }])
    const page = await member.page('/settings/security')
    expect(page.body).toMatch(
      /Authenticator app, recovery codes and passkeys removed <strong>by an administrator/,
    )
    const { rows } = await site.database.pool.query(
      `select task_identifier from graphile_worker.jobs where task_identifier = 'tell-factors-removed'`,
    )
    expect(rows).toHaveLength(1)
    expect(Object.keys(tasks(site.deps))).toContain('tell-factors-removed')
    await remove(administrator, member)
    expect(await site.db.selectFrom('moderation_log').select('id').execute()).toHaveLength(1)
  })

  test.each(['moderator', 'member'] as const)('are out of reach for a %s', async (role) => {
    const [other, member] = [await site.member(undefined, role), await site.member()]
    await equip(member)
    await prove(site, other)
    expect((await remove(other, member)).statusCode).toBe(403)
    expect((await other.page(`/admin/members/${member.id}/link`, {})).statusCode).toBe(403)
    expect((await other.api('POST', `/members/${member.id}/link`)).statusCode).not.toBe(201)
    expect(await factorsOf(member)).toMatchObject(full)
    const { id } = await site.db
      .selectFrom('passkeys')
      .select('id')
      .where('member_id', '=', member.id)
      .executeTakeFirstOrThrow()
    expect((await other.page(`/settings/security/passkeys/${id}/remove`, {})).statusCode).toBe(404)
    expect((await other.api('DELETE', `/me/passkeys/${id}`)).statusCode).toBe(404)
  })

  test('are never removed from the administrators’ desk by their own administrator', async () => {
    const administrator = await site.member(undefined, 'administrator')
    await equip(administrator)
    await prove(site, administrator)
    expect((await remove(administrator, administrator)).statusCode).toBe(403)
    expect(await factorsOf(administrator)).toMatchObject(full)
  })

  test('show nobody else what they are', async () => {
    const [member, other] = [await site.member('shown'), await site.member(undefined, 'moderator')]
    await equip(member)
    for (const url of ['/members/shown', '/members?prefix=sho']) {
      expect((await other.api('GET', url)).body).not.toMatch(/totp|passkey|recovery/i)
    }
    expect((await site.guest.api('GET', '/me/factors')).statusCode).toBe(401)
    expect((await site.guest.page('/settings/security')).headers.location).toContain('/sign-in')
  })
})

test('a half sign-in ends with a new password', async () => {
  const password = 'correct horse battery'
  await site.guest.api('POST', '/members', { name: 'halfway', email: 'h@a.org', password })
  const { accessToken } = (await site.guest.api('POST', '/sessions', { login: 'halfway', password })).json()
  const row = await site.db
    .selectFrom('members')
    .select('id')
    .where('name', '=', 'halfway')
    .executeTakeFirstOrThrow()
  const now = site.clock.now
  const secret = { member_id: row.id, sealed: Buffer.alloc(40), created_at: now, confirmed_at: now }
  await site.db.insertInto('totp_secrets').values(secret).execute()
  const { challenge } = (await site.guest.api('POST', '/sessions', { login: 'halfway', password })).json()
  const wrong = () => site.guest.api('POST', '/sessions/second', { challenge, code: '000000' })
  expect((await wrong()).statusCode).toBe(422)
  const changed = await site.app.inject({
    method: 'PUT',
    url: '/api/v1/me/password',
    headers: { authorization: `Bearer ${accessToken}` },
    payload: { password, newPassword: 'another long phrase' },
  })
  expect(changed.statusCode).toBe(204)
  expect((await wrong()).json().code).toBe('sign-in-over')
})
