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

const publish = (values: Record<string, unknown>, who: Pick<Actor, 'api'> = author) =>
  who.api('POST', `/boards/${board.slug}/posts`, { title: 'Title', body: 'Body', ...values })
const edit = (id: number, values: Record<string, unknown>, who: Pick<Actor, 'api'> = author) =>
  who.api('PATCH', `/posts/${id}`, values)
const countOf = async (table: 'posts' | 'post_versions') =>
  (
    await site.db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
  ).n
const tagCount = async (name: string) =>
  (await site.db.selectFrom('tags').select('posts').where('name', '=', name).executeTakeFirst())?.posts
const boardCount = async () =>
  (await site.db.selectFrom('boards').select('posts').where('id', '=', board.id).executeTakeFirstOrThrow())
    .posts

describe('publishing', () => {
  test('makes a post with its first version, for members', async () => {
    expect((await publish({}, site.guest)).statusCode).toBe(401)
    const answer = await publish({
      title: '  Hello\u200b   world ',
      body: 'One **two**  \r\n\r\n',
      tags: ['#한국어', 'Web', 'web', ' two words '],
    })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({
      title: 'Hello world',
      body: 'One **two**',
      kind: 'discussion',
      tags: ['한국어', 'web', 'two-words'],
      version: 1,
      votes: 0,
      comments: 0,
      views: 0,
      editedAt: null,
      accepted: null,
      pinned: false,
      locked: false,
      author: { id: author.id, name: author.name },
      board: { slug: board.slug },
      createdAt: site.clock.now.toISOString(),
    })
    expect(answer.json().html).toContain('<strong>two</strong>')
    expect((await site.guest.api('GET', `/posts/${answer.json().id}/versions`)).json().items).toHaveLength(1)
  })

  test('takes the board’s kind unless it is said', async () => {
    const questions = await site.board({ kind: 'question' })
    const kindOf = async (values: object) =>
      (
        await author.api('POST', `/boards/${questions.slug}/posts`, { title: 'T', body: 'b', ...values })
      ).json().kind
    expect(await kindOf({})).toBe('question')
    expect(await kindOf({ kind: 'discussion' })).toBe('discussion')
    expect((await publish({ kind: 'question' })).json().kind).toBe('question')
    expect((await publish({ kind: 'poll' })).json().errors[0].field).toBe('kind')
  })

  test('leaves nothing at all when its version cannot be stored', async () => {
    const before = [
      await countOf('posts'),
      await countOf('post_versions'),
      await boardCount(),
      await tagCount('half-born'),
    ]
    await site.db.executeQuery(
      (await import('kysely')).CompiledQuery.raw(
        `alter table post_versions add constraint no_such check (title <> 'Half born')`,
      ),
    )
    const answer = await publish({ title: 'Half born', tags: ['half-born'] })
    expect(answer.statusCode).toBe(500)
    expect(answer.json().code).toBe('internal')
    expect(answer.body).not.toContain('no_such')
    expect([
      await countOf('posts'),
      await countOf('post_versions'),
      await boardCount(),
      await tagCount('half-born'),
    ]).toEqual(before)
  })

  test('counts on the board and on each tag', async () => {
    const before = await boardCount()
    const post = (await publish({ tags: ['count-a', 'count-b'] })).json()
    await publish({ tags: ['count-a'] })
    expect(await boardCount()).toBe(before + 2)
    expect([await tagCount('count-a'), await tagCount('count-b')]).toEqual([2, 1])
    await edit(post.id, { tags: ['count-b', 'count-c'] })
    expect([await tagCount('count-a'), await tagCount('count-b'), await tagCount('count-c')]).toEqual([
      1, 1, 1,
    ])
    await author.api('DELETE', `/posts/${post.id}`)
    expect([await tagCount('count-a'), await tagCount('count-b'), await tagCount('count-c')]).toEqual([
      1, 0, 0,
    ])
    expect(await boardCount()).toBe(before + 1)
    await author.api('PUT', `/posts/${post.id}/restored`)
    expect([await tagCount('count-b'), await tagCount('count-c'), await boardCount()]).toEqual([
      1,
      1,
      before + 2,
    ])
  })

  test('of many at once with the same tags counts them all', async () => {
    const tags = ['many-x', 'many-y', 'many-z']
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => publish({ tags: index % 2 ? tags : tags.toReversed() })),
    )
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([201]))
    for (const tag of tags) expect(await tagCount(tag)).toBe(30)
  })

  test('by page leads to the post, or shows the form again with all that was typed', async () => {
    const form = {
      board: board.slug,
      title: 'By page',
      body: 'text',
      tags: 'one, two',
      kind: 'question',
      do: 'publish',
    }
    const done = await author.page('/write', form)
    expect(done.headers.location).toMatch(/^\/p\/\d+\/by-page$/)
    const page = await site.guest.page(String(done.headers.location))
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('<h1')
    const again = await author.page('/write', { ...form, title: '', body: 'kept text' })
    expect(again.statusCode).toBe(422)
    expect(again.body).toContain('kept text')
    expect(again.body).toContain('value="one, two"')
    expect(again.body).toContain('id="field-title-error"')
    for (const where of ['', 'nowhere', '\0']) {
      const lost = await author.page('/write', { ...form, board: where, body: 'text for nowhere' })
      expect(lost.statusCode).toBe(422)
      expect(lost.body).toContain('text for nowhere')
      expect(lost.body).toContain('id="field-board-error"')
    }
    const preview = await author.page('/write', { ...form, body: '**strong**', do: 'preview' })
    expect(preview.body).toContain('<strong>strong</strong>')
    expect(preview.body).toContain('**strong**')
  })

  test('leaves whoever was blocked meanwhile the text to copy', async () => {
    const writer = await site.member()
    await mod.api('PUT', `/members/${writer.id}/block`, { reason: 'Rude' })
    const form = { board: board.slug, title: 'My <title>', body: 'my long text', do: 'publish' }
    const refused = await writer.page('/write', form)
    expect(refused.statusCode).toBe(403)
    expect(refused.body).toContain('readonly>\nMy &lt;title&gt;\n\nmy long text</textarea>')
    expect((await writer.page('/write')).body).not.toContain('readonly')
  })
})

