import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import { blockPerson, unblockPerson } from '#modules/rights/people.ts'
import { openCaches } from '#ui/caches.ts'
import { Web } from '#ui/web.ts'
import { type Actor, makeTestApp, type TestApp } from './support/app.ts'
import { roomOf, say } from './support/chat.ts'

let site: TestApp
let author: Actor
let reader: Actor
let mod: Actor
let admin: Actor
let board: Board

beforeAll(async () => {
  site = await makeTestApp({ env: { ROW_CACHE_MB: '8' } })
  author = await site.member('author')
  reader = await site.member('reader')
  mod = await site.member('mod', 'moderator')
  admin = await site.member('admin', 'administrator')
  board = await site.board({ slug: 'garden', downvotes: true })
})
afterAll(() => site[Symbol.asyncDispose]())

const commented = async (title: string) => {
  const { id } = await site.post(author, board, { title, kind: 'discussion' })
  const comment = (await author.api('POST', `/posts/${id}/comments`, { body: 'A word' })).json()
  return { id, url: `/p/${id}/${title.toLowerCase()}`, commentId: Number(comment.id) }
}

describe('what members read from memory', () => {
  test('is the same for all but for what is their own', async () => {
    const { id, commentId } = await commented('Shared')
    await reader.api('PUT', `/posts/${id}/vote`, { value: 1 })
    await reader.api('PUT', `/posts/${id}/bookmark`)
    await reader.api('PUT', `/comments/${commentId}/vote`, { value: 1 })
    for (const _ of [1, 2]) {
      const own = (await reader.api('GET', `/posts/${id}`)).json()
      expect(own.mine).toEqual({ vote: 1, bookmarked: true })
      expect((await mod.api('GET', `/posts/${id}`)).json().mine).toEqual({ vote: 0, bookmarked: false })
      const mine = async (who: Actor) => (await who.api('GET', `/posts/${id}/comments`)).json().items[0].mine
      expect([await mine(reader), await mine(mod)]).toEqual([1, 0])
    }
  })

  test('counts for each what is new to them', async () => {
    const { id, url } = await commented('Counted')
    await reader.page(url)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await author.api('POST', `/posts/${id}/comments`, { body: 'More' })
    const unread = async (who: Actor) =>
      (await who.api('GET', '/boards/garden/posts'))
        .json()
        .items.find((post: { id: number }) => post.id === id)?.unread
    for (const _ of [1, 2]) expect([await unread(reader), await unread(mod)]).toEqual([1, null])
  })

  test('leaves out whom a member keeps away, for them alone', async () => {
    await commented('Loud')
    const shows = async (who: Actor) => (await who.page('/b/garden')).body.includes('Loud')
    expect([await shows(reader), await shows(mod)]).toEqual([true, true])
    await blockPerson(site.db, reader.viewer, { memberId: author.id, kind: 'mute', now: site.clock.now })
    expect([await shows(reader), await shows(mod)]).toEqual([false, true])
    await unblockPerson(site.db, reader.viewer, author.id)
    expect(await shows(reader)).toBe(true)
  })

  test('follows a change at once', async () => {
    const { id, url } = await commented('Before')
    await reader.page(url)
    await author.api('PATCH', `/posts/${id}`, { title: 'After', body: 'Text', version: 1 })
    expect((await reader.page(`/p/${id}/after`)).body).toContain('After')
    expect((await reader.page('/b/garden')).body).toContain('After')
    await author.api('DELETE', `/posts/${id}`)
    expect((await reader.page('/b/garden')).body).not.toContain('After')
    expect((await reader.page(`/p/${id}/after`)).body).not.toContain('After')
    // A moderator sees what was deleted, a member the place where it was.
    expect((await mod.page(`/p/${id}/after`)).body).toContain('After')
  })

  test('a block, a role and a closed board count at once', async () => {
    const other = await site.member()
    const nook = await site.board({ slug: 'nook' })
    const { id } = await site.post(author, nook, { title: 'Corner' })
    expect((await other.page('/b/nook')).body).toContain('Corner')
    expect((await other.api('GET', `/posts/${id}`)).statusCode).toBe(200)
    await admin.api('PATCH', '/boards/nook', { readBy: 'moderators' })
    expect((await other.page('/b/nook')).statusCode).toBe(404)
    expect((await other.api('GET', `/posts/${id}`)).statusCode).toBe(404)
    await site.db.updateTable('members').set({ role: 'moderator' }).where('id', '=', other.id).execute()
    expect((await other.page('/b/nook')).body).toContain('Corner')
    await site.db.updateTable('members').set({ role: 'member' }).where('id', '=', other.id).execute()
    expect((await other.page('/b/nook')).statusCode).toBe(404)
  })
})

