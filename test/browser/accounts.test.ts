import { expect, test } from 'vitest'
import { prepareSetup } from '#modules/site/setup.ts'
import { paths } from '#paths.ts'
import { looks, swappedLooks } from './support/looks.ts'
import { describeInBrowser, useSite, type Visitor } from './support/site.ts'

async function signUp(
  { page, t }: Visitor,
  values: { name: string; email: string; password: string; again: string },
) {
  await page.getByLabel(t.signUp.name, { exact: true }).fill(values.name)
  await page.getByLabel(t.signUp.email, { exact: true }).fill(values.email)
  await page.getByLabel(t.signUp.password, { exact: true }).fill(values.password)
  await page.getByLabel(t.signUp.password2, { exact: true }).fill(values.again)
}

async function openMenu({ page, t }: Visitor, name: string) {
  await page.getByLabel(t.layout.menu({ name })).click()
}

describeInBrowser('a new site', () => {
  const site = useSite()

  test.each(looks)('is opened by its first administrator, once ($name)', async (look) => {
    await site.app.db.deleteFrom('sessions').execute()
    await site.app.db.deleteFrom('sign_ins').execute()
    await site.app.db.deleteFrom('members').execute()
    const token = await prepareSetup(site.app.db)
    const visitor = await site.visit(look)
    const { page, t, go } = visitor
    await go('/setup?token=wrong')
    await page.getByRole('heading', { level: 1, name: t.setup.wrongToken }).waitFor()
    await go(paths.setup(token ?? ''))
    await page.getByLabel(t.setup.siteName, { exact: true }).fill('느티나무 마당')
    await signUp(visitor, {
      name: '마루',
      email: 'maru@example.org',
      password: 'a long phrase',
      again: 'a long phrase',
    })
    await page.getByRole('button', { name: t.setup.submit }).click()
    await page.getByRole('banner').getByRole('link', { name: '느티나무 마당' }).waitFor()
    await openMenu(visitor, '마루')
    await page.getByRole('link', { name: t.layout.admin }).click()
    await page.getByRole('heading', { level: 1, name: t.admin.title }).waitFor()
    await go(paths.setup(token ?? ''))
    await page.getByRole('heading', { level: 1, name: t.setup.done }).waitFor()
  })
})

describeInBrowser('a member', () => {
  const site = useSite(async (app) => {
    await app.board({ slug: 'free', name: '이야기' })
    await app.member('taken')
  })

  test.each(swappedLooks)(
    'signs up after correcting errors, signs out and in again ($name)',
    async (look) => {
      const visitor = await site.visit(look)
      const { page, t, go } = visitor
      const name = look.language === 'ko' ? '가온누리' : 'hazel'
      const good = {
        name,
        email: `${look.language}@example.org`,
        password: 'correct horse',
        again: 'correct horse',
      }
      await go('/b/free')
      await page.getByRole('banner').getByRole('link', { name: t.site.signUp }).click()
      await signUp(visitor, { ...good, name: 'Taken', email: 'no address' })
      await page.getByRole('button', { name: t.signUp.submit }).click()

      const email = page.getByRole('textbox', { name: t.signUp.email })
      await page.getByRole('alert').getByText(t.errors.invalid).waitFor()
      expect(await email.getAttribute('aria-invalid')).toBe('true')
      expect(await email.inputValue()).toBe('no address')
      expect(await page.getByLabel(t.signUp.name, { exact: true }).inputValue()).toBe('Taken')
      expect(await page.getByLabel(t.signUp.password, { exact: true }).inputValue()).toBe('')
      await page.getByRole('alert').getByRole('link', { name: t.signUp.email }).click()
      expect(await email.evaluate((field) => field === document.activeElement)).toBe(true)

      await signUp(visitor, { ...good, name: 'Taken' })
      await page.getByRole('button', { name: t.signUp.submit }).click()
      await page
        .getByRole('alert')
        .getByText(t.fields.taken({ value: 'Taken' }))
        .waitFor()
      await signUp(visitor, good)
      await page.getByRole('button', { name: t.signUp.submit }).click()
      await page.waitForURL(/\/b\/free$/)

      await openMenu(visitor, name)
      await page.getByRole('button', { name: t.site.signOut }).click()
      // In the top bar, or in the bottom bar of a phone.
      await page.getByRole('link', { name: t.site.signIn, exact: true }).first().click()
      await page.getByLabel(t.signIn.login).fill(good.email)
      await page.getByLabel(t.signIn.password).fill('wrong horse')
      await page.getByRole('button', { name: t.signIn.submit, exact: true }).click()
      await page.getByRole('alert').getByText(t.errors['wrong-login']).waitFor()
      expect(await page.getByLabel(t.signIn.login).inputValue()).toBe(good.email)
      await page.getByLabel(t.signIn.password).fill(good.password)
      await page.getByRole('button', { name: t.signIn.submit, exact: true }).click()
      await page.getByLabel(t.layout.menu({ name })).waitFor()
    },
  )
  test.each(swappedLooks)(
    'has the code for a second device before them once it is made ($name)',
    async (look) => {
      for (const script of [true, false]) {
        const { page, t, go } = await site.visit({ ...look, as: await site.app.member(), script })
        await go('/settings/security')
        await page.getByRole('button', { name: t.security.makeCode, exact: true }).click()
        const code = page.locator('.device-code .code')
        await code.waitFor()
        const box = await code.boundingBox()
        expect(box?.y).toBeGreaterThan(0)
        expect(box?.y).toBeLessThan(look.height - 100)
      }
    },
  )

  test('is offered no passkey at an address of digits, to which browsers give none', async () => {
    const { page, t, go } = await site.visit(looks[0])
    await go('/sign-in')
    await page.getByText(t.factors.needsScript).waitFor()
    expect(await page.getByRole('button', { name: t.factors.withPasskey }).count()).toBe(0)
  })
})
