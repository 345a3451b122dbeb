import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { buildApp } from '#app.ts'
import { announceOn, hearEvents } from '#events.ts'
import { makeLink } from '#modules/accounts/links.ts'
import { changeBoard } from '#modules/boards/boards.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { SiteSettings } from '#modules/site/site.ts'
import { paths } from '#paths.ts'
import { redisBus } from '#platform/bus.ts'
import { openDatabase } from '#platform/database.ts'
import type { Server } from '#platform/http/server.ts'
import { openRedis } from '#platform/redis.ts'
import { type Actor, makeTestApp, type TestApp } from './support/app.ts'

let site: TestApp
/** The same site by a server that keeps no pages. */
let plain: Server
let author: Actor
let admin: Actor
let board: Board

beforeAll(async () => {
  site = await makeTestApp({ env: { PAGE_CACHE_MB: '8' } })
  const config = { ...site.deps.config, pageCacheBytes: 0, rowCacheBytes: 0 }
  plain = await buildApp({ ...site.deps, config })
  author = await site.member('author')
  admin = await site.member('admin', 'administrator')
  board = await site.board({ slug: 'garden', name: 'Garden' })
})
afterAll(async () => {
  await plain.close()
  await site[Symbol.asyncDispose]()
})

type Headers = Record<string, string>
const get = (url: string, headers: Headers = {}) => site.app.inject({ url, headers })
const isKept = (answer: { headers: Record<string, unknown> }) => answer.headers['etag'] !== undefined

async function postPage(values: Record<string, unknown> = {}): Promise<{ id: number; url: string }> {
  const post = await site.post(author, board, { tags: ['tea'], ...values })
  return { id: post.id, url: paths.post(post) }
}

/** The page without a cache, whose reader is counted as one view by both. */
const uncached = (url: string, headers: Headers = {}) =>
  plain.inject({ url, headers: { purpose: 'prefetch', ...headers } })

