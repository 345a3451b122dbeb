import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { paths } from '#paths.ts'
import { type Actor, type Answer, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let board: Awaited<ReturnType<TestApp['board']>>
let writer: Actor
let other: Actor
beforeAll(async () => {
  site = await makeTestApp()
  board = await site.board()
  writer = await site.member()
  other = await site.member()
})
afterAll(() => site[Symbol.asyncDispose]())

const keep = async (values: Record<string, unknown> = {}, who: Actor = writer) =>
  (await who.api('POST', '/drafts', { target: 'new', ...values })).json()
const bodyOf = async (id: number) => (await writer.api('GET', `/drafts/${id}`)).json().body
const draftIn = (answer: Answer) =>
  Number(
    /draft=(\d+)/.exec(String(answer.headers.location))?.[1] ??
      /\/drafts\/(\d+)/.exec(String(answer.headers.location))?.[1],
  )

describe('a draft', () => {
  test('is kept, read, saved and thrown away by its member', async () => {
    const draft = await keep({
      title: 'Half a',
      body: 'text\u202e',
      tags: ['a', 'b'],
      kind: 'question',
      board: board.slug,
    })
    expect(draft).toMatchObject({
      target: 'new',
      version: 1,
      title: 'Half a',
      body: 'text',
      tags: ['a', 'b'],
      kind: 'question',
      board: board.slug,
    })
    expect((await writer.api('GET', `/drafts/${draft.id}`)).json()).toEqual(draft)
    const saved = await writer.api('PUT', `/drafts/${draft.id}`, { version: 1, body: 'more' })
    expect(saved.json()).toMatchObject({ version: 2, body: 'more' })
    expect((await writer.api('GET', '/drafts?target=new')).json().items[0]).toMatchObject({ id: draft.id })
    expect((await writer.api('GET', '/drafts?target=post:1')).json().items).toEqual([])
    expect((await writer.api('DELETE', `/drafts/${draft.id}`)).statusCode).toBe(204)
    expect((await writer.api('DELETE', `/drafts/${draft.id}`)).statusCode).toBe(204)
    expect((await writer.api('GET', `/drafts/${draft.id}`)).statusCode).toBe(404)
  })

  test('of another member is not there', async () => {
    const draft = await keep({ body: 'private words' })
    expect((await other.api('GET', `/drafts/${draft.id}`)).statusCode).toBe(404)
    expect((await other.api('PUT', `/drafts/${draft.id}`, { version: 1, body: 'stolen' })).statusCode).toBe(
      404,
    )
    await other.api('DELETE', `/drafts/${draft.id}`)
    await other.page(`/drafts/${draft.id}/delete`, {})
    expect((await other.api('GET', '/drafts')).json().items).toEqual([])
    for (const url of [`/drafts/${draft.id}`, `/write?draft=${draft.id}`])
      expect((await other.page(url)).statusCode).toBe(404)
    const post = await other.api('POST', `/boards/${board.slug}/posts`, {
      title: 'T',
      body: 'b',
      draft: draft.id,
    })
    expect(post.statusCode).toBe(201)
    expect(await bodyOf(draft.id)).toBe('private words')
    for (const [method, url] of [
      ['GET', '/drafts'],
      ['POST', '/drafts'],
      ['GET', `/drafts/${draft.id}`],
      ['DELETE', `/drafts/${draft.id}`],
    ] as const) {
      expect(
        (await site.guest.api(method, url, method === 'POST' ? { target: 'new' } : undefined)).statusCode,
      ).toBe(401)
    }
  })

  test('saved from two windows is never overwritten by the one that knows less', async () => {
    const draft = await keep({ body: 'start' })
    const answers = await Promise.all(
      ['one', 'two'].map((body) => writer.api('PUT', `/drafts/${draft.id}`, { version: 1, body })),
    )
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 409])
    const winner = answers.find((answer) => answer.statusCode === 200)?.json()
    expect(await bodyOf(draft.id)).toBe(winner.body)
    expect(answers.find((answer) => answer.statusCode === 409)?.json().code).toBe('draft-changed')
    expect((await writer.api('PUT', `/drafts/${draft.id}`, { version: 3, body: 'ahead' })).statusCode).toBe(
      409,
    )
    expect(
      (await writer.api('PUT', `/drafts/${draft.id}`, { version: 2, body: 'next' })).json().version,
    ).toBe(3)
  })

  test.each([
    '',
    'old',
    'post:',
    'post:x',
    'post:1:2',
    'reply:1:2:3',
    'new ',
    'NEW',
    'comment:1;',
    `post:${'9'.repeat(16)}`,
  ])('has no target "%s"', async (target) => {
    const answer = await writer.api('POST', '/drafts', { target, body: 'x' })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors[0].field).toBe('target')
  })

  test('may be longer than what is published, but not without end', async () => {
    const long = await writer.api('POST', '/drafts', { target: 'new', body: 'x'.repeat(100_000) })
    expect(long.statusCode).toBe(201)
    const longer = await writer.api('POST', '/drafts', { target: 'new', body: 'x'.repeat(100_001) })
    expect(longer.statusCode).toBe(422)
    expect(longer.json().errors[0]).toMatchObject({ field: 'body', code: 'too-long' })
  })

  test('is one of a hundred at most: the oldest go', async () => {
    const hoarder = await site.member()
    const first = await keep({ body: 'first' }, hoarder)
    for (let index = 0; index < 100; index++) await keep({ body: String(index) }, hoarder)
    const { items } = (await hoarder.api('GET', '/drafts')).json()
    expect(items).toHaveLength(100)
    expect(items.map((draft: { id: number }) => draft.id)).not.toContain(first.id)
    expect((await hoarder.page('/drafts')).statusCode).toBe(200)
  })
})

