import { expect, test } from 'vitest'
import type { Actor } from '#test/support/app.ts'
import { openInputMethod } from './support/hangul.ts'
import { looks, swappedLooks } from './support/looks.ts'
import { describeInBrowser, useSite } from './support/site.ts'

/** Runs in the page: lets a test break its connections. */
function rememberSockets(): void {
  const Original = WebSocket
  class Remembered extends Original {
    constructor(address: string) {
      super(address)
      addEventListener('break-sockets', () => this.close())
    }
  }
  Reflect.set(globalThis, 'WebSocket', Remembered)
}

describeInBrowser.each(looks.map((look, index) => [look.name, look, swappedLooks[index] ?? look] as const))(
  'two people who talk (%s)',
  (_name, look, otherLook) => {
    let [haneul, miro]: Actor[] = []
    let room = 0
    const site = useSite(async (app) => {
      haneul = await app.member('하늘')
      miro = await app.member('miro')
      const opened = await haneul.api('POST', '/chat/rooms', { members: [miro.id] })
      room = opened.json<{ id: number }>().id
    })
    const people = async () => {
      if (!haneul || !miro) throw new Error('nobody there')
      const [a, b] = [await site.visit({ ...look, as: haneul }), await site.visit({ ...otherLook, as: miro })]
      for (const one of [a, b]) {
        await one.context.addInitScript(rememberSockets)
        await one.go(`/chat/${room}`)
      }
      // Both follow: each is told that two are there.
      for (const one of [a, b]) await one.page.locator('#room-state').filter({ hasText: '2' }).waitFor()
      return { a, b }
    }

    test('see at once what the other says, reacts and edits, each message once', async () => {
      const { a, b } = await people()
      const field = a.page.getByRole('textbox', { name: a.t.chat.field })
      await field.fill('안녕하세요, 미로님')
      await field.press('Enter')
      const heard = b.page.locator('.msg', { hasText: '안녕하세요, 미로님' })
      await heard.waitFor()
      const answer = b.page.getByRole('textbox', { name: b.t.chat.field })
      await answer.pressSequentially('Hi')
      await a.page.locator('#room-state').filter({ hasText: 'miro' }).waitFor()
      await answer.press('Shift+Enter')
      await answer.pressSequentially('there')
      await b.page.getByRole('button', { name: b.t.chat.send }).click()
      await a.page.locator('.msg', { hasText: 'Hi' }).waitFor()
      expect(await a.page.locator('.msg').count()).toBe(2)
      expect(await b.page.locator('.msg').count()).toBe(2)
      const put = await miro?.api(
        'PUT',
        `/chat/rooms/${room}/messages/1/reactions/${encodeURIComponent('👍')}`,
      )
      expect(put?.statusCode).toBe(200)
      await a.page.locator('#m1').getByRole('button', { name: /👍/ }).click()
      await b.page.locator('#m1 .reactions button', { hasText: '2' }).waitFor()
      await miro?.api('PATCH', `/chat/rooms/${room}/messages/2`, { body: 'Hello there' })
      await a.page.locator('#m2', { hasText: 'Hello there' }).getByText(a.t.chat.edited).waitFor()
      await miro?.api('DELETE', `/chat/rooms/${room}/messages/2`)
      await a.page.locator('#m2', { hasText: a.t.chat.deleted }).waitFor()
    })

    test('send a Hangul message whole and once, by one press in the middle of a syllable', async () => {
      const { a, b } = await people()
      const before = await b.page.locator('.msg').count()
      const field = a.page.getByRole('textbox', { name: a.t.chat.field })
      await field.focus()
      const method = await openInputMethod(a.page)
      await method.compose('마')
      await method.compose('만')
      await method.pressEnter()
      expect(await b.page.locator('.msg').count()).toBe(before)
      await method.commit('만')
      await b.page.locator('.msg .prose').getByText('만', { exact: true }).waitFor()
      await a.page.locator('.msg.waiting').waitFor({ state: 'detached' })
      expect(await field.inputValue()).toBe('')
      expect(await a.page.locator('.msg').count()).toBe(before + 1)
      expect(await b.page.locator('.msg').count()).toBe(before + 1)
    })

    test('lose nothing while one of them is offline', async () => {
      const { a, b } = await people()
      const before = await b.page.locator('.msg').count()
      await b.context.setOffline(true)
      // Being offline keeps new connections from being made; it does not end those that are there.
      await b.page.evaluate(() => dispatchEvent(new Event('break-sockets')))
      await b.page.locator('#room-state').filter({ hasText: b.t.chat.offline }).waitFor()
      for (let i = 1; i <= 5; i++)
        await haneul?.api('POST', `/chat/rooms/${room}/messages`, {
          body: `Away ${i}`,
          clientId: `${look.name}${i}`,
        })
      await a.page.locator('.msg', { hasText: 'Away 5' }).waitFor()
      expect(await b.page.locator('.msg').count()).toBe(before)
      await b.context.setOffline(false)
      await b.page.locator('.msg', { hasText: 'Away 5' }).waitFor()
      const texts = await b.page.locator('.msg .prose').allTextContents()
      expect(texts.slice(-5).map((text) => text.trim())).toEqual([1, 2, 3, 4, 5].map((i) => `Away ${i}`))
    })

    test('talk without script, by form and reload', async () => {
      if (!haneul) throw new Error('nobody there')
      const { page, go, t } = await site.visit({ ...look, as: haneul, script: false })
      await go('/chat')
      await page.locator('.room-row').click()
      await page.getByRole('textbox', { name: t.chat.field }).fill('Without script')
      await page.getByRole('button', { name: t.chat.send }).click()
      await page.locator('.msg', { hasText: 'Without script' }).waitFor()
    })
  },
)
