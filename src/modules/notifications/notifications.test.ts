import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashPassword } from '#modules/accounts/passwords.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { forgetOldNotifications } from './read.ts'

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
  kind: string
  what: string
  count: number
  read: boolean
  text: string
  url: string
  note: string
  actor: { name: string } | null
  post: { id: number; title: string } | null
  comment: number | null
}

async function told(
  actor: Actor,
  query = '',
): Promise<{ items: Shown[]; unread: number; next: string | null }> {
  const answer = await actor.api('GET', `/notifications${query}`)
  expect(answer.statusCode).toBe(200)
  return answer.json()
}
const kindsOf = (list: { items: Shown[] }) => list.items.map((one) => `${one.kind} ${one.count}`)

async function comment(actor: Actor, postId: number, body: string, parent?: number): Promise<number> {
  const answer = await actor.api('POST', `/posts/${postId}/comments`, { body, ...(parent ? { parent } : {}) })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json<{ id: number }>().id
}

describe('what is written', () => {
  it('is told to whose question, comment or post it concerns, and never to who wrote it', async () => {
    const [asker, helper, other] = [await site.member(), await site.member(), await site.member()]
    const question = await site.post(asker, questions, { title: 'Why?' })
    const answer = await comment(helper, question.id, 'Because.')
    await comment(other, question.id, 'Really?', answer)
    await comment(asker, question.id, 'Thank you', answer)

    const asked = await told(asker)
    expect(kindsOf(asked)).toEqual(['comment 1', 'answer 1'])
    expect(asked.items[1]).toMatchObject({
      text: `${helper.name} answered your question “Why?”.`,
      url: `/c/${answer}`,
      actor: { name: helper.name },
      read: false,
    })
    expect(asked.unread).toBe(2)
    const helped = await told(helper)
    expect(kindsOf(helped)).toEqual(['reply 2'])
    expect(helped.items[0]?.text).toBe(`${asker.name} and ${other.name} replied to your comment in “Why?”.`)
    expect((await told(other)).items).toEqual([])
  })

  it('is told once when it names and answers the same person', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board)
    await comment(other, post.id, `@${author.name} look, and @${other.name} too`)
    expect(kindsOf(await told(author))).toEqual(['mention 1'])
    expect((await told(other)).items).toEqual([])
  })

  it('names people in posts, and by a later edit only the new ones', async () => {
    const [author, first, second] = [await site.member(), await site.member(), await site.member()]
    const post = await site.post(author, board, { body: `Ask @${first.name}` })
    await author.api('PATCH', `/posts/${post.id}`, { body: `Ask @${first.name} or @${second.name}` })
    const written = await comment(author, post.id, 'Nobody')
    await author.api('PATCH', `/comments/${written}`, { body: `@${second.name}?` })
    expect(kindsOf(await told(first))).toEqual(['mention 1'])
    expect(kindsOf(await told(second))).toEqual(['mention 1', 'mention 1'])
  })

  it('is not told of those whom one keeps away', async () => {
    const [author, pest] = [await site.member(), await site.member()]
    const post = await site.post(author, board)
    await author.api('PUT', `/me/blocks/${pest.id}`, { kind: 'mute' })
    await comment(pest, post.id, `@${author.name}!`)
    await pest.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    await site.deps.notifier.flush('votes')
    expect((await told(author)).items).toEqual([])
  })

  it('is not told when it is rolled back', async () => {
    const author = await site.member()
    const post = await site.post(author, board)
    const answer = await site.guest.api('POST', `/posts/${post.id}/comments`, { body: 'no' })
    expect(answer.statusCode).toBe(401)
    expect((await told(author)).items).toEqual([])
  })
})

describe('several about the same thing', () => {
  it('are one notification until it is read, then a new one', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board, { title: 'Tea' })
    for (const text of ['one', 'two', 'three']) await comment(other, post.id, text)
    const before = await told(author)
    expect(kindsOf(before)).toEqual(['comment 3'])
    expect(before.items[0]?.text).toBe(`${other.name} commented on your post “Tea”: 3 new comments.`)
    await author.api('PUT', '/notifications/read', { ids: [before.items[0]?.id] })
    await comment(other, post.id, 'four')
    const after = await told(author)
    expect(after.items.map((one) => `${one.count} ${one.read}`)).toEqual(['1 false', '3 true'])
    expect(after.unread).toBe(1)
  })

  it('are counted exactly when they come at the same moment', async () => {
    const author = await site.member()
    const posts = [await site.post(author, board), await site.post(author, board)]
    const others = await Promise.all(Array.from({ length: 6 }, () => site.member()))
    await Promise.all(
      others.flatMap((other) => posts.map((post) => comment(other, post.id, `hello @${author.name}`))),
    )
    await Promise.all(others.flatMap((other) => posts.map((post) => comment(other, post.id, 'again'))))
    const list = await told(author)
    expect(list.items.filter((one) => one.kind === 'mention')).toHaveLength(12)
    expect(list.items.filter((one) => one.kind === 'comment').map((one) => one.count)).toEqual([6, 6])
    expect(list.unread).toBe(14)
  })

  it('stay exact while they are read and written at once', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 4 === 3
          ? author.api('PUT', '/notifications/read', {})
          : comment(other, post.id, `number ${index}`),
      ),
    )
    const list = await told(author)
    expect(list.items.reduce((sum, one) => sum + one.count, 0)).toBe(15)
    expect(list.unread).toBe(list.items.filter((one) => !one.read).length)
  })
})

