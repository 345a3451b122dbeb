import type { CDPSession } from 'playwright-core'
import { expect, test } from 'vitest'
import { looks } from './support/looks.ts'
import { describeInBrowser, useSite, type Visitor } from './support/site.ts'

const password = 'a phrase for the yard'

/** A device with a fingerprint reader, as Chromium simulates it; `verified`: the finger is the right one. */
async function giveDevice(
  { context, page }: Visitor,
  verified = true,
): Promise<{ cdp: CDPSession; id: string }> {
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: verified,
    automaticPresenceSimulation: true,
  } as const
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options })
  return { cdp, id: authenticatorId }
}

async function signIn({ page, t, go }: Visitor, login: string): Promise<void> {
  await go('/sign-in')
  await page.getByLabel(t.signIn.login).fill(login)
  await page.getByLabel(t.signIn.password).fill(password)
  await page.getByRole('button', { name: t.signIn.submit, exact: true }).click()
  await page.getByLabel(t.layout.menu({ name: login })).waitFor()
}

async function addPasskey({ page, t, go }: Visitor, name: string): Promise<void> {
  await go('/settings/security')
  await page.getByLabel(t.factors.passkeyName, { exact: true }).fill(name)
  await page.getByRole('button', { name: t.factors.passkeyAdd }).click()
}

describeInBrowser('a passkey', () => {
  // WebAuthn wants a name; of names, localhost alone may do without https.
  const site = useSite(async () => {}, { host: 'localhost' })
  const join = (name: string) =>
    site.app.guest.api('POST', '/members', { name, email: `${name}@example.org`, password })

  test.each(looks)('is added, and signs in without name and password ($name)', async (look) => {
    const name = `owner-${look.language}`
    await join(name)
    const visitor = await site.visit(look)
    const { context, page, t, go } = visitor
    await signIn(visitor, name)
    const { cdp, id } = await giveDevice(visitor)
    await addPasskey(visitor, '내 전화기')
    await page.getByText(t.factors.done.passkey).waitFor()
    await page.locator('#passkeys strong', { hasText: '내 전화기' }).waitFor()
    expect((await cdp.send('WebAuthn.getCredentials', { authenticatorId: id })).credentials).toHaveLength(1)

    // The browser offers it where the name is typed; this device takes what is offered.
    await context.clearCookies()
    await page.goto('/sign-in?next=/boards', { waitUntil: 'commit' })
    await page.getByLabel(t.layout.menu({ name })).waitFor()

    // With the button, in a browser that offers nothing by itself.
    await context.clearCookies()
    await page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false
    })
    await go('/sign-in?next=/drafts')
    await page.getByRole('button', { name: t.factors.withPasskey }).click()
    await page.getByRole('heading', { level: 1, name: t.layout.drafts }).waitFor()
    await page.getByLabel(t.layout.menu({ name })).waitFor()
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: id })
    expect(credentials[0]?.signCount).toBeGreaterThan(2)
  })

  test('shows who one is before ways in are changed', async () => {
    await join('prover')
    const visitor = await site.visit(looks[0])
    const { page, t, go } = visitor
    await signIn(visitor, 'prover')
    await giveDevice(visitor)
    await addPasskey(visitor, 'key')
    await page.getByText(t.factors.done.passkey).waitFor()
    site.app.clock.now = new Date(site.app.clock.now.getTime() + 601_000)
    await go('/settings/security')
    await page.getByRole('link', { name: t.factors.prove }).click()
    await page.getByRole('button', { name: t.factors.provePasskey }).click()
    await page.getByText(t.factors.done.proved).waitFor()
  })

  test('is not made on a device that did not check the finger, and the page says so', async () => {
    await join('unchecked')
    const visitor = await site.visit(looks[1])
    const { page, t } = visitor
    await signIn(visitor, 'unchecked')
    await giveDevice(visitor, false)
    await addPasskey(visitor, 'key')
    await page.locator('#passkeys').getByRole('alert').getByText(t.factors.passkeyFailed).waitFor()
  })

  test('is not offered where there is no script, and the page says why', async () => {
    const visitor = await site.visit({ ...looks[0], script: false })
    const { page, t, go } = visitor
    await go('/sign-in')
    await page.getByText(t.factors.needsScript).waitFor()
    expect(await page.getByRole('button', { name: t.factors.withPasskey }).count()).toBe(0)
  })
})
