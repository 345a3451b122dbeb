import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

const place = '/me/notification-settings'

it('has defaults, and keeps what was chosen beside them', async () => {
  const member = await site.member()
  const before = (await member.api('GET', place)).json()
  expect(before.kinds.answer).toEqual({ page: true, mail: 'now', push: true })
  expect(before.timeZone).toBeNull()
  const vote = { page: false, mail: 'weekly', push: false }
  const changed = await member.api('PUT', place, { kinds: { vote }, timeZone: 'America/New_York' })
  expect(changed.json()).toEqual({ kinds: { ...before.kinds, vote }, timeZone: 'America/New_York' })
  expect((await member.api('PUT', place, { timeZone: null })).json().timeZone).toBeNull()
})

it('refuses kinds, times and zones that are none', async () => {
  const member = await site.member()
  const ways = { page: true, mail: 'never', push: false }
  for (const body of [
    { kinds: { gossip: ways } },
    { kinds: { vote: { ...ways, mail: 'hourly' } } },
    { kinds: { vote: { page: true } } },
    { timeZone: 'Mars/Olympus' },
    { timeZone: "x'; drop table members" },
  ])
    expect((await member.api('PUT', place, body)).statusCode).toBe(422)
  expect((await site.guest.api('GET', place)).statusCode).toBe(401)
})

it('keeps a kind out of the page that is not wanted there', async () => {
  const [author, other] = [await site.member(), await site.member()]
  const comment = { page: false, mail: 'never', push: false }
  await author.api('PUT', place, { kinds: { comment } })
  const post = await site.post(author, await site.board())
  await other.api('POST', `/posts/${post.id}/comments`, { body: 'hello' })
  expect((await author.api('GET', '/notifications')).json()).toMatchObject({ items: [], unread: 0 })
})

it('is a table that works without script, and says when no mail can come', async () => {
  const member = await site.member()
  const page = await member.page('/settings/notifications')
  expect(page.body).toContain('<select name="mail-answer"')
  expect(page.body).toContain('This site does not send e-mail.')
  const typed = Object.fromEntries(
    ['answer', 'reply', 'comment', 'mention', 'accepted', 'vote', 'follow', 'chat', 'moderation'].map(
      (kind) => [`mail-${kind}`, 'daily'],
    ),
  )
  const saved = await member.page('/settings/notifications', { ...typed, 'push-chat': '1' })
  expect(saved.headers.location).toBe('/settings/notifications?saved=1')
  const { kinds } = (await member.api('GET', place)).json()
  expect(kinds.chat).toEqual({ page: false, mail: 'daily', push: true })
  expect(kinds.answer).toEqual({ page: false, mail: 'daily', push: false })
})