describe('votes', () => {
  it('are told together, as people, and taken back with the last of them', async () => {
    const author = await site.member()
    const post = await site.post(author, board, { title: 'Soup' })
    const voters = [await site.member(), await site.member(), await site.member()]
    for (const voter of voters) await voter.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    await author.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    expect((await told(author)).items).toEqual([])
    await site.deps.notifier.flush('votes')
    expect((await told(author)).items[0]?.text).toMatch(/^\w+, \w+ and 1 other upvoted your post “Soup”\.$/)
    for (const voter of voters) await voter.api('DELETE', `/posts/${post.id}/vote`)
    await site.deps.notifier.flush('votes')
    expect((await told(author)).items).toEqual([])
  })

  it('for several things of one author are told apart, and told anew only when they changed', async () => {
    const [author, voter] = [await site.member(), await site.member()]
    const posts = [
      await site.post(author, board, { title: 'One' }),
      await site.post(author, board, { title: 'Two' }),
    ]
    for (const post of posts) await voter.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    await site.deps.notifier.flush('votes')
    const before = (await told(author)).items
    expect(before.map((one) => one.text)).toHaveLength(2)
    site.clock.now = new Date(site.clock.now.getTime() + 60_000)
    await voter.api('DELETE', `/posts/${posts[0]?.id}/vote`)
    await voter.api('PUT', `/posts/${posts[0]?.id}/vote`, { value: 1 })
    await site.deps.notifier.flush('votes')
    expect((await told(author)).items).toEqual(before)
  })

  it('count from the last reading on', async () => {
    const [author, first, second] = [await site.member(), await site.member(), await site.member()]
    const post = await site.post(author, board)
    const own = await comment(author, post.id, 'mine')
    await first.api('PUT', `/comments/${own}/vote`, { value: 1 })
    await site.deps.notifier.flush('votes')
    await author.api('PUT', '/notifications/read', {})
    site.clock.now = new Date(site.clock.now.getTime() + 60_000)
    await second.api('PUT', `/comments/${own}/vote`, { value: 1 })
    await site.deps.notifier.flush('votes')
    const { items } = await told(author)
    expect(items.map((one) => one.text)).toEqual([
      `${second.name} upvoted your comment in “A post”.`,
      `${first.name} upvoted your comment in “A post”.`,
    ])
  })
})

describe('decisions', () => {
  it('tell whose answer was accepted, and no longer when it is not', async () => {
    const [asker, helper] = [await site.member(), await site.member()]
    const question = await site.post(asker, questions)
    const answer = await comment(helper, question.id, 'So')
    await asker.api('PUT', `/posts/${question.id}/accepted`, { comment: answer })
    expect(kindsOf(await told(helper))).toEqual(['accepted 1'])
    await asker.api('DELETE', `/posts/${question.id}/accepted`)
    expect((await told(helper)).items).toEqual([])
  })

  it('of moderators tell the author with the reason, and those who reported', async () => {
    const [author, reporter] = [await site.member(), await site.member()]
    const moderator = await site.member(undefined, 'moderator')
    const post = await site.post(author, board, { title: 'Buy now' })
    const report = await reporter.api('POST', '/reports', { post: post.id, reason: 'spam' })
    const url = `/moderation/reports/${report.json<{ id: number }>().id}`
    const answer = await moderator.api('PUT', url, {
      outcome: 'removed',
      note: 'Advertising',
    })
    expect(answer.statusCode, answer.body).toBeLessThan(300)
    expect((await told(author)).items).toMatchObject([
      {
        kind: 'moderation',
        what: 'removed',
        note: 'Advertising',
        text: 'A moderator removed your post “Buy now”.',
      },
    ])
    const [news] = (await told(reporter)).items
    expect(news).toMatchObject({ what: 'report-removed', post: null, actor: null })
    expect(JSON.stringify(news)).not.toContain('Buy now')
  })

  it('tell each author their own reason, also while another moderator removes something else', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const moderator = await site.member(undefined, 'moderator')
    const [post, foreign] = [await site.post(author, board), await site.post(other, board)]
    await site.db
      .insertInto('moderation_log')
      .values({
        by_id: moderator.id,
        act: 'post.remove',
        post_id: foreign.id,
        reason: 'of another',
        created_at: new Date(site.clock.now.getTime() + 5000),
      })
      .execute()
    const address = `/p/${post.id}/delete`
    expect((await moderator.page(address, { reason: 'of this one' })).statusCode).toBe(303)
    expect((await told(author)).items).toMatchObject([{ what: 'removed', note: 'of this one' }])
  })

  it('tell who was blocked, and nobody who deleted their own', async () => {
    const [pest, author] = [await site.member(), await site.member()]
    const moderator = await site.member(undefined, 'moderator')
    await moderator.api('PUT', `/members/${pest.id}/block`, { reason: 'Shouting' })
    expect((await told(pest)).items).toMatchObject([{ what: 'blocked', note: 'Shouting' }])
    const post = await site.post(author, board)
    await author.api('DELETE', `/posts/${post.id}`)
    expect((await told(author)).items).toEqual([])
  })
})