describe('a post’s address', () => {
  test('is one: numbers alone and old titles lead to it', async () => {
    const post = (await publish({ title: '한글 제목 history' })).json()
    const address = `/p/${post.id}/${encodeURIComponent('한글-제목-history')}`
    expect((await site.guest.page(`/p/${post.id}`)).headers.location).toBe(address)
    expect((await site.guest.page(`/p/${post.id}/old-title?order=date`)).headers.location).toBe(
      `${address}?order=date`,
    )
    expect((await site.guest.page(address)).statusCode).toBe(200)
    expect((await site.guest.page(`/p/${post.id}?a%0d%0ab%00%ED%95%9C=1`)).statusCode).toBe(301)
  })

  test.each(['history', 'Edit', 'reply', '!!!', 'history.csv', 'report'])(
    'works for the title %s',
    async (title) => {
      const post = (await publish({ title })).json()
      const { headers } = await site.guest.page(`/p/${post.id}`)
      const page = await site.guest.page(String(headers.location))
      expect(page.statusCode).toBe(200)
      expect(page.body).toContain('Body')
    },
  )
})

describe('editing', () => {
  test('is for the author and moderators', async () => {
    const post = (await publish({})).json()
    expect((await edit(post.id, { body: 'x' }, site.guest)).statusCode).toBe(401)
    expect((await edit(post.id, { body: 'x' }, stranger)).statusCode).toBe(403)
    expect((await edit(post.id, { body: 'by me' })).json()).toMatchObject({
      body: 'by me',
      version: 2,
      title: 'Title',
    })
    expect((await edit(post.id, { title: 'By mod', note: 'tone' }, mod)).json()).toMatchObject({
      title: 'By mod',
      body: 'by me',
      version: 3,
    })
    const acts = await site.db
      .selectFrom('moderation_log')
      .select(['act', 'by_id', 'reason'])
      .where('post_id', '=', post.id)
      .execute()
    expect(acts).toEqual([{ act: 'post.edit', by_id: mod.id, reason: 'tone' }])
    for (const who of [stranger, site.guest])
      expect((await who.page(`/p/${post.id}/edit`)).statusCode).toBe(who === stranger ? 403 : 303)
    expect((await author.page(`/p/${post.id}/edit`)).body).toContain('by me')
  })

  test('adds a version, or none when nothing changed', async () => {
    const post = (await publish({ tags: ['x'] })).json()
    expect((await edit(post.id, { body: 'Body', title: ' Title ', tags: ['#X'] })).json()).toMatchObject({
      version: 1,
      editedAt: null,
    })
    expect((await edit(post.id, {})).json().version).toBe(1)
    expect((await edit(post.id, { body: 'New' })).json()).toMatchObject({
      version: 2,
      editedAt: site.clock.now.toISOString(),
    })
    expect(
      await site.db.selectFrom('post_versions').select('version').where('post_id', '=', post.id).execute(),
    ).toHaveLength(2)
  })

  test('from a stale version is a conflict that keeps both texts', async () => {
    const post = (await publish({})).json()
    await edit(post.id, { body: 'first window', version: 1 })
    const refused = await edit(post.id, { body: 'second window', version: 1 })
    expect(refused.statusCode).toBe(409)
    expect(refused.json().code).toBe('edit-conflict')
    expect((await site.guest.api('GET', `/posts/${post.id}`)).json()).toMatchObject({
      body: 'first window',
      version: 2,
    })
    const page = await author.page(`/p/${post.id}/edit`, {
      title: 'Title',
      body: 'second window',
      tags: '',
      version: '1',
      do: 'publish',
    })
    expect(page.statusCode).toBe(409)
    expect(page.body).toContain('second window')
    expect(page.body).toContain('first window')
    expect(page.body).toContain('name="version" value="2"')
    const merged = await author.page(`/p/${post.id}/edit`, {
      title: 'Title',
      body: 'both windows',
      tags: '',
      version: '2',
      do: 'publish',
    })
    expect(merged.statusCode).toBe(303)
    expect((await site.guest.api('GET', `/posts/${post.id}`)).json()).toMatchObject({
      body: 'both windows',
      version: 3,
    })
  })

  test('twice at the same moment from the same version lets one win', async () => {
    const post = (await publish({})).json()
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => edit(post.id, { body: `window ${n}`, version: 1 })),
    )
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 409, 409, 409])
    expect((await site.guest.api('GET', `/posts/${post.id}`)).json().version).toBe(2)
  })

  test('of a locked post is for moderators alone', async () => {
    const post = (await publish({})).json()
    await mod.api('PUT', `/posts/${post.id}/lock`, {})
    expect((await edit(post.id, { body: 'x' })).json().code).toBe('locked')
    expect((await author.api('DELETE', `/posts/${post.id}`)).json().code).toBe('locked')
    expect((await author.page(`/p/${post.id}/edit`)).statusCode).toBe(403)
    expect((await edit(post.id, { body: 'y' }, mod)).statusCode).toBe(200)
  })
})

