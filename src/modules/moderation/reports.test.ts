import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let test: TestApp
let author: Actor
let reader: Actor
let moderator: Actor
let administrator: Actor
let post: { id: number; title: string }

beforeAll(async () => {
  test = await makeTestApp()
  author = await test.member('author')
  reader = await test.member('reader')
  moderator = await test.member('moderator1', 'moderator')
  administrator = await test.member('administrator1', 'administrator')
})
afterAll(() => test[Symbol.asyncDispose]())
beforeEach(async () => {
  post = await test.post(author, await test.board(), { title: 'Reported' })
})

async function comment(by: Actor, postId: number, parent: number | null = null): Promise<number> {
  const answer = await by.api('POST', `/posts/${postId}/comments`, { body: 'A comment', parent })
  return answer.json().id
}

const reported = async (by: Actor, thing: object) =>
  (await by.api('POST', '/reports', { reason: 'spam', ...thing })).json().id as number

/** The rows of one post's reports, as they are in the database. */
const rows = () =>
  test.db.selectFrom('reports').selectAll().where('post_id', '=', post.id).orderBy('id').execute()
const logOf = async (postId: number) => {
  const acts = await test.db
    .selectFrom('moderation_log')
    .select('act')
    .where('post_id', '=', postId)
    .orderBy('id')
    .execute()
  return acts.map((row) => row.act)
}

describe('reporting', () => {
  it('takes a report of a post from members, not from guests', async () => {
    const body = { post: post.id, reason: 'abuse', detail: '  Look\u200b here ' }
    expect((await test.guest.api('POST', '/reports', body)).statusCode).toBe(401)
    expect(await rows()).toHaveLength(0)
    expect((await reader.api('POST', '/reports', body)).statusCode).toBe(201)
    expect((await moderator.api('POST', '/reports', body)).statusCode).toBe(201)
    expect(await rows()).toMatchObject([
      { by_id: reader.id, reason: 'abuse', detail: 'Look here', comment_id: null, outcome: null },
      { by_id: moderator.id },
    ])
  })

  it('takes one report of a thing from a member, and another of its comment', async () => {
    const commentId = await comment(author, post.id)
    await reported(reader, { post: post.id })
    const again = await reader.api('POST', '/reports', { post: post.id, reason: 'other' })
    expect([again.statusCode, again.json().code]).toEqual([409, 'already-reported'])
    expect((await reader.api('POST', '/reports', { comment: commentId, reason: 'other' })).statusCode).toBe(
      201,
    )
  })

  it('keeps one of 20 identical reports that come at once', async () => {
    const all = Array.from({ length: 20 }, () =>
      reader.api('POST', '/reports', { post: post.id, reason: 'spam' }),
    )
    const codes = (await Promise.all(all)).map((answer) => answer.statusCode)
    expect(codes.filter((code) => code === 201)).toHaveLength(1)
    expect(codes.filter((code) => code === 409)).toHaveLength(19)
    expect(await rows()).toHaveLength(1)
  })

  it('does not know what the member may not read, nor what is deleted', async () => {
    const closed = await test.board({ readBy: 'moderators' })
    const hidden = await test.post(moderator, closed)
    const hiddenComment = await comment(moderator, hidden.id)
    const gone = await comment(author, post.id)
    await author.api('DELETE', `/comments/${gone}`)
    for (const thing of [
      { post: hidden.id },
      { comment: hiddenComment },
      { comment: gone },
      { post: 999_999_999 },
    ]) {
      const answer = await reader.api('POST', '/reports', { ...thing, reason: 'spam' })
      expect([thing, answer.statusCode]).toEqual([thing, 404])
    }
    expect((await moderator.api('POST', '/reports', { post: hidden.id, reason: 'spam' })).statusCode).toBe(
      201,
    )
  })

  it('refuses a blocked member, who is told why', async () => {
    const blocked = await test.member()
    await moderator.api('PUT', `/members/${blocked.id}/block`, { reason: 'Flooding' })
    const answer = await blocked.api('POST', '/reports', { post: post.id, reason: 'spam' })
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'blocked'])
    expect(answer.json().detail).toContain('Flooding')
  })

  it.each([
    [{}, 'reason', 'required'],
    [{ reason: 'spam' }, 'post', 'required'],
    [{ reason: 'boring', post: 1 }, 'reason', 'choice'],
    [{ reason: 'spam', post: 'x' }, 'post', 'type'],
    [{ reason: 'spam', post: 1, comment: 1 }, 'comment', 'one-of'],
    [{ reason: 'spam', post: 1, colour: 'red' }, 'colour', 'unknown'],
    [{ reason: 'spam', post: 1, detail: '가'.repeat(1001) }, 'detail', 'too-long'],
  ])('names what is wrong with %o', async (body, field, code) => {
    const answer = await reader.api('POST', '/reports', body)
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors).toContainEqual(expect.objectContaining({ field, code }))
  })
})