describe('what one may no longer see', () => {
  it('is not shown, not counted and not opened', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const hidden = await site.board()
    const post = await site.post(other, hidden, { title: 'Secret later' })
    await comment(author, post.id, 'mine')
    const deleted = await site.post(author, board)
    const spam = await comment(other, deleted.id, 'spam')
    await comment(other, post.id, `@${author.name}`)
    const [first] = (await told(author)).items
    expect((await told(author)).unread).toBe(2)

    await other.api('DELETE', `/comments/${spam}`)
    await site.db.updateTable('boards').set({ read_by: 'moderators' }).where('id', '=', hidden.id).execute()
    const after = await told(author)
    expect(after).toMatchObject({ items: [], unread: 0 })
    const page = await author.page('/notifications')
    expect(page.body).not.toContain('Secret later')
    expect((await author.page(`/notifications/${first?.id}`)).statusCode).toBe(404)
  })

  it('is nobody else’s', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board)
    await comment(other, post.id, 'hello')
    const [own] = (await told(author)).items
    await other.api('PUT', '/notifications/read', { ids: [own?.id] })
    expect((await told(author)).unread).toBe(1)
    expect((await other.page(`/notifications/${own?.id}`)).statusCode).toBe(404)
    expect((await site.guest.api('GET', '/notifications')).statusCode).toBe(401)
  })
})

describe('what is kept', () => {
  it('are read ones for 90 days and unread ones for a year', async () => {
    const [author, other] = [await site.member(), await site.member()]
    for (const title of ['read', 'unread'])
      await comment(other, (await site.post(author, board, { title })).id, 'hello')
    const [, older] = (await told(author)).items
    await author.api('PUT', '/notifications/read', { ids: [older?.id] })
    const days = async (count: number) => {
      await forgetOldNotifications(site.db, new Date(site.clock.now.getTime() + count * 86_400_000))
      return (await told(author)).items.length
    }
    expect([await days(89), await days(91), await days(364), await days(366)]).toEqual([2, 1, 1, 0])
  })

  it('is part of everything about a person, and goes when they leave', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const values = { password_hash: await hashPassword('correct horse') }
    await site.db.updateTable('members').set(values).where('id', '=', author.id).execute()
    await comment(other, (await site.post(author, board)).id, 'hello')
    await author.api('PUT', `/members/${other.id}/follow`, {})
    await other.api('PUT', `/members/${author.id}/follow`, {})
    const archive = await author.page('/settings/export', {})
    const files = unzipSync(new Uint8Array(archive.rawPayload))
    const file = (name: string) => strFromU8(files[name] ?? new Uint8Array())
    expect(file('notifications.jsonl')).toContain('"kind":"comment"')
    expect(file('follows.jsonl')).toContain(`"member":${other.id}`)
    await author.api('DELETE', '/me', { password: 'correct horse' })
    for (const table of ['notifications', 'follows', 'notification_settings'] as const) {
      const left = await site.db.selectFrom(table).selectAll().where('member_id', '=', author.id).execute()
      expect(left, table).toEqual([])
    }
    expect((await other.api('GET', '/me/follows')).json().items).toEqual([])
  })
})

