import { describe, expect, test } from 'vitest'
import { TaggedStore } from './cache-store.ts'

const put = (
  store: TaggedStore<string>,
  key: string,
  given: { size?: number; tags?: string[]; since?: number } = {},
) =>
  store.set(key, {
    value: key,
    size: given.size ?? 100,
    until: 1000,
    tags: given.tags ?? [],
    since: given.since ?? store.moment,
  })

describe('a store of tagged values', () => {
  test('gives what it holds until its time is over', () => {
    const store = new TaggedStore<string>(100_000)
    put(store, 'a')
    expect([store.get('a', 999), store.get('b', 0)]).toEqual(['a', undefined])
    expect(store.get('a', 1000)).toBeUndefined()
    expect([store.count, store.bytes]).toEqual([0, 0])
  })

  test('forgets what depends on a tag, and nothing else', () => {
    const store = new TaggedStore<string>(100_000)
    put(store, 'a', { tags: ['x', 'y'] })
    put(store, 'b', { tags: ['y', 'z'] })
    store.drop(['x', 'unknown'])
    expect([store.get('a', 0), store.get('b', 0)]).toEqual([undefined, 'b'])
    store.dropAll()
    expect([store.get('b', 0), store.bytes]).toEqual([undefined, 0])
  })

  test('does not take what was read before something that it depends on changed', () => {
    const store = new TaggedStore<string>(100_000)
    const since = store.moment
    store.drop(['x'])
    expect(put(store, 'a', { tags: ['x'], since })).toBe(false)
    expect(put(store, 'b', { tags: ['y'], since })).toBe(true)
    store.dropAll()
    expect(put(store, 'c', { tags: ['y'], since })).toBe(false)
    for (let i = 0; i < 30_000; i++) store.drop([`t${i}`])
    expect(put(store, 'd', { tags: ['t29999'] })).toBe(true)
    // So many drops that the first of them are not known one by one any more.
    expect(put(store, 'e', { tags: ['never'], since: 2 })).toBe(false)
  })

  test('stays within its memory, and gives the room back', () => {
    const store = new TaggedStore<string>(100_000)
    for (let i = 0; i < 5000; i++) {
      put(store, `key ${i}`, { size: 1000, tags: [`t${i % 7}`, `u${i}`] })
      if (i % 3 === 0) store.get(`key ${i}`, 0)
      if (i % 5 === 0) store.grow(`key ${i}`, 500)
      expect(store.bytes).toBeLessThanOrEqual(100_000)
    }
    expect(store.count).toBeGreaterThan(20)
    expect(put(store, 'huge', { size: 20_000 })).toBe(false)
    store.drop(['t0', 't1', 't2', 't3', 't4', 't5', 't6'])
    expect([store.count, store.bytes]).toEqual([0, 0])
  })

  test('keeps what is asked for again while somebody walks over everything once', () => {
    const store = new TaggedStore<string>(100_000)
    const busy = Array.from({ length: 20 }, (_, i) => `busy ${i}`)
    for (const key of busy) put(store, key, { size: 500 })
    for (const key of busy) store.get(key, 0)
    for (let i = 0; i < 10_000; i++) put(store, `walked ${i}`, { size: 500 })
    expect(busy.filter((key) => store.get(key, 0) === undefined)).toEqual([])
  })
})