describe('the history of a post', () => {
  test('lists versions, shows one, and compares two by words', async () => {
    const post = (await publish({ body: 'The quick brown fox', tags: ['old'] })).json()
    await edit(post.id, { body: 'The slow brown fox', title: 'Other title', tags: ['new'], note: 'speed' })
    const items = (await site.guest.api('GET', `/posts/${post.id}/versions`)).json().items
    expect(items).toEqual([
      {
        version: 2,
        title: 'Other title',
        by: { id: author.id, name: author.name },
        at: expect.any(String),
        note: 'speed',
      },
      {
        version: 1,
        title: 'Title',
        by: { id: author.id, name: author.name },
        at: expect.any(String),
        note: '',
      },
    ])
    expect((await site.guest.api('GET', `/posts/${post.id}/versions/1`)).json()).toMatchObject({
      body: 'The quick brown fox',
      tags: ['old'],
      title: 'Title',
    })
    for (const version of ['0', '3', '-1', 'x', '99999999999']) {
      expect((await site.guest.api('GET', `/posts/${post.id}/versions/${version}`)).statusCode).toBe(404)
      expect((await site.guest.page(`/p/${post.id}/history/${version}`)).statusCode).toBe(404)
    }
    const page = await site.guest.page(`/p/${post.id}/history`)
    expect(page.body).toContain('<del>quick</del>')
    expect(page.body).toContain('<ins>slow</ins>')
    expect((await site.guest.page(`/p/${post.id}/history?from=2&to=1`)).statusCode).toBe(200)
    expect((await site.guest.page(`/p/${post.id}/history?from=1&to=9`)).statusCode).toBe(404)
    expect((await site.guest.page(`/p/${post.id}/history/1`)).body).toContain('The quick brown fox')
  })

  test('as CSV holds every version and no formulas', async () => {
    const post = (
      await publish({
        title: '=HYPERLINK("http://x")',
        body: '@SUM(1)\n"quoted", and more',
        tags: ['a', 'b'],
      })
    ).json()
    await edit(post.id, { title: '+1', body: '-2', note: '\u0009tab' })
    const answer = await site.guest.api('GET', `/posts/${post.id}/versions.csv`)
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="post-${post.id}.csv"`)
    const at = site.clock.now.toISOString()
    expect(answer.body).toBe(
      [
        '\ufeffversion,at,by,title,tags,body,note',
        `1,${at},${author.name},"'=HYPERLINK(""http://x"")",a b,"'@SUM(1)\n""quoted"", and more",`,
        `2,${at},${author.name},'+1,a b,'-2,tab`,
        '',
      ].join('\r\n'),
    )
    expect((await site.guest.page(`/p/${post.id}/history.csv`)).headers.location).toBe(
      `/api/v1/posts/${post.id}/versions.csv`,
    )
  })
})