describe('what is published', () => {
  test('is no draft any more: a post, an edit, a comment, a comment’s edit', async () => {
    const gone = async (id: number) => expect((await writer.api('GET', `/drafts/${id}`)).statusCode).toBe(404)
    const one = await keep()
    const post = (
      await writer.api('POST', `/boards/${board.slug}/posts`, { title: 'T', body: 'b', draft: one.id })
    ).json()
    await gone(one.id)
    const two = await keep()
    await writer.page('/write', {
      board: board.slug,
      title: 'T',
      body: 'b',
      draft: String(two.id),
      do: 'publish',
    })
    await gone(two.id)
    const three = await keep({ target: `post:${post.id}` })
    await writer.page(`/p/${post.id}/edit`, {
      title: 'T',
      body: 'b2',
      version: '1',
      draft: String(three.id),
      do: 'publish',
    })
    await gone(three.id)
    const four = await keep({ target: `reply:${post.id}` })
    const comment = (
      await writer.api('POST', `/posts/${post.id}/comments`, { body: 'c', draft: four.id })
    ).json()
    await gone(four.id)
    const five = await keep({ target: `reply:${post.id}:${comment.id}` })
    await writer.page(`/p/${post.id}/comments`, {
      body: 'c',
      parent: String(comment.id),
      draft: String(five.id),
    })
    await gone(five.id)
    const six = await keep({ target: `comment:${comment.id}` })
    await writer.page(`/c/${comment.id}/edit`, { body: 'c2', version: '1', draft: String(six.id) })
    await gone(six.id)
  })

  test('leaves what another window saved over the draft meanwhile', async () => {
    const save = async (id: number) =>
      writer.api('PUT', `/drafts/${id}`, { version: 1, body: 'the other window' })
    const older = async (target = 'new') => {
      const { id } = await keep({ target, body: 'b' })
      await save(id)
      return { id, form: { draft: String(id), draftVersion: '1' }, json: { draft: id, draftVersion: 1 } }
    }
    const stays = async (id: number) => expect(await bodyOf(id)).toBe('the other window')
    const one = await older()
    const url = `/boards/${board.slug}/posts`
    const post = (await writer.api('POST', url, { title: 'T', body: 'b', ...one.json })).json()
    await stays(one.id)
    const two = await older()
    const form = { board: board.slug, title: 'T', body: 'b', do: 'publish' }
    expect((await writer.page('/write', { ...form, ...two.form })).statusCode).toBe(303)
    await stays(two.id)
    const three = await older(`post:${post.id}`)
    await writer.page(`/p/${post.id}/edit`, { title: 'T', body: 'b2', version: '1', ...three.form })
    await stays(three.id)
    const four = await older(`reply:${post.id}`)
    const comment = (
      await writer.api('POST', `/posts/${post.id}/comments`, { body: 'c', ...four.json })
    ).json()
    await stays(four.id)
    const five = await older(`reply:${post.id}`)
    await writer.page(`/p/${post.id}/comments`, { body: 'c', ...five.form })
    await stays(five.id)
    const six = await older(`comment:${comment.id}`)
    await writer.page(`/c/${comment.id}/edit`, { body: 'c2', version: '1', ...six.form })
    await stays(six.id)
    const known = { title: 'T', body: 'the other window', draft: six.id, draftVersion: 2 }
    expect((await writer.api('POST', url, known)).statusCode).toBe(201)
    expect((await writer.api('GET', `/drafts/${six.id}`)).statusCode).toBe(404)
  })

  test('takes the draft with it whose last saving came between, from the same window', async () => {
    const { id } = await keep({ body: 'a' })
    await writer.api('PUT', `/drafts/${id}`, { version: 1, body: 'a\nb' })
    const form = { board: board.slug, title: 'T', body: 'a\r\nb', do: 'publish' }
    expect((await writer.page('/write', { ...form, draft: String(id), draftVersion: '1' })).statusCode).toBe(
      303,
    )
    expect((await writer.api('GET', `/drafts/${id}`)).statusCode).toBe(404)
  })

  test('takes the draft of the same text with it of which its form had not heard yet, and no other', async () => {
    const post = await site.post(writer, board)
    const text = { title: 'Slow', body: 'a\nb' }
    const same = await keep(text)
    const others = [await keep({ ...text, body: 'a' }), await keep({ ...text, target: `post:${post.id}` })]
    const form = { board: board.slug, title: 'Slow', body: 'a\r\nb', do: 'publish', draft: '' }
    expect((await writer.page('/write', form)).statusCode).toBe(303)
    expect((await writer.api('GET', `/drafts/${same.id}`)).statusCode).toBe(404)
    for (const { id } of others) expect((await writer.api('GET', `/drafts/${id}`)).statusCode).toBe(200)
    const reply = await keep({ target: `reply:${post.id}`, body: 'So slow' })
    await writer.page(`/p/${post.id}/comments`, { body: 'So slow', draft: '' })
    expect((await writer.api('GET', `/drafts/${reply.id}`)).statusCode).toBe(404)
  })

  test('and refused keeps its draft', async () => {
    const draft = await keep({ body: 'b' })
    expect(
      (await writer.api('POST', `/boards/${board.slug}/posts`, { title: '', body: 'b', draft: draft.id }))
        .statusCode,
    ).toBe(422)
    expect(
      (await writer.api('POST', '/posts/999999999/comments', { body: 'b', draft: draft.id })).statusCode,
    ).toBe(404)
    expect(await bodyOf(draft.id)).toBe('b')
  })
})