describe('a page that guests get from memory', () => {
  const looks: [string, Headers][] = [
    ['Korean', { 'accept-language': 'ko-KR,ko;q=0.9' }],
    ['English', { 'accept-language': 'en' }],
    ['Korean by cookie, dark', { cookie: 'language=ko; theme=dark', 'accept-language': 'en' }],
    ['English by cookie, light', { cookie: 'theme=light; language=en', 'accept-language': 'ko' }],
  ]

  test.each(looks)('is byte for byte the one that is made without it: %s', async (_name, look) => {
    const { id, url } = await postPage({ title: 'Tea & cake' })
    await author.api('POST', `/posts/${id}/comments`, { body: 'Yes' })
    const headers = { purpose: 'prefetch', ...look }
    for (const path of [
      '/',
      '/?sort=hot',
      '/?sort=top&period=week',
      '/boards',
      '/b/garden',
      '/t/tea',
      '/m/author',
      '/m/author/comments',
      url,
      `${url}?order=date`,
      '/?lang=en',
      '/b/garden?lang=ko',
    ]) {
      const made = await get(path, headers)
      const again = await get(path, headers)
      const bare = await uncached(path, headers)
      expect(bare.statusCode, path).toBe(200)
      expect(isKept(bare)).toBe(false)
      expect(again.body, path).toBe(bare.body)
      expect(made.body, path).toBe(bare.body)
      expect(again.headers['etag'], path).toBe(made.headers['etag'])
      expect(again.headers['etag'], path).toBeDefined()
      const { 'content-length': _a, date: _b, connection: _c, ...own } = bare.headers
      expect(again.headers).toMatchObject({ ...own, vary: 'Cookie, Accept-Language, Accept-Encoding' })
    }
  })

  test('comes packed as the client takes it, and not at all when it has it already', async () => {
    const { url } = await postPage({ body: 'Many words. '.repeat(300) })
    const { body, headers } = await get(url)
    for (const _ of [1, 2]) {
      const br = await get(url, { 'accept-encoding': 'gzip, deflate, br, zstd' })
      expect(br.headers['content-encoding']).toBe('br')
      expect(brotliDecompressSync(br.rawPayload).toString()).toBe(body)
      const gzip = await get(url, { 'accept-encoding': 'gzip, br;q=0' })
      expect(gzip.headers['content-encoding']).toBe('gzip')
      expect(gunzipSync(gzip.rawPayload).toString()).toBe(body)
      expect(gzip.headers['content-length']).toBe(String(gzip.rawPayload.length))
    }
    const etag = String(headers['etag'])
    for (const asked of [etag, `"x", ${etag.slice(2)}`, '*']) {
      const same = await get(url, { 'if-none-match': asked })
      expect(same.statusCode).toBe(304)
      expect(same.body).toBe('')
      expect(same.headers['etag']).toBe(etag)
      expect(same.headers['content-security-policy']).toBeDefined()
    }
    expect((await get(url, { 'if-none-match': '"other"' })).statusCode).toBe(200)
  })

  test('answers HEAD with the same headers, and a range with all of it', async () => {
    const { url } = await postPage()
    const whole = await get(url)
    const head = await site.app.inject({ method: 'HEAD', url })
    expect([head.statusCode, head.body]).toEqual([200, ''])
    expect(head.headers['content-length']).toBe(whole.headers['content-length'])
    expect(head.headers['etag']).toBe(whole.headers['etag'])
    const range = await get(url, { range: 'bytes=0-9' })
    expect([range.statusCode, range.body]).toEqual([200, whole.body])
  })

  test('is made once for a hundred who ask at once, and asks nothing of the database after that', async () => {
    await using own = await makeTestApp({ env: { PAGE_CACHE_MB: '8' }, countQueries: true })
    await own.board({ slug: 'busy' })
    const ask = (path = '/b/busy') => own.app.inject({ url: path })
    const before = own.queries.count
    await own.app.inject({ url: '/b/busy', headers: { cookie: 'madang=nobody' } })
    const each = own.queries.count - before
    own.queries.count = 0
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask()))
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
    expect(own.queries.count).toBeLessThanOrEqual(each)
    own.queries.count = 0
    await ask()
    await ask('/b/busy/?utm_source=x')
    expect(own.queries.count).toBe(0)
  })

  test('is a member’s own in no case, whatever they bring', async () => {
    const { url } = await postPage()
    expect(isKept(await get(url))).toBe(true)
    const own = await author.page(url)
    expect(own.body).toContain('author')
    expect(isKept(own)).toBe(false)
    for (const headers of [
      { cookie: 'madang=wrong' },
      { cookie: 'madang-second-factor=abc' },
      { authorization: 'Bearer wrong' },
      { origin: 'https://elsewhere.example' },
    ])
      expect(isKept(await get(url, headers))).toBe(false)
  })

  test('is not kept when it is an error, gone, or a redirect', async () => {
    const { id } = await postPage({ title: 'Old' })
    for (const path of [`/p/${id}`, `/p/${id}/wrong`, '/b/none', '/p/999999/x', '/?after=wrong']) {
      const answer = await get(path)
      expect(answer.statusCode, path).not.toBe(200)
      expect(isKept(await get(path)), path).toBe(false)
    }
  })
})

