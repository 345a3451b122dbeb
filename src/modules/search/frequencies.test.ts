import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTestApp, type TestApp } from '#test/support/app.ts'
import {
  countFrequencies,
  findSample,
  frequenciesFor,
  mostFrequent,
  sharesOfBeginnings,
} from './frequencies.ts'
import { shareOfToken } from './ranking.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
  const author = await site.member()
  const board = await site.board()
  for (const title of ['서울 언니', '서울 learning', '부산 learning', '대구 어머니'])
    await site.post(author, board, { title, body: title })
})
afterAll(() => site[Symbol.asyncDispose]())

test('before the first count nothing is known to be frequent', async () => {
  const { docs, of, shareOf } = await frequenciesFor(site.db, ['서울'])
  expect([docs, of('서울'), shareOf('서울')]).toEqual([1000, 1, 0])
  expect(await sharesOfBeginnings(site.db, ['learn'])).toEqual([0])
})

test('shares are those of texts with a term, with one that begins so, and with a syllable as the index has it', async () => {
  await countFrequencies(site.db, { now: site.clock.now })
  const frequencies = await frequenciesFor(site.db, ['서울', '서', '니', '$니', '없는'])
  expect(['서울', '니', '없는'].map(frequencies.shareOf)).toEqual([0.5, 0, 0])
  expect(shareOfToken('니', frequencies)).toBe(0.5)
  expect(await sharesOfBeginnings(site.db, ['learn', 'unknown', '서'])).toEqual([0.5, 0, 0.5])
})

test('a count that is stopped leaves the last one as it was', async () => {
  const before = await findSample(site.db)
  const signal = AbortSignal.abort()
  await countFrequencies(site.db, { now: new Date(site.clock.now.getTime() + 1000), gently: true, signal })
  expect(before).not.toBeNull()
  expect(await findSample(site.db)).toEqual(before)
})

test('of too many terms the most frequent stay, of equals the first', () => {
  const counts = new Map([...'abcdefg'].map((term, at) => [term, [3, 1, 2, 9, 2, 2, 1][at] ?? 0]))
  const kept = (most: number, isWanted = (_: string, docs: number) => docs > 0) =>
    [...mostFrequent(counts, most, isWanted)].map(([term]) => term).join('')
  expect([0, 1, 2, 4, 5, 6, 7, 100].map((most) => kept(most))).toEqual([
    '',
    'd',
    'ad',
    'acde',
    'acdef',
    'abcdef',
    'abcdefg',
    'abcdefg',
  ])
  expect(kept(3, (term, docs) => docs > 1 && term !== 'd')).toBe('ace')
})
