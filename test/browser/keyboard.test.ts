import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { paths } from '#paths.ts'
import { looks, swappedLooks } from './support/looks.ts'
import { makeScene, type Scene } from './support/scene.ts'
import { describeInBrowser, useSite } from './support/site.ts'

/** What has the focus, as text. */
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim())

describeInBrowser('at the keyboard', () => {
  let scene: Scene
  const site = useSite(async (app) => {
    scene = await makeScene(app)
  })

  test.each(looks)('j, k and o walk through a list, u votes, c writes, ? explains ($name)', async (look) => {
    const member = await site.app.member()
    const { page, t, go } = await site.visit({ ...look, as: member })
    await go('/b/garden')
    await page.keyboard.press('j')
    expect(await focused(page)).toContain(scene.long.title)
    await page.keyboard.press('j')
    expect(await focused(page)).toContain('28 번째')
    await page.keyboard.press('k')
    await page.keyboard.press('o')
    await page.getByRole('heading', { level: 1, name: scene.long.title }).waitFor()

    await page.keyboard.press('u')
    await page
      .getByRole('group', { name: t.post.actions })
      .getByRole('button', { name: t.post.up, pressed: true })
      .waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('u')
    const first = page.getByRole('article').filter({ hasText: '잘 읽었습니다.' })
    await first.getByRole('button', { name: t.post.up, pressed: true }).waitFor()

    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: t.keys.title })
    await help.getByText(t.keys.list.u, { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'detached' })
    await page.keyboard.press('c')
    await page.getByRole('heading', { level: 1, name: t.write.title }).waitFor()
    await page.getByLabel(t.write.postTitle).pressSequentially('jkouc?')
    expect(await page.getByLabel(t.write.postTitle).inputValue()).toBe('jkouc?')
  })

  test.each(swappedLooks)(
    'Tab begins with the way to the text and always shows where it is ($name)',
    async (look) => {
      const { page, t, go } = await site.visit({ ...look, as: scene.haneul })
      await go(paths.post(scene.long))
      await page.keyboard.press('Tab')
      const skip = page.getByRole('link', { name: t.site.skip })
      expect(await focused(page)).toBe(t.site.skip)
      expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0)
      await page.keyboard.press('Enter')
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
      for (let i = 0; i < 25; i++) {
        await page.keyboard.press('Tab')
        const seen = await page.evaluate(() => {
          const at = document.activeElement
          if (!at) return 'nothing has the focus'
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at)
          const isMarked = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
          const { bottom, top, width } = at.getBoundingClientRect()
          const isSeen = width > 0 && bottom > 0 && top < innerHeight
          return isMarked && isSeen ? 'seen' : at.outerHTML
        })
        expect(seen).toBe('seen')
      }
    },
  )

  test('a menu closes with Escape and with a click elsewhere', async () => {
    const { page, t, go } = await site.visit({ ...looks[0], as: scene.haneul })
    await go('/')
    const menu = page.getByLabel(t.layout.menu({ name: scene.haneul.name }))
    const inside = page.getByRole('link', { name: t.layout.bookmarks })
    await menu.press('Enter')
    await inside.focus()
    await page.keyboard.press('Escape')
    await inside.waitFor({ state: 'hidden' })
    expect(await menu.evaluate((summary) => summary === document.activeElement)).toBe(true)
    await menu.click()
    await inside.waitFor()
    await page.getByRole('contentinfo').click({ position: { x: 300, y: 5 } })
    await inside.waitFor({ state: 'hidden' })
  })
})

describeInBrowser('the look', () => {
  let scene: Scene
  const site = useSite(async (app) => {
    scene = await makeScene(app)
  })
  const paper = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)

  test.each([
    { ...looks[0], script: false },
    { ...looks[1], script: true },
  ])('changes theme and language and stays so; script: $script ($name)', async (look) => {
    const member = await site.app.member()
    const { page, go } = await site.visit(look.script ? { ...look, as: member } : look)
    await go('/b/garden')
    const footer = page.getByRole('contentinfo')
    const before = await paper(page)
    const [theme, language] = look.dark ? (['Light', '한국어'] as const) : (['어둡게', 'English'] as const)
    await footer.getByRole('button', { name: theme }).click()
    await footer.getByRole('button', { name: theme, pressed: true }).waitFor()
    expect(await paper(page)).not.toBe(before)
    await footer.getByRole('button', { name: language }).click()
    await footer.getByRole('button', { name: language, pressed: true }).waitFor()
    await go('/boards')
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(
      look.language === 'ko' ? 'en' : 'ko',
    )
    expect(await paper(page)).not.toBe(before)
  })

  test('prints a post without bars, forms and buttons', async () => {
    const { page, t, go } = await site.visit({ ...looks[0], as: scene.haneul })
    await go(paths.post(scene.long))
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true)
    expect(await page.getByText('다음 글도 기다릴게요.').isVisible()).toBe(true)
    const bars = {
      places: page.getByRole('banner').getByRole('navigation'),
      menu: page.getByLabel(t.layout.menu({ name: scene.haneul.name })),
      footer: page.getByRole('contentinfo'),
      acts: page.getByRole('group', { name: t.post.actions }),
      form: page.getByRole('button', { name: t.write.reply }),
    }
    for (const [name, bar] of Object.entries(bars)) {
      expect({ name, isSeen: await bar.isVisible() }).toEqual({ name, isSeen: false })
    }
  })

  test.each(looks)('nothing shifts while home, board and post load ($name)', async (look) => {
    const { context, page, go } = await site.visit({ ...look, ...(look.dark ? { as: scene.haneul } : {}) })
    await context.addInitScript(() => {
      window.shifted = 0
      const note = (list: PerformanceObserverEntryList) => {
        for (const entry of list.getEntries()) window.shifted += Number(entry.toJSON().value)
      }
      new PerformanceObserver(note).observe({ type: 'layout-shift', buffered: true })
    })
    const load = async (path: string) => {
      await go(path)
      await page.evaluate(() => document.fonts.ready)
      return page.evaluate(() => window.shifted)
    }
    for (const path of ['/', '/b/garden', paths.post(scene.long), paths.post(scene.question)]) {
      // Where no font of the system has Hangul, syllables may come late at the first visit: within what counts as good.
      expect({ path, isStill: (await load(path)) < 0.1 }).toEqual({ path, isStill: true })
      expect({ path, shifted: await load(path) }).toEqual({ path, shifted: 0 })
      await page.waitForLoadState('networkidle')
      expect({ path, shifted: await page.evaluate(() => window.shifted) }).toEqual({ path, shifted: 0 })
    }
  })
})

declare global {
  interface Window {
    /** The sum of all layout shifts. */
    shifted: number
  }
}
