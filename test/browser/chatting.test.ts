import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Actor } from '#test/support/app.ts'
import { photo } from '#test/support/images.ts'
import { violations } from './support/axe.ts'
import { refuseSockets } from './support/connections.ts'
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

    test('hear each other where no socket gets through, and are told of no lost connection', async () => {
      if (!haneul || !miro) throw new Error('nobody there')
      const b = await site.visit({ ...otherLook, as: miro })
      await b.context.addInitScript(refuseSockets)
      await b.go(`/chat/${room}`)
      const state = b.page.locator('#room-state')
      for (const body of ['By poll', 'And again']) {
        await haneul.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: body + look.name })
        await b.page.locator('.msg', { hasText: body }).waitFor()
      }
      expect(await b.page.locator('.msg', { hasText: 'By poll' }).count()).toBe(1)
      const number = await b.page.locator('.msg', { hasText: 'And again' }).getAttribute('data-number')
      await haneul.api('DELETE', `/chat/rooms/${room}/messages/${number}`)
      await b.page.locator(`#m${number}`, { hasText: b.t.chat.deleted }).waitFor()
      expect(await state.textContent()).not.toBe(b.t.chat.offline)
    })

    test('are told that they were sent away where no socket gets through', async () => {
      const [owner, guest] = [await site.app.member(), await site.app.member()]
      const opened = await owner.api('POST', '/chat/rooms', { members: [guest.id], name: 'Group' })
      const { id } = opened.json<{ id: number }>()
      const { context, page, t, go } = await site.visit({ ...otherLook, as: guest })
      await context.addInitScript(refuseSockets)
      await go(`/chat/${id}`)
      await owner.api('POST', `/chat/rooms/${id}/messages`, { body: 'By poll', clientId: 'poll' })
      await page.locator('.msg', { hasText: 'By poll' }).waitFor()
      await owner.api('DELETE', `/chat/rooms/${id}/members/${guest.id}`)
      await page.getByText(t.chat.over).waitFor()
      expect(await page.getByRole('textbox', { name: t.chat.field }).isVisible()).toBe(false)
    })

    test('are seen typing again after a message; who is sent away writes no more', async () => {
      const [owner, guest] = [await site.app.member(), await site.app.member()]
      const opened = await owner.api('POST', '/chat/rooms', { members: [guest.id], name: 'Group' })
      const { id } = opened.json<{ id: number }>()
      const a = await site.visit({ ...look, as: owner })
      const b = await site.visit({ ...otherLook, as: guest })
      for (const one of [a, b]) await one.go(`/chat/${id}`)
      const state = a.page.locator('#room-state')
      await state.filter({ hasText: a.t.chat.here.replace('{count}', '2') }).waitFor()
      const typing = state.filter({ hasText: guest.name })
      const field = b.page.getByRole('textbox', { name: b.t.chat.field })
      for (const text of ['One', 'Two']) {
        await field.pressSequentially(text)
        await typing.waitFor()
        await field.press('Enter')
        await a.page.locator('.msg', { hasText: text }).waitFor()
        expect(await typing.count()).toBe(0)
      }
      await owner.api('DELETE', `/chat/rooms/${id}/members/${guest.id}`)
      await b.page.getByText(b.t.chat.over).waitFor()
      expect(await field.isVisible()).toBe(false)
    })

    test('read in a group who comes and goes, as it happens and when they come back', async () => {
      const [owner, guest, third] = [
        await site.app.member(),
        await site.app.member(),
        await site.app.member(),
      ]
      const opened = await owner.api('POST', '/chat/rooms', { members: [guest.id], name: 'Group' })
      const { id } = opened.json<{ id: number }>()
      const { page, t, go } = await site.visit({ ...look, as: guest })
      await go(`/chat/${id}`)
      await page.waitForLoadState('networkidle')
      await owner.api('POST', `/chat/rooms/${id}/members`, { member: third.id })
      const names = { name: owner.name, whom: third.name }
      await page.getByText(t.chat.added(names)).first().waitFor()
      await page.locator('#room-state', { hasText: t.chat.people({ count: 3 }) }).waitFor()
      await third.api('DELETE', `/chat/rooms/${id}/members/${third.id}`)
      const lines = [t.chat.added(names), t.chat.left({ name: third.name, whom: third.name })]
      await page.locator('.msgs li', { hasText: lines[1] ?? '' }).waitFor()
      expect(await page.locator('.said-quietly').allTextContents()).toEqual(lines)
      await go(`/chat/${id}`)
      expect(await page.locator('.said-quietly').allTextContents()).toEqual(lines)
    })

    test('see their other rooms beside an open one where there is place, as they go on', async () => {
      const [one, two, three] = [await site.app.member(), await site.app.member(), await site.app.member()]
      const [first = 0, second = 0] = await Promise.all(
        [two, three].map(async (other) => {
          const opened = await one.api('POST', '/chat/rooms', { members: [other.id] })
          return opened.json<{ id: number }>().id
        }),
      )
      const { page, t, go } = await site.visit({ ...look, as: one })
      await go(`/chat/${first}`)
      await page.waitForLoadState('networkidle')
      const beside = page.locator('.beside')
      expect(await beside.isVisible()).toBe((page.viewportSize()?.width ?? 0) >= 1024)
      if (!(await beside.isVisible())) return
      const field = page.getByRole('textbox', { name: t.chat.field })
      for (const text of ['Half', 'All of it']) {
        await field.fill(text)
        await field.press('Enter')
      }
      const own = t.chat.last({ name: t.chat.you, text: 'All of it' })
      await beside.locator('[aria-current]', { hasText: own }).waitFor()
      await page.getByText('Half').last().waitFor()
      const number = await page.locator('.msg', { hasText: 'All of it' }).getAttribute('data-number')
      await one.api('DELETE', `/chat/rooms/${first}/messages/${number}`)
      await beside.locator('[aria-current]', { hasText: t.chat.deleted }).waitFor()
      await three.api('POST', `/chat/rooms/${second}/messages`, { body: 'Psst', clientId: 'psst' })
      await beside.locator('.room-row.unread', { hasText: 'Psst' }).waitFor()
      expect(await beside.locator('[aria-current]').getAttribute('data-room-row')).toBe(String(first))
      await beside.locator('.room-row', { hasText: 'Psst' }).click()
      await page.locator('.msg', { hasText: 'Psst' }).waitFor()
      expect(await beside.locator('[aria-current]').getAttribute('data-room-row')).toBe(String(second))
      expect(await beside.locator('.unread-count').count()).toBe(0)
    })

    test('find whom to talk with by the beginning of a name', async () => {
      const [first, second] = [await site.app.member('달리기'), await site.app.member('달무리')]
      const { page, t, go } = await site.visit({ ...look, as: await site.app.member() })
      await go('/chat')
      const names = page.getByLabel(t.chat.withWhom)
      await names.pressSequentially(`${first.name}, 달무`)
      const whole = `${first.name}, ${second.name}`
      await page.locator(`option[value="${whole}"]`).waitFor({ state: 'attached' })
      await names.fill(whole)
      await page.getByRole('button', { name: t.chat.open }).click()
      await page.getByRole('heading', { level: 1, name: second.name }).waitFor()
    })

    test('begin on a profile; what is unread is counted as it comes, and no more when it was read', async () => {
      const saebom = await site.app.member()
      const dan = await site.app.member()
      const b = await site.visit({ ...otherLook, as: dan })
      await b.go('/chat')
      const a = await site.visit({ ...look, as: saebom })
      await a.go(`/m/${dan.name}`)
      await a.page.getByRole('button', { name: a.t.chat.writeTo }).click()
      const field = a.page.getByRole('textbox', { name: a.t.chat.field })
      await field.waitFor()
      await a.page.waitForLoadState('networkidle')
      await field.fill('First')
      await field.press('Enter')
      await a.page.locator('#m1').waitFor()
      // A list without rooms is made whole by the first of them.
      await b.page.locator('.room-row.unread', { hasText: saebom.name }).waitFor()
      await field.fill('Second')
      await field.press('Enter')
      await b.page.locator('.unread-count', { hasText: b.t.chat.unread({ count: 2 }) }).waitFor()
      expect(await b.page.locator('[data-chat-link].fresh').count()).toBeGreaterThan(0)
      await b.page.locator('.room-row').click()
      await b.page.locator('.msg', { hasText: 'Second' }).waitFor()
      expect(await b.page.locator('.msg').count()).toBe(2)
      expect(await b.page.locator('[data-chat-link].fresh').count()).toBe(0)
      await b.go('/chat')
      await b.page.locator('.room-row', { hasText: 'Second' }).waitFor()
      expect(await b.page.locator('.unread-count').count()).toBe(0)
      expect(await b.page.locator('#bell .count:visible').count()).toBe(0)
    })

    test('answer, edit, react and delete where a message stands; the other sees it happen, and that it was read', async () => {
      const { a, b } = await people()
      const field = a.page.getByRole('textbox', { name: a.t.chat.field })
      await field.fill('Which one?')
      await field.press('Enter')
      const asked = b.page.locator('.msg', { hasText: 'Which one?' }).last()
      await asked.waitFor()
      await a.page.getByText(a.t.chat.seen, { exact: true }).waitFor()
      const open = async (row: Locator) => {
        await row.hover()
        await row.locator('.msg-more').click()
      }
      await open(asked)
      await b.page.getByRole('dialog').getByRole('button', { name: b.t.chat.reply }).click()
      await b.page
        .locator('#main')
        .getByText(b.t.chat.replyingTo({ name: '하늘' }))
        .waitFor()
      const answer = b.page.getByRole('textbox', { name: b.t.chat.field })
      await answer.fill('The bleu one')
      await answer.press('Enter')
      const heard = a.page.locator('.msg', { hasText: 'The bleu one' }).last()
      await heard.locator('.quote', { hasText: '하늘: Which one?' }).waitFor()
      expect(await a.page.locator('.seen:visible').count()).toBe(0)
      const number = await heard.getAttribute('data-number')
      const [own, theirs] = [b.page.locator(`#m${number}`), a.page.locator(`#m${number}`)]
      await answer.fill('Half a thought')
      await open(own)
      await b.page.getByRole('dialog').getByRole('button', { name: b.t.chat.edit }).click()
      await b.page.locator('#main').getByText(b.t.chat.editing).waitFor()
      expect(await answer.inputValue()).toBe('The bleu one')
      await answer.fill('The blue one')
      await answer.press('Enter')
      await theirs.filter({ hasText: 'The blue one' }).getByText(a.t.chat.edited).waitFor()
      expect(await answer.inputValue()).toBe('Half a thought')
      await open(theirs)
      expect(await a.page.getByRole('dialog').getByRole('button', { name: a.t.chat.edit }).count()).toBe(0)
      await a.page.getByRole('dialog').getByRole('button', { name: '🎉' }).click()
      await own.getByRole('button', { name: /🎉/ }).waitFor()
      await open(own)
      await b.page.getByRole('dialog').getByRole('button', { name: b.t.chat.remove }).click()
      await b.page.getByText(b.t.chat.removeSure).waitFor()
      await b.page.getByRole('dialog').getByRole('button', { name: b.t.chat.remove }).click()
      await theirs.filter({ hasText: a.t.chat.deleted }).waitFor()
      expect(await theirs.textContent()).not.toContain('one')
    })

    test('keep their place at a reaction, and what they selected, while others react', async () => {
      const { a } = await people()
      const body = `Select me, ${look.name}`
      const said = await haneul?.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: body })
      const number = said?.json<{ number: number }>().number
      const row = a.page.locator(`#m${number}`)
      await row.waitFor()
      const reactions = `/chat/rooms/${room}/messages/${number}/reactions`
      const thumb = `${reactions}/${encodeURIComponent('👍')}`
      await miro?.api('PUT', thumb)
      const button = row.getByRole('button', { name: /👍/ })
      await button.focus()
      await row.locator('.prose p').evaluate((text) => getSelection()?.selectAllChildren(text))
      await a.page.keyboard.press('Enter')
      await row.getByRole('button', { name: /👍 2/ }).waitFor()
      await miro?.api('PUT', `${reactions}/${encodeURIComponent('🎉')}`)
      await row.getByRole('button', { name: /🎉/ }).waitFor()
      expect(await button.evaluate((one) => one === document.activeElement)).toBe(true)
      expect(await a.page.evaluate(() => String(getSelection()))).toBe(body)
      await miro?.api('DELETE', thumb)
      await row.getByRole('button', { name: /👍 1/ }).waitFor()
      await a.page.keyboard.press('Enter')
      await button.waitFor({ state: 'detached' })
      expect(await row.locator('.msg-more').evaluate((one) => one === document.activeElement)).toBe(true)
    })

    test('read on from the first new message, and name who is there by the beginning of the name', async () => {
      const { a, b } = await people()
      await b.go('/chat')
      await haneul?.api('POST', `/chat/rooms/${room}/messages`, { body: 'News', clientId: `${look.name}n` })
      await b.go(`/chat/${room}`)
      await b.page.locator('.unread-line + .msg', { hasText: 'News' }).waitFor()
      const field = a.page.getByRole('textbox', { name: a.t.chat.field })
      await field.pressSequentially('Hello @mi')
      await a.page.getByRole('option', { name: 'miro' }).waitFor()
      await field.press('Enter')
      expect(await field.inputValue()).toBe('Hello @miro ')
      await field.press('Enter')
      await b.page.locator('.msg .mention', { hasText: '@miro' }).last().waitFor()
      // Of one day there is one line, whatever stands between.
      expect(await b.page.locator('[data-day]').count()).toBe(1)
    })

    test('send a picture with words; who was at the end stays there when it has come', async () => {
      const { a, b } = await people()
      const buffer = await photo(600, 900)
      await a.page.locator('.attach-file').setInputFiles({ name: 'yard.jpg', mimeType: 'image/jpeg', buffer })
      const attached = a.page.getByRole('button', { name: a.t.files.remove })
      await attached.waitFor()
      const field = a.page.getByRole('textbox', { name: a.t.chat.field })
      expect(await field.inputValue()).toBe('')
      await field.fill('Our yard')
      await field.press('Enter')
      for (const { page } of [a, b]) {
        const row = page.locator('.msg:not(.waiting)', { hasText: 'Our yard' }).last()
        await row.getByRole('img', { name: 'yard' }).waitFor()
        await page.waitForFunction(() => {
          const { scrollHeight, clientHeight, scrollTop } = document.documentElement
          const image = [...document.querySelectorAll<HTMLImageElement>('.msg .prose img')].at(-1)
          return image?.complete && image.clientHeight > 200 && scrollHeight - clientHeight - scrollTop < 2
        })
      }
      expect(await attached.count()).toBe(0)
    })

    test('go on where numbers are missing, and find what is quoted further back', async () => {
      const { a, b } = await people()
      const say = async (body: string, replyTo?: number) => {
        const sent = await haneul?.api('POST', `/chat/rooms/${room}/messages`, {
          body,
          clientId: body + look.name,
          ...(replyTo === undefined ? {} : { replyTo }),
        })
        return sent?.json<{ number: number }>().number ?? 0
      }
      const old = await say('Long ago')
      await b.page.locator('.msg', { hasText: 'Long ago' }).waitFor()
      // As if the page had not come so far.
      await b.page.evaluate((id) => document.getElementById(id)?.remove(), `m${old}`)
      await say('As I said', old)
      await b.page
        .locator('.msg', { hasText: 'As I said' })
        .locator('.quote', { hasText: '하늘: Long ago' })
        .waitFor()
      await b.page.evaluate(() => dispatchEvent(new Event('break-sockets')))
      const gone = await say('Gone')
      await site.app.deps.db
        .deleteFrom('messages')
        .where('room_id', '=', room)
        .where('number', '=', gone)
        .execute()
      await say('And on')
      await b.page.locator('.msg', { hasText: 'And on' }).waitFor()
      await a.page.locator('.msg', { hasText: 'And on' }).waitFor()
      await b.page.locator('.quote a', { hasText: 'Long ago' }).click()
      await b.page.waitForURL(new RegExp(`before=${old + 1}#m${old}$`))
      await b.page.locator('.msg', { hasText: 'Long ago' }).waitFor()
    })

    test('answer, edit and delete without script on the page of a message; the other sees it happen, with its trace', async () => {
      const { a } = await people()
      if (!miro) throw new Error('nobody there')
      const b = await site.visit({ ...otherLook, as: miro, script: false })
      const field = a.page.getByRole('textbox', { name: a.t.chat.field })
      await field.fill('Which way?')
      await field.press('Enter')
      await a.page.locator('.msg:not(.waiting)', { hasText: 'Which way?' }).waitFor()
      await b.go(`/chat/${room}`)
      await b.page.locator('.msg', { hasText: 'Which way?' }).last().locator('.msg-more').click()
      await b.page.getByRole('link', { name: b.t.chat.reply }).click()
      await b.page
        .locator('#main')
        .getByText(b.t.chat.replyingTo({ name: '하늘' }))
        .waitFor()
      await b.page.getByRole('textbox', { name: b.t.chat.field }).fill('The bleu way')
      await b.page.getByRole('button', { name: b.t.chat.send }).click()
      const heard = a.page.locator('.msg', { hasText: 'The bleu way' }).last()
      await heard.locator('.quote', { hasText: '하늘: Which way?' }).waitFor()
      const number = await heard.getAttribute('data-number')
      const own = b.page.locator(`#m${number}`)
      await own.locator('.msg-more').click()
      await b.page.getByRole('textbox', { name: b.t.chat.field }).fill('The blue way')
      await b.page.getByRole('button', { name: b.t.chat.edit }).click()
      await own.getByText(b.t.chat.edited).waitFor()
      await a.page.locator(`#m${number}`, { hasText: 'The blue way' }).getByText(a.t.chat.edited).waitFor()
      await a.page.locator(`#m${number} .msg-at`).click()
      await a.page.getByRole('heading', { name: a.t.chat.history }).waitFor()
      await a.page.getByText('The bleu way').waitFor()
      await a.go(`/chat/${room}`)
      await own.locator('.msg-more').click()
      await b.page.getByRole('button', { name: b.t.chat.remove }).click()
      await a.page.locator(`#m${number}`, { hasText: a.t.chat.deleted }).waitFor()
      expect(await a.page.locator(`#m${number}`).textContent()).not.toContain('way')
    })

    test('meet nothing that axe can find', async () => {
      const [one, two] = [await site.app.member(), await site.app.member()]
      const opened = await one.api('POST', '/chat/rooms', { members: [two.id] })
      const { id } = opened.json<{ id: number }>()
      for (const body of ['**Bold** words', 'And more'])
        await one.api('POST', `/chat/rooms/${id}/messages`, { body, clientId: body })
      await two.api('PUT', `/chat/rooms/${id}/read`, { number: 1 })
      const { page, go } = await site.visit({ ...look, as: two })
      const found: Record<string, string[]> = {}
      const own = `/chat/${id}`
      for (const path of [
        '/chat',
        own,
        `${own}/about`,
        `${own}/search?q=o`,
        `${own}/messages/1`,
        `${own}?reply=1`,
      ]) {
        await go(path)
        const here = await violations(page)
        if (here.length > 0) found[path] = here
      }
      await go(own)
      await page.locator('.msg').last().hover()
      await page.locator('.msg:not(.gone) .msg-more').last().click()
      const sheet = await violations(page)
      if (sheet.length > 0) found['the sheet'] = sheet
      expect(found).toEqual({})
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
