import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let board: Awaited<ReturnType<TestApp['board']>>
let author: Actor
let stranger: Actor
let mod: Actor
let admin: Actor
beforeAll(async () => {
  site = await makeTestApp()
  board = await site.board()
  author = await site.member()
  stranger = await site.member()
  mod = await site.member(undefined, 'moderator')
  admin = await site.member(undefined, 'administrator')
})
afterAll(() => site[Symbol.asyncDispose]())

const remove = (who: Pick<Actor, 'api'>, id: number, reason = '') =>
  who.api('DELETE', `/posts/${id}${reason && `?reason=${reason}`}`)
const restore = (who: Pick<Actor, 'api'>, id: number) => who.api('PUT', `/posts/${id}/restored`)

describe('deleting a post', () => {
  test('is for its author and moderators, and harmless twice', async () => {
    const post = await site.post(author, board)
    expect((await remove(site.guest, post.id)).statusCode).toBe(401)
    expect((await remove(stranger, post.id)).statusCode).toBe(403)
    expect((await remove(author, post.id)).statusCode).toBe(204)
    expect((await remove(author, post.id)).statusCode).toBe(204)
    expect((await remove(stranger, post.id)).statusCode).toBe(404)
    const row = await site.db
      .selectFrom('posts')
      .select('deleted_by_id')
      .where('id', '=', post.id)
      .executeTakeFirstOrThrow()
    expect(row.deleted_by_id).toBe(author.id)
    expect(
      await site.db.selectFrom('moderation_log').selectAll().where('post_id', '=', post.id).execute(),
    ).toEqual([])
  })

  test('takes it from every path for those who may not see it', async () => {
    const post = await site.post(author, board, {
      title: 'Vanishing words',
      body: 'vanished body',
      tags: ['vanishing'],
    })
    await author.api('PATCH', `/posts/${post.id}`, { body: 'vanished twice' })
    await stranger.api('PUT', `/posts/${post.id}/bookmark`)
    await remove(author, post.id)
    for (const who of [site.guest, stranger]) {
      const gone = [
        await who.api('GET', `/posts/${post.id}`),
        await who.api('GET', `/posts/${post.id}/comments`),
        await who.api('GET', `/posts/${post.id}/versions`),
        await who.api('GET', `/posts/${post.id}/versions/1`),
        await who.api('GET', `/posts/${post.id}/versions.csv`),
        await who.page(`/p/${post.id}`),
        await who.page(`/p/${post.id}/vanishing-words`),
        await who.page(`/p/${post.id}/history`),
        await who.page(`/p/${post.id}/history/1`),
      ]
      expect(gone.map((answer) => answer.statusCode)).toEqual(gone.map(() => 404))
      const lists = [
        await who.api('GET', '/posts?limit=100'),
        await who.api('GET', '/posts?sort=hot'),
        await who.api('GET', `/boards/${board.slug}/posts?sort=top`),
        await who.page('/'),
        await who.page(`/b/${board.slug}`),
        await who.page('/t/vanishing'),
        await who.page(`/m/${author.name}`),
        ...(who === stranger
          ? [await stranger.api('GET', '/me/bookmarks'), await stranger.page('/bookmarks')]
          : []),
      ]
      for (const answer of [...gone, ...lists]) expect(answer.body).not.toMatch(/Vanishing words|vanished/)
    }
    for (const [method, part] of [
      ['PATCH', ''],
      ['PUT', '/bookmark'],
      ['POST', '/comments'],
      ['PUT', '/restored'],
    ] as const) {
      expect(
        (
          await stranger.api(
            method,
            `/posts/${post.id}${part}`,
            part === '' || part === '/comments' ? { body: 'x' } : undefined,
          )
        ).statusCode,
      ).toBe(404)
    }
  })

  test('leaves its text to the author and to moderators, who can bring it back', async () => {
    for (const who of [author, mod, admin]) {
      const post = await site.post(author, board, { body: 'kept body' })
      await remove(author, post.id)
      expect((await who.api('GET', `/posts/${post.id}/versions/1`)).json().body).toBe('kept body')
      expect((await who.api('GET', `/posts/${post.id}`)).json()).toMatchObject({
        body: 'kept body',
        deleted: { by: { name: author.name }, at: site.clock.now.toISOString() },
      })
      const page = await who.page(`/p/${post.id}/a-post`)
      expect(page.statusCode).toBe(410)
      expect(page.body).toContain('kept body')
      expect((await who.api('PATCH', `/posts/${post.id}`, { body: 'x' })).statusCode).toBe(404)
      expect((await restore(site.guest, post.id)).statusCode).toBe(401)
      expect((await restore(stranger, post.id)).statusCode).toBe(404)
      expect((await restore(who, post.id)).json()).toMatchObject({ id: post.id, body: 'kept body' })
      expect((await restore(who, post.id)).statusCode).toBe(200)
      expect((await site.guest.page(`/p/${post.id}/a-post`)).statusCode).toBe(200)
    }
  })

  test('by a moderator is logged with the reason, and not the author’s to undo', async () => {
    const post = await site.post(author, board)
    await remove(mod, post.id, 'advertising')
    expect((await restore(author, post.id)).statusCode).toBe(404)
    expect((await author.api('GET', `/posts/${post.id}`)).statusCode).toBe(404)
    expect((await author.page(`/p/${post.id}/a-post`)).statusCode).toBe(404)
    expect((await restore(admin, post.id)).statusCode).toBe(200)
    const acts = await site.db
      .selectFrom('moderation_log')
      .select(['act', 'by_id', 'reason'])
      .where('post_id', '=', post.id)
      .orderBy('id')
      .execute()
    expect(acts).toEqual([
      { act: 'post.remove', by_id: mod.id, reason: 'advertising' },
      { act: 'post.restore', by_id: admin.id, reason: '' },
    ])
  })
})

