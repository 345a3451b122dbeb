import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Board } from '#modules/boards/shapes.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { workOff } from '#test/support/jobs.ts'

let site: TestApp
let board: Board

beforeAll(async () => {
  site = await makeTestApp()
  board = await site.board()
})
afterAll(() => site[Symbol.asyncDispose]())

async function texts(actor: Actor): Promise<string[]> {
  await workOff(site)
  const answer = await actor.api('GET', '/notifications')
  return answer.json<{ items: { text: string }[] }>().items.map((one) => one.text)
}
const put = (actor: Actor, url: string, level = 'everything') => actor.api('PUT', `${url}/follow`, { level })
const comment = (actor: Actor, postId: number, body: string) =>
  actor.api('POST', `/posts/${postId}/comments`, { body })

describe('who follows', () => {
  it('a board hears of new posts there and in the boards inside it, bundled', async () => {
    const [fan, author] = [await site.member(), await site.member()]
    const above = await site.board({ slug: 'garden', name: 'Garden' })
    const inside = await site.board({ slug: 'roses', name: 'Roses', parent: above.slug })
    expect((await put(fan, '/boards/garden')).statusCode).toBe(204)
    await site.post(author, inside, { title: 'Red' })
    expect(await texts(fan)).toEqual(['Garden: “Red”'])
    await site.post(author, above, { title: 'Spade' })
    await site.post(fan, above, { title: 'My own' })
    expect(await texts(fan)).toEqual(['Garden: 2 new posts'])
  })

  it('several things at once hears of a post once, and not when it names them', async () => {
    const [fan, author] = [await site.member(), await site.member()]
    await site.post(author, board, { tags: ['moss'] })
    for (const url of [`/boards/${board.slug}`, '/tags/moss', `/members/${author.id}`]) await put(fan, url)
    await site.post(author, board, { title: 'Once', tags: ['moss'] })
    expect(await texts(fan)).toEqual([`${author.name} wrote “Once”.`])
    await fan.api('PUT', '/notifications/read', {})
    await site.post(author, board, { title: 'Named', body: `@${fan.name}` })
    expect((await texts(fan))[0]).toBe(`${author.name} mentioned you in “Named”.`)
    expect(await texts(fan)).toHaveLength(2)
  })

  it('a post hears of its comments, and its author not twice', async () => {
    const [fan, author, other] = [await site.member(), await site.member(), await site.member()]
    const post = await site.post(author, board, { title: 'Moss' })
    await put(fan, `/posts/${post.id}`)
    await put(author, `/posts/${post.id}`)
    await comment(other, post.id, 'one')
    await comment(other, post.id, 'two')
    expect(await texts(fan)).toEqual([`${other.name} commented on “Moss”, which you follow: 2 new comments.`])
    expect(await texts(author)).toEqual([`${other.name} commented on your post “Moss”: 2 new comments.`])
  })

  it('nothing any more hears nothing', async () => {
    const [fan, author] = [await site.member(), await site.member()]
    await put(fan, `/members/${author.id}`)
    expect((await fan.api('DELETE', `/members/${author.id}/follow`)).statusCode).toBe(204)
    await site.post(author, board)
    expect(await texts(fan)).toEqual([])
  })

  it('in thousands is told in portions, each once', async () => {
    const author = await site.member()
    const place = await site.board()
    await site.db
      .insertInto('members')
      .values(Array.from({ length: 1100 }, (_, index) => ({ name: `fan${index}`, name_key: `fan${index}` })))
      .execute()
    await site.db
      .insertInto('follows')
      .columns(['member_id', 'board_id', 'level', 'created_at'])
      .expression((eb) =>
        eb
          .selectFrom('members')
          .select((on) => [
            'id',
            on.val(place.id).as('b'),
            on.val('everything').as('l'),
            on.val(site.clock.now).as('t'),
          ])
          .where('name_key', 'like', 'fan%'),
      )
      .execute()
    const post = await site.post(author, place)
    await workOff(site)
    const told = await site.db
      .selectFrom('notifications')
      .select('count')
      .where('post_id', '=', post.id)
      .execute()
    expect(told).toHaveLength(1100)
    expect(new Set(told.map((one) => one.count))).toEqual(new Set([1]))
  })
})

