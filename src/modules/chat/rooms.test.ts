import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { roomOf, say } from '#test/support/chat.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

async function numbersOf(who: Actor, room: number, after = 0): Promise<number[]> {
  const answer = await who.api('GET', `/chat/rooms/${room}/messages?after=${after}&limit=100`)
  return answer.json<{ items: { number: number }[] }>().items.map((one) => one.number)
}

describe('a room of two', () => {
  test('is there once, whoever opens it', async () => {
    const [a, b, c] = [await site.member(), await site.member(), await site.member()]
    const first = await a.api('POST', '/chat/rooms', { members: [b.id] })
    const second = await b.api('POST', '/chat/rooms', { members: [a.id] })
    expect([first.statusCode, second.statusCode]).toEqual([201, 200])
    expect(second.json()).toEqual(first.json())
    expect(await roomOf(a, c)).not.toBe(first.json<{ id: number }>().id)
  })

  test('is opened on a profile, and on a post with a link to it in the first message', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const plain = String((await a.page(`/m/${b.id}/chat`, {})).headers.location)
    expect(plain).toMatch(/^\/chat\/\d+#end$/)
    expect((await a.page(plain)).body).not.toContain('/p/7')
    const about = String((await a.page(`/m/${b.id}/chat`, { about: '7' })).headers.location)
    expect(about).toBe(plain.replace('#', '?about=7#'))
    expect((await a.page(about)).body).toMatch(/<textarea[^>]*>\nhttps?:\/\/[^\s<]+\/p\/7\n<\/textarea>/)
    const odd = await a.page(`/m/${b.id}/chat`, { about: '<7>' })
    expect(odd.statusCode).toBe(422)
  })

  test('is opened by both at once and is one', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const [who, other] = index % 2 ? [a, b] : [b, a]
        return who.api('POST', '/chat/rooms', { members: [other.id] })
      }),
    )
    expect(new Set(answers.map((one) => one.body)).size).toBe(1)
    expect(answers.filter((one) => one.statusCode === 201)).toHaveLength(1)
  })

  test('is opened with nobody, oneself and strangers by no one', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const open = async (members: unknown) =>
      (await a.api('POST', '/chat/rooms', { members } as object)).statusCode
    expect(await open([])).toBe(422)
    expect(await open([a.id])).toBe(422)
    expect(await open([999_999])).toBe(404)
    expect(await open('x')).toBe(422)
    expect((await site.guest.api('POST', '/chat/rooms', { members: [b.id] })).statusCode).toBe(401)
  })

  test('is not there for anybody else', async () => {
    const [a, b, c] = [
      await site.member(),
      await site.member(),
      await site.member(undefined, 'administrator'),
    ]
    const room = await roomOf(a, b)
    await say(a, room, 'Between us')
    for (const [method, url, body] of [
      ['GET', '', undefined],
      ['GET', '/members', undefined],
      ['GET', '/messages', undefined],
      ['GET', '/messages?after=0', undefined],
      ['GET', '/messages/1/versions', undefined],
      ['GET', '/search?q=us', undefined],
      ['POST', '/messages', { body: 'x', clientId: 'x' }],
      ['PATCH', '/messages/1', { body: 'x' }],
      ['DELETE', '/messages/1', undefined],
      ['PUT', '/messages/1/reactions/👍', undefined],
      ['PUT', '/read', { number: 1 }],
      ['PUT', '/muted', undefined],
      ['PUT', '/joined', undefined],
      ['POST', '/members', { member: c.id }],
      ['DELETE', `/members/${a.id}`, undefined],
    ] as const) {
      const answer = await c.api(method, `/chat/rooms/${room}${encodeURI(url)}`, body)
      expect([url, answer.statusCode]).toEqual([url, 404])
    }
    expect((await c.api('GET', '/chat/rooms')).json()).toEqual({ items: [], next: null })
  })
})