describe('the number on the bell, kept in memory,', () => {
  const bell = async (who: Actor) => {
    const [, hidden, count] =
      /class="count live"( hidden)?>.*?aria-hidden="true">(\d*)</.exec((await who.page('/boards')).body) ?? []
    return hidden ? 0 : Number(count)
  }

  test('follows what is told, read, gone, back, moved out of sight and in again', async () => {
    const [owner, place] = [await site.member(), await site.board({ slug: 'bells' })]
    const { id } = await site.post(owner, place, { title: 'Rung', kind: 'discussion' })
    expect(await bell(owner)).toBe(0)
    const comment = (await author.api('POST', `/posts/${id}/comments`, { body: 'A word' })).json()
    expect(await bell(owner)).toBe(1)
    await author.api('DELETE', `/comments/${comment.id}`)
    expect(await bell(owner)).toBe(0)
    await mod.api('PUT', `/comments/${comment.id}/restored`)
    expect(await bell(owner)).toBe(1)
    await admin.api('PATCH', '/boards/bells', { readBy: 'moderators' })
    expect(await bell(owner)).toBe(0)
    await admin.api('PATCH', '/boards/bells', { readBy: 'everyone' })
    expect(await bell(owner)).toBe(1)
    await owner.page(`/p/${id}/rung`)
    expect(await bell(owner)).toBe(0)
  })

  test('counts votes and chat when they are told, and a room no more once it is read', async () => {
    const owner = await site.member()
    const { id } = await site.post(owner, board, { title: 'Liked' })
    expect(await bell(owner)).toBe(0)
    await reader.api('PUT', `/posts/${id}/vote`, { value: 1 })
    await site.deps.notifier.flush('votes')
    expect(await bell(owner)).toBe(1)
    const room = await roomOf(author, owner)
    await say(author, room, 'Hello')
    await site.deps.notifier.flush('rooms')
    expect(await bell(owner)).toBe(2)
    await owner.api('PUT', `/chat/rooms/${room}/read`, { number: 1 })
    expect(await bell(owner)).toBe(1)
    // Before the reading is noted another message comes: it rings again.
    await say(author, room, 'And more')
    await site.deps.notifier.flush('reads')
    expect(await bell(owner)).toBe(2)
  })
})

test('holds no secret: no password, address, token or session of anybody', async () => {
  await using own = await makeTestApp({ env: { ROW_CACHE_MB: '0' } })
  const deps = { ...own.deps, config: { ...own.deps.config, rowCacheBytes: 8_000_000 } }
  using caches = openCaches(new Web(deps))
  const writer = await own.member('writer')
  await own.db.updateTable('members').set({ password_hash: '$argon2id$secret' }).execute()
  const place = await own.board({ slug: 'place' })
  const { id } = await own.post(writer, place, { title: 'Walk', kind: 'discussion' })
  await writer.api('POST', `/posts/${id}/comments`, { body: 'A word' })
  for (const who of [writer, own.guest]) {
    for (const url of ['/', '/boards', '/b/place', `/p/${id}/walk`, '/m/writer', '/m/writer/comments'])
      expect((await who.page(url)).statusCode).toBe(200)
  }
  const held = [...(caches.rows?.store.values() ?? [])]
  expect(held.length).toBeGreaterThanOrEqual(7)
  const names = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, part] of Object.entries(value)) {
      names.add(name)
      walk(part)
    }
  }
  walk(held)
  expect(
    [...names].filter((name) => /pass|hash|mail|token|secret|session|key|network|agent/i.test(name)),
  ).toEqual([])
  const text = JSON.stringify(held)
  for (const secret of ['argon2', '@example.org']) expect(text).not.toContain(secret)
})
