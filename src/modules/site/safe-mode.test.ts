import { expect, test } from 'vitest'
import { makeTestApp } from '#test/support/app.ts'

test('safe mode lets people read and sign in, takes no sign-ups, and forgets nothing', async () => {
  await using site = await makeTestApp({ env: { SAFE_MODE: 'on' } })
  await site.deps.site.change({ name: 'Harbour', signUp: 'open' })
  const page = await site.guest.page('/')
  expect(page.statusCode).toBe(200)
  expect(page.body).toContain('Harbour')
  expect(page.body).toContain('safe mode')
  const values = { name: 'newcomer', email: 'new@example.org', password: 'a long passphrase' }
  expect((await site.guest.api('POST', '/members', values)).statusCode).toBe(403)
  const member = await site.member()
  expect((await member.api('GET', '/me')).statusCode).toBe(200)
  const stored = await site.db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', 'site.signUp')
    .executeTakeFirst()
  expect(stored?.value).toBe('open')
})

test('safe mode shows what was set and lets it be put right, while it does not count', async () => {
  await using site = await makeTestApp({ env: { SAFE_MODE: 'on' } })
  const chief = await site.member('chief', 'administrator')
  await site.deps.site.change({ signedApps: true, signUp: 'approval' })
  const page = (await chief.page('/admin/settings')).body
  expect(page).toContain('value="approval" checked')
  expect(page).toMatch(/name="signedApps"[^>]* checked/)
  const form = { siteName: 'Harbour', invite: 'moderator', confirmEmail: 'auto', aiCrawlers: 'all' }
  await chief.page('/admin/settings', { ...form, signUp: 'closed' })
  expect((await chief.api('GET', '/admin/settings')).json()).toMatchObject({
    signedApps: false,
    signUp: 'closed',
  })
  await chief.api('PATCH', '/admin/settings', { signUp: 'open' })
  expect((await chief.api('GET', '/admin/settings')).json()).toMatchObject({ signUp: 'open' })
  const values = { name: 'newcomer', email: 'new@example.org', password: 'a long passphrase' }
  expect((await site.guest.api('POST', '/members', values)).statusCode).toBe(403)
})

test('without safe mode nothing of it shows', async () => {
  await using site = await makeTestApp()
  expect((await site.guest.page('/')).body).not.toContain('safe mode')
})
