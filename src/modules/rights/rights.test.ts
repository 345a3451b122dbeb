import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forgetWithdrawn, withdraw } from '#modules/accounts/accounts.ts'
import { hashPassword } from '#modules/accounts/passwords.ts'
import { makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
})
afterAll(() => site[Symbol.asyncDispose]())

test('a muted member leaves the lists and is folded in threads, for the one who mutes alone', async () => {
  const [reader, noisy, other] = [await site.member(), await site.member(), await site.member()]
  const board = await site.board()
  const post = await site.post(other, board, { title: 'Quiet post' })
  await site.post(noisy, board, { title: 'Noisy post' })
  await noisy.api('POST', `/posts/${post.id}/comments`, { body: 'noisy words' })
  expect((await reader.api('PUT', `/me/blocks/${noisy.id}`, { kind: 'mute' })).statusCode).toBe(204)

  const titles = async (who: typeof reader) => {
    const { items } = (await who.api('GET', `/boards/${board.slug}/posts`)).json()
    return items.map((item: { title: string }) => item.title)
  }
  expect(await titles(reader)).toEqual(['Quiet post'])
  expect(await titles(other)).toEqual(['Noisy post', 'Quiet post'])
  const page = await reader.page(`/p/${post.id}/quiet-post`)
  expect(page.body).toContain('<details class="muted">')
  expect((await other.page(`/p/${post.id}/quiet-post`)).body).not.toContain('<details class="muted">')

  const listed = (await reader.api('GET', '/me/blocks')).json()
  expect(listed.items).toMatchObject([{ id: noisy.id, name: noisy.name, kind: 'mute' }])
  await reader.api('DELETE', `/me/blocks/${noisy.id}`)
  expect(await titles(reader)).toEqual(['Noisy post', 'Quiet post'])
})

test('a blocked member answers neither the posts nor the comments of the one who blocks; a muted one does', async () => {
  const [author, blocked, host] = [await site.member(), await site.member(), await site.member()]
  const board = await site.board()
  const own = await site.post(author, board)
  const foreign = await site.post(host, board)
  const { id: comment } = (await author.api('POST', `/posts/${foreign.id}/comments`, { body: 'mine' })).json()
  const answer = (post: number, parent: number | null) =>
    blocked.api('POST', `/posts/${post}/comments`, { body: 'answer', parent })

  await author.api('PUT', `/me/blocks/${blocked.id}`, { kind: 'mute' })
  expect((await answer(own.id, null)).statusCode).toBe(201)
  await author.api('PUT', `/me/blocks/${blocked.id}`, { kind: 'block' })
  for (const refused of [await answer(own.id, null), await answer(foreign.id, comment)]) {
    expect(refused.statusCode).toBe(403)
    expect(refused.json().code).toBe('kept-away')
  }
  expect((await answer(foreign.id, null)).statusCode).toBe(201)
})

test('nobody keeps away themselves, unknown members, or sees whom others keep away', async () => {
  const [member, other] = [await site.member(), await site.member()]
  expect((await member.api('PUT', `/me/blocks/${member.id}`, { kind: 'mute' })).statusCode).toBe(422)
  expect((await member.api('PUT', '/me/blocks/999999', { kind: 'mute' })).statusCode).toBe(404)
  expect((await member.api('PUT', `/me/blocks/${other.id}`, { kind: 'shun' })).statusCode).toBe(422)
  await member.api('PUT', `/me/blocks/${other.id}`, { kind: 'block' })
  expect((await other.api('GET', '/me/blocks')).json().items).toEqual([])
  expect((await site.guest.api('GET', '/me/blocks')).statusCode).toBe(401)
})

test('the archive holds everything of the person and nothing of others', async () => {
  const [person, other] = [await site.member('archivist'), await site.member('bystander')]
  const board = await site.board()
  const post = await site.post(person, board, { title: '내 글', body: '본문' })
  await person.api('PATCH', `/posts/${post.id}`, { body: '고친 본문' })
  await other.api('POST', `/posts/${post.id}/comments`, { body: 'a secret of another' })
  await person.api('POST', `/posts/${post.id}/comments`, { body: 'my comment' })
  await person.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
  await person.api('POST', '/drafts', { target: 'new', body: 'half a thought' })

  const answer = await person.page('/settings/export', {})
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toBe('application/zip')
  const files = unzipSync(new Uint8Array(answer.rawPayload))
  const lines = (name: string) =>
    strFromU8(files[name] ?? new Uint8Array())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  expect(JSON.parse(strFromU8(files['profile.json'] ?? new Uint8Array()))).toMatchObject({
    name: 'archivist',
  })
  expect(lines('posts.jsonl')).toMatchObject([{ id: post.id, title: '내 글', body: '고친 본문' }])
  expect(lines('post-versions.jsonl').map((line) => line.body)).toEqual(['본문', '고친 본문'])
  expect(lines('comments.jsonl').map((line) => line.body)).toEqual(['my comment'])
  expect(lines('votes.jsonl')).toMatchObject([{ id: post.id, value: 1 }])
  expect(lines('drafts.jsonl')).toMatchObject([{ body: 'half a thought' }])
  const all = Object.values(files)
    .map((file) => strFromU8(file))
    .join()
  expect(all).not.toContain('a secret of another')
  expect(all).not.toContain('password_hash')
})

test('guests get no archive, members three an hour', async () => {
  const member = await site.member()
  expect((await site.guest.page('/settings/export', {})).statusCode).toBe(401)
  for (let i = 0; i < 3; i++) expect((await member.page('/settings/export', {})).statusCode).toBe(200)
  expect((await member.page('/settings/export', {})).statusCode).toBe(429)
})

test('who leaves is seen by staff for 30 days, keeps the name so long, and is then forgotten', async () => {
  const person = await site.member('leaver')
  await site.db
    .updateTable('members')
    .set({ password_hash: await hashPassword('password1') })
    .where('id', '=', person.id)
    .execute()
  await withdraw(site.deps, person.viewer, { password: 'password1', now: site.clock.now })
  const tombstones = () =>
    site.db.selectFrom('member_tombstones').selectAll().where('member_id', '=', person.id).execute()
  expect(await tombstones()).toMatchObject([{ name: 'leaver', email: 'leaver@example.org' }])
  const signUp = () =>
    site.guest.api('POST', '/members', {
      name: 'Leaver',
      email: 'new@example.org',
      password: 'a good passphrase',
    })
  expect((await signUp()).statusCode).toBe(409)

  await forgetWithdrawn(site.db, new Date(site.clock.now.getTime() + 29 * 86_400_000))
  expect(await tombstones()).toHaveLength(1)
  await forgetWithdrawn(site.db, new Date(site.clock.now.getTime() + 31 * 86_400_000))
  expect(await tombstones()).toEqual([])
  expect((await signUp()).statusCode).toBe(201)
})