describe('the queue', () => {
  it('is for moderators and administrators', async () => {
    const codes = []
    for (const actor of [test.guest, reader, author, moderator, administrator]) {
      codes.push((await actor.api('GET', '/moderation/reports')).statusCode)
    }
    expect(codes).toEqual([401, 403, 403, 200, 200])
  })

  it('shows each thing once with all that is said about it, the longest waiting first', async () => {
    await using own = await makeTestApp()
    const [writer, first, second] = [await own.member(), await own.member(), await own.member()]
    const judge = await own.member('judge', 'moderator')
    const board = await own.board()
    const about = await own.post(writer, board, { title: 'One' })
    const other = await own.post(writer, board, { title: 'Two' })
    const remark = (await writer.api('POST', `/posts/${about.id}/comments`, { body: 'Rude' })).json().id
    await first.api('POST', '/reports', { post: about.id, reason: 'spam' })
    await first.api('POST', '/reports', { post: other.id, reason: 'other' })
    await second.api('POST', '/reports', { post: about.id, reason: 'abuse', detail: 'Twice' })
    await second.api('POST', '/reports', { comment: remark, reason: 'abuse' })
    const all = (await judge.api('GET', '/moderation/reports')).json()
    expect(all.next).toBeNull()
    expect(all.items).toMatchObject([
      {
        kind: 'post',
        target: { id: about.id, title: 'One' },
        count: 2,
        author: { name: writer.name },
        board: { slug: board.slug },
        resolution: null,
        reports: [
          { reason: 'spam', by: { name: first.name } },
          { reason: 'abuse', detail: 'Twice' },
        ],
      },
      { kind: 'post', target: { id: other.id, title: 'Two' }, count: 1 },
      { kind: 'comment', target: { id: remark, title: 'One' }, html: expect.stringContaining('Rude') },
    ])
    const ids: number[] = []
    for (let after = ''; ; ) {
      const part = (await judge.api('GET', `/moderation/reports?limit=1${after}`)).json()
      ids.push(...part.items.map((item: { id: number }) => item.id))
      if (!part.next) break
      after = `&after=${part.next}`
    }
    expect(ids).toEqual(all.items.map((item: { id: number }) => item.id))
  })

  it.each([
    'x',
    'zzzz!',
    Buffer.from('open|2026-02-30T00:00:00Z|1').toString('base64url'),
    Buffer.from("open|1'|2").toString('base64url'),
  ])('refuses the cursor %s', async (after) => {
    const answer = await moderator.api('GET', `/moderation/reports?after=${encodeURIComponent(after)}`)
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'bad-cursor'])
  })
})