describe('the list of what a member wrote and somebody deleted', () => {
  const listed = async (who: Pick<Actor, 'api'>, query = '') =>
    (await who.api('GET', `/members/${author.name}/deleted-posts${query}`)).json()
  const titles = async (who: Pick<Actor, 'api'>) =>
    (await listed(who)).items.map((post: { title: string }) => post.title)

  test('is theirs and the moderators’; each sees what they may see of it, and where they may restore', async () => {
    author = await site.member()
    const closed = await site.board()
    const own = await site.post(author, board, { title: 'Own act' })
    const hidden = await site.post(author, closed, { title: 'No longer theirs to read' })
    const removed = await site.post(author, board, { title: 'Moderated' })
    await site.post(author, board, { title: 'Still there' })
    await remove(author, own.id)
    await remove(author, hidden.id)
    await remove(mod, removed.id)
    await site.db.updateTable('boards').set({ read_by: 'moderators' }).where('id', '=', closed.id).execute()
    expect(await titles(author)).toEqual(['Own act'])
    expect(await titles(mod)).toEqual(['Moderated', 'No longer theirs to read', 'Own act'])
    expect((await listed(author)).items[0]).toMatchObject({
      id: own.id,
      board: { slug: board.slug },
      deleted: { by: { name: author.name } },
      restorable: true,
    })
    expect((await listed(mod)).items[0]).toMatchObject({
      deleted: { by: { name: mod.name } },
      restorable: true,
    })
    for (const [who, status] of [
      [stranger, 404],
      [site.guest, 401],
    ] as const) {
      expect((await who.api('GET', `/members/${author.name}/deleted-posts`)).statusCode).toBe(status)
      expect((await who.page(`/m/${author.name}/deleted`)).statusCode).toBe(status === 401 ? 303 : 404)
      expect((await who.page(`/m/${author.name}`)).body).not.toContain('Deleted posts')
    }
  })

  test('is a page with the way back, which an archived board closes to its author', async () => {
    author = await site.member()
    const place = await site.board()
    const post = await site.post(author, place, { title: 'To and fro' })
    expect((await author.page(`/m/${author.name}/deleted`)).body).toContain('No deleted posts')
    await remove(author, post.id)
    expect((await author.page(`/m/${author.name}`)).body).toContain(`/m/${author.name}/deleted`)
    const form = `action="/p/${post.id}/restore"`
    const shown = (await author.page(`/m/${author.name}/deleted`)).body
    expect(shown).toContain('To and fro')
    expect(shown).toContain(`deleted by ${author.name}`)
    expect(shown).toContain(form)
    const itself = (await author.page(`/p/${post.id}/to-and-fro`)).body
    expect(itself).toMatch(new RegExp(`class="note danger">.*Deleted by .*${form}.*Restore</button>`))
    await admin.api('PUT', `/boards/${place.slug}/archive`, {})
    for (const url of [`/m/${author.name}/deleted`, `/p/${post.id}/to-and-fro`])
      expect((await author.page(url)).body).not.toContain(form)
    expect((await listed(author)).items[0].restorable).toBe(false)
    await admin.api('DELETE', `/boards/${place.slug}/archive`)
    expect((await author.page(`/p/${post.id}/restore`, {})).statusCode).toBe(303)
    expect((await listed(author)).items).toEqual([])
  })

  test('goes on page by page', async () => {
    author = await site.member()
    const ids = []
    for (let index = 0; index < 5; index++) ids.push((await site.post(author, board)).id)
    for (const id of ids) await remove(author, id)
    const first = await listed(author, '?limit=3')
    const second = await listed(author, `?limit=3&after=${first.next}`)
    const found = [...first.items, ...second.items].map((post: { id: number }) => post.id)
    expect([found, second.next]).toEqual([ids.toReversed(), null])
    expect((await author.api('GET', `/members/${author.name}/deleted-posts?after=x`)).statusCode).toBe(400)
  })
})

