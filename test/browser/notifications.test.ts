import { beforeEach, expect, test } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import type { Actor } from '#test/support/app.ts'
import { looks } from './support/looks.ts'
import { say } from './support/scene.ts'
import { describeInBrowser, useSite } from './support/site.ts'

describeInBrowser('notifications', () => {
  let author: Actor
  let other: Actor
  let board: Board
  let post: { id: number; title: string }
  const site = useSite(async (app) => {
    board = await app.board({ slug: 'talk', name: '자유 이야기', kind: 'question' })
  })
  beforeEach(async () => {
    author = await site.app.member()
    other = await site.app.member()
    post = await site.app.post(author, board, { title: '노을이 예뻤어요' })
  })

  test.each(looks)('reach an open page, and lead to what happened ($name)', async (look) => {
    const { page, t, go } = await site.visit({ ...look, as: author })
    const opened = page.waitForEvent('websocket')
    await go('/boards')
    const socket = await opened
    await socket.waitForEvent('framereceived')
    await say(other, post.id, { body: 'It was.' })
    const bell = page.getByRole('link', { name: new RegExp(t.notifications.title) })
    await bell.getByText('1', { exact: true }).waitFor()
    await say(other, post.id, { body: 'Really.' })
    await page
      .getByText(t.notifications.unread({ count: 1 }))
      .first()
      .waitFor({ state: 'attached' })
    await bell.click()
    await page.getByRole('link', { name: /노을이 예뻤어요/ }).click()
    await page.waitForURL(/#c\d+$/)
    await page.getByText('Really.').waitFor()
    expect(await bell.getByText('1', { exact: true }).count()).toBe(0)
  })

  test.each(looks)(
    'of comments on the post that one reads float on the screen and move nothing ($name)',
    async (look) => {
      for (let i = 0; i < 8; i++)
        await say(other, post.id, { body: `${'It was a long evening. '.repeat(20)}${i}` })
      const { page, t, go } = await site.visit({ ...look, as: author })
      const opened = page.waitForEvent('websocket')
      await go(`/p/${post.id}`)
      const socket = await opened
      await socket.waitForEvent('framereceived', { predicate: ({ payload }) => payload.includes('post:') })
      await page.evaluate(() => scrollTo(0, 300))
      await say(other, post.id, { body: 'And it goes on.' })
      const notice = page.getByRole('link', { name: t.chat.newComments.one })
      await notice.waitFor()
      expect(await page.evaluate(() => scrollY)).toBe(300)
      const isSeen = await notice.evaluate((link) => {
        const { x, y, width, height } = link.getBoundingClientRect()
        return document.elementFromPoint(x + width / 2, y + height / 2) === link
      })
      expect(isSeen).toBe(true)
      await notice.click()
      await page.getByText('And it goes on.').waitFor()
    },
  )

  test.each(looks)('are chosen in a table, and a board is followed, without script ($name)', async (look) => {
    const { page, t, go } = await site.visit({ ...look, as: author, script: false })
    await go('/settings/notifications')
    await page.getByLabel(`${t.notifyBy.kinds.vote}: ${t.notifyBy.mail}`).selectOption('weekly')
    await page.getByLabel(`${t.notifyBy.kinds.comment}: ${t.notifyBy.push}`).check()
    await page.getByRole('button', { name: t.forms.save }).click()
    await page.getByText(t.notifyBy.saved).waitFor()
    expect(await page.getByLabel(`${t.notifyBy.kinds.vote}: ${t.notifyBy.mail}`).inputValue()).toBe('weekly')
    await go(`/b/${board.slug}`)
    await page.getByRole('button', { name: t.follows.follow }).click()
    await go('/settings/follows')
    await page.getByRole('link', { name: board.name }).waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(wide).toBeLessThanOrEqual(0)
  })

  test('are asked for where one stands: the button keeps the focus and it is said', async () => {
    const reader = await site.app.member()
    const { page, t, go } = await site.visit({ ...looks[0], as: reader })
    await go(`/b/${board.slug}`)
    const button = page.getByRole('button', { name: t.follows.follow })
    for (const said of [t.keys.followed, t.keys.unfollowed, t.keys.followed]) {
      await button.press('Enter')
      await page.getByRole('status').getByText(said).waitFor()
      expect(await button.evaluate((one) => one === document.activeElement)).toBe(true)
    }
    expect(await button.getAttribute('aria-pressed')).toBe('true')
    await go('/settings/follows')
    await page.getByRole('link', { name: board.name }).waitFor()
  })

  test('are shown by the service worker when one is pushed, whatever it says', async () => {
    const { context, page, go } = await site.visit({ ...looks[0], as: author })
    await context.grantPermissions(['notifications'])
    await go('/')
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    const devtools = await context.newCDPSession(page)
    const registered = new Promise<string>((resolve) => {
      devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const [first] = registrations
        if (first) resolve(first.registrationId)
      })
    })
    await devtools.send('ServiceWorker.enable')
    const registrationId = await registered
    const push = (data: string) =>
      devtools.send('ServiceWorker.deliverPushMessage', { origin: site.address, registrationId, data })
    await push(
      JSON.stringify({ title: '마당', body: '하늘이 답했습니다.', url: '/notifications/1', tag: 'n1' }),
    )
    await push('no JSON')
    const shown = () =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready
        const all = await registration.getNotifications()
        return all.map(({ title, body, data, tag }) => ({ title, body, data, tag }))
      })
    await expect.poll(shown).toContainEqual({
      title: '마당',
      body: '하늘이 답했습니다.',
      data: '/notifications/1',
      tag: 'n1',
    })
    await expect.poll(async () => (await shown()).length).toBe(2)
  })
})
