import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import { type Actor, type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let writer: Actor
let board: Board
beforeAll(async () => {
  site = await makeTestApp()
  writer = await site.member()
})
afterAll(() => site[Symbol.asyncDispose]())
beforeEach(async () => {
  board = await site.board()
})

const later = (minutes: number) => {
  site.clock.now = new Date(site.clock.now.getTime() + minutes * 60_000)
}
const place = (answer: Answer) => {
  expect(answer.statusCode).toBe(303)
  return String(answer.headers.location)
}
const posts = async (slug = board.slug) => (await site.guest.api('GET', `/boards/${slug}`)).json().posts

describe('the form of a post, sent again', () => {
  const send = (values: Record<string, string> = {}, who = writer) =>
    who.page('/write', { board: board.slug, title: 'Once', body: 'A\r\nB ', do: 'publish', ...values })

  test('leads to the post that is there, and takes the draft with it that Back made', async () => {
    const first = place(await send())
    later(9)
    const draft = (await writer.api('POST', '/drafts', { target: 'new', title: 'Once', body: 'A\nB' })).json()
    expect(place(await send({ draft: String(draft.id), draftVersion: '1', tags: 'forgotten' }))).toBe(
      `${first}?again=post`,
    )
    expect((await writer.api('GET', `/drafts/${draft.id}`)).statusCode).toBe(404)
    expect(await posts()).toBe(1)
  })

  test('leads there also when it was edited since', async () => {
    const first = place(await send())
    const id = Number(/\d+/.exec(first)?.[0])
    await writer.api('PATCH', `/posts/${id}`, { title: 'Better', body: 'C' })
    expect(place(await send())).toBe(`/p/${id}/better?again=post`)
    expect(await posts()).toBe(1)
  })

  test('says so to its author alone', async () => {
    await send()
    const again = place(await send())
    const said = 'You wrote the same a moment ago'
    expect((await writer.page(again)).body).toContain(said)
    expect((await writer.page(again.replace(/\?.*/, ''))).body).not.toContain(said)
    for (const reader of [site.guest, await site.member()])
      expect((await reader.page(again)).body).not.toContain(said)
  })

  test('many times at once publishes one post', async () => {
    const places = (await Promise.all(Array.from({ length: 6 }, () => send()))).map(place)
    expect(new Set(places.map((address) => address.split('?')[0])).size).toBe(1)
    expect(await posts()).toBe(1)
  })

  test('is another post later, elsewhere, in other words, by others, or when the first was deleted', async () => {
    const first = place(await send())
    const other = await site.board()
    const places = [
      first,
      place(await send({ title: 'Twice' })),
      place(await send({ body: 'A\nC' })),
      place(await send({ board: other.slug })),
      place(await send({}, await site.member())),
    ]
    later(11)
    places.push(place(await send()))
    await writer.api('DELETE', `/posts/${/\d+/.exec(places.at(-1) ?? '')?.[0]}`)
    places.push(place(await send()))
    expect(new Set(places).size).toBe(7)
  })

  test('is published when the first try was refused', async () => {
    expect((await send({ title: '' })).statusCode).toBe(422)
    expect((await send({ tags: 'a,b,c,d,e,f' })).statusCode).toBe(422)
    place(await send())
    expect(await posts()).toBe(1)
  })

  test('says nothing of a board that its writer may no longer read', async () => {
    place(await send())
    await site.db.updateTable('boards').set({ read_by: 'moderators' }).where('id', '=', board.id).execute()
    const refused = await send()
    expect(refused.statusCode).toBe(422)
    expect(refused.headers.location).toBeUndefined()
  })

  test('is a new post each time for a program, which means what it repeats', async () => {
    const write = () => writer.api('POST', `/boards/${board.slug}/posts`, { title: 'Once', body: 'A' })
    const [first, second] = [await write(), await write()]
    expect(first.json().id).not.toBe(second.json().id)
    expect(await posts()).toBe(2)
  })
})

describe('the form of a comment, sent again', () => {
  const sendTo = (id: number, values: Record<string, string> = {}) =>
    writer.page(`/p/${id}/comments`, { body: 'Well said', parent: '', ...values })

  test('leads to the comment that is there, whatever is written below or beside it', async () => {
    const { id } = await site.post(writer, board)
    const first = place(await sendTo(id))
    const comment = String(/\d+/.exec(first)?.[0])
    const reply = place(await sendTo(id, { parent: comment }))
    later(9)
    const again = await Promise.all([sendTo(id), sendTo(id), sendTo(id, { parent: comment })])
    expect(again.map(place)).toEqual([first, first, reply].map((address) => `${address}?again=1`))
    expect((await writer.api('GET', `/posts/${id}`)).json().comments).toBe(2)
  })

  test('says so below that comment', async () => {
    const { id } = await site.post(writer, board)
    const comment = /\d+/.exec(place(await sendTo(id)))?.[0]
    const to = String((await writer.page(place(await sendTo(id)))).headers.location)
    expect(to).toMatch(new RegExp(`\\?again=${comment}#c${comment}$`))
    expect((await writer.page(to)).body).toMatch(
      new RegExp(`id="c${comment}"[^]*?</article><p class="note"[^>]*>.*You wrote the same`),
    )
  })

  test('at once is one comment; another one later, elsewhere, or when the first was deleted', async () => {
    const [{ id }, other] = [await site.post(writer, board), await site.post(writer, board)]
    const many = (await Promise.all(Array.from({ length: 6 }, () => sendTo(id)))).map(place)
    expect(new Set(many.map((address) => address.split('?')[0])).size).toBe(1)
    const places = [many[0], place(await sendTo(other.id)), place(await sendTo(id, { body: 'Well done' }))]
    later(11)
    places.push(place(await sendTo(id)))
    await writer.api('DELETE', `/comments/${/\d+/.exec(places.at(-1) ?? '')?.[0]}`)
    places.push(place(await sendTo(id)))
    expect(new Set(places).size).toBe(5)
  })

  test('is written when the first try was refused, and by programs each time', async () => {
    const { id } = await site.post(writer, board)
    expect((await sendTo(id, { body: ' ' })).statusCode).toBe(422)
    place(await sendTo(id))
    await writer.api('POST', `/posts/${id}/comments`, { body: 'Well said' })
    expect((await writer.api('GET', `/posts/${id}`)).json().comments).toBe(2)
  })
})
