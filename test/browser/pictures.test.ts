import { expect, test } from 'vitest'
import { photo, plain } from '#test/support/images.ts'
import { looks, swappedLooks } from './support/looks.ts'
import { describeInBrowser, useSite, type Visitor } from './support/site.ts'

describeInBrowser('a writer with pictures', () => {
  const site = useSite(async (app) => {
    await app.board({ slug: 'talk', name: '자유 이야기' })
  })

  async function startWriting({ page, t, go }: Visitor) {
    await go('/write')
    await page.getByLabel(t.write.board).selectOption('talk')
    await page.getByLabel(t.write.postTitle).fill('사진')
    const body = page.getByLabel(t.write.body, { exact: true })
    await body.fill('before')
    return body
  }

  test.each(looks)('chooses one, sees it come, publishes it ($name)', async (look) => {
    const visitor = await site.visit({ ...look, as: await site.app.member() })
    const { page, t } = visitor
    const body = await startWriting(visitor)
    await page.waitForLoadState('networkidle')
    const choosing = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: t.files.attach }).click()
    const chooser = await choosing
    await chooser.setFiles({ name: 'our yard.jpg', mimeType: 'image/jpeg', buffer: await photo(1200, 900) })
    await page.getByText(t.files.added).waitFor()
    expect(await body.inputValue()).toMatch(/^before\n!\[our yard\]\(\/files\/[0-9a-f]{32}\.webp\)\n$/)
    await page.getByRole('button', { name: t.write.publish }).click()
    await page.getByRole('heading', { level: 1, name: '사진' }).waitFor()
    const shown = page.getByRole('img', { name: 'our yard' })
    await shown.waitFor()
    expect(
      await shown.evaluate(async (image: HTMLImageElement) => {
        await image.decode()
        return [image.naturalWidth, image.getAttribute('height')]
      }),
    ).toEqual([960, '720'])
  })

  test('chooses a photo of more bytes than the site takes, which is shown as wide as any', async () => {
    const visitor = await site.visit({ ...looks[1], as: await site.app.member() })
    const { page, t } = visitor
    const body = await startWriting(visitor)
    await page.waitForLoadState('networkidle')
    const buffer = await photo(4200, 3150, 6)
    expect(buffer.length).toBeGreaterThan(5_000_000)
    await page.locator('.attach-file').setInputFiles({ name: 'camera.jpg', mimeType: 'image/jpeg', buffer })
    await page.getByText(t.files.added).waitFor()
    expect(await body.inputValue()).toContain('![camera](/files/')
    const [file] = await site.app.db
      .selectFrom('files')
      .select(['width', 'height'])
      .orderBy('id', 'desc')
      .execute()
    // Upright, as the camera was held.
    expect(file).toEqual({ width: 1440, height: 1920 })
  })

  test.each(swappedLooks)('pastes and drops them; text that is pasted stays text ($name)', async (look) => {
    const visitor = await site.visit({ ...look, as: await site.app.member() })
    const { page, t } = visitor
    const body = await startWriting(visitor)
    await page.waitForLoadState('networkidle')
    const bytes = (await plain('png', 400, 300)).toString('base64')
    const give = (kind: 'paste' | 'drop', withText: boolean) =>
      body.evaluate(
        (field, given) => {
          const data = new DataTransfer()
          const raw = Uint8Array.from(atob(given.bytes), (character) => character.charCodeAt(0))
          data.items.add(new File([raw], 'shot.png', { type: 'image/png' }))
          if (given.withText) data.setData('text/plain', 'words')
          const event =
            given.kind === 'paste'
              ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
              : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
          field.dispatchEvent(event)
          return event.defaultPrevented
        },
        { bytes, kind, withText },
      )
    expect(await give('paste', true)).toBe(false)
    expect(await give('paste', false)).toBe(true)
    await page.getByText(t.files.added).waitFor()
    expect(await give('drop', false)).toBe(true)
    await expect.poll(async () => (await body.inputValue()).match(/!\[shot\]/g)?.length).toBe(2)
  })

  test.each(looks.slice(0, 1))('without script uploads on a page of its own ($name)', async (look) => {
    const { page, t, go } = await site.visit({ ...look, as: await site.app.member(), script: false })
    await go('/write')
    await page.getByRole('link', { name: t.files.upload }).waitFor()
    await go('/upload')
    await page
      .getByLabel(t.files.picture)
      .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: await plain('png') })
    await page.getByRole('button', { name: t.files.send }).click()
    expect(await page.getByLabel(t.files.line).inputValue()).toMatch(/^!\[\]\(\/files\//)
  })
})
