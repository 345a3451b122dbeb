import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let author: Actor
let people: Actor[]
beforeAll(async () => {
  site = await makeTestApp({ poolSize: 20 })
  author = await site.member()
  people = await Promise.all(Array.from({ length: 100 }, () => site.member()))
})
afterAll(() => site[Symbol.asyncDispose]())

type Target = { kind: 'post' | 'comment'; id: number; postId: number }
async function targets(downvotes = true): Promise<Target[]> {
  const board = await site.board({ downvotes })
  const post = await site.post(author, board)
  const comment = (await author.api('POST', `/posts/${post.id}/comments`, { body: 'x' })).json()
  return [
    { kind: 'post', id: post.id, postId: post.id },
    { kind: 'comment', id: comment.id, postId: post.id },
  ]
}
const vote = (who: Pick<Actor, 'api'>, { kind, id }: Target, value: number | null) =>
  value === null
    ? who.api('DELETE', `/${kind}s/${id}/vote`)
    : who.api('PUT', `/${kind}s/${id}/vote`, { value })

async function stored({ kind, id }: Target): Promise<{ counter: number; rows: number }> {
  const table = kind === 'post' ? 'posts' : 'comments'
  const { votes } = await site.db
    .selectFrom(table)
    .select('votes')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const rows =
    kind === 'post'
      ? await site.db.selectFrom('post_votes').select('value').where('post_id', '=', id).execute()
      : await site.db.selectFrom('comment_votes').select('value').where('comment_id', '=', id).execute()
  return { counter: votes, rows: rows.reduce((sum, row) => sum + row.value, 0) }
}

describe('a vote', () => {
  test('counts once however often it is sent, turns, and is taken back', async () => {
    for (const target of await targets()) {
      const [one, two] = [people[0] ?? author, people[1] ?? author]
      const steps: [Actor, number | null, object][] = [
        [one, 1, { votes: 1, mine: 1 }],
        [one, 1, { votes: 1, mine: 1 }],
        [two, 1, { votes: 2, mine: 1 }],
        [one, -1, { votes: 0, mine: -1 }],
        [one, -1, { votes: 0, mine: -1 }],
        [two, null, { votes: -1, mine: 0 }],
        [two, null, { votes: -1, mine: 0 }],
        [one, null, { votes: 0, mine: 0 }],
      ]
      for (const [who, value, result] of steps) {
        const answer = await vote(who, target, value)
        expect(answer.statusCode).toBe(200)
        expect(answer.json()).toEqual(result)
      }
    }
  })

  test('is seen at once by its voter, in JSON and on the page', async () => {
    const [post, comment] = await targets()
    const [one, two] = [people[0], people[1]]
    if (!post || !comment || !one || !two) throw new Error('no targets')
    await vote(one, post, 1)
    await vote(one, comment, -1)
    expect((await one.api('GET', `/posts/${post.id}`)).json()).toMatchObject({ votes: 1, mine: { vote: 1 } })
    expect((await two.api('GET', `/posts/${post.id}`)).json()).toMatchObject({ votes: 1, mine: { vote: 0 } })
    const list = async (who: Pick<Actor, 'api'>) =>
      (await who.api('GET', `/posts/${post.id}/comments`)).json().items[0]
    expect(await list(one)).toMatchObject({ votes: -1, mine: -1 })
    expect(await list(two)).toMatchObject({ votes: -1, mine: 0 })
    expect(await list(site.guest)).toMatchObject({ votes: -1, mine: 0 })
    const page = await one.page(`/p/${post.id}/a-post`)
    expect(page.body).toContain('aria-pressed="true"')
    expect((await two.page(`/p/${post.id}/a-post`)).body).not.toMatch(
      /class="act (up|down)"[^>]*aria-pressed="true"/,
    )
  })

  test('is refused to guests, and for other values than 1 and -1', async () => {
    for (const target of await targets()) {
      expect((await vote(site.guest, target, 1)).statusCode).toBe(401)
      expect((await vote(site.guest, target, null)).statusCode).toBe(401)
      for (const value of [0, 2, -2, 1.5, '1', true, null, 1e308]) {
        const answer = await author.api('PUT', `/${target.kind}s/${target.id}/vote`, { value })
        expect(answer.statusCode).toBe(422)
        expect(answer.json().errors[0].field).toBe('value')
      }
      expect(await stored(target)).toEqual({ counter: 0, rows: 0 })
    }
  })

  test('down is given only where the board allows it', async () => {
    for (const target of await targets(false)) {
      await vote(author, target, 1)
      const answer = await vote(author, target, -1)
      expect(answer.statusCode).toBe(403)
      expect(answer.json().code).toBe('no-downvotes')
      expect(await stored(target)).toEqual({ counter: 1, rows: 1 })
      expect((await author.page(`/p/${target.postId}/a-post`)).body).not.toContain('value="-1"')
    }
  })

  test('finds nothing to vote on that is deleted, or stands under a deleted post', async () => {
    const [post, comment] = await targets()
    const voter = people[0]
    if (!post || !comment || !voter) throw new Error('no targets')
    const second = (await author.api('POST', `/posts/${post.id}/comments`, { body: 'y' })).json()
    await vote(voter, comment, 1)
    await author.api('DELETE', `/comments/${second.id}`)
    expect((await vote(voter, { ...comment, id: second.id }, 1)).statusCode).toBe(404)
    await author.api('DELETE', `/posts/${post.id}`)
    for (const value of [1, -1, null]) {
      expect((await vote(voter, post, value)).statusCode).toBe(404)
      expect((await vote(voter, comment, value)).statusCode).toBe(404)
    }
    expect(await stored(comment)).toEqual({ counter: 1, rows: 1 })
    expect((await vote(voter, { ...post, id: 999_999_999 }, 1)).statusCode).toBe(404)
  })

  test('works by form without script and leads back', async () => {
    const [post, comment] = await targets()
    const voter = people[0]
    if (!post || !comment || !voter) throw new Error('no targets')
    expect((await voter.page(`/p/${post.id}/vote`, { value: '1' })).headers.location).toBe(`/p/${post.id}/`)
    expect((await voter.page(`/c/${comment.id}/vote`, { value: '-1' })).headers.location).toBe(
      `/c/${comment.id}`,
    )
    expect([(await stored(post)).counter, (await stored(comment)).counter]).toEqual([1, -1])
    await voter.page(`/p/${post.id}/vote`, { value: '0' })
    expect((await stored(post)).counter).toBe(0)
    expect((await voter.page(`/p/${post.id}/vote`, { value: 'x' })).statusCode).toBe(422)
    expect((await voter.page(`/p/${post.id}/vote`, {})).statusCode).toBe(422)
    expect((await site.guest.page(`/p/${post.id}/vote`, { value: '1' })).statusCode).toBe(401)
  })
})

