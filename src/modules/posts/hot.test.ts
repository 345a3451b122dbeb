import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '#platform/database.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
let author: Actor
let voters: Actor[]
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member()
  voters = await Promise.all(Array.from({ length: 11 }, () => site.member()))
})
afterAll(() => site[Symbol.asyncDispose]())

async function rank(score: number, born: string): Promise<number> {
  const [row] = await ask<{ rank: number }>(site.db, 'select hot_rank($1, $2::timestamptz) as rank', [
    score,
    born,
  ])
  return row?.rank ?? Number.NaN
}

// By hand from sign(s) * log10(max(|s|, 1)) + (unix - 1134028003) / 45000.
const golden: [number, string, number][] = [
  // The zero of the scale: 1134028003 is 2005-12-08T07:46:43Z.
  [0, '2005-12-08T07:46:43Z', 0],
  [1, '2005-12-08T07:46:43Z', 0],
  [-1, '2005-12-08T07:46:43Z', 0],
  [10, '2005-12-08T07:46:43Z', 1],
  [-10, '2005-12-08T07:46:43Z', -1],
  [1000, '2005-12-08T07:46:43Z', 3],
  // 45,000 s (12.5 h) later is worth one.
  [0, '2005-12-08T20:16:43Z', 1],
  [100, '2005-12-08T20:16:43Z', 3],
  // 1767225600: (1767225600 - 1134028003) / 45000 = 633197597 / 45000.
  [0, '2026-01-01T00:00:00Z', 14_071.057_711_111],
  [2, '2026-01-01T00:00:00Z', 14_071.358_741_107],
  [-100, '2026-01-01T00:00:00Z', 14_069.057_711_111],
]

describe('the hot rank', () => {
  test.each(golden)('of score %i born at %s is %f', async (score, born, expected) => {
    expect(await rank(score, born)).toBeCloseTo(expected, 6)
  })

  test('counts ten times the votes as much as 12.5 hours', async () => {
    expect(await rank(100, '2026-01-01T00:00:00Z')).toBeCloseTo(await rank(10, '2026-01-01T12:30:00Z'), 9)
  })

  test('does not change with time, only with votes', async () => {
    const board = await site.board({ downvotes: true })
    const post = await site.post(author, board)
    const stored = async () =>
      (await site.db.selectFrom('posts').select('hot').where('id', '=', post.id).executeTakeFirstOrThrow())
        .hot
    const born = site.clock.now.toISOString()
    expect(await stored()).toBeCloseTo(await rank(0, born), 9)
    site.clock.now = new Date(site.clock.now.getTime() + 5 * 86_400_000)
    for (const voter of voters) await voter.api('PUT', `/posts/${post.id}/vote`, { value: 1 })
    expect(await stored()).toBeCloseTo(await rank(11, born), 9)
    await author.api('PATCH', `/posts/${post.id}`, { body: 'edited' })
    await author.api('POST', `/posts/${post.id}/comments`, { body: 'x' })
    expect(await stored()).toBeCloseTo(await rank(11, born), 9)
    for (const voter of voters) await voter.api('PUT', `/posts/${post.id}/vote`, { value: -1 })
    expect(await stored()).toBeCloseTo(await rank(-11, born), 9)
    for (const voter of voters) await voter.api('DELETE', `/posts/${post.id}/vote`)
    expect(await stored()).toBeCloseTo(await rank(0, born), 9)
  })
})
