import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let board: Awaited<ReturnType<TestApp['board']>>
let asker: Actor
let helper: Actor
let mod: Actor
beforeAll(async () => {
  site = await makeTestApp()
  board = await site.board({ kind: 'question', downvotes: true })
  asker = await site.member()
  helper = await site.member()
  mod = await site.member(undefined, 'moderator')
})
afterAll(() => site[Symbol.asyncDispose]())

type Listed = { id: number; html: string; answer: boolean; accepted: boolean }
async function said(who: Actor, postId: number, values: Record<string, unknown>): Promise<number> {
  const answer = await who.api('POST', `/posts/${postId}/comments`, { body: 'text', ...values })
  if (answer.statusCode !== 201) throw new Error(answer.body)
  return answer.json().id
}
const accept = (who: Pick<Actor, 'api'>, postId: number, comment: number) =>
  who.api('PUT', `/posts/${postId}/accepted`, { comment })
const postOf = (id: number) =>
  site.db
    .selectFrom('posts')
    .select(['comments', 'answers', 'accepted_id'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()

/** All pages one after the other, as a reader goes through them. */
async function walk(url: string, limit: number): Promise<Listed[]> {
  const items: Listed[] = []
  for (let after = ''; ; ) {
    const page = (
      await site.guest.api(
        'GET',
        `${url}${url.includes('?') ? '&' : '?'}limit=${limit}${after && `&after=${after}`}`,
      )
    ).json()
    items.push(...page.items)
    if (page.next === null) return items
    after = page.next
  }
}

describe('on a question', () => {
  test('a root is an answer, what is below it a comment, and a remark is about the question', async () => {
    const post = await site.post(asker, board)
    const answer = await said(helper, post.id, { body: 'an answer' })
    await said(asker, post.id, { body: 'below it', parent: answer })
    const remark = await said(helper, post.id, { body: 'a remark', remark: true })
    await said(asker, post.id, { body: 'below the remark', parent: remark })
    expect(await postOf(post.id)).toMatchObject({ comments: 4, answers: 1 })
    const items: Listed[] = (await site.guest.api('GET', `/posts/${post.id}/comments`)).json().items
    expect(items.map((c) => [c.html.replace(/<[^>]+>/g, '').trim(), c.answer])).toEqual([
      ['a remark', false],
      ['below the remark', false],
      ['an answer', true],
      ['below it', false],
    ])
    const { body } = await site.guest.page(`/p/${post.id}/a-post`)
    const main = body.slice(body.indexOf('<main'))
    expect(main.indexOf('a remark')).toBeLessThan(main.indexOf('an answer'))
  })

  test('answers come by votes or by date, the accepted one first, over all pages', async () => {
    const post = await site.post(asker, board)
    const ids: number[] = []
    for (let index = 0; index < 7; index++) ids.push(await said(helper, post.id, { body: `answer ${index}` }))
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = ids
    await asker.api('PUT', `/comments/${c}/vote`, { value: 1 })
    await mod.api('PUT', `/comments/${c}/vote`, { value: 1 })
    await asker.api('PUT', `/comments/${f}/vote`, { value: 1 })
    await asker.api('PUT', `/comments/${b}/vote`, { value: -1 })
    await accept(asker, post.id, e)
    const url = `/posts/${post.id}/comments`
    for (const limit of [1, 2, 3, 100]) {
      expect((await walk(url, limit)).map((item) => item.id)).toEqual([e, c, f, a, d, g, b])
      expect((await walk(`${url}?order=date`, limit)).map((item) => item.id)).toEqual([e, a, b, c, d, f, g])
    }
    expect((await walk(url, 3)).filter((item) => item.accepted).map((item) => item.id)).toEqual([e])
    const page = await site.guest.page(`/p/${post.id}/a-post?order=date`)
    expect(
      [...page.body.matchAll(/<article class="c[^"]*" id="c(\d+)"/g)].map((match) => Number(match[1])),
    ).toEqual([e, a, b, c, d, f, g])
    expect((await site.guest.page(`/p/${post.id}/a-post?order=size`)).statusCode).toBe(422)
  })

  test('a deleted answer with comments keeps its place as a tombstone', async () => {
    const post = await site.post(asker, board)
    const answer = await said(helper, post.id, { body: 'gone words' })
    const below = await said(asker, post.id, { body: 'still here', parent: answer })
    await helper.api('DELETE', `/comments/${answer}`)
    expect(await postOf(post.id)).toMatchObject({ comments: 1, answers: 0 })
    const { body } = await site.guest.page(`/p/${post.id}/a-post`)
    expect(body).toContain('still here')
    expect(body).not.toContain('gone words')
    await asker.api('DELETE', `/comments/${below}`)
    expect((await site.guest.api('GET', `/posts/${post.id}/comments`)).json().items).toEqual([])
  })
})

describe('accepting an answer', () => {
  test('is for the asker and moderators', async () => {
    const post = await site.post(asker, board)
    const answer = await said(helper, post.id, {})
    expect((await accept(site.guest, post.id, answer)).statusCode).toBe(401)
    expect((await accept(helper, post.id, answer)).statusCode).toBe(403)
    expect((await accept(asker, post.id, answer)).json()).toEqual({ accepted: answer })
    expect((await accept(asker, post.id, answer)).statusCode).toBe(200)
    expect((await helper.api('DELETE', `/posts/${post.id}/accepted`)).statusCode).toBe(403)
    expect((await site.guest.api('GET', `/posts/${post.id}`)).json().accepted).toBe(answer)
    expect((await asker.api('DELETE', `/posts/${post.id}/accepted`)).json()).toEqual({ accepted: null })
    expect((await asker.api('DELETE', `/posts/${post.id}/accepted`)).statusCode).toBe(200)
    expect((await accept(mod, post.id, answer)).statusCode).toBe(200)
    expect((await mod.api('DELETE', `/posts/${post.id}/accepted`)).json()).toEqual({ accepted: null })
    const acts = await site.db
      .selectFrom('moderation_log')
      .select(['act', 'by_id', 'comment_id'])
      .where('post_id', '=', post.id)
      .execute()
    const both = { by_id: mod.id, comment_id: answer }
    expect(acts).toEqual([
      { act: 'post.accept', ...both },
      { act: 'post.unaccept', ...both },
    ])
  })

  test('takes only an answer of this question that is there', async () => {
    const [post, other, talk] = [
      await site.post(asker, board),
      await site.post(asker, board),
      await site.post(asker, board, { kind: 'discussion' }),
    ]
    const answer = await said(helper, post.id, {})
    const below = await said(helper, post.id, { parent: answer })
    const remark = await said(helper, post.id, { remark: true })
    const elsewhere = await said(helper, other.id, {})
    const gone = await said(helper, post.id, {})
    await helper.api('DELETE', `/comments/${gone}`)
    for (const id of [below, remark, elsewhere, gone, 999_999_999]) {
      const refused = await accept(asker, post.id, id)
      expect(refused.statusCode).toBe(422)
      expect(refused.json().errors[0]).toMatchObject({ field: 'comment', code: 'no-such-answer' })
    }
    const reply = await said(helper, talk.id, {})
    expect((await accept(asker, talk.id, reply)).json().errors[0].code).toBe('not-a-question')
    expect((await postOf(post.id)).accepted_id).toBeNull()
    expect((await site.guest.api('GET', `/posts/${talk.id}`)).json().accepted).toBeNull()
  })

  test('moves to another answer, and ends when the accepted one is deleted', async () => {
    const post = await site.post(asker, board)
    const [one, two] = [await said(helper, post.id, {}), await said(helper, post.id, {})]
    await accept(asker, post.id, one)
    await accept(asker, post.id, two)
    expect((await postOf(post.id)).accepted_id).toBe(two)
    await helper.api('DELETE', `/comments/${one}`)
    expect((await postOf(post.id)).accepted_id).toBe(two)
    await helper.api('DELETE', `/comments/${two}`)
    expect((await postOf(post.id)).accepted_id).toBeNull()
    await helper.api('PUT', `/comments/${two}/restored`)
    expect((await postOf(post.id)).accepted_id).toBeNull()
  })

  test('is refused to the asker once the question is locked', async () => {
    const post = await site.post(asker, board)
    const answer = await said(helper, post.id, {})
    await mod.api('PUT', `/posts/${post.id}/lock`, {})
    expect((await accept(asker, post.id, answer)).json().code).toBe('locked')
    expect((await accept(mod, post.id, answer)).statusCode).toBe(200)
  })

  test('at the moment the answer is deleted leaves no deleted answer accepted', async () => {
    for (let round = 0; round < 10; round++) {
      const post = await site.post(asker, board)
      const answer = await said(helper, post.id, {})
      const answers = await Promise.all([
        accept(asker, post.id, answer),
        helper.api('DELETE', `/comments/${answer}`),
        said(helper, post.id, {}),
      ])
      expect([200, 422]).toContain(answers[0].statusCode)
      expect(answers[1].statusCode).toBe(204)
      expect(await postOf(post.id)).toEqual({ comments: 1, answers: 1, accepted_id: null })
    }
  })

  test('works by form without script', async () => {
    const post = await site.post(asker, board)
    const answer = await said(helper, post.id, {})
    expect((await helper.page(`/p/${post.id}/a-post`)).body).not.toContain(`/p/${post.id}/accepted`)
    expect((await asker.page(`/p/${post.id}/a-post`)).body).toContain(`/p/${post.id}/accepted`)
    expect((await asker.page(`/p/${post.id}/accepted`, { comment: String(answer) })).statusCode).toBe(303)
    expect((await postOf(post.id)).accepted_id).toBe(answer)
    expect((await asker.page(`/p/${post.id}/accepted`, { comment: 'x1' })).statusCode).toBe(422)
    expect((await postOf(post.id)).accepted_id).toBe(answer)
    expect((await asker.page(`/p/${post.id}/accepted`, { comment: '' })).statusCode).toBe(303)
    expect((await postOf(post.id)).accepted_id).toBeNull()
  })
})

describe('a long branch on a question', () => {
  type Part = { items: Listed[]; more: { below: number | null; after: string }[]; next: string | null }
  const read = async (postId: number, after = ''): Promise<Part> =>
    (await site.guest.api('GET', `/posts/${postId}/comments${after && `?after=${after}`}`)).json()
  /** Rows below `parent` (an answer), or remarks when null, without the cost of as many requests. */
  async function fill(postId: number, parent: number | null, count: number): Promise<number[]> {
    const ids: number[] = []
    for (let index = 0; index < count; index += 25)
      ids.push(
        ...(await Promise.all(
          Array.from({ length: Math.min(25, count - index) }, () =>
            said(helper, postId, parent === null ? { remark: true } : { parent }),
          ),
        )),
      )
    return ids.sort((a, b) => a - b)
  }
  const linkIn = (body: string, text: string) => new RegExp(`href="([^"]+)">${text}`).exec(body)?.[1] ?? ''

  test('goes on by a link, to its end, and permanent addresses lead to where each comment stands', async () => {
    const post = await site.post(asker, board)
    const answer = await said(helper, post.id, { body: 'long' })
    const other = await said(asker, post.id, { body: 'short' })
    const below = await fill(post.id, answer, 330)
    const first = await read(post.id)
    expect(first.items.filter(({ answer: isAnswer }) => isAnswer).map(({ id }) => id)).toEqual([
      answer,
      other,
    ])
    expect(first.items).toHaveLength(301)
    expect(first.more).toEqual([{ below: answer, after: expect.any(String) }])
    const rest = await read(post.id, first.more[0]?.after)
    expect([...first.items, ...rest.items].map(({ id }) => id).sort((a, b) => a - b)).toEqual(
      [answer, other, ...below].sort((a, b) => a - b),
    )
    expect([rest.more, rest.next]).toEqual([[], null])
    const page = await site.guest.page(`/p/${post.id}/a-post`)
    const link = linkIn(page.body, 'More below the answer of')
    const next = await site.guest.page(link.replace('#comments', ''))
    expect(next.body).toContain(`id="c${below.at(-1)}"`)
    expect(next.body).not.toContain(`id="c${below[0]}"`)
    const leads = String((await site.guest.page(`/c/${below.at(-1)}`)).headers.location)
    expect((await site.guest.page(leads.split('#')[0] ?? '')).body).toContain(`id="c${below.at(-1)}"`)
    const early = String((await site.guest.page(`/c/${below[3]}`)).headers.location)
    expect((await site.guest.page(early.split('#')[0] ?? '')).body).toContain(`id="c${below[3]}"`)
  }, 60_000)

  test('and so do more than fifty remarks', async () => {
    const post = await site.post(asker, board)
    await said(helper, post.id, { body: 'an answer' })
    const remarks = await fill(post.id, null, 60)
    const first = await read(post.id)
    expect(first.items).toHaveLength(51)
    expect(first.more).toEqual([{ below: null, after: expect.any(String) }])
    const rest = await read(post.id, first.more[0]?.after)
    expect(rest.items.map(({ id }) => id)).toEqual(remarks.slice(50))
    const page = await site.guest.page(`/p/${post.id}/a-post`)
    const link = linkIn(page.body, 'More comments on the question')
    expect((await site.guest.page(link.replace('#comments', ''))).body).toContain(`id="c${remarks.at(-1)}"`)
    const leads = String((await site.guest.page(`/c/${remarks.at(-1)}`)).headers.location)
    expect((await site.guest.page(leads.split('#')[0] ?? '')).body).toContain(`id="c${remarks.at(-1)}"`)
  }, 60_000)

  test('shows nothing of another post by a cursor that names its comment', async () => {
    const [one, two] = [await site.post(asker, board), await site.post(asker, board)]
    const answer = await said(helper, two.id, { body: 'elsewhere' })
    await said(helper, two.id, { body: 'below it', parent: answer })
    const cursor = (text: string) => Buffer.from(text).toString('base64url')
    expect((await read(one.id, cursor(`below||${answer}`))).items).toEqual([])
    expect((await read(one.id, cursor('remarks||0'))).items).toEqual([])
    for (const bad of ['below||x', 'below|1|2', 'below||-1', 'remarks||', 'tree||1'])
      expect((await site.guest.api('GET', `/posts/${one.id}/comments?after=${cursor(bad)}`)).statusCode).toBe(
        400,
      )
  })
})