describe('votes that arrive together', () => {
  test('1,000 calls of 100 members on a post and a comment are counted to the last', async () => {
    const [post, comment] = await targets()
    if (!post || !comment) throw new Error('no targets')
    const calls = Array.from({ length: 1000 }, (_, index) => {
      const who = people[index % 100] ?? author
      const target = index % 2 === 0 ? post : comment
      const turn = Math.floor(index / 100) % 3
      return vote(
        who,
        index % 100 < 50 ? target : target === post ? comment : post,
        turn === 0 ? 1 : turn === 1 ? -1 : 1,
      )
    })
    const answers = await Promise.all(calls)
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]))
    for (const target of [post, comment]) {
      const { counter, rows } = await stored(target)
      expect(counter).toBe(rows)
    }
    const hot = await site.db
      .selectFrom('posts')
      .select(['hot', 'votes', 'created_at'])
      .where('id', '=', post.id)
      .executeTakeFirstOrThrow()
    const { votes } = hot
    const rank =
      Math.sign(votes) * Math.log10(Math.max(Math.abs(votes), 1)) +
      (hot.created_at.getTime() / 1000 - 1_134_028_003) / 45_000
    expect(hot.hot).toBeCloseTo(rank, 9)
  })

  test('200 of one member, up, down and back at once, leave counter and row agreed', async () => {
    for (const target of await targets()) {
      const one = people[0] ?? author
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) => vote(one, target, [1, -1, null][index % 3] ?? null)),
      )
      expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]))
      const { counter, rows } = await stored(target)
      expect(counter).toBe(rows)
    }
  })

  test('and deletions of what is voted on do not disturb the counters', async () => {
    const board = await site.board({ downvotes: true })
    for (let round = 0; round < 5; round++) {
      const post = await site.post(author, board)
      const target: Target = { kind: 'post', id: post.id, postId: post.id }
      const answers = await Promise.all([
        ...people.slice(0, 20).map((who) => vote(who, target, 1)),
        author.api('DELETE', `/posts/${post.id}`),
      ])
      for (const answer of answers) expect([200, 204, 404]).toContain(answer.statusCode)
      const { counter, rows } = await stored(target)
      expect(counter).toBe(rows)
    }
  })
})
