import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let board: Awaited<ReturnType<TestApp['board']>>
let author: Actor
let stranger: Actor
let mod: Actor
beforeAll(async () => {
  site = await makeTestApp()
  board = await site.board()
  author = await site.member()
  stranger = await site.member()
  mod = await site.member(undefined, 'moderator')
})
afterAll(() => site[Symbol.asyncDispose]())

type Listed = {
  id: number
  depth: number
  parent: number | null
  deleted: boolean
  html: string
  version: number
}
const say = (who: Pick<Actor, 'api'>, postId: number, body: string, parent?: number) =>
  who.api('POST', `/posts/${postId}/comments`, { body, ...(parent ? { parent } : {}) })
async function said(who: Actor, postId: number, body: string, parent?: number): Promise<number> {
  const answer = await say(who, postId, body, parent)
  if (answer.statusCode !== 201) throw new Error(answer.body)
  return answer.json().id
}
const list = async (postId: number, who: Pick<Actor, 'api'> = site.guest): Promise<Listed[]> =>
  (await who.api('GET', `/posts/${postId}/comments?limit=100`)).json().items
const drawn = async (postId: number, who?: Pick<Actor, 'api'>) =>
  (await list(postId, who)).map(
    (c) => `${' '.repeat(c.depth)}${c.deleted ? 'x' : c.html.replace(/<[^>]+>/g, '').trim()}`,
  )
