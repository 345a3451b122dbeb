import { afterAll, beforeAll, expect, test } from 'vitest'
import { withdraw } from '#modules/accounts/accounts.ts'
import { hashPassword } from '#modules/accounts/passwords.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

type Named = { id: number }

let site: TestApp
let moderator: Actor
beforeAll(async () => {
  site = await makeTestApp()
  moderator = await site.member('caretaker', 'moderator')
})
afterAll(() => site[Symbol.asyncDispose]())

async function leave(person: Actor): Promise<void> {
  const password_hash = await hashPassword('password1')
  await site.db.updateTable('members').set({ password_hash }).where('id', '=', person.id).execute()
  await withdraw(site.deps, person.viewer, { password: 'password1', now: site.clock.now })
}

test('notes are written and read by staff alone', async () => {
  const [person, stranger] = [await site.member(), await site.member()]
  const note = { text: 'asked twice to be kinder' }
  const address = `/mod/members/${person.id}`
  expect((await site.guest.page(`${address}/notes`, note)).statusCode).toBe(303)
  for (const who of [stranger, person]) {
    const refused = await who.page(`${address}/notes`, note)
    expect([403, 404]).toContain(refused.statusCode)
    expect([403, 404]).toContain((await who.page(address)).statusCode)
  }
  expect((await moderator.page(`${address}/notes`, note)).statusCode).toBe(303)
  expect((await moderator.page(address)).body).toContain('asked twice to be kinder')
  expect((await moderator.page(`${address}/notes`, { text: '\u200b ' })).statusCode).toBe(422)
  expect((await stranger.page(`/m/${person.name}`)).body).not.toContain('asked twice')
})

test('everything of a spammer is removed, also after they left, and can be restored', async () => {
  const [spammer, other] = [await site.member(), await site.member()]
  const board = await site.board()
  const [one, two] = [await site.post(spammer, board), await site.post(spammer, board)]
  const foreign = await site.post(other, board)
  await spammer.api('POST', `/posts/${foreign.id}/comments`, { body: 'buy now' })
  await leave(spammer)

  const address = `/mod/members/${spammer.id}/sweep`
  expect((await moderator.page(address, { reason: 'spam' })).statusCode).toBe(422)
  expect((await moderator.page(address, { reason: '', sure: '1' })).statusCode).toBe(422)
  const done = await moderator.page(address, { reason: 'spam', sure: '1' })
  expect(done.statusCode).toBe(303)
  expect(done.headers.location).toBe(`/mod/left/${spammer.id}`)
  for (const post of [one, two]) expect((await other.api('GET', `/posts/${post.id}`)).statusCode).toBe(404)
  expect((await other.api('GET', `/posts/${foreign.id}/comments`)).json().items).toEqual([])
  expect((await other.api('GET', `/posts/${foreign.id}`)).json().comments).toBe(0)
  expect((await moderator.api('PUT', `/posts/${one.id}/restored`)).statusCode).toBe(200)
  expect((await moderator.page('/mod/log')).body).toContain(
    '>Everything removed</td><td data-label="Target">a former member</td>',
  )
})

test('removing everything of a member closes the reports about it, and says that it is done', async () => {
  const [spammer, reader, other] = [await site.member(), await site.member(), await site.member()]
  const board = await site.board()
  const [gone, now] = [await site.post(spammer, board), await site.post(spammer, board)]
  const foreign = await site.post(other, board)
  const comment = (
    await spammer.api('POST', `/posts/${foreign.id}/comments`, { body: 'buy now' })
  ).json<Named>()
  for (const about of [{ post: gone.id }, { post: now.id }, { post: foreign.id }, { comment: comment.id }])
    expect((await reader.api('POST', '/reports', { ...about, reason: 'spam' })).statusCode).toBe(201)
  await spammer.api('DELETE', `/posts/${gone.id}`)
  const queue = await moderator.page('/mod')
  expect(queue.body).toContain('Deleted already.')

  const address = `/mod/members/${spammer.id}`
  const done = await moderator.page(`${address}/sweep`, { reason: 'spam', sure: '1' })
  expect((await moderator.page(done.headers.location ?? '')).body).toContain('reports about it are closed')
  const open = (await moderator.api('GET', '/moderation/reports')).json<{ items: { target: Named }[] }>()
  expect(open.items.map((item) => item.target.id)).toEqual([foreign.id])
  expect((await reader.api('GET', '/notifications')).body).toContain('report-removed')
})

test('a refused note or removal is shown on the page of the member it is about', async () => {
  const person = await site.member()
  for (const [part, form] of Object.entries({ notes: { text: '' }, sweep: { reason: 'spam' } })) {
    const refused = await moderator.page(`/mod/members/${person.id}/${part}`, form)
    expect(refused.statusCode).toBe(422)
    expect(refused.body).toContain(`<h1>${person.name}</h1>`)
  }
  const noted = await moderator.page(`/mod/members/${person.id}/notes`, { text: 'was warned' })
  expect((await moderator.page(noted.headers.location ?? '')).body).toContain('The note is kept.')
})

test('administrators find the notes, too, and the way back', async () => {
  const [person, chief] = [await site.member(), await site.member(undefined, 'administrator')]
  const [notes, account] = [`href="/mod/members/${person.id}"`, `href="/admin/members/${person.id}"`]
  expect((await chief.page(`/m/${person.name}`)).body).toContain(account)
  expect((await chief.page(`/admin/members/${person.id}`)).body).toContain(notes)
  expect((await chief.page(`/mod/members/${person.id}`)).body).toContain(account)
  expect((await moderator.page(`/mod/members/${person.id}`)).body).not.toContain(account)
})

test('staff cannot be swept, members cannot sweep', async () => {
  const [person, chief] = [await site.member(), await site.member('chief', 'administrator')]
  expect((await moderator.page(`/mod/members/${person.id}`)).body).toContain('/sweep"')
  expect((await moderator.page(`/mod/members/${chief.id}`)).body).not.toContain('/sweep"')
  const form = { reason: 'because', sure: '1' }
  expect((await moderator.page(`/mod/members/${chief.id}/sweep`, form)).statusCode).toBe(403)
  expect([403, 404]).toContain((await person.page(`/mod/members/${chief.id}/sweep`, form)).statusCode)
})

test('who left is listed for staff and for nobody else', async () => {
  const [person, stranger] = [await site.member('walkaway'), await site.member()]
  await leave(person)
  expect((await moderator.page('/mod/left')).body).toContain('walkaway')
  expect((await moderator.page(`/mod/left/${person.id}`)).body).toContain('walkaway')
  expect([403, 404]).toContain((await stranger.page('/mod/left')).statusCode)
  expect((await moderator.page(`/mod/left/${stranger.id}`)).statusCode).toBe(404)
})
