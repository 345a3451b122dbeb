import { expect, test, vi } from 'vitest'
import { networkOf } from '#platform/http/crowds.ts'
import { makeTestApp } from './support/app.ts'

test.each([
  ['203.0.113.7', '203.0.113.200', true],
  ['203.0.113.7', '203.0.114.7', false],
  ['::ffff:203.0.113.7', '203.0.113.9', true],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
])('%s and %s are of one network: %s', (one, other, same) => {
  expect(networkOf(one) === networkOf(other)).toBe(same)
})

test('a network that asks for many pages at once waits; others, members and finished pages do not', async () => {
  await using site = await makeTestApp({
    env: { RATE_LIMITS: 'on', GUEST_PAGES_AT_ONCE: '3', PAGE_CACHE_MB: '8' },
  })
  const member = await site.member()
  await site.board({ slug: 'garden' })
  const get = (url: string, remoteAddress: string) => site.app.inject({ url, remoteAddress })
  await get('/b/garden', '198.51.100.1')
  const walk = (network: string, from: number) =>
    Array.from({ length: 8 }, (_, i) => get(`/t/tag${from + i}`, `${network}.${i + 1}`))
  const [crowd, finished, others, own] = await Promise.all([
    Promise.all(walk('203.0.113', 0)),
    get('/b/garden', '203.0.113.50'),
    get('/t/other', '198.51.100.9'),
    member.page('/t/own'),
  ])
  const statuses = crowd.map(({ statusCode }) => statusCode)
  expect(statuses.filter((status) => status === 200)).toHaveLength(3)
  expect(statuses.filter((status) => status === 429)).toHaveLength(5)
  expect(crowd.find(({ statusCode }) => statusCode === 429)?.headers['retry-after']).toBe('2')
  expect([finished.statusCode, others.statusCode, own.statusCode]).toEqual([200, 200, 200])
  // Whoever asks for one after the other is not held up.
  for (let i = 0; i < 10; i++) expect((await get(`/t/later${i}`, '203.0.113.7')).statusCode).toBe(200)
  expect(await site.deps.metrics.registry.metrics()).toContain('madang_crowd_refusals_total 5')
})

test('who goes away before the answer takes no place from others for good', async () => {
  await using site = await makeTestApp({ env: { RATE_LIMITS: 'on', GUEST_PAGES_AT_ONCE: '2' } })
  const url = await site.app.listen({ port: 0, host: '127.0.0.1' })
  for (let i = 0; i < 20; i++) {
    const given = new AbortController()
    const asked = fetch(`${url}/t/tag${i}`, { signal: given.signal }).catch(() => {})
    setTimeout(() => given.abort(), 1)
    await asked
  }
  // The last of them may still be at work.
  await vi.waitFor(async () => {
    const both = await Promise.all([fetch(`${url}/t/one`), fetch(`${url}/t/two`)])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
  }, 5000)
})
