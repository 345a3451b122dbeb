import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '#platform/database.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { recount } from './recount.ts'

let site: TestApp
let people: Actor[]
let boards: { slug: string }[]
beforeAll(async () => {
  site = await makeTestApp()
  people = [
    ...(await Promise.all([site.member(), site.member(), site.member()])),
    await site.member(undefined, 'moderator'),
  ]
  boards = [await site.board({ downvotes: true }), await site.board({ downvotes: true, kind: 'question' })]
})
afterAll(() => site[Symbol.asyncDispose]())

const steps = [
  'post',
  'edit',
  'remove',
  'restore',
  'move',
  'comment',
  'reply',
  'uncomment',
  'recomment',
  'up',
  'down',
  'unvote',
  'voteComment',
  'accept',
] as const
type Step = { step: (typeof steps)[number]; who: number; at: number; and: number }
const anyStep: fc.Arbitrary<Step> = fc.record({
  step: fc.constantFrom(...steps),
  who: fc.nat(3),
  at: fc.nat(50),
  and: fc.nat(50),
})

type World = { posts: number[]; comments: { id: number; post: number }[] }

/** Does one step by the API; that many are refused is part of it. @returns the status. */
async function walk(world: World, { step, who, at, and }: Step): Promise<number> {
  const actor = people[who]
  const board = boards[and % 2]
  const post = world.posts[at % Math.max(1, world.posts.length)] ?? 1
  const comment = world.comments[at % Math.max(1, world.comments.length)] ?? { id: 1, post: 1 }
  if (!actor || !board) throw new Error('nobody')
  const tags = [`t${and % 4}`, `t${at % 3}`]
  const calls = {
    post: () => actor.api('POST', `/boards/${board.slug}/posts`, { title: 'T', body: 'b', tags }),
    edit: () => actor.api('PATCH', `/posts/${post}`, { tags, body: `b${and}` }),
    remove: () => actor.api('DELETE', `/posts/${post}`),
    restore: () => actor.api('PUT', `/posts/${post}/restored`),
    move: () => actor.api('PUT', `/posts/${post}/board`, { board: board.slug }),
    comment: () => actor.api('POST', `/posts/${post}/comments`, { body: 'c', remark: and % 3 === 0 }),
    reply: () => actor.api('POST', `/posts/${comment.post}/comments`, { body: 'r', parent: comment.id }),
    uncomment: () => actor.api('DELETE', `/comments/${comment.id}`),
    recomment: () => actor.api('PUT', `/comments/${comment.id}/restored`),
    up: () => actor.api('PUT', `/posts/${post}/vote`, { value: 1 }),
    down: () => actor.api('PUT', `/posts/${post}/vote`, { value: -1 }),
    unvote: () => actor.api('DELETE', `/posts/${post}/vote`),
    voteComment: () => actor.api('PUT', `/comments/${comment.id}/vote`, { value: and % 2 ? 1 : -1 }),
    accept: () => actor.api('PUT', `/posts/${comment.post}/accepted`, { comment: comment.id }),
  }
  const answer = await calls[step]()
  if (answer.statusCode === 201 && step === 'post') world.posts.push(answer.json().id)
  else if (answer.statusCode === 201) world.comments.push({ id: answer.json().id, post: answer.json().post })
  return answer.statusCode
}

/** What must hold and is no counter. */
const wrong = `
  select 'accepted' as what, p.id from posts p left join comments c on c.id = p.accepted_id
    where p.accepted_id is not null and (c.deleted_at is not null or not c.is_answer or c.post_id <> p.id)
  union all select 'hot', id from posts where abs(hot - hot_rank(votes, created_at)) > 1e-9
  union all select 'version', p.id from posts p where p.version <> (select max(version) from post_versions v where v.post_id = p.id)
  union all select 'pin', p.id from posts p join post_pins x on x.post_id = p.id where p.deleted_at is not null`

describe('counters', () => {
  test('agree with the rows after any sequence of acts', async () => {
    const property = fc.asyncProperty(
      fc.array(anyStep, { minLength: 60, maxLength: 60 }),
      async (sequence) => {
        const world: World = { posts: [], comments: [] }
        for (const step of [
          { step: 'post', who: 0, at: 0, and: 0 },
          { step: 'post', who: 1, at: 1, and: 1 },
          { step: 'comment', who: 2, at: 0, and: 1 },
        ] as const)
          await walk(world, step)
        for (const step of sequence) expect(await walk(world, step)).toBeLessThan(500)
        expect(await recount(site.db)).toEqual([])
        expect(await ask(site.db, wrong, [])).toEqual([])
      },
    )
    await fc.assert(property, { numRuns: 8, seed: 20_261_121 })
  })

  test('agree with the rows after many acts at once', async () => {
    const world: World = { posts: [], comments: [] }
    for (let index = 0; index < 6; index++)
      await walk(world, { step: 'post', who: index % 4, at: index, and: index })
    for (let index = 0; index < 12; index++)
      await walk(world, { step: index % 2 ? 'reply' : 'comment', who: index % 4, at: index, and: index })
    const sequence = fc.sample(anyStep, { numRuns: 300, seed: 42 })
    for (let start = 0; start < sequence.length; start += 30) {
      const statuses = await Promise.all(sequence.slice(start, start + 30).map((step) => walk(world, step)))
      expect(Math.max(...statuses)).toBeLessThan(500)
    }
    expect(await recount(site.db)).toEqual([])
    expect(await ask(site.db, wrong, [])).toEqual([])
  })

  test('that are wrong are named and put right, and imported votes stay counted', async () => {
    const [actor] = people
    const [board] = boards
    if (!actor || !board) throw new Error('nobody')
    const post = (
      await actor.api('POST', `/boards/${board.slug}/posts`, { title: 'T', body: 'b', tags: ['fix'] })
    ).json()
    const root = (await actor.api('POST', `/posts/${post.id}/comments`, { body: 'c' })).json()
    await actor.api('POST', `/posts/${post.id}/comments`, { body: 'd', parent: root.id })
    await actor.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    await ask(
      site.db,
      'update posts set imported_votes = 7, votes = 99, comments = -3, answers = 5 where id = $1',
      [post.id],
    )
    await ask(site.db, 'update comments set votes = 5, replies = 9 where id = $1', [root.id])
    await ask(site.db, 'update boards set posts = posts + 1 where slug = $1', [board.slug])
    await ask(site.db, `update tags set posts = 0 where name = 'fix'`, [])
    const named: string[] = []
    const repaired = await recount(site.db, (counter) => named.push(counter))
    const one = (counter: string) => ({ counter, rows: 1 })
    expect(repaired).toEqual(
      [
        'posts.votes',
        'comments.votes',
        'posts.comments',
        'boards.posts',
        'tags.posts',
        'comments.replies',
      ].map(one),
    )
    expect(named).toEqual(repaired.map(({ counter }) => counter))
    expect((await actor.api('GET', `/posts/${post.id}`)).json()).toMatchObject({
      votes: 8,
      comments: 2,
      answers: 0,
    })
    expect(await recount(site.db)).toEqual([])
    expect(await ask(site.db, wrong, [])).toEqual([])
  })
})