describe('messages', () => {
  test('are numbered from 1 on, and a repeated send is the same message', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    const first = await say(a, room, '안녕하세요', { clientId: 'same' })
    const again = await say(a, room, 'Another text', { clientId: 'same' })
    const others = await say(b, room, 'Hi', { clientId: 'same' })
    expect([first.statusCode, again.statusCode, others.statusCode]).toEqual([201, 200, 201])
    expect(again.json()).toEqual(first.json())
    expect(first.json()).toMatchObject({ number: 1, body: '안녕하세요', author: { id: a.id } })
    expect(others.json<{ number: number }>().number).toBe(2)
    expect(await numbersOf(b, room)).toEqual([1, 2])
    expect(await numbersOf(b, room, 1)).toEqual([2])
  })

  test('sent a thousand times at once, half of them twice, have no hole and no double', async () => {
    const members = await Promise.all(Array.from({ length: 4 }, () => site.member()))
    const [a, ...others] = members as [Actor, ...Actor[]]
    const room = await roomOf(a, ...others)
    const sends = Array.from({ length: 1000 }, (_, index) => {
      const who = members[index % 4] as Actor
      return say(who, room, `Message ${index % 500}`, { clientId: `m${index % 500}` })
    })
    const answers = await Promise.all(sends)
    expect(answers.filter((one) => one.statusCode === 201)).toHaveLength(500)
    expect(answers.filter((one) => one.statusCode === 200)).toHaveLength(500)
    const numbers: number[] = []
    for (let after = 0; ; after = numbers.at(-1) ?? 0) {
      const more = await numbersOf(a, room, after)
      if (more.length === 0) break
      numbers.push(...more)
    }
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, index) => index + 1))
  })

  test('are read backwards in pages', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    for (let i = 1; i <= 5; i++) await say(a, room, `Number ${i}`)
    const read = async (query: string) => {
      const answer = await b.api('GET', `/chat/rooms/${room}/messages${query}`)
      const { items, next } = answer.json<{ items: { number: number }[]; next: string | null }>()
      return [items.map((one) => one.number), next]
    }
    expect(await read('?limit=2')).toEqual([[4, 5], '4'])
    expect(await read('?limit=2&before=4')).toEqual([[2, 3], '2'])
    expect(await read('?limit=2&before=2')).toEqual([[1], null])
    expect(await read('?after=1&limit=2')).toEqual([[2, 3], '3'])
  })

  test('from a number that the room has not come to are refused', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    await say(a, room, 'One')
    const ahead = await b.api('GET', `/chat/rooms/${room}/messages?after=2`)
    expect([ahead.statusCode, ahead.json<{ errors: { code: string }[] }>().errors[0]?.code]).toEqual([
      422,
      'from-the-future',
    ])
    expect((await b.api('GET', `/chat/rooms/${room}/messages?after=1`)).json()).toEqual({
      items: [],
      next: null,
    })
    expect((await b.api('PUT', `/chat/rooms/${room}/read`, { number: 9 })).statusCode).toBe(422)
  })

  test('say something, and not too much', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    expect((await say(a, room, ' \n​ ')).statusCode).toBe(422)
    expect((await say(a, room, 'x'.repeat(4001))).statusCode).toBe(422)
    expect((await say(a, room, 'x'.repeat(4000))).statusCode).toBe(201)
    expect((await say(a, room, 'x', { clientId: 'x'.repeat(65) })).statusCode).toBe(422)
    expect((await say(a, room, 'x', { number: 7 })).statusCode).toBe(422)
    expect((await say(a, room, 'x', { replyTo: 99 })).statusCode).toBe(422)
    expect((await say(a, room, 'x', { replyTo: 1 })).json()).toMatchObject({ replyTo: 1 })
  })

  test('name the people of the room alone, and know the posts they link to', async () => {
    const [a, b] = [await site.member('미나'), await site.member('돌쇠')]
    await site.member('멀리사는이')
    const room = await roomOf(a, b)
    const sent = await say(
      a,
      room,
      '@돌쇠 @멀리사는이 http://localhost:80/p/12/x 와 http://other.example/p/13 <b>',
    )
    expect(sent.json()).toMatchObject({ mentions: [b.id], posts: [12] })
    const { html } = sent.json<{ html: string }>()
    expect(html).toContain('class="mention"')
    expect(html).not.toContain('<b>')
    expect(html.match(/class="mention"/g)).toHaveLength(1)
  })
})