describe('resolving', () => {
  it('is for moderators and administrators', async () => {
    const id = await reported(reader, { post: post.id })
    const codes = []
    for (const actor of [test.guest, reader, author, moderator, administrator]) {
      codes.push((await actor.api('PUT', `/moderation/reports/${id}`, { outcome: 'dismissed' })).statusCode)
    }
    expect(codes).toEqual([401, 403, 403, 200, 409])
    expect(await rows()).toMatchObject([{ outcome: 'dismissed', resolved_by_id: moderator.id }])
  })

  it('removes the post with every report of it, and writes both acts into the log', async () => {
    const id = await reported(reader, { post: post.id })
    await reported(administrator, { post: post.id })
    const answer = await moderator.api('PUT', `/moderation/reports/${id}`, {
      outcome: 'removed',
      note: 'Advert',
    })
    expect(answer.json()).toEqual({ outcome: 'removed', closed: 2 })
    expect((await reader.api('GET', `/posts/${post.id}`)).statusCode).toBe(404)
    expect(await rows()).toMatchObject([
      { note: 'Advert', outcome: 'removed' },
      { note: 'Advert', outcome: 'removed' },
    ])
    expect(await logOf(post.id)).toEqual(['post.remove', 'report.remove'])
  })

  it('removes a comment and leaves its post', async () => {
    const commentId = await comment(author, post.id)
    const id = await reported(reader, { comment: commentId })
    await moderator.api('PUT', `/moderation/reports/${id}`, { outcome: 'removed' })
    const read = (await reader.api('GET', `/posts/${post.id}`)).json()
    expect(read.comments).toBe(0)
    expect(await logOf(post.id)).toEqual(['comment.remove', 'report.remove'])
  })

  it('leaves the post where nothing is wrong, and it can be reported anew', async () => {
    const id = await reported(reader, { post: post.id })
    await moderator.api('PUT', `/moderation/reports/${id}`, { outcome: 'dismissed', note: 'Fine' })
    expect((await reader.api('GET', `/posts/${post.id}`)).statusCode).toBe(200)
    expect(await logOf(post.id)).toEqual(['report.dismiss'])
    expect((await reader.api('POST', '/reports', { post: post.id, reason: 'spam' })).statusCode).toBe(201)
    const late = await administrator.api('PUT', `/moderation/reports/${id}`, { outcome: 'removed' })
    expect([late.statusCode, late.json().code]).toEqual([409, 'already-resolved'])
    expect((await rows()).map((row) => row.outcome)).toEqual(['dismissed', null])
    const done = (await moderator.api('GET', '/moderation/reports?show=done')).json().items[0]
    expect(done).toMatchObject({
      id,
      count: 1,
      resolution: { outcome: 'dismissed', note: 'Fine', by: { name: moderator.name } },
    })
  })

  it('lets one of two moderators decide who press at once', async () => {
    const id = await reported(reader, { post: post.id })
    const answers = await Promise.all([
      moderator.api('PUT', `/moderation/reports/${id}`, { outcome: 'removed' }),
      administrator.api('PUT', `/moderation/reports/${id}`, { outcome: 'dismissed' }),
    ])
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 409])
    const [row] = await rows()
    const isGone = (await reader.api('GET', `/posts/${post.id}`)).statusCode === 404
    expect(isGone).toBe(row?.outcome === 'removed')
    expect(await logOf(post.id)).toEqual(isGone ? ['post.remove', 'report.remove'] : ['report.dismiss'])
  })

  it('closes reports of what its author has deleted meanwhile', async () => {
    const id = await reported(reader, { post: post.id })
    await author.api('DELETE', `/posts/${post.id}`)
    const items = (await moderator.api('GET', '/moderation/reports?limit=100')).json().items
    expect(items.find((item: { id: number }) => item.id === id)).toMatchObject({ html: '' })
    expect((await moderator.api('PUT', `/moderation/reports/${id}`, { outcome: 'removed' })).statusCode).toBe(
      200,
    )
  })

  it('changes nothing for a wrong outcome, an endless note, or a report that is not there', async () => {
    const id = await reported(reader, { post: post.id })
    const bad = [{}, { outcome: 'burn' }, { outcome: null }, { outcome: 'removed', note: 'x'.repeat(501) }]
    for (const body of bad) {
      expect((await moderator.api('PUT', `/moderation/reports/${id}`, body)).statusCode).toBe(422)
    }
    expect(
      (await moderator.api('PUT', '/moderation/reports/999999999', { outcome: 'removed' })).statusCode,
    ).toBe(404)
    expect((await moderator.api('PUT', '/moderation/reports/abc', { outcome: 'removed' })).statusCode).toBe(
      404,
    )
    expect(await rows()).toMatchObject([{ outcome: null }])
    expect(await logOf(post.id)).toEqual([])
  })
})

describe('the log', () => {
  it('is for moderators and administrators, newest first, in pages', async () => {
    await moderator.api('PUT', `/posts/${post.id}/pin`, { reason: 'Important' })
    await moderator.api('PUT', `/posts/${post.id}/lock`, {})
    const codes = []
    for (const actor of [test.guest, reader, author, moderator, administrator]) {
      codes.push((await actor.api('GET', '/moderation/log')).statusCode)
    }
    expect(codes).toEqual([401, 403, 403, 200, 200])
    const first = (await moderator.api('GET', '/moderation/log?limit=1')).json()
    const second = (await moderator.api('GET', `/moderation/log?limit=1&after=${first.next}`)).json()
    expect(first.items).toMatchObject([
      { act: 'post.lock', by: { name: moderator.name }, post: { id: post.id } },
    ])
    expect(second.items).toMatchObject([{ act: 'post.pin', reason: 'Important', comment: null }])
  })
})
