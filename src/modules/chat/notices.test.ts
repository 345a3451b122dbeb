import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { roomOf, say } from '#test/support/chat.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

type Said = {
  number: number
  body: string
  author: { name: string }
  notice: { what: string; member: { name: string } } | null
}

async function logOf(who: Actor, room: number): Promise<string[]> {
  const { items } = (await who.api('GET', `/chat/rooms/${room}/messages`)).json<{ items: Said[] }>()
  return items.map(({ number, body, author, notice }) =>
    [number, author.name, notice ? `${notice.what} ${notice.member.name}` : body].join(' '),
  )
}

async function unreadOf(who: Actor, room: number): Promise<number> {
  return (await who.api('GET', `/chat/rooms/${room}`)).json<{ unread: number }>().unread
}

async function group() {
  const [a, b, c, d] = [await site.member(), await site.member(), await site.member(), await site.member()]
  const room = await roomOf(a, b, c)
  await say(a, room, 'Welcome')
  for (const who of [b, c]) await who.api('PUT', `/chat/rooms/${room}/read`, { number: 1 })
  return { a, b, c, d, room }
}

describe('who comes into a group, is sent away, or leaves', () => {
  test('stands in its log as a line of its own, which newcomers read as their first', async () => {
    const { a, b, c, d, room } = await group()
    await b.api('POST', `/chat/rooms/${room}/members`, { member: d.id })
    await say(d, room, 'Hello')
    await a.api('DELETE', `/chat/rooms/${room}/members/${c.id}`)
    await a.api('DELETE', `/chat/rooms/${room}/members/${a.id}`)
    const later = [
      `2 ${b.name} added ${d.name}`,
      `3 ${d.name} Hello`,
      `4 ${a.name} removed ${c.name}`,
      `5 ${a.name} left ${a.name}`,
    ]
    expect(await logOf(b, room)).toEqual([`1 ${a.name} Welcome`, ...later])
    expect(await logOf(d, room)).toEqual(later)
    const { body } = await d.page(`/chat/${room}`)
    for (const line of [`${b.name} added ${d.name}.`, `${a.name} removed ${c.name}.`, `${a.name} left.`])
      expect(body).toContain(`>${line}</li>`)
    expect((await d.page('/chat')).body).toContain(`<small>${a.name} left.</small>`)
  })

  test('makes nothing unread for who had read all, but for the newcomer; coming again says nothing', async () => {
    const { a, b, d, room } = await group()
    await say(a, room, 'Unread by b')
    await a.api('POST', `/chat/rooms/${room}/members`, { member: d.id })
    await a.api('POST', `/chat/rooms/${room}/members`, { member: d.id })
    expect(await Promise.all([a, b, d].map((who) => unreadOf(who, room)))).toEqual([0, 2, 1])
    expect(await logOf(d, room)).toEqual([`3 ${a.name} added ${d.name}`])
  })

  test('answers who waits by long poll', async () => {
    const { a, b, d, room } = await group()
    const poll = b.api('GET', `/chat/rooms/${room}/messages?after=1&wait=20`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await a.api('POST', `/chat/rooms/${room}/members`, { member: d.id })
    expect((await poll).json()).toMatchObject({
      items: [{ number: 2, body: '', notice: { what: 'added', member: { id: d.id, name: d.name } } }],
    })
  })

  test('is a line that nobody can change, take away, answer, react to or report', async () => {
    const { a, d, room } = await group()
    await a.api('POST', `/chat/rooms/${room}/members`, { member: d.id })
    const line = `/chat/rooms/${room}/messages/2`
    const answers = [
      await a.api('PATCH', line, { body: 'Changed' }),
      await a.api('DELETE', line),
      await a.api('PUT', `${line}/reactions/${encodeURIComponent('👍')}`),
      await d.api('POST', `${line}/report`, { reason: 'spam' }),
      await a.api('GET', `${line}/versions`),
      await a.page(`/chat/${room}/messages/2`),
    ]
    expect(answers.map((one) => one.statusCode)).toEqual([404, 404, 404, 404, 404, 404])
    expect((await say(d, room, 'Yes', { replyTo: 2 })).statusCode).toBe(422)
    expect((await say(a, room, 'Yes', { replyTo: 1 })).statusCode).toBe(201)
  })

  test('leaves no line in a room of a board, where everybody comes and goes', async () => {
    const [administrator, reader] = [await site.member(undefined, 'administrator'), await site.member()]
    const board = await site.board({ name: 'Coming and going' })
    const { room } = (await administrator.api('PUT', `/boards/${board.slug}/chat`)).json<{ room: number }>()
    await reader.api('PUT', `/chat/rooms/${room}/joined`)
    await reader.api('DELETE', `/chat/rooms/${room}/members/${reader.id}`)
    expect(await logOf(administrator, room)).toEqual([])
  })
})
