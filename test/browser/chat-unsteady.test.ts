import { expect, test } from 'vitest'
import type { Actor } from '#test/support/app.ts'
import { crowdSockets, refuseSockets } from './support/connections.ts'
import { looks, swappedLooks } from './support/looks.ts'
import { describeInBrowser, useSite, type Visitor } from './support/site.ts'

describeInBrowser.each(looks.map((look, index) => [look.name, look, swappedLooks[index] ?? look] as const))(
  'a room whose connection comes and goes (%s)',
  (_name, look, otherLook) => {
    const site = useSite()
    let said = 0
    const say = (who: Actor, room: number, body: string) =>
      who.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: `c${++said}` })
    const pair = async () => {
      const [one, two] = [await site.app.member(), await site.app.member()]
      const opened = await one.api('POST', '/chat/rooms', { members: [two.id] })
      return { one, two, room: opened.json<{ id: number }>().id }
    }

    test('says at once that the network is away, and sends what waits as soon as it is back', async () => {
      const { one, two, room } = await pair()
      const { context, page, t, go } = await site.visit({ ...look, as: one })
      await go(`/chat/${room}`)
      const state = page.locator('#room-state')
      await state.filter({ hasText: /^$/ }).waitFor({ state: 'attached' })
      const field = page.getByRole('textbox', { name: t.chat.field })
      await field.fill('Before')
      await field.press('Enter')
      await page.locator('.msg:not(.waiting)', { hasText: 'Before' }).waitFor()
      await context.setOffline(true)
      await state.filter({ hasText: t.chat.offline }).waitFor()
      await field.fill('While away')
      await field.press('Enter')
      await page.locator('.waiting', { hasText: t.chat.notSent }).waitFor()
      await say(two, room, 'Meanwhile')
      await context.setOffline(false)
      await page.locator('.msg', { hasText: 'Meanwhile' }).waitFor()
      await page.locator('.msg:not(.waiting)', { hasText: 'While away' }).waitFor()
      expect(await state.textContent()).not.toBe(t.chat.offline)
    })

    test('keeps what is written, and what waits, while its page is left; it is sent once', async () => {
      const { one, two, room } = await pair()
      const { page, t, go } = await site.visit({ ...look, as: one })
      await go(`/chat/${room}`)
      const field = page.getByRole('textbox', { name: t.chat.field })
      await page.route('**/messages', (route) => route.abort())
      await field.fill('On its way')
      await field.press('Enter')
      await page.locator('.waiting').waitFor()
      await field.fill('Half a thought')
      await go('/chat')
      await page.unroute('**/messages')
      await go(`/chat/${room}`)
      await page.locator('.msg:not(.waiting)', { hasText: 'On its way' }).waitFor()
      await expect.poll(() => page.locator('.waiting').count()).toBe(0)
      expect(await field.inputValue()).toBe('Half a thought')
      const { id: about } = await site.app.post(two, await site.app.board())
      await go(`/chat/${room}?about=${about}`)
      await page.waitForLoadState('networkidle')
      expect(await field.inputValue()).toBe(`${site.address}/p/${about}\nHalf a thought`)
      const log = await two.api('GET', `/chat/rooms/${room}/messages`)
      expect(log.json<{ items: unknown[] }>().items).toHaveLength(1)
      await field.press('Enter')
      await page.locator('.msg:not(.waiting)', { hasText: 'Half a thought' }).waitFor()
      await go(`/chat/${room}`)
      expect(await page.locator('.msg').count()).toBe(2)
      expect(await field.inputValue()).toBe('')
    })

    test('gives back what was refused, before what was typed since, and says why', async () => {
      const { one, room } = await pair()
      const { page, t, go } = await site.visit({ ...look, as: one })
      await go(`/chat/${room}`)
      const field = page.getByRole('textbox', { name: t.chat.field })
      const typed = Promise.withResolvers<void>()
      await page.route('**/messages', async (route) => {
        await typed.promise
        await route.continue()
      })
      const long = 'so '.repeat(2000).trim()
      await field.fill(long)
      await field.press('Enter')
      await field.fill('And then')
      typed.resolve()
      await page.locator('.toast', { hasText: t.fields['too-long']({ limit: 4000 }) }).waitFor()
      expect(await field.inputValue()).toBe(`${long}\n\nAnd then`)
      expect(await page.locator('.waiting').count()).toBe(0)
    })

    test('counts what comes below as read when the reader comes to it by themselves', async () => {
      const { one, two, room } = await pair()
      for (let number = 1; number <= 8; number++) await say(two, room, 'A line\n\n'.repeat(8))
      const { page, go } = await site.visit({ ...look, as: one })
      await go(`/chat/${room}`)
      await page.waitForLoadState('networkidle')
      await page.evaluate(() => scrollTo({ top: 0 }))
      await say(two, room, 'Far below')
      const note = page.locator('.fresh-note')
      await note.waitFor()
      await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }))
      await note.waitFor({ state: 'detached' })
      const unread = async () => {
        const { items } = (await one.api('GET', '/chat/rooms')).json<{ items: { unread: number }[] }>()
        return items[0]?.unread
      }
      await expect.poll(unread).toBe(0)
    })

    test('says in the place of the field that one was sent away or signed out, and takes the room from the list', async () => {
      const [owner, guest] = [await site.app.member(), await site.app.member()]
      const opened = await owner.api('POST', '/chat/rooms', { members: [guest.id], name: 'Group' })
      const { id } = opened.json<{ id: number }>()
      const a = await site.visit({ ...look, as: owner })
      const b = await site.visit({ ...otherLook, as: guest })
      for (const one of [a, b]) await one.go(`/chat/${id}`)
      await a.page.locator('#room-state', { hasText: a.t.chat.here.replace('{count}', '2') }).waitFor()
      await owner.api('DELETE', `/chat/rooms/${id}/members/${guest.id}`)
      await b.page.getByRole('alert').filter({ hasText: b.t.chat.over }).waitFor()
      await b.page.locator(`[data-room-row="${id}"]:visible`).waitFor({ state: 'detached' })
      expect(await b.page.locator('#room-state').textContent()).toBe('')
      await a.page.evaluate(() => fetch('/api/v1/sessions/current', { method: 'DELETE' }))
      await a.page.getByRole('alert').filter({ hasText: a.t.chat.signedOut }).waitFor()
      expect(await a.page.getByRole('textbox', { name: a.t.chat.field }).isVisible()).toBe(false)
    })

    test('goes on by asking when one has as many windows open as one may', async () => {
      const { one, two, room } = await pair()
      const { context, page, t, go } = await site.visit({ ...look, as: one })
      await context.addInitScript(crowdSockets)
      const asks = page.waitForRequest((request) => request.url().includes('wait=25'))
      await go(`/chat/${room}`)
      await asks
      await say(two, room, 'To the last window')
      await page.locator('.msg', { hasText: 'To the last window' }).waitFor()
      expect(await page.getByRole('textbox', { name: t.chat.field }).isVisible()).toBe(true)
      expect(await page.locator('#room-state').textContent()).not.toBe(t.chat.offline)
    })

    test('tells of news in other rooms, by the bell and in the list, where no socket gets through', async () => {
      const { one, two, room } = await pair()
      const { context, page, t, go } = await site.visit({ ...look, as: one })
      await context.addInitScript(refuseSockets)
      await go('/chat')
      await say(two, room, 'By asking')
      await site.app.deps.notifier.flush('rooms')
      const count = page.locator('#bell .count')
      /** Looked at again, the page asks anew; else every half minute. */
      const seen = (what: () => Promise<unknown>) =>
        expect.poll(async () => {
          await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
          return what()
        })
      await seen(() => count.textContent()).toContain(t.notifications.unread({ count: 1 }))
      await page.locator('.room-row.unread', { hasText: 'By asking' }).waitFor()
      await page.locator('[data-chat-link].fresh').first().waitFor({ state: 'attached' })
      await one.api('PUT', '/notifications/read')
      await seen(() => count.isVisible()).toBe(false)
      await page.locator('[data-chat-link].fresh').first().waitFor({ state: 'detached' })
    })

    test('shows nothing of what somebody types and says whom the reader keeps away', async () => {
      const [reader, other, third] = [
        await site.app.member(),
        await site.app.member(),
        await site.app.member(),
      ]
      const opened = await third.api('POST', '/chat/rooms', { members: [reader.id, other.id], name: 'Group' })
      const { id } = opened.json<{ id: number }>()
      await reader.api('PUT', `/me/blocks/${other.id}`, { kind: 'block' })
      const [a, b, c] = [
        await site.visit({ ...look, as: reader }),
        await site.visit({ ...otherLook, as: other }),
        await site.visit({ ...look, as: third }),
      ]
      for (const one of [a, b, c]) await one.go(`/chat/${id}`)
      const stateOf = ({ page }: Visitor) => page.locator('#room-state')
      for (const one of [a, c]) await stateOf(one).filter({ hasText: /3/ }).waitFor()
      await b.page.getByRole('textbox', { name: b.t.chat.field }).pressSequentially('Hm')
      await stateOf(c).filter({ hasText: other.name }).waitFor()
      // What was told before it has come by then.
      await say(third, id, 'After it')
      await a.page.locator('.msg', { hasText: 'After it' }).waitFor()
      expect(await stateOf(a).textContent()).not.toContain(other.name)
      await say(other, id, 'An unwelcome word')
      await c.page.locator('.msg', { hasText: 'An unwelcome word' }).waitFor()
      await a.page.locator('.msgs .msg', { hasText: a.t.chat.away }).waitFor()
      expect(await a.page.locator('.msgs').textContent()).not.toContain('unwelcome')
    })

    test('shows lists in one’s own messages as lists', async () => {
      const { one, room } = await pair()
      await say(one, room, '- one\n- two')
      const { page, go } = await site.visit({ ...look, as: one })
      await go(`/chat/${room}`)
      const [first, second] = await page
        .locator('.msg.own li')
        .evaluateAll((items) => items.map((item) => item.getBoundingClientRect().toJSON()))
      expect(second.top).toBeGreaterThanOrEqual(first.bottom)
      expect(second.left).toBe(first.left)
    })
  },
)