describe('a long poll', () => {
  test('answers as soon as something is said, and with nothing in time', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    const poll = b.api('GET', `/chat/rooms/${room}/messages?after=0&wait=20`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const sent = await say(a, room, 'There?')
    expect((await poll).json()).toEqual({ items: [sent.json()], next: null })
    const empty = await b.api('GET', `/chat/rooms/${room}/messages?after=1&wait=1`)
    expect([empty.statusCode, empty.json()]).toEqual([200, { items: [], next: null }])
  })

  test('tells what was edited or deleted since, to who asks for changes', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    await say(a, room, 'Teh')
    const from = `/chat/rooms/${room}/messages?after=1`
    const poll = b.api('GET', `${from}&changes=0&wait=20`)
    const deaf = b.api('GET', `${from}&wait=1`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const edited = await a.api('PATCH', `/chat/rooms/${room}/messages/1`, { body: 'The' })
    expect((await poll).json()).toEqual({ items: [], next: null, changed: [edited.json()] })
    expect((await deaf).json()).toEqual({ items: [], next: null })
    await a.api('DELETE', `/chat/rooms/${room}/messages/1`)
    const { changed } = (await b.api('GET', `${from}&changes=1&wait=20`)).json()
    expect(changed).toMatchObject([{ number: 1, change: 2, deleted: true, body: '' }])
    expect((await b.api('GET', `${from}&changes=2&wait=1`)).json()).toEqual({ items: [], next: null })
  })

  test('of somebody who is removed ends with nothing to read', async () => {
    const [a, b, c] = [await site.member(), await site.member(), await site.member()]
    const room = await roomOf(a, b, c)
    const poll = c.api('GET', `/chat/rooms/${room}/messages?after=0&wait=20`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await a.api('DELETE', `/chat/rooms/${room}/members/${c.id}`)
    expect((await poll).statusCode).toBe(404)
  })
})

describe('unread', () => {
  test('counts what came after the last number read, and never less than nothing', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    const unread = async (who: Actor) =>
      (await who.api('GET', '/chat/rooms')).json<{ items: { unread: number }[] }>().items[0]?.unread
    for (let i = 0; i < 3; i++) await say(a, room, 'x')
    expect([await unread(a), await unread(b)]).toEqual([0, 3])
    const read = await b.api('PUT', `/chat/rooms/${room}/read`, { number: 2 })
    expect(read.json()).toEqual({ unread: 1, read: 2 })
    expect((await b.api('PUT', `/chat/rooms/${room}/read`, { number: 1 })).json()).toEqual({
      unread: 1,
      read: 2,
    })
    await Promise.all([3, 1, 2, 3].map((number) => b.api('PUT', `/chat/rooms/${room}/read`, { number })))
    expect(await unread(b)).toBe(0)
    await say(b, room, 'Answering is reading')
    expect([await unread(a), await unread(b)]).toEqual([1, 0])
  })

  test('stands in the list with the last message and who is there', async () => {
    const [a, b] = [await site.member(), await site.member()]
    const room = await roomOf(a, b)
    await say(a, room, '**Bold** words')
    const { items } = (await b.api('GET', '/chat/rooms')).json<{ items: object[] }>()
    expect(items).toEqual([
      expect.objectContaining({
        id: room,
        kind: 'pair',
        people: [{ id: a.id, name: a.name, avatar: null }],
        unread: 1,
        last: expect.objectContaining({ number: 1, text: 'Bold words', author: { id: a.id, name: a.name } }),
      }),
    ])
  })
})
