import type { Page } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import type { Actor } from '#test/support/app.ts'
import { violations } from './support/axe.ts'
import { openInputMethod } from './support/hangul.ts'
import { isPhone, looks, swappedLooks } from './support/looks.ts'
import { describeInBrowser, useSite, type Visitor } from './support/site.ts'

/** Lets the two seconds pass after which a pause is a pause. */
async function pauseTyping(page: Page): Promise<void> {
  // The field's own script may still be on its way.
  await page.waitForLoadState('networkidle')
  await page.clock.fastForward(2500)
}

/** The quiet note in either language: "Saved", then "Saved 3 s ago". */
async function untilSaved(page: Page): Promise<void> {
  await pauseTyping(page)
  await page.getByText(/저장했습니다$|^Saved/).waitFor()
}

describeInBrowser('a writer', () => {
  let writer: Actor
  const site = useSite(async (app) => {
    await app.board({ slug: 'talk', name: '자유 이야기' })
    await app.member('하늘')
    await app.member('하늘빛')
    await app.member('mira')
  })

  async function startWriting(visitor: Visitor, values: { title: string; body: string }) {
    const { context, page, t, go } = visitor
    await context.clock.install()
    await go('/write')
    await page.getByLabel(t.write.board).selectOption('talk')
    await page.getByLabel(t.write.postTitle).fill(values.title)
    await page.getByLabel(t.write.body, { exact: true }).fill(values.body)
  }

  test.each(looks)('closes the tab, finds the text again and publishes it ($name)', async (look) => {
    writer = await site.app.member()
    const visitor = await site.visit({ ...look, as: writer })
    const { context, page, t } = visitor
    await startWriting(visitor, { title: '가을 산책', body: 'Bring **warm** socks.' })
    await untilSaved(page)
    await page.close()

    const again = await context.newPage()
    await again.goto('/drafts')
    await again.getByRole('link', { name: '가을 산책' }).click()
    await again.getByText(t.write.draftFrom).waitFor()
    expect(await again.getByLabel(t.write.board).inputValue()).toBe('talk')
    const body = again.getByLabel(t.write.body, { exact: true })
    expect(await body.inputValue()).toBe('Bring **warm** socks.')
    await body.press('End')
    await body.pressSequentially(' And _tea_.')
    if (isPhone(look)) await again.getByRole('button', { name: t.write.preview }).click()
    await again.getByRole('region', { name: t.write.preview }).getByRole('strong').getByText('warm').waitFor()
    await again
      .getByRole('region', { name: t.write.preview })
      .getByRole('emphasis')
      .getByText('tea')
      .waitFor()
    await again.getByRole('button', { name: t.write.publish }).click()
    await again.getByRole('heading', { level: 1, name: '가을 산책' }).waitFor()
    await again.goto('/drafts')
    await again.getByText(t.drafts.empty).waitFor()
  })

  test.each(swappedLooks)('is asked before a draft is gone for good ($name)', async (look) => {
    writer = await site.app.member()
    const visitor = await site.visit({ ...look, as: writer })
    const { page, t, go } = visitor
    await startWriting(visitor, { title: '버릴 글', body: 'Not this one.' })
    await untilSaved(page)
    await go('/drafts')
    const discard = page.getByRole('button', { name: `${t.drafts.delete}: 버릴 글` })
    await discard.click()
    await page.getByRole('dialog', { name: t.drafts.deleteSure }).waitFor()
    await page.getByRole('button', { name: t.keys.no }).click()
    await discard.click()
    await page.getByRole('dialog').getByRole('button', { name: t.drafts.delete }).click()
    await page.getByRole('status').getByText(t.drafts.deleted).waitFor()
    await page.getByText(t.drafts.empty).waitFor()
  })

  test.each(swappedLooks)('keeps the texts of two windows apart ($name)', async (look) => {
    writer = await site.app.member()
    const visitor = await site.visit({ ...look, as: writer })
    const { context, page: one, t } = visitor
    await startWriting(visitor, { title: '두 창', body: '처음' })
    await untilSaved(one)
    const two = await context.newPage()
    await two.goto('/drafts')
    await two.getByRole('link', { name: '두 창' }).click()
    await two.getByLabel(t.write.body, { exact: true }).fill('둘째 창에서 쓴 글')
    await untilSaved(two)
    await one.getByLabel(t.write.body, { exact: true }).fill('첫째 창에서 쓴 글')
    await pauseTyping(one)
    await one.getByText(t.write.keeper.forked).first().waitFor()
    await one.goto('/drafts')
    await one.getByText('첫째 창에서 쓴 글').waitFor()
    await one.getByText('둘째 창에서 쓴 글').waitFor()
  })

  test.each(swappedLooks)('keeps what was typed a moment before the page was left ($name)', async (look) => {
    writer = await site.app.member()
    const visitor = await site.visit({ ...look, as: writer })
    const { page, t } = visitor
    // From here on the service worker stands between the page and the server.
    await page.goto('/')
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready
    })
    await startWriting(visitor, { title: '급히 나감', body: '한 줄' })
    await page.locator('.brand').click()
    await page.waitForURL('**/')
    await vi.waitFor(
      async () => {
        const { items } = (await writer.api('GET', '/drafts')).json()
        expect(items.map((draft: { title: string }) => draft.title)).toEqual(['급히 나감'])
      },
      { timeout: 10_000 },
    )
    await page.goto('/write')
    await page.getByLabel(t.write.body, { exact: true }).waitFor()
    await page.waitForLoadState('networkidle')
    expect(await page.getByText(t.write.keeper.found).count()).toBe(0)
    expect(await page.evaluate(() => Object.keys(localStorage).join())).not.toContain('madang-draft')
  })

  test.each([true, false])(
    'goes back and publishes again, which leads to what is there, script: %s',
    async (script) => {
      writer = await site.app.member()
      const { page, t } = await site.visit({ ...looks[0], as: writer, script })
      await page.goto('/write?board=talk')
      const title = page.getByLabel(t.write.postTitle)
      await title.fill('한 번만')
      await page.getByLabel(t.write.body, { exact: true }).fill('두 줄\n입니다')
      const publish = page.getByRole('button', { name: t.write.publish })
      await publish.click()
      await page.waitForURL(/\/p\/\d/)
      const post = page.url()
      const back = async (field: string) => {
        await page.goBack()
        await page.waitForLoadState('networkidle')
        return page.getByLabel(field, { exact: true }).inputValue()
      }
      expect(await back(t.write.body)).toBe('두 줄\n입니다')
      // Here the page is read anew, and a field without completion is not filled again.
      await title.fill('한 번만')
      await publish.click()
      await page.waitForURL(`${post}?again=post`)
      await page.getByText(t.post.writtenAgain).waitFor()
      const reply = page.getByRole('button', { name: t.write.reply, exact: true })
      await page.getByLabel(t.write.comment, { exact: true }).fill('좋네요')
      await reply.click()
      await page.waitForURL(/#c\d+$/)
      const comment = page.url()
      expect(await back(t.write.comment)).toBe('좋네요')
      await reply.click()
      await page.waitForURL(comment.replace(/#c(\d+)$/, '?again=$1#c$1'))
      await page.getByText(t.post.writtenAgain).waitFor()
      const { items } = (await writer.api('GET', '/boards/talk/posts')).json()
      const own = items.filter((one: { title: string }) => one.title === '한 번만')
      expect(own.map((one: { comments: number }) => one.comments).slice(0, 2)).toEqual([
        1,
        ...(script ? [] : [1]),
      ])
      expect((await writer.api('GET', '/drafts')).json().items).toEqual([])
    },
  )

  test.each(looks)('gets back what the server never got ($name)', async (look) => {
    writer = await site.app.member()
    const visitor = await site.visit({ ...look, as: writer })
    const { context, page, t } = visitor
    await startWriting(visitor, { title: '끊긴 글', body: '첫 줄' })
    await context.setOffline(true)
    await page.getByLabel(t.write.body, { exact: true }).fill('첫 줄\n\n둘째 줄')
    await pauseTyping(page)
    await page.getByText(t.write.keeper.waiting).first().waitFor()
    const kept = await page.evaluate(() => Object.entries(localStorage))
    expect(kept.map(([name]) => name).join()).toContain('madang-draft')
    await page.close()
    await context.setOffline(false)
    const again = await context.newPage()
    await again.goto('/')
    // A page that is closed may still get its text through. Here it did not.
    const { items } = (await writer.api('GET', '/drafts')).json()
    for (const { id } of items) await writer.api('DELETE', `/drafts/${id}`)
    await again.evaluate((entries) => {
      for (const [name, value] of entries) localStorage.setItem(name, value)
    }, kept)
    await again.goto('/write')
    await again.getByText(t.write.keeper.found).waitFor()
    await again.getByRole('button', { name: t.write.keeper.restore }).click()
    expect(await again.getByLabel(t.write.body, { exact: true }).inputValue()).toBe('첫 줄\n\n둘째 줄')
    await untilSaved(again)
  })

  test.each(swappedLooks)(
    'calls members by the keyboard, in the middle of a syllable too ($name)',
    async (look) => {
      writer = await site.app.member()
      const visitor = await site.visit({ ...look, as: writer })
      const { page, t } = visitor
      const method = await openInputMethod(page)
      await startWriting(visitor, { title: '부르기', body: '' })
      const body = page.getByLabel(t.write.body, { exact: true })
      const names = page.getByRole('listbox', { name: t.write.mention.label })
      await body.pressSequentially('@mir')
      await names.getByRole('option', { name: 'mira' }).waitFor()
      await body.press('Tab')
      expect(await body.inputValue()).toBe('@mira ')

      await body.pressSequentially('@')
      await method.compose('ㅎ')
      await method.compose('하')
      await names.getByRole('option', { name: '하늘', exact: true }).waitFor()
      await body.press('ArrowDown')
      expect(await names.getByRole('option', { selected: true }).textContent()).toBe('하늘빛')
      await method.pressEnter()
      await method.commit('하')
      await expect.poll(() => body.inputValue()).toBe('@mira @하늘빛 ')
      expect(await names.count()).toBe(0)
    },
  )
})

describeInBrowser('Tags', () => {
  const site = useSite(async (app) => {
    const writer = await app.member()
    const board = await app.board({ slug: 'talk', name: '자유 이야기' })
    const first = { title: '글', tags: ['기숙사', '비자'] }
    await app.post(writer, board, first)
    await app.post(writer, board, { title: '글', tags: ['기숙사', 'visa-d2'] })
  })

  test.each(swappedLooks)(
    'in use are offered while one is typed, by keyboard and pointer ($name)',
    async (look) => {
      const { page, t, go } = await site.visit({ ...look, as: await site.app.member() })
      const method = await openInputMethod(page)
      await go('/write')
      await page.waitForLoadState('networkidle')
      const field = page.locator('input[name=tags]')
      const tags = page.getByRole('listbox', { name: t.write.tagsOffered.label })
      await field.focus()
      await method.compose('ㄱ')
      await method.compose('기')
      const offered = tags.getByRole('option', {
        name: `기숙사 ${t.write.tagsOffered.many.replace('{count}', '2')}`,
      })
      await offered.waitFor()
      expect(await violations(page, 'main')).toEqual([])
      await method.commit('기')
      await field.press('ArrowDown')
      await field.press('Enter')
      expect(await field.inputValue()).toBe('기숙사, ')
      expect(await tags.count()).toBe(0)

      await field.pressSequentially('VIS')
      await tags.getByRole('option', { name: 'visa-d2' }).click()
      expect(await field.inputValue()).toBe('기숙사, visa-d2, ')

      // What is typed is meant as it is until one is chosen, and Enter sends nothing by mistake.
      await field.pressSequentially('비')
      await tags.getByRole('option', { name: '비자' }).waitFor()
      await field.press('Enter')
      expect(await tags.count()).toBe(0)
      expect(await field.inputValue()).toBe('기숙사, visa-d2, 비')
      expect(new URL(page.url()).pathname).toBe('/write')
    },
  )
})

describeInBrowser('Enter', () => {
  let writer: Actor
  let post: { id: number }
  const site = useSite(async (app) => {
    writer = await app.member()
    const board = await app.board({ slug: 'talk', name: '자유 이야기' })
    post = await app.post(writer, board, { title: '한글' })
  })
  const comments = async () => (await writer.api('GET', `/posts/${post.id}/comments`)).json().items

  test.each(looks)('ends a syllable without sending; with Ctrl it sends once ($name)', async (look) => {
    const before = (await comments()).length
    // Of one and the same member the same words would be the same form.
    const { page, t, go } = await site.visit({ ...look, as: await site.app.member() })
    await go(`/p/${post.id}`)
    const method = await openInputMethod(page)
    const field = page.getByLabel(t.write.comment, { exact: true })
    // Its script comes after the page.
    const editor = () =>
      page.evaluate(async () => {
        await customElements.whenDefined('text-editor')
      })
    await editor()
    await field.focus()
    await method.compose('안녀')
    await method.pressEnter()
    await method.commit('안녕')
    expect(await comments()).toHaveLength(before)
    expect(await field.inputValue()).toBe('안녕')

    await method.compose('하세')
    await method.pressEnter({ ctrl: true })
    await page.waitForURL(/#c\d+$/)
    await editor()
    const twice = `두 번 누르기, ${look.name}`
    await field.fill(twice)
    await page.evaluate(() => {
      const press = { key: 'Enter', code: 'Enter', ctrlKey: true, bubbles: true, cancelable: true }
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', press))
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', press))
    })
    await page.getByRole('article').getByText(twice).waitFor()
    expect((await comments()).map((one: { html: string }) => one.html.trim()).slice(before)).toEqual([
      '<p>안녕하세</p>',
      `<p>${twice}</p>`,
    ])
  })

  test('takes what was sent before the script came for sent, not for a draft', async () => {
    const { page, t } = await site.visit({ ...looks[0], as: writer })
    const late = Promise.withResolvers<void>()
    await page.route('**/*', async (route) => {
      if (route.request().resourceType() === 'script') await late.promise
      await route.continue()
    })
    await page.goto(`/p/${post.id}`, { waitUntil: 'commit' })
    await page.getByLabel(t.write.comment, { exact: true }).fill('Sent at once.')
    const button = page.getByRole('button', { name: t.write.reply, exact: true })
    // As a click leaves it, while the form is on its way.
    await button.focus()
    late.resolve()
    await page.locator('textarea[data-started]').waitFor()
    const kept = await page.evaluate(() => Object.values(localStorage).map((copy) => JSON.parse(copy).sent))
    expect(kept).toEqual([true])
    await button.click()
    await page.waitForURL(/#c\d+$/)
    expect((await writer.api('GET', '/drafts')).json().items).toEqual([])
  })
  test('leaves no draft behind whose saving was not answered yet when its text was sent', async () => {
    const author = await site.app.member()
    const { page, t, go } = await site.visit({ ...looks[1], as: author })
    await go(`/p/${post.id}`)
    const saved = Promise.withResolvers<void>()
    const published = Promise.withResolvers<void>()
    await page.route('**/api/v1/drafts', async (route) => {
      const response = await route.fetch()
      saved.resolve()
      await published.promise
      // Its page has gone.
      await route.fulfill({ response }).catch(() => {})
    })
    await page.getByLabel(t.write.comment, { exact: true }).pressSequentially('Over a slow network.')
    await saved.promise
    await page.getByRole('button', { name: t.write.reply, exact: true }).click()
    await page.waitForURL(/#c\d+$/)
    published.resolve()
    expect((await author.api('GET', '/drafts')).json().items).toEqual([])
  })
})
