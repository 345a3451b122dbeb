import { expect, test } from 'vitest'
import { looks, swappedLooks } from './support/looks.ts'
import { makeScene, type Scene, say } from './support/scene.ts'
import { describeInBrowser, useSite } from './support/site.ts'

describeInBrowser('a guest without script', () => {
  let scene: Scene
  const site = useSite(async (app) => {
    scene = await makeScene(app)
  })

  test.each(looks)('reads from home to board, post, comments, member and history ($name)', async (look) => {
    const { page, t, requests, go } = await site.visit({ ...look, script: false })
    await go('/')
    await page.getByRole('main').getByRole('link', { name: scene.long.title }).waitFor()
    await page.getByRole('main').getByRole('link', { name: scene.garden.name }).first().click()
    await page.getByRole('heading', { level: 1, name: scene.garden.name }).waitFor()
    await page.getByRole('link', { name: scene.long.title }).click()
    await page.getByRole('heading', { level: 1, name: scene.long.title }).waitFor()
    await page.getByRole('heading', { level: 2, name: t.comment.comments({ count: 3 }) }).waitFor()
    await page.getByText('다음 글도 기다릴게요.').waitFor()
    await page.getByRole('link', { name: t.post.history }).click()
    await page.getByRole('heading', { level: 1, name: t.history.of(scene.long) }).waitFor()
    await page.getByRole('deletion').getByText('첫').waitFor()
    await page.getByRole('insertion').getByText('고친').waitFor()
    await page.getByRole('main').getByRole('link', { name: 'miro' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'miro' }).waitFor()
    await page.getByRole('link', { name: t.member.comments }).click()
    await page.getByRole('link', { name: 'Thank you!' }).waitFor()
    expect(requests.filter((one) => one.type === 'script')).toEqual([])
  })

  test.each(looks)('folds a thread and says how many replies are in it ($name)', async (look) => {
    const { page, t, go } = await site.visit({ ...look, script: false })
    await go(`/p/${scene.long.id}`)
    const last = page.getByText('다음 글도 기다릴게요.')
    expect(await last.isVisible()).toBe(true)
    await page.getByText(t.comment.replies({ count: 2 })).click()
    await last.waitFor({ state: 'hidden' })
  })

  test.each(swappedLooks)('turns pages forth and back and changes the order ($name)', async (look) => {
    const { page, t, go } = await site.visit({ ...look, script: false })
    await go('/b/garden')
    const rows = page.getByRole('main').getByRole('listitem')
    const order = page.getByRole('navigation', { name: t.list.sort })
    expect(await rows.count()).toBe(25)
    // Its title alone: views are counted meanwhile.
    const title = () => rows.first().getByRole('link').first().textContent()
    const first = await title()
    await page.getByRole('link', { name: t.list.older }).click()
    await page.waitForURL(/after=/)
    expect(await rows.count()).toBe(4)
    await page.getByRole('link', { name: t.list.first }).click()
    await page.waitForURL(/\/b\/garden$/)
    expect(await title()).toBe(first)
    await order.getByRole('link', { name: t.list.sorts.hot }).click()
    await page.waitForURL(/sort=hot/)
    expect(await order.getByRole('link', { name: t.list.sorts.hot }).getAttribute('aria-current')).toBe(
      'true',
    )
    await order.getByRole('link', { name: t.list.sorts.top }).click()
    await page.getByRole('link', { name: t.list.periods.week }).click()
    await page.waitForURL(/sort=top&period=week/)
    expect(await rows.count()).toBe(25)
  })

  test.each(looks)(
    'sees marks before lists and columns at their side, in a comment too ($name)',
    async (look) => {
      const body = '- 실\n- 바늘\n\n| 기기 | 전력 |\n|:-:|--:|\n| 가 | 3.1 |'
      const post = await site.app.post(scene.miro, scene.garden, { title: '장만할 것', body })
      await say(scene.haneul, post.id, { body })
      const { page, go } = await site.visit({ ...look, script: false })
      await go(`/p/${post.id}`)
      const styles = (selector: string, name: string) =>
        page
          .locator(`.prose ${selector}`)
          .evaluateAll(
            (found, style) => found.map((one) => getComputedStyle(one).getPropertyValue(style)),
            name,
          )
      expect(await styles('ul', 'list-style-type')).toEqual(['disc', 'disc'])
      expect(await styles('td:first-child', 'text-align')).toEqual(['center', 'center'])
      expect(await styles('td:last-child', 'text-align')).toEqual(['end', 'end'])
    },
  )

  test('is led to sign in where only members can go on', async () => {
    const { page, t, go } = await site.visit({ ...looks[0], script: false })
    await go(`/p/${scene.question.id}`)
    await page.getByRole('main').getByRole('link', { name: t.site.signIn }).click()
    await page.getByRole('heading', { level: 1, name: t.signIn.title }).waitFor()
    await page.getByText(t.signIn.needed).waitFor()
    await go('/write')
    await page.getByRole('heading', { level: 1, name: t.signIn.title }).waitFor()
  })
})