describe('what changes a page', () => {
  const shows = async (url: string, text: string) => (await get(url)).body.includes(text)

  test('a post, a comment, a vote and an edit are seen by the next who asks', async () => {
    const { id, url } = await postPage({ title: 'First title' })
    for (const path of ['/', '/b/garden', '/t/tea', '/m/author'])
      expect(await shows(path, 'First title'), path).toBe(true)
    expect(await shows(url, 'So it is')).toBe(false)
    await author.api('POST', `/posts/${id}/comments`, { body: 'So it is' })
    expect(await shows(url, 'So it is')).toBe(true)
    expect(await shows('/m/author/comments', 'So it is')).toBe(true)
    await admin.api('PUT', `/posts/${id}/vote`, { value: 1 })
    expect(await shows(url, '1 vote<')).toBe(true)
    await author.api('PATCH', `/posts/${id}`, { title: 'Second title', body: 'Text', version: 1 })
    for (const path of ['/', '/b/garden', '/t/tea', '/m/author'])
      expect((await get(path)).body, path).toBe((await uncached(path)).body)
  })

  test('leaves the pages that show nothing of it', async () => {
    const one = await postPage({ title: 'One' })
    const other = await postPage({ title: 'Other' })
    const list = await get('/t/tea?sort=latest')
    const page = await get(other.url)
    await author.api('POST', `/posts/${one.id}/comments`, { body: 'Hello' })
    expect((await get(other.url)).headers['etag']).toBe(page.headers['etag'])
    expect((await get('/t/tea?sort=latest')).headers['etag']).not.toBe(list.headers['etag'])
  })

  test('a board that becomes private disappears at once, and never enters', async () => {
    const nook = await site.board({ slug: 'shed', name: 'Nook' })
    const post = await site.post(author, nook, { title: 'Hidden', tags: ['tools'] })
    const url = paths.post(post)
    const places = ['/', '/boards', '/b/shed', '/t/tools', '/m/author', url]
    for (const path of places) expect((await get(path)).body, path).toMatch(/Nook|Hidden/)
    await changeBoard(site.db, admin.viewer, {
      board: 'shed',
      change: { slug: 'shed', name: 'Nook', readBy: 'members' },
    })
    for (const path of places) expect((await get(path)).body, path).not.toMatch(/Nook|Hidden/)
    expect((await get('/b/shed')).statusCode).toBe(404)
    expect((await author.page('/b/shed')).statusCode).toBe(200)
    for (const _ of [1, 2]) expect((await get(url)).statusCode).toBe(404)
  })

  test('a new name of the site and of a member', async () => {
    const { url } = await postPage()
    await get(url)
    await site.deps.site.change({ name: 'New yard' })
    expect(await shows(url, 'New yard')).toBe(true)
    await author.api('PATCH', '/me', { about: 'I like tea' })
    expect(await shows('/m/author', 'I like tea')).toBe(true)
  })

  test('that an imported member has come', async () => {
    const values = { name: 'settler', name_key: 'settler', imported_from: 'x:settler' }
    const query = site.db.insertInto('members').values(values).returning('id')
    const { id: memberId } = await query.executeTakeFirstOrThrow()
    expect(await shows('/m/settler', 'have not joined this site yet')).toBe(true)
    const { token } = await makeLink(site.db, null, { memberId, now: site.clock.now })
    const password = 'a good long phrase'
    const form = { email: 'settler@example.org', password, password2: password }
    expect((await site.guest.page(`/claim/${token}`, form)).statusCode).toBe(303)
    expect(await shows('/m/settler', 'have not joined this site yet')).toBe(false)
  })

  test('what no event tells is seen a minute later, and a new day at its midnight', async () => {
    const { id, url } = await postPage({ title: 'Quiet' })
    const before = await get(url)
    await site.db.updateTable('posts').set({ votes: 77 }).where('id', '=', id).execute()
    expect((await get(url)).body).toBe(before.body)
    site.clock.now = new Date(site.clock.now.getTime() + 61_000)
    expect((await get(url)).body).toContain('77')
    site.clock.now = new Date('2026-11-21T14:59:55Z')
    const list = await get('/b/garden')
    expect((await get('/b/garden')).body).toBe(list.body)
    site.clock.now = new Date('2026-11-21T15:00:00Z')
    expect((await get('/b/garden')).body).not.toBe(list.body)
    expect((await get('/b/garden')).body).toBe((await uncached('/b/garden')).body)
  })
})