describe('a form without script', () => {
  const form = (values: Record<string, string>) =>
    writer.page('/write', {
      board: board.slug,
      title: 'T',
      tags: 'a, b',
      kind: 'question',
      do: 'draft',
      ...values,
    })

  test('saves its text as a draft and goes on with it', async () => {
    const id = draftIn(await form({ body: 'first' }))
    expect(await bodyOf(id)).toBe('first')
    const page = await writer.page(`/write?draft=${id}`)
    expect(page.body).toContain('first')
    expect(page.body).toContain('name="draftVersion" value="1"')
    expect(page.body).toContain('value="a, b"')
    expect(draftIn(await form({ body: 'second', draft: String(id), draftVersion: '1' }))).toBe(id)
    expect(await bodyOf(id)).toBe('second')
  })

  test('is led on to what was begun and not published, where the form is empty', async () => {
    const id = draftIn(await form({ title: 'Half a thought', body: 'and' }))
    const note = `<a href="/drafts/${id}">Half a thought</a>`
    expect((await writer.page('/write')).body).toContain(note)
    expect((await writer.page(`/write?draft=${id}`)).body).not.toContain(note)
    const post = await site.post(writer, board, { title: 'Its post' })
    const edit = `/p/${post.id}/edit`
    expect((await writer.page(edit)).body).not.toContain('/drafts/')
    await writer.page(edit, { title: 'Its new title', body: 'b', do: 'draft' })
    expect((await writer.page(edit)).body).toMatch(/<a href="\/drafts\/\d+">Its new title<\/a>/)
  })

  test('comes back with title and text to copy, where the session has ended meanwhile', async () => {
    const gone = await site.guest.page('/write', { title: 'Half a thought', body: 'and', do: 'publish' })
    expect(gone.statusCode).toBe(401)
    expect(gone.body).toContain('readonly>\nHalf a thought\n\nand</textarea>')
  })

  test('keeps both texts when two windows save the same draft', async () => {
    const id = draftIn(await form({ body: 'start' }))
    expect(draftIn(await form({ body: 'window one', draft: String(id), draftVersion: '1' }))).toBe(id)
    const second = draftIn(await form({ body: 'window two', draft: String(id), draftVersion: '1' }))
    expect(second).not.toBe(id)
    expect([await bodyOf(id), await bodyOf(second)]).toEqual(['window one', 'window two'])
    const third = draftIn(
      await form({ body: 'after it was thrown away', draft: '999999999', draftVersion: '1' }),
    )
    expect(await bodyOf(third)).toBe('after it was thrown away')
  })

  test('leads from the list of drafts to where each goes on', async () => {
    const post = await site.post(writer, board, { title: 'Its post' })
    const comment = (await writer.api('POST', `/posts/${post.id}/comments`, { body: 'c' })).json()
    const places = {
      new: '/write',
      [`post:${post.id}`]: `/p/${post.id}/edit`,
      [`reply:${post.id}`]: `/p/${post.id}/reply`,
      [`reply:${post.id}:${comment.id}`]: `/c/${comment.id}/reply`,
      [`comment:${comment.id}`]: `/c/${comment.id}/edit`,
    }
    for (const [target, place] of Object.entries(places)) {
      const draft = await keep({ target, body: `unfinished ${target}` })
      const { location } = (await writer.page(`/drafts/${draft.id}`)).headers
      expect(location).toBe(`${place}?draft=${draft.id}`)
      expect((await writer.page(String(location))).body).toContain(`unfinished ${target}`)
    }
    const list = await writer.page('/drafts')
    expect(list.body).toContain('Its post')
    await writer.api('DELETE', `/posts/${post.id}`)
    expect((await writer.page('/drafts')).statusCode).toBe(200)
  })

  test('of a comment goes on in the thread, for its member alone and until it is sent', async () => {
    const post = await site.post(writer, board, { title: 'Come back' })
    const thread = paths.post(post)
    const draft = await keep({ target: `reply:${post.id}`, body: 'begun <yesterday>' })
    const { body } = await writer.page(thread)
    expect(body).toContain('begun &lt;yesterday&gt;</textarea>')
    expect(body).toContain(`name="draft" value="${draft.id}"`)
    for (const who of [other, site.guest]) expect((await who.page(thread)).body).not.toContain('yesterday')
    await writer.page(`/p/${post.id}/comments`, { body: 'sent', draft: String(draft.id) })
    expect((await writer.page(thread)).body).not.toContain('yesterday')
  })

  test('shows a version that was saved after the draft as a conflict, not over it', async () => {
    const post = await site.post(writer, board)
    const draft = await keep({ target: `post:${post.id}`, title: 'A post', body: 'from the draft' })
    site.clock.now = new Date(site.clock.now.getTime() + 60_000)
    await writer.api('PATCH', `/posts/${post.id}`, { body: 'saved meanwhile' })
    const page = await writer.page(`/p/${post.id}/edit?draft=${draft.id}`)
    const version = /name="version" value="(\d+)"/.exec(page.body)?.[1] ?? ''
    const answer = await writer.page(`/p/${post.id}/edit`, {
      title: 'A post',
      body: 'from the draft',
      tags: '',
      version,
      do: 'publish',
    })
    expect(answer.statusCode).toBe(409)
    expect(answer.body).toContain('saved meanwhile')
    expect(answer.body).toContain('from the draft')
  })

  test('shows as a conflict what was saved between opening the form and saving the draft', async () => {
    const post = await site.post(writer, board)
    const open = await writer.page(`/p/${post.id}/edit`)
    const version = /name="version" value="(\d+)"/.exec(open.body)?.[1] ?? ''
    await (await site.member(undefined, 'moderator')).api('PATCH', `/posts/${post.id}`, { body: 'meanwhile' })
    site.clock.now = new Date(site.clock.now.getTime() + 60_000)
    const typed = { title: 'A post', body: 'begun before', tags: '', version }
    const id = draftIn(await writer.page(`/p/${post.id}/edit`, { ...typed, do: 'draft' }))
    expect((await writer.api('GET', `/drafts/${id}`)).json().base).toBe(1)
    const again = await writer.page(`/p/${post.id}/edit?draft=${id}`)
    expect(again.body).toContain('name="version" value="1"')
    const answer = await writer.page(`/p/${post.id}/edit`, { ...typed, do: 'publish' })
    expect(answer.statusCode).toBe(409)
    expect(answer.body).toContain('meanwhile')
    // A save that does not say what it was begun from leaves what is known.
    const put = { version: 1, body: 'begun before, and more' }
    expect((await writer.api('PUT', `/drafts/${id}`, put)).json()).toMatchObject({ base: 1, version: 2 })
    expect((await writer.api('PUT', `/drafts/${id}`, { version: 2, base: 2 })).json().base).toBe(2)
    expect((await writer.api('POST', '/drafts', { target: 'new', base: 0 })).statusCode).toBe(422)
  })
})
