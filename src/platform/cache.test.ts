import { expect, test } from 'vitest'
import { Cache } from './cache.ts'

const makeCache = () =>
  new Cache({
    mostBytes: 1_000_000,
    clock: () => new Date(0),
    lasts: (now) => new Date(now.getTime() + 1000),
  })
const question = { key: 'k', tags: () => ['t'] }

test('a hundred who ask at once are answered by one question', async () => {
  const cache = makeCache()
  let asked = 0
  const load = async () => ({ number: ++asked })
  const answers = await Promise.all(Array.from({ length: 100 }, () => cache.remember(question, load)))
  expect([asked, new Set(answers).size]).toEqual([1, 1])
  expect(await cache.remember(question, load)).toEqual({ number: 1 })
})

test('who asks after a change is not given what was read before it', async () => {
  const cache = makeCache()
  let finish: (value: string) => void = () => {}
  const old = cache.remember(question, () => new Promise<string>((resolve) => (finish = resolve)))
  cache.drop(['t'])
  const fresh = cache.remember(question, async () => 'new')
  finish('old')
  expect([await old, await fresh]).toEqual(['old', 'new'])
  expect(await cache.remember(question, async () => 'newer')).toBe('new')
})

test('a failure is not kept', async () => {
  const cache = makeCache()
  await expect(cache.remember(question, () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await cache.remember(question, async () => 'here')).toBe('here')
})

test('nobody can change what others are given', async () => {
  const cache = makeCache()
  const answer = await cache.remember(question, async () => ({ list: [{ name: 'a' }] }))
  expect(() => answer.list.push({ name: 'b' })).toThrow(TypeError)
  expect(() => Object.assign(answer.list[0] ?? {}, { name: 'c' })).toThrow(TypeError)
})

test('what is made of an answer counts as its memory', async () => {
  const cache = makeCache()
  await cache.remember(question, async () => 'small')
  const before = cache.store.bytes
  await cache.remember({ key: 'other', tags: () => ['t'], beside: () => 50_000 }, async () => 'small')
  expect(cache.store.bytes).toBeGreaterThan(before + 50_000)
})