describe('what does not poison a page', () => {
  test('thirty headers, cookies and parameters that the page does not know', async () => {
    const { url } = await postPage({ title: 'Clean' })
    const evil = 'evil.example'
    const headers: Headers[] = [
      ...[
        'x-forwarded-host',
        'x-forwarded-for',
        'x-forwarded-proto',
        'x-forwarded-port',
        'x-forwarded-prefix',
      ],
      ...[
        'x-host',
        'x-original-url',
        'x-rewrite-url',
        'x-real-ip',
        'forwarded',
        'via',
        'referer',
        'user-agent',
      ],
      ...[
        'x-http-method-override',
        'x-requested-with',
        'accept',
        'accept-charset',
        'dnt',
        'cf-connecting-ip',
      ],
      ...['x-wap-profile', 'x-timer', 'front-end-https', 'client-ip', 'true-client-ip', 'host'],
    ].map((name) => ({ [name]: evil }))
    headers.push(
      { 'accept-language': 'xx-evil,*;q=0.1' },
      { 'accept-language': `en${',ko;q=0.1'.repeat(100)}` },
      { 'accept-language': 'en;q=evil"><script>' },
      { cookie: 'theme="><script>evil.example; language=evil' },
      { cookie: `_ga=${evil}; __utm=1` },
    )
    const clean = (await uncached(url, { purpose: '' })).body
    for (const given of headers) {
      for (const path of [url, `${url}?utm_source=${evil}`, `${url}?order=date&x=${evil}`]) {
        const answer = await get(path, given)
        expect(answer.body, JSON.stringify(given)).not.toContain(evil)
      }
    }
    const after = await get(url)
    expect(after.body.replace(/\d+ views?/, '')).toBe(clean.replace(/\d+ views?/, ''))
  })

  test('unknown parameters and other spellings make no new entry', async () => {
    await using own = await makeTestApp({ env: { PAGE_CACHE_MB: '8' } })
    await own.board({ slug: 'garden' })
    const first = await own.app.inject({ url: '/b/garden?sort=latest' })
    for (let i = 0; i < 50; i++) {
      const answer = await own.app.inject({ url: `/b/%67arden/?x${i}=${i}&sort=latest&lang=q${i}` })
      expect(answer.headers['etag']).toBe(first.headers['etag'])
    }
    // Names that every object has are as unknown as the others.
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const answer = await own.app.inject({ url: `/b/garden?${name}=1&sort=latest` })
      expect([name, answer.headers['etag']]).toEqual([name, first.headers['etag']])
    }
  })
})

const redisUrl = inject('redisUrl')

describe.skipIf(!redisUrl)('two processes over Redis', () => {
  test('what one of them writes the other shows within 100 ms', async () => {
    await using one = await makeTestApp({ env: { PAGE_CACHE_MB: '8' } })
    await using stack = new AsyncDisposableStack()
    const open = () => {
      const redis = openRedis(redisUrl ?? '', () => {})
      stack.defer(() => redis.disconnect())
      return stack.use(redisBus(redis))
    }
    announceOn(one.db, open())
    const bus = open()
    const database = stack.use(openDatabase({ url: one.database.url, size: 4 }))
    const other = await buildApp({
      ...one.deps,
      db: database.db,
      site: new SiteSettings(database.db),
      bus,
    })
    stack.defer(() => other.close())
    const heard: unknown[] = []
    hearEvents(bus, (event) => heard.push(event))
    const writer = await one.member()
    const garden = await one.board()
    await vi.waitFor(async () => {
      await one.deps.site.change({ name: 'Ready' })
      expect(heard).not.toEqual([])
    })
    for (let i = 0; i < 20; i++) {
      expect((await other.inject(`/b/${garden.slug}`)).headers['etag']).toBeDefined()
      await one.post(writer, garden, { title: `Post ${i}.` })
      await vi.waitFor(
        async () => expect((await other.inject(`/b/${garden.slug}`)).body).toContain(`Post ${i}.`),
        { interval: 2 },
      )
    }
    await one.deps.site.change({ name: 'Another yard' })
    await vi.waitFor(async () => expect((await other.inject('/')).body).toContain('Another yard'), 100)
  })
})
