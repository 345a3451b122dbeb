import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let board: Board
let questions: Board

beforeAll(async () => {
  site = await makeTestApp()
  board = await site.board()
  questions = await site.board({ kind: 'question' })
})
afterAll(() => site[Symbol.asyncDispose]())

type Shown = {
  id: number
  count: number
  text: string
  url: string
  actor: { name: string } | null
  post: { id: number } | null
  comment: number | null
}

async function told(actor: Actor): Promise<{ items: Shown[]; unread: number }> {
  return (await actor.api('GET', '/notifications')).json()
}

async function comment(actor: Actor, postId: number, body: string, parent?: number): Promise<number> {
  const answer = await actor.api('POST', `/posts/${postId}/comments`, { body, ...(parent ? { parent } : {}) })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json<{ id: number }>().id
}

describe('a notification of what was written', () => {
  it('shows one line of what was written, as plain text, without what it quotes', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board)
    const quote = '> The butler did it\n> > twice\n\n'
    await comment(other, post.id, `${quote}**Bold** <b>words</b> and\n\nmore ${'long '.repeat(60)}`)
    const [, excerpt] = /<p class="clip">([^<]*)</.exec((await author.page('/notifications')).body) ?? []
    expect(excerpt).toMatch(/^Bold &lt;b&gt;words&lt;\/b&gt; and more long .*…$/)
    expect(excerpt?.length).toBeLessThan(200)
  })

  it('is told by the beginning of a long title, so that one reads what was done', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board, { title: '긴 제목 '.repeat(30).trim() })
    await comment(other, post.id, 'Hello')
    const text = (await told(author)).items[0]?.text ?? ''
    expect(text).toMatch(/ commented on your post “긴 제목 .*…”\.$/)
    expect(text.length).toBeLessThan(100)
  })

  it('names those who did the same, the newest first, and leads to the first of it', async () => {
    const asker = await site.member()
    const helpers = await Promise.all([1, 2, 3, 4].map(() => site.member()))
    const [a, b, c, d] = helpers.map((helper) => helper.name)
    const question = await site.post(asker, questions, { title: 'Why?' })
    const answers: number[] = []
    const sentence = async () => (await told(asker)).items[0]
    for (const [index, helper] of helpers.entries())
      answers.push(await comment(helper, question.id, `Because ${index}`))
    expect(await sentence()).toMatchObject({
      text: `${d}, ${c} and 2 others answered your question “Why?”.`,
      url: `/c/${answers[0]}`,
      comment: answers[3],
      actor: { name: d },
    })
    await comment(helpers[0] ?? asker, question.id, 'Again')
    expect((await sentence())?.text).toBe(
      `${a}, ${d} and 2 others answered your question “Why?”: 5 new answers.`,
    )
    expect((await asker.page('/notifications?lang=ko')).body).toContain(
      `${a} 님, ${d} 님 외 2명이 내 질문 “Why?”에 답변했습니다. 새 답변이 5개 있습니다.`,
    )
    expect(b).toBeDefined()
    const opened = await asker.page(`/notifications/${(await sentence())?.id}`)
    expect(opened.headers.location).toBe(`/c/${answers[0]}`)
    // What comes after the reading begins anew.
    const next = await comment(helpers[1] ?? asker, question.id, 'One more')
    expect(await sentence()).toMatchObject({ text: `${b} answered your question “Why?”.`, url: `/c/${next}` })
  })

  it('is told without the words of who is kept away since, and of several by the others alone', async () => {
    const [author, pest, other] = [await site.member(), await site.member(), await site.member()]
    const post = await site.post(author, board, { title: 'Ours' })
    await comment(other, post.id, 'Friendly words')
    await comment(pest, post.id, 'Nasty words')
    const own = await site.post(pest, board, { title: 'Nasty title', body: `@${author.name}` })
    const pageOf = async () => (await author.page('/notifications')).body
    expect(await pageOf()).toContain('Nasty words')
    expect((await told(author)).unread).toBe(2)
    expect(await pageOf()).toContain('2 unread notifications')

    await author.api('PUT', `/me/blocks/${pest.id}`, { kind: 'mute' })
    const [left, ...more] = (await told(author)).items
    expect(more).toEqual([])
    expect(left).toMatchObject({ text: `${other.name} commented on your post “Ours”: 2 new comments.` })
    expect(left?.actor?.name).toBe(other.name)
    const page = await pageOf()
    expect(page).toContain('Friendly words')
    expect(page).toContain('1 unread notification')
    for (const gone of ['Nasty', pest.name]) expect(page).not.toContain(gone)
    await author.api('DELETE', `/me/blocks/${pest.id}`)
    expect((await told(author)).items.map((one) => one.post?.id)).toEqual([own.id, post.id])
  })

  it('is told without excerpt and name, once it is deleted; what is left of several speaks for them', async () => {
    const [author, one, two] = [await site.member(), await site.member(), await site.member()]
    const post = await site.post(author, board, { title: 'Ours' })
    await comment(one, post.id, 'First words')
    const taken = await comment(two, post.id, 'Regretted words')
    await two.api('DELETE', `/comments/${taken}`)
    const page = await author.page('/notifications')
    expect(page.body).toContain('First words')
    expect(page.body).not.toContain('Regretted')
    expect(page.body).not.toContain(two.name)
    const list = await told(author)
    expect(list.items).toMatchObject([{ actor: { name: one.name }, count: 2 }])
    expect(JSON.stringify(list)).not.toContain(two.name)
  })

  it('of a board’s room is told to those alone who may read it now', async () => {
    const [reader, mod] = [await site.member(), await site.member(undefined, 'moderator')]
    const admin = await site.member(undefined, 'administrator')
    const yard = await site.board()
    const { room } = (await admin.api('PUT', `/boards/${yard.slug}/chat`)).json<{ room: number }>()
    const say = (who: Actor, body: string) =>
      who.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: body })
    for (const [who, body] of [
      [reader, 'Hello'],
      [mod, 'Open words'],
    ] as const)
      expect((await say(who, body)).statusCode).toBe(201)
    await site.deps.notifier.flush('rooms')
    expect((await reader.page('/notifications')).body).toContain('Open words')

    await admin.api('PATCH', `/boards/${yard.slug}`, { readBy: 'moderators' })
    await say(mod, 'Secret words')
    const closed = await reader.page('/notifications')
    for (const gone of ['Open words', 'Secret words', mod.name]) expect(closed.body).not.toContain(gone)
    expect(await told(reader)).toEqual({ items: [], next: null, unread: 0 })
    await admin.api('PATCH', `/boards/${yard.slug}`, { readBy: 'everyone' })
    expect((await told(reader)).unread).toBe(1)
    await admin.api('DELETE', `/boards/${yard.slug}/chat`)
    expect((await told(reader)).unread).toBe(0)
  })
})