describe('who muted a thread', () => {
  it('hears nothing of it, not even when named, and other threads as before', async () => {
    const [author, other] = [await site.member(), await site.member()]
    const [quiet, loud] = [await site.post(author, board), await site.post(author, board, { title: 'Loud' })]
    await put(author, `/posts/${quiet.id}`, 'nothing')
    await comment(other, quiet.id, `@${author.name}`)
    await other.api('PUT', `/posts/${quiet.id}/vote`, { value: 1 })
    await site.deps.notifier.flush('votes')
    await comment(other, loud.id, 'hello')
    expect(await texts(author)).toEqual([`${other.name} commented on your post “Loud”.`])
    expect((await put(author, `/boards/${board.slug}`, 'nothing')).statusCode).toBe(422)
  })
})

describe('what is followed', () => {
  it('is found only by who may see it, and stays out of sight when it is hidden later', async () => {
    const [fan, author] = [await site.member(), await site.member()]
    const moderator = await site.member(undefined, 'moderator')
    const attic = await site.board({ readBy: 'moderators' })
    const secret = await site.post(moderator, attic, { title: 'Attic' })
    expect((await put(fan, `/posts/${secret.id}`)).statusCode).toBe(404)
    expect((await put(fan, `/boards/${attic.slug}`)).statusCode).toBe(404)
    expect((await put(fan, '/tags/never-used')).statusCode).toBe(404)
    expect((await put(fan, '/members/999999')).statusCode).toBe(404)
    expect((await put(fan, `/members/${fan.id}`)).statusCode).toBe(422)

    const cellar = await site.board({ name: 'Cellar' })
    await put(fan, `/boards/${cellar.slug}`)
    await site.db.updateTable('boards').set({ read_by: 'moderators' }).where('id', '=', cellar.id).execute()
    await site.post(moderator, cellar)
    expect(await texts(fan)).toEqual([])
    expect((await fan.api('GET', '/me/follows')).json()).toEqual({ items: [], next: null })
    expect((await site.guest.api('PUT', `/members/${author.id}/follow`, {})).statusCode).toBe(401)
  })

  it('is listed by cursor, with what it is called', async () => {
    const [fan, author] = [await site.member(), await site.member()]
    const post = await site.post(author, board, { title: 'Followed', tags: ['fern'] })
    for (const url of [`/posts/${post.id}`, '/tags/fern', `/members/${author.id}`, `/boards/${board.slug}`])
      await put(fan, url)
    await put(fan, `/posts/${post.id}`, 'nothing')
    const first = (await fan.api('GET', '/me/follows?limit=3')).json()
    const second = (await fan.api('GET', `/me/follows?limit=3&after=${first.next}`)).json()
    expect([...first.items, ...second.items]).toMatchObject([
      { board: { slug: board.slug } },
      { member: { name: author.name } },
      { tag: 'fern' },
      { post: { title: 'Followed' }, level: 'nothing' },
    ])
    expect(second.next).toBeNull()
  })

  it('is followed and left by buttons that need no script', async () => {
    const [fan, author] = [await site.member(), await site.member()]
    const post = await site.post(author, board, { title: 'Button', tags: ['clay'] })
    for (const [page, action] of [
      [`/p/${post.id}/button`, `/p/${post.id}/follow`],
      [`/b/${board.slug}`, `/b/${board.slug}/follow`],
      ['/t/clay', '/t/clay/follow'],
      [`/m/${author.name}`, `/m/${author.id}/follow`],
    ] as const) {
      expect((await fan.page(page)).body).toContain(`action="${action}"`)
      const pressed = await fan.page(action, { level: 'everything', next: page })
      expect(pressed.headers.location).toBe(page)
      expect((await fan.page(page)).body).toContain('name="level" value="" aria-pressed="true"')
      expect((await site.guest.page(page)).body).not.toContain(action)
    }
    expect((await fan.page('/settings/follows')).body).toContain('#clay')
    await fan.page('/t/clay/follow', { level: '', next: '/settings/follows' })
    expect((await fan.page('/settings/follows')).body).not.toContain('#clay')
    expect((await author.page('/settings/follows')).body).toContain('You are not following anything')
  })
})