describe('a commented post that was deleted', () => {
  test('is a tombstone page with its comments, without its words', async () => {
    const post = await site.post(author, board, { title: 'Lost title', body: 'lost body', tags: ['losttag'] })
    const comment = (
      await stranger.api('POST', `/posts/${post.id}/comments`, { body: 'still standing' })
    ).json()
    await remove(author, post.id)
    const page = await site.guest.page(`/p/${post.id}/lost-title`)
    expect(page.statusCode).toBe(410)
    expect(page.body).toContain('still standing')
    expect(page.body).toContain('<title>This post was deleted · ')
    expect(page.body).toContain('noindex')
    expect(page.body).not.toMatch(/Lost title|lost body|losttag/)
    expect(page.body).not.toContain(`/m/${author.name}`)
    const permanent = await site.guest.page(`/c/${comment.id}`)
    expect(permanent.statusCode).toBe(302)
    expect((await site.guest.page(String(permanent.headers.location).replace(/#.*/, ''))).statusCode).toBe(
      410,
    )
    expect((await site.guest.api('GET', `/posts/${post.id}`)).statusCode).toBe(404)
    const listed = (await site.guest.api('GET', `/posts/${post.id}/comments`)).json()
    expect(listed.items).toMatchObject([{ id: comment.id, html: '<p>still standing</p>\n' }])
    expect((await site.guest.api('GET', `/comments/${comment.id}`)).json().body).toBe('still standing')
    expect((await site.guest.page('/')).body).not.toContain('Lost title')
    expect((await site.guest.page(`/c/${comment.id}/history`)).statusCode).toBe(404)
  })

  test('takes no comment, vote, bookmark or edit any more', async () => {
    const post = await site.post(author, board)
    const comment = (await stranger.api('POST', `/posts/${post.id}/comments`, { body: 'x' })).json()
    await remove(author, post.id)
    const answers = [
      await stranger.api('POST', `/posts/${post.id}/comments`, { body: 'y' }),
      await stranger.api('POST', `/posts/${post.id}/comments`, { body: 'y', parent: comment.id }),
      await stranger.api('PUT', `/posts/${post.id}/vote`, { value: 1 }),
      await stranger.api('PUT', `/posts/${post.id}/bookmark`),
      await author.api('PATCH', `/posts/${post.id}`, { body: 'y' }),
      await mod.api('PUT', `/posts/${post.id}/pin`, {}),
      await mod.api('PUT', `/posts/${post.id}/board`, { board: board.slug }),
    ]
    expect(answers.map((answer) => answer.statusCode)).toEqual(answers.map(() => 404))
    expect((await stranger.api('PATCH', `/comments/${comment.id}`, { body: 'y' })).statusCode).toBe(403)
    expect((await mod.api('DELETE', `/comments/${comment.id}`)).statusCode).toBe(204)
    expect((await site.guest.page(`/p/${post.id}/a-post`)).statusCode).toBe(404)
  })
})
