import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeTestApp, type TestApp } from '#test/support/app.ts'
import { roomOf, say } from '#test/support/chat.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

describe('the list of rooms', () => {
  test('stands beside an open room, with that room marked and read', async () => {
    const [a, b, c] = [await site.member(), await site.member('bee'), await site.member()]
    const [room, other] = [await roomOf(a, b), await roomOf(a, c)]
    for (const [who, where] of [
      [b, room],
      [c, other],
    ] as const)
      await say(who, where, 'Good morning')
    const { body } = await a.page(`/chat/${room}`)
    const [, rows = ''] = /<nav class="rooms beside".*?<ul[^>]*>(.*?)<\/ul>/s.exec(body) ?? []
    expect(
      [...rows.matchAll(/data-room-row="(\d+)"( aria-current)?/g)].map((one) => [one[1], one[2]]),
    ).toEqual([
      [String(other), undefined],
      [String(room), ' aria-current'],
    ])
    expect([...rows.matchAll(/unread-count/g)]).toHaveLength(1)
    expect(rows).not.toContain('bee: Good')
  })

  test('says that the last message is a picture, not what its file is called', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    const last = async () => {
      const { items } = (await b.api('GET', '/chat/rooms')).json<{ items: { last: object }[] }>()
      return { shown: (await b.page('/chat')).body, last: items[0]?.last }
    }
    await say(a, room, '![IMG_1234.jpg](/files/abc-640.webp)')
    expect(await last()).toMatchObject({
      shown: expect.stringContaining('<small>Picture</small>'),
      last: { text: '', picture: true },
    })
    await say(a, room, 'Look\n\n![IMG_1234.jpg](/files/abc-640.webp)')
    expect(await last()).toMatchObject({
      shown: expect.stringContaining('<small>Look</small>'),
      last: { text: 'Look', picture: true },
    })
    await say(a, room, '[a link](/files/x) is no picture')
    expect(await last()).toMatchObject({ last: { text: 'a link is no picture', picture: false } })
  })

  test('shows nothing of what somebody says whom the reader keeps away', async () => {
    const [a, b, c] = [await site.member(), await site.member(), await site.member()]
    const room = await roomOf(a, b, c)
    await say(b, room, 'An unwelcome word')
    expect((await a.page('/chat')).body).toContain('An unwelcome word')
    await a.api('PUT', `/me/blocks/${b.id}`, { kind: 'block' })
    expect((await a.page('/chat')).body).not.toContain('An unwelcome word')
    expect((await c.page('/chat')).body).toContain('An unwelcome word')
  })
})

describe('a room with more new messages than its page shows', () => {
  test('leads to the first of them, and from there on to the end', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    for (let number = 1; number <= 120; number++) {
      await say(b, room, `Line ${number}`)
      if (number === 10) await a.api('PUT', `/chat/rooms/${room}/read`, { number })
    }
    /** The numbers on the page of an address, and the links from it to others of the room. */
    const shown = async (address: string) => {
      const { body } = await a.page(address)
      const numbers = [...body.matchAll(/ data-number="(\d+)"/g)].map((one) => Number(one[1]))
      const links = [...body.matchAll(/class="btn" href="(\/chat\/\d+[^"]*#m\d+)"/g)].map(
        (one) => one[1] ?? '',
      )
      // The last row is the template's.
      return { first: numbers[0], last: numbers.at(-2), links, isLive: body.includes(' data-live') }
    }
    const end = await shown(`/chat/${room}`)
    expect(end).toMatchObject({ first: 71, last: 120, isLive: true })
    expect(end.links).toEqual([`/chat/${room}?before=56#m11`])
    const begun = await shown(end.links[0] ?? '')
    expect(begun).toMatchObject({ first: 6, last: 55, isLive: false })
    expect(begun.links).toEqual([`/chat/${room}?before=101#m56`])
    const on = await shown(begun.links[0] ?? '')
    expect(on).toMatchObject({ first: 51, last: 100, links: [`/chat/${room}?before=146#m101`] })
    expect(await shown(on.links[0] ?? '')).toMatchObject({ last: 120, links: [], isLive: true })
    // All was read by that.
    expect((await shown(`/chat/${room}`)).links).toEqual([])
  })
})
