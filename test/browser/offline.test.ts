import type { BrowserContext, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { looks } from './support/looks.ts'
import { makeScene, type Scene } from './support/scene.ts'
import { describeInBrowser, useSite } from './support/site.ts'

/** Until the service worker answers for this page. */
async function untilKept(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
    if (navigator.serviceWorker.controller) return
    await new Promise((resolve) =>
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    )
  })
}

/** Pulls the plug once nothing is under way: a connection that breaks while it is opened is an error to the console. */
async function goOffline({ context, page }: { context: BrowserContext; page: Page }): Promise<void> {
  await page.waitForLoadState('networkidle')
  await context.setOffline(true)
}

/** The addresses that the device keeps for its member. */
const keptPages = (page: Page) =>
  page.evaluate(async () => {
    if (!(await caches.has('read-1'))) return []
    const cache = await caches.open('read-1')
    return (await cache.keys()).map((request) => new URL(request.url).pathname)
  })

describeInBrowser('without network', () => {
  let scene: Scene
  const site = useSite(async (app) => {
    scene = await makeScene(app)
  })

  test.each(looks)('a member reads again what they read, and is told the rest ($name)', async (look) => {
    const { context, page, t, go } = await site.visit({ ...look, as: scene.haneul })
    await go('/')
    await untilKept(page)
    await go(`/p/${scene.long.id}`)
    const address = page.url()
    await go('/')
    await goOffline({ context, page })
    await page.getByRole('main').getByRole('link', { name: scene.long.title }).click()
    await page.getByRole('heading', { level: 1, name: scene.long.title }).waitFor()
    await page.getByText('다음 글도 기다릴게요.').waitFor()
    await page.getByText(t.offline.note).waitFor()
    expect(page.url()).toBe(address)

    await go(`/p/${scene.question.id}`)
    await page.getByRole('heading', { level: 1, name: t.offline.title }).waitFor()
    expect(await page.getByRole('link', { name: t.site.signIn }).count()).toBe(0)
    await page.getByRole('main').getByRole('link', { name: scene.long.title }).click()
    await page.getByRole('heading', { level: 1, name: scene.long.title }).waitFor()
    await go(`/p/${scene.question.id}`)
    await context.setOffline(false)
    await page.getByRole('link', { name: t.offline.again }).click()
    await page.getByRole('heading', { level: 1, name: scene.question.title }).waitFor()
    expect(await page.getByText(t.offline.note).count()).toBe(0)
  })

  test('nothing is kept of one member for another, nor for whoever comes after signing out', async () => {
    const look = looks[0]
    if (!look) throw new Error('no look')
    const inner = await site.app.board({ slug: `inner${Date.now()}`, readBy: 'members' })
    const post = await site.app.post(scene.miro, inner, { title: 'Only for members' })
    const { context, page, t, go } = await site.visit({ ...look, as: scene.haneul })
    await go('/')
    await untilKept(page)
    await go(`/p/${post.id}`)
    await page.getByRole('heading', { level: 1, name: 'Only for members' }).waitFor()
    await go('/settings')
    await expect.poll(() => keptPages(page)).toContain(`/p/${post.id}/only-for-members`)
    expect((await keptPages(page)).some((path) => path.startsWith('/settings'))).toBe(false)
    await go('/')
    await page.getByRole('banner').locator('summary').last().click()
    await page.getByRole('button', { name: t.site.signOut }).click()
    await page.getByRole('link', { name: t.site.signIn }).first().waitFor()
    await expect.poll(() => keptPages(page)).toEqual([])
    await goOffline({ context, page })
    await go(`/p/${post.id}`)
    await page.getByRole('heading', { level: 1, name: t.offline.title }).waitFor()
    expect(await page.getByText('Only for members').count()).toBe(0)
  })

  test('what changed is shown at once while there is a network, and what is gone is gone', async () => {
    const look = looks[0]
    if (!look) throw new Error('no look')
    const post = await site.app.post(scene.miro, scene.garden, { title: 'Short-lived', body: 'One' })
    const { context, page, t, go } = await site.visit({ ...look, as: scene.haneul })
    await go('/')
    await untilKept(page)
    await go(`/p/${post.id}`)
    await page.getByText('One', { exact: true }).waitFor()
    await scene.miro.api('PATCH', `/posts/${post.id}`, { body: 'Two', version: 1 })
    await page.reload()
    await page.getByText('Two', { exact: true }).waitFor()
    await scene.miro.api('DELETE', `/posts/${post.id}`)
    await page.reload()
    await expect.poll(() => keptPages(page)).not.toContain(`/p/${post.id}/short-lived`)
    await goOffline({ context, page })
    await page.reload()
    await page.getByRole('heading', { level: 1, name: t.offline.title }).waitFor()
  })

  test('a post is begun, kept, and saved as a draft when the network is back', async () => {
    const look = looks[0]
    if (!look) throw new Error('no look')
    const writer = await site.app.member()
    const { context, page, t, go } = await site.visit({ ...look, as: writer })
    await go('/')
    await untilKept(page)
    await go('/write')
    await goOffline({ context, page })
    await go('/write')
    await page.getByText(t.offline.note).waitFor()
    await page.getByLabel(t.write.postTitle).fill('기차 안에서')
    await page.getByLabel(t.write.body, { exact: true }).fill('터널이 길다.')
    await page.getByRole('button', { name: t.write.publish }).click()
    await page.locator('.keeper').getByText(t.write.keeper.waiting).waitFor()
    expect(await page.getByLabel(t.write.body, { exact: true }).inputValue()).toBe('터널이 길다.')
    await context.setOffline(false)
    // The keeper says "saved" before, too: on this device.
    const drafts = async () => (await writer.api('GET', '/drafts')).json<{ items: unknown[] }>().items
    await expect.poll(drafts, { timeout: 10_000 }).toMatchObject([{ title: '기차 안에서' }])
    await page.locator('.keeper').getByText(t.write.keeper.waiting).waitFor({ state: 'detached' })
  })

  test('a new version of the worker takes over with what pages load today, and older stores go', async () => {
    const look = looks[0]
    if (!look) throw new Error('no look')
    const { page, go } = await site.visit({ ...look, as: scene.haneul, withoutCsp: true })
    await go('/')
    await untilKept(page)
    const shell = (await page.evaluate(async () => {
      // What an older program left: a store of its own, an old page in today's.
      await (await caches.open('shell-0')).put('/offline', new Response('of yesterday'))
      const pages = await caches.open('shell-1')
      const [first] = await pages.keys()
      if (first) await pages.put(first, new Response('of yesterday'))
      return first?.url
    })) as string
    const { origin } = new URL(page.url())
    // The same worker under another address is to the browser what an upgrade brings.
    await page.evaluate(async () => {
      const changed = new Promise((resolve) =>
        navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
      )
      await navigator.serviceWorker.register('/service-worker.js?next')
      await changed
    })
    await expect.poll(() => page.evaluate(() => caches.keys()), { timeout: 15_000 }).not.toContain('shell-0')
    const kept = await page.evaluate(async (url) => (await caches.match(url))?.text(), shell)
    expect(kept).toContain('<!doctype html>')
    await page.reload()
    const asked = await page.evaluate(() =>
      performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname),
    )
    const scripts = asked.filter((path) => path.endsWith('.js') && path.startsWith('/assets/'))
    expect(scripts.length).toBeGreaterThan(0)
    for (const path of scripts) expect((await fetch(origin + path)).status).toBe(200)
  })
})
