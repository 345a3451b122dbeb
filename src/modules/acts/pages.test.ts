import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '#platform/database.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { kinds } from './kinds.ts'

let site: TestApp
let author: Actor
let reader: Actor
let post: { id: number; title: string }
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member()
  reader = await site.member()
  post = await site.post(author, await site.board())
})
afterAll(() => site[Symbol.asyncDispose]())

describe('statistics', () => {
  test('show the author and moderators the views by day, and nobody else', async () => {
    await reader.page(`/p/${post.id}/a-post`)
    await site.deps.acts.flush()
    site.clock.now = new Date('2026-11-22T03:00:00Z')
    await reader.page(`/p/${post.id}/a-post`)
    await reader.api('PUT', `/posts/${post.id}/bookmark`)
    await site.app.inject({ url: `/p/${post.id}/a-post`, headers: { referer: 'https://elsewhere.example/' } })
    await site.deps.acts.flush()
    const { body } = await author.page(`/p/${post.id}/stats`)
    expect(body).toContain('3 views so far')
    expect(
      body
        .match(/<th scope="row"><time[^>]*>[\d-]+<\/time><\/th><td>\d+/g)
        ?.map((row) => row.replace(/<[^>]*>/g, ' ').trim()),
    ).toEqual(['2026-11-22   2', '2026-11-21   1'])
    expect(body).toMatch(/Bookmark<\/th><td>1/)
    expect(body).toMatch(/Arrival from outside<\/th><td>1/)
    // A bookmark and an arrival for 1 reader (the guest has the new member's address) and 20.
    expect(body).toContain('Exposure rate 9.5 %')
    expect((await author.api('GET', `/posts/${post.id}/stats`)).json()).toMatchObject({
      views: 3,
      days: [
        { day: '2026-11-22', views: 2 },
        { day: '2026-11-21', views: 1 },
      ],
      people: [
        { kind: 'view', people: 1 },
        { kind: 'arrival', people: 1 },
        { kind: 'bookmark', people: 1 },
      ],
      exposure: 2 / 21,
    })
    expect((await reader.api('GET', `/posts/${post.id}/stats`)).statusCode).toBe(403)
    expect((await site.guest.api('GET', `/posts/${post.id}/stats`)).statusCode).toBe(401)
    const moderator = await site.member(undefined, 'moderator')
    expect((await moderator.page(`/p/${post.id}/stats`)).statusCode).toBe(200)
    expect((await reader.page(`/p/${post.id}/stats`)).statusCode).toBe(403)
    expect((await site.guest.page(`/p/${post.id}/stats`)).headers.location).toMatch(/^\/sign-in\?next=/)
  })

  test('of a post that is not theirs to see are not there', async () => {
    const hidden = await site.board({ readBy: 'moderators' })
    const moderator = await site.member(undefined, 'moderator')
    const secret = await site.post(moderator, hidden)
    for (const part of ['stats', 'share'])
      expect((await author.page(`/p/${secret.id}/${part}`)).statusCode).toBe(404)
    expect((await author.api('POST', `/posts/${secret.id}/share`, { how: 'link' })).statusCode).toBe(404)
  })
})

describe('sharing', () => {
  const people = async (kind: keyof typeof kinds) => {
    await site.deps.acts.flush()
    return ask<{ person: number }>(
      site.db,
      'select person from acts where post_id = $1 and kind = $2 and weight > 0',
      [post.id, kinds[kind]],
    )
  }

  test('gives an address whose visitors count as arrivals', async () => {
    const { body } = await site.guest.page(`/p/${post.id}/share`)
    expect(body).toContain(`/p/${post.id}?ref=share"`)
    expect(await people('link')).toHaveLength(1)
    const before = (await people('arrival')).length
    await site.app.inject({ url: `/p/${post.id}?ref=share`, remoteAddress: '203.0.113.77' })
    expect(await people('arrival')).toHaveLength(before + 1)
  })

  test('is noted once for each person, whatever a script says again', async () => {
    for (let n = 0; n < 3; n++) {
      const answer = await reader.api('POST', `/posts/${post.id}/share`, { how: 'share' })
      expect(answer.json().url).toMatch(/\?ref=share$/)
    }
    expect(await people('share')).toHaveLength(1)
    expect((await reader.api('POST', `/posts/${post.id}/share`, { how: 'loudly' })).statusCode).toBe(422)
  })

  test('stands under every post, and leads to its page without script', async () => {
    expect((await site.guest.page(`/p/${post.id}/a-post`)).body).toContain(`href="/p/${post.id}/share"`)
  })
})