const countsOf = (id: number) =>
  site.db
    .selectFrom('posts')
    .select(['comments', 'answers', 'accepted_id'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
const remove = (who: Pick<Actor, 'api'>, id: number) => who.api('DELETE', `/comments/${id}`)
const restore = (who: Pick<Actor, 'api'>, id: number) => who.api('PUT', `/comments/${id}/restored`)

describe('commenting', () => {
  test('makes a tree that reads from top to bottom, oldest first on each level', async () => {
    const post = await site.post(author, board)
    const a = await said(author, post.id, 'a')
    const b = await said(stranger, post.id, 'b')
    const a1 = await said(stranger, post.id, 'a1', a)
    await said(author, post.id, 'b1', b)
    await said(author, post.id, 'a2', a)
    await said(author, post.id, 'a11', a1)
    expect(await drawn(post.id)).toEqual(['a', ' a1', '  a11', ' a2', 'b', ' b1'])
    expect(await countsOf(post.id)).toMatchObject({ comments: 6, answers: 0 })
    const page = await site.guest.page(`/p/${post.id}/a-post`)
    expect(
      [...page.body.matchAll(/<article class="c[^"]*" id="c(\d+)"/g)].map((match) => Number(match[1])),
    ).toEqual((await list(post.id)).map((c) => c.id))
  })

  test('answers with the comment, in the form that is kept', async () => {
    const post = await site.post(author, board)
    const answer = await say(author, post.id, 'Hello\u202e **you**\r\n')
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({
      post: post.id,
      parent: null,
      depth: 0,
      answer: false,
      body: 'Hello **you**',
      version: 1,
      votes: 0,
      author: { id: author.id, name: author.name },
    })
    expect(answer.json().html).toContain('<strong>you</strong>')
  })

  test('is refused to guests and on posts that are not there', async () => {
    const post = await site.post(author, board)
    expect((await say(site.guest, post.id, 'x')).statusCode).toBe(401)
    expect((await say(author, 999_999_999, 'x')).statusCode).toBe(404)
    expect((await site.guest.page(`/p/${post.id}/comments`, { body: 'x' })).statusCode).toBe(401)
    expect(await list(post.id)).toEqual([])
  })

  test('replies only to comments of the same post that are not deleted', async () => {
    const [post, other] = [await site.post(author, board), await site.post(author, board)]
    const elsewhere = await said(author, other.id, 'x')
    const gone = await said(author, post.id, 'x')
    await remove(author, gone)
    for (const parent of [elsewhere, gone, 999_999_999]) {
      const answer = await say(author, post.id, 'x', parent)
      expect(answer.statusCode).toBe(422)
      expect(answer.json().errors[0]).toMatchObject({ field: 'parent', code: 'no-such-comment' })
    }
    expect(await countsOf(post.id)).toMatchObject({ comments: 0 })
  })

  test('goes a hundred levels deep and no further', async () => {
    const post = await site.post(author, board)
    let parent: number | undefined
    for (let depth = 0; depth < 100; depth++) parent = await said(author, post.id, `level ${depth}`, parent)
    const answer = await say(author, post.id, 'too deep', parent)
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors[0]).toMatchObject({ field: 'parent', code: 'too-deep' })
    expect((await list(post.id)).at(-1)).toMatchObject({ depth: 99 })
    expect((await site.guest.page(`/p/${post.id}/a-post`)).statusCode).toBe(200)
  })

  test('stops on a locked post but for moderators, and on a deleted one for all', async () => {
    const post = await site.post(author, board)
    const early = await said(author, post.id, 'early')
    await mod.api('PUT', `/posts/${post.id}/lock`, { reason: 'enough' })
    for (const who of [author, stranger]) {
      const answer = await say(who, post.id, 'late')
      expect(answer.statusCode).toBe(403)
      expect(answer.json().code).toBe('locked')
      expect((await who.page(`/p/${post.id}/reply`)).statusCode).toBe(403)
    }
    expect((await author.api('PATCH', `/comments/${early}`, { body: 'z' })).json().code).toBe('locked')
    expect((await remove(author, early)).json().code).toBe('locked')
    expect((await author.page(`/c/${early}/edit`)).statusCode).toBe(403)
    expect((await say(mod, post.id, 'closing word')).statusCode).toBe(201)
    await mod.api('DELETE', `/posts/${post.id}/lock`)
    expect((await say(stranger, post.id, 'open again')).statusCode).toBe(201)
    await author.api('DELETE', `/posts/${post.id}`)
    for (const who of [author, stranger, mod]) expect((await say(who, post.id, 'x')).statusCode).toBe(404)
  })
})

describe('editing a comment', () => {
  test('is for its author and moderators', async () => {
    const post = await site.post(author, board)
    const id = await said(stranger, post.id, 'one')
    const edit = (who: Pick<Actor, 'api'>, body: string) => who.api('PATCH', `/comments/${id}`, { body })
    expect((await edit(site.guest, 'x')).statusCode).toBe(401)
    expect((await edit(author, 'x')).statusCode).toBe(403)
    expect((await edit(stranger, 'two')).json()).toMatchObject({ version: 2, body: 'two' })
    expect((await edit(mod, 'three')).json()).toMatchObject({ version: 3, by: { name: mod.name } })
    const acts = await site.db
      .selectFrom('moderation_log')
      .select(['act', 'by_id'])
      .where('comment_id', '=', id)
      .execute()
    expect(acts).toEqual([{ act: 'comment.edit', by_id: mod.id }])
  })

  test('keeps every version, adds none when nothing changed, and refuses a stale one', async () => {
    const post = await site.post(author, board)
    const id = await said(author, post.id, '=1+1')
    const edit = (body: string, version?: number) =>
      author.api('PATCH', `/comments/${id}`, { body, ...(version ? { version } : {}) })
    await edit('second', 1)
    expect((await edit('second', 1)).json().version).toBe(2)
    const conflict = await edit('third', 1)
    expect(conflict.statusCode).toBe(409)
    expect(conflict.json().code).toBe('edit-conflict')
    expect((await edit('third', 2)).json().version).toBe(3)
    const versions = (await site.guest.api('GET', `/comments/${id}/versions`)).json().items
    expect(versions.map((v: { version: number; body: string }) => [v.version, v.body])).toEqual([
      [3, 'third'],
      [2, 'second'],
      [1, '=1+1'],
    ])
    expect((await site.guest.api('GET', `/comments/${id}/versions/2`)).json().body).toBe('second')
    expect((await site.guest.api('GET', `/comments/${id}/versions/4`)).statusCode).toBe(404)
    const csv = await site.guest.api('GET', `/comments/${id}/versions.csv`)
    expect(csv.headers['content-type']).toContain('text/csv')
    expect(csv.body.split('\r\n').slice(0, 2)).toEqual([
      '\ufeffversion,at,by,body',
      `1,${site.clock.now.toISOString()},${author.name},'=1+1`,
    ])
    expect((await site.guest.page(`/c/${id}/history?from=1&to=3`)).body).toMatch(/<del>[^<]*=1\+1|=1/)
    expect((await list(post.id))[0]).toMatchObject({ version: 3, html: expect.stringContaining('third') })
  })

  test('by page shows both texts after a conflict and saves the merged one', async () => {
    const post = await site.post(author, board)
    const id = await said(author, post.id, 'first text')
    await author.page(`/c/${id}/edit`, { body: 'the other window', version: '1' })
    const conflict = await author.page(`/c/${id}/edit`, { body: 'my window', version: '1' })
    expect(conflict.statusCode).toBe(409)
    expect(conflict.body).toContain('the other window')
    expect(conflict.body).toContain('my window')
    expect(conflict.body).toContain('name="version" value="2"')
    const merged = await author.page(`/c/${id}/edit`, { body: 'both', version: '2' })
    expect(merged.headers.location).toBe(`/c/${id}`)
    expect((await stranger.page(`/c/${id}/edit`)).statusCode).toBe(403)
    expect((await site.guest.page(`/c/${id}/edit`)).statusCode).toBe(303)
  })
})

describe('deleting a comment', () => {
  test('is for its author and moderators, works twice, and takes it from every path', async () => {
    const post = await site.post(author, board)
    const id = await said(stranger, post.id, 'regretted words')
    expect((await remove(site.guest, id)).statusCode).toBe(401)
    expect((await remove(author, id)).statusCode).toBe(403)
    expect((await remove(stranger, id)).statusCode).toBe(204)
    expect((await remove(stranger, id)).statusCode).toBe(204)
    expect(await countsOf(post.id)).toMatchObject({ comments: 0 })
    for (const who of [site.guest, author]) {
      for (const part of ['versions', 'versions/1', 'versions.csv'])
        expect((await who.api('GET', `/comments/${id}/${part}`)).statusCode).toBe(404)
      for (const part of ['', '/history', '/history/1'])
        expect((await who.page(`/c/${id}${part}`)).statusCode).toBe(404)
      expect((await who.page(`/p/${post.id}/a-post`)).body).not.toContain('regretted')
      expect((await who.page(`/m/${stranger.name}/comments`)).body).not.toContain('regretted')
    }
    for (const who of [stranger, mod])
      expect((await who.api('GET', `/comments/${id}/versions/1`)).json().body).toBe('regretted words')
    expect((await stranger.api('PATCH', `/comments/${id}`, { body: 'z' })).statusCode).toBe(404)
    expect((await restore(author, id)).statusCode).toBe(404)
    expect((await restore(stranger, id)).statusCode).toBe(204)
    expect((await list(post.id)).map((c) => c.id)).toEqual([id])
    expect(await countsOf(post.id)).toMatchObject({ comments: 1 })
  })

  test('by a moderator is logged with the reason and cannot be undone by the author', async () => {
    const post = await site.post(author, board)
    const id = await said(stranger, post.id, 'spam')
    expect((await mod.api('DELETE', `/comments/${id}?reason=advertising`)).statusCode).toBe(204)
    expect((await restore(stranger, id)).statusCode).toBe(404)
    expect((await stranger.api('GET', `/comments/${id}/versions`)).statusCode).toBe(404)
    const act = await site.db
      .selectFrom('moderation_log')
      .selectAll()
      .where('comment_id', '=', id)
      .executeTakeFirstOrThrow()
    expect(act).toMatchObject({ act: 'comment.remove', by_id: mod.id, reason: 'advertising' })
    expect((await restore(mod, id)).statusCode).toBe(204)
    expect((await list(post.id))[0]?.deleted).toBe(false)
  })

  test('leaves a tombstone without text or name while others’ replies show, and none after the last', async () => {
    const post = await site.post(author, board)
    const root = await said(stranger, post.id, 'root words')
    const middle = await said(stranger, post.id, 'middle words', root)
    const leaf = await said(author, post.id, 'leaf', middle)
    await remove(stranger, middle)
    await remove(stranger, root)
    expect(await drawn(post.id)).toEqual(['x', ' x', '  leaf'])
    const [tomb] = (await site.guest.api('GET', `/posts/${post.id}/comments`)).json().items
    expect(tomb).toMatchObject({ deleted: true, html: '', author: null })
    expect((await author.page(`/p/${post.id}/a-post`)).body).not.toContain('root words')
    expect((await mod.page(`/p/${post.id}/a-post`)).body).toContain('root words')
    expect(await countsOf(post.id)).toMatchObject({ comments: 1 })
    await remove(author, leaf)
    expect(await drawn(post.id)).toEqual([])
    await restore(author, leaf)
    expect(await drawn(post.id)).toEqual(['x', ' x', '  leaf'])
    await restore(stranger, middle)
    expect(await drawn(post.id)).toEqual(['x', ' middle words', '  leaf'])
    await remove(author, leaf)
    expect(await drawn(post.id)).toEqual(['x', ' middle words'])
    await remove(stranger, middle)
    expect(await drawn(post.id)).toEqual([])
    await restore(stranger, root)
    expect(await drawn(post.id)).toEqual(['root words'])
  })

  test('at the moment of a reply keeps tree and counters agreed', async () => {
    for (let round = 0; round < 10; round++) {
      const post = await site.post(author, board)
      const root = await said(author, post.id, 'root')
      const middle = await said(author, post.id, 'middle', root)
      await remove(author, root)
      const answers = await Promise.all([
        say(stranger, post.id, 'reply', middle),
        remove(author, middle),
        say(stranger, post.id, 'beside', middle),
        say(stranger, post.id, 'new root'),
      ])
      for (const answer of answers) expect([201, 204, 422]).toContain(answer.statusCode)
      const rows = await site.db
        .selectFrom('comments')
        .select(['id', 'parent_id', 'deleted_at', 'replies'])
        .where('post_id', '=', post.id)
        .execute()
      const shows = (id: number): boolean =>
        rows.some(
          (row) =>
            row.id === id &&
            (row.deleted_at === null || rows.some((below) => below.parent_id === id && shows(below.id))),
        )
      for (const row of rows) {
        expect(row.replies).toBe(rows.filter((below) => below.parent_id === row.id && shows(below.id)).length)
      }
      expect(await countsOf(post.id)).toMatchObject({
        comments: rows.filter((row) => row.deleted_at === null).length,
      })
    }
  })
})

describe('comments that arrive together', () => {
  test('are all written and counted, and whoever is told is told of each', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => site.member()))
    const posts = await Promise.all(
      ['one', 'two', 'three'].map((title) => site.post(author, board, { title })),
    )
    const [first, , locked] = posts
    const root = await said(stranger, first?.id ?? 0, 'the root')
    await mod.api('PUT', `/posts/${locked?.id}/lock`, { reason: 'enough' })
    const answers = await Promise.all(
      people.flatMap((who, i) => [
        ...posts.map(({ id }) => say(who, id, `said by ${i}, @${mod.name}`)),
        say(who, first?.id ?? 0, `reply by ${i}`, root),
        say(who, first?.id ?? 0, 'a reply to nothing', 999_999_999),
      ]),
    )
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses).toEqual(people.flatMap(() => [201, 201, 403, 201, 422]))
    expect(await countsOf(first?.id ?? 0)).toMatchObject({ comments: 13 })
    expect(await countsOf(posts[1]?.id ?? 0)).toMatchObject({ comments: 6 })
    expect(await countsOf(locked?.id ?? 0)).toMatchObject({ comments: 0 })
    const { replies } = await site.db
      .selectFrom('comments')
      .select('replies')
      .where('id', '=', root)
      .executeTakeFirstOrThrow()
    expect(replies).toBe(6)
    expect((await list(first?.id ?? 0)).filter(({ parent }) => parent === root)).toHaveLength(6)

    const told = await site.db
      .selectFrom('notifications')
      .select(['member_id', 'bundle', 'count'])
      .where(
        'post_id',
        'in',
        posts.map(({ id }) => id),
      )
      .where('bundle', 'not like', 'mention:%')
      .orderBy('bundle')
      .execute()
    expect(told).toEqual(
      [
        { member_id: author.id, bundle: `comment:${first?.id}`, count: 13 },
        { member_id: author.id, bundle: `comment:${posts[1]?.id}`, count: 6 },
        { member_id: stranger.id, bundle: `reply:${root}`, count: 6 },
      ].toSorted((a, b) => (a.bundle < b.bundle ? -1 : 1)),
    )
    const named = await site.db
      .selectFrom('notifications')
      .select('id')
      .where('member_id', '=', mod.id)
      .where('kind', '=', 'mention')
      .execute()
    expect(named).toHaveLength(12)
  })
})