describe('messages in a room', () => {
  const said = (actor: Actor, room: number, body: string) =>
    actor.api('POST', `/chat/rooms/${room}/messages`, { body, clientId: `${actor.id}-${body}` })

  it('are told together to who has not read them, and are gone when they are read', async () => {
    const [one, two] = [await site.member(), await site.member()]
    const room = (await one.api('POST', '/chat/rooms', { members: [two.id] })).json<{ id: number }>().id
    for (const body of ['hello', 'are you there?']) expect((await said(one, room, body)).statusCode).toBe(201)
    await site.deps.notifier.flush('rooms')
    expect((await told(two)).items).toMatchObject([
      {
        kind: 'chat',
        count: 2,
        url: `/chat/${room}`,
        text: `2 unread messages, the latest from ${one.name}.`,
      },
    ])
    expect((await told(one)).items).toEqual([])
    const rings: unknown[] = []
    using _heard = site.deps.bus.subscribe(`me:${two.id}`, (data) => rings.push(data))
    await two.api('PUT', `/chat/rooms/${room}/read`, { number: 2 })
    await expect.poll(() => rings).toContainEqual({ unread: 0 })
    expect(await told(two)).toMatchObject({ items: [], unread: 0 })
    await said(one, room, 'thanks')
    await site.deps.notifier.flush('rooms')
    expect((await told(two)).items[0]?.text).toBe(`${one.name} sent you a message.`)
  })

  it('are not told of a muted room, nor of somebody kept away', async () => {
    const [one, two] = [await site.member(), await site.member()]
    const room = (await one.api('POST', '/chat/rooms', { members: [two.id] })).json<{ id: number }>().id
    await two.api('PUT', `/chat/rooms/${room}/muted`, {})
    await said(one, room, 'hello')
    await site.deps.notifier.flush('rooms')
    expect((await told(two)).items).toEqual([])
  })
})

describe('the pages', () => {
  it('have a bell with the count, and the list by days with a way to each', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board, { title: 'Bells' })
    const written = await comment(other, post.id, 'ding')
    const home = await author.page('/')
    expect(home.body).toContain('1 unread notification')
    const list = await author.page('/notifications')
    expect(list.body).toContain(`${other.name} commented on your post “Bells”.`)
    const [own] = (await told(author)).items
    const opened = await author.page(`/notifications/${own?.id}`)
    expect(opened.headers.location).toBe(`/c/${written}`)
    expect((await told(author)).unread).toBe(0)
    expect((await author.page('/notifications?show=unread')).body).toContain('Nothing new')
    expect((await site.guest.page('/notifications')).headers.location).toMatch('/sign-in')
  })

  it('mark what a post’s page shows as read', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board)
    await comment(other, post.id, 'hello')
    const page = await author.page(`/p/${post.id}/a-post`)
    expect(page.body).toMatch(/id="bell"[\s\S]*class="count live" hidden/)
    expect((await told(author)).unread).toBe(0)
  })

  it('mark all as read that the page showed, and nothing that came since', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const post = await site.post(author, board)
    await comment(other, post.id, 'hello')
    const until = site.clock.now.toISOString()
    site.clock.now = new Date(site.clock.now.getTime() + 1000)
    await comment(other, (await site.post(author, board)).id, 'later')
    const answer = await author.page('/notifications/read', { until })
    expect(answer.headers.location).toBe('/notifications')
    expect((await told(author)).unread).toBe(1)
    expect((await author.page('/notifications/read', { until: 'soon' })).statusCode).toBe(422)
    expect((await told(author)).unread).toBe(1)
    await author.page('/notifications/read', {})
    expect((await told(author)).unread).toBe(0)
  })

  it('go on by cursor, whatever was read meanwhile', async () => {
    const [author, other] = [await site.member(), await site.member()]
    for (let index = 0; index < 5; index++) {
      await comment(other, (await site.post(author, board)).id, 'hello')
    }
    const first = await told(author, '?limit=2')
    await author.api('PUT', '/notifications/read', {})
    const second = await told(author, `?limit=3&after=${first.next}`)
    expect([...first.items, ...second.items]).toHaveLength(5)
    expect(new Set([...first.items, ...second.items].map((one) => one.id)).size).toBe(5)
    expect(second.next).toBeNull()
    expect((await author.api('GET', '/notifications?after=x')).statusCode).toBe(400)
    expect((await author.api('PUT', '/notifications/read', { ids: [1], post: 2 })).statusCode).toBe(422)
  })
})

it('rings the open pages of those who are told, with the exact count', async () => {
  const [author, other] = [await site.member(), await site.member()]
  const post = await site.post(author, board)
  const rings: unknown[] = []
  using _heard = site.deps.bus.subscribe(`me:${author.id}`, (data) => rings.push(data))
  await comment(other, post.id, 'hello')
  await expect.poll(() => rings).toEqual([{ unread: 1 }])
  await author.api('PUT', '/notifications/read', {})
  await expect.poll(() => rings).toEqual([{ unread: 1 }, { unread: 0 }])
})
