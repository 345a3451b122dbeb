import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSession } from '#modules/accounts/sessions.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { expectProblem } from '#test/support/problems.ts'
import { isTest, readSources } from '#test/support/source.ts'

let site: TestApp
let author: Actor
let administrator: Actor
let board: string
let post: number
let comment: number
beforeAll(async () => {
  site = await makeTestApp()
  author = await site.member('writer')
  administrator = await site.member('boss', 'administrator')
  board = (await site.board({ kind: 'question' })).slug
  post = (
    await author.api('POST', `/boards/${board}/posts`, { title: 'A post', body: 'b', tags: ['walk'] })
  ).json().id
  comment = (await author.api('POST', `/posts/${post}/comments`, { body: 'x' })).json().id
})
afterAll(() => site[Symbol.asyncDispose]())

test('S15 no token, name or id of an account comes from a weak source of chance or from the time', () => {
  const code = readSources('src').filter(
    (file) => file.path.startsWith('src/') && !isTest(file) && !file.path.startsWith('src/browser/'),
  )
  const weak = code.filter((file) =>
    /Math\.random|uuidv?1|Date\.now\(\)\.toString/.test(readFileSync(file.path, 'utf8')),
  )
  // Where a place in a list or a pause is drawn and nothing is kept secret by it.
  expect(
    weak.map((file) => file.path).filter((path) => !/\/(imports|postgres-server)\/|demo/.test(path)),
  ).toEqual([])
})

test('S22 a forged X-Forwarded-For changes nothing for whoever is no trusted proxy', async () => {
  const ask = async (app: TestApp['app'], forwarded: string) =>
    (
      await app.inject({
        method: 'POST',
        url: '/api/v1/sessions',
        headers: {
          'x-forwarded-for': forwarded,
          forwarded: `for=${forwarded}`,
          'x-real-ip': forwarded,
          'cf-connecting-ip': forwarded,
        },
        payload: {},
      })
    ).statusCode
  await using open = await makeTestApp({ env: { RATE_LIMITS: 'on' } })
  const codes: number[] = []
  for (let index = 0; index < 70; index++) codes.push(await ask(open.app, `198.51.100.${index}`))
  expect(codes.filter((code) => code === 429).length).toBeGreaterThan(5)
  await using proxied = await makeTestApp({ env: { RATE_LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1' } })
  // Behind the proxy the last address it added counts, whatever the client wrote before it.
  const behind: number[] = []
  for (let index = 0; index < 70; index++)
    behind.push(await ask(proxied.app, `203.0.113.${index}, 198.51.100.7`))
  expect(behind.filter((code) => code === 429).length).toBeGreaterThan(5)
  expect(await ask(proxied.app, '198.51.100.8')).toBe(422)
})

describe('S32 no header, cookie or parameter of one visitor', () => {
  const unkeyed = [
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-scheme',
    'x-forwarded-port',
    'x-forwarded-prefix',
    'x-forwarded-server',
    'x-host',
    'x-original-url',
    'x-original-host',
    'x-rewrite-url',
    'x-http-method-override',
    'x-http-host-override',
    'x-method-override',
    'forwarded',
    'x-wap-profile',
    'x-real-ip',
    'true-client-ip',
    'x-client-ip',
    'x-request-id',
    'x-correlation-id',
    'x-amz-website-redirect-location',
    'x-timer',
    'x-ghost-preview',
    'x-nextjs-data',
    'rsc',
    'x-middleware-prefetch',
    'x-invoke-path',
    'x-backend-host',
    'via',
    'referer',
    'accept',
    'pragma',
    'range',
    'te',
    'x-csrf-token',
    'dnt',
  ]
  test('reaches what the next is shown, and no page of one is kept for another', async () => {
    const pages = [
      '/',
      `/p/${post}/a-post`,
      `/b/${board}`,
      '/boards',
      '/t/walk',
      '/m/writer',
      '/sign-in',
      '/nowhere',
      '/api/v1/posts',
      '/api/openapi.json',
      site.deps.assets.css,
    ]
    for (const url of pages) {
      // Views of the pages before would be counted while this one is compared.
      await site.deps.acts.flush()
      await site.deps.acts.settle()
      const clean = await site.app.inject({ url })
      const mark = (text: string) => text.replace(/"requestId":"[^"]+|<code>[\w-]{12}<\/code>/g, '')
      for (const name of unkeyed) {
        const value =
          name === 'forwarded'
            ? 'host=evil.example;proto=http'
            : name === 'range'
              ? 'bytes=0-9'
              : 'evil.example'
        const answer = await site.app.inject({ url, headers: { [name]: value } })
        expect(mark(answer.body), `${url} ${name}`).toBe(mark(clean.body))
        expect(JSON.stringify(answer.headers), `${url} ${name}`).not.toContain('evil.example')
      }
      const kept = String(clean.headers['cache-control'] ?? 'no-store')
      if (!url.startsWith('/assets/')) expect(kept, url).toMatch(/private|no-store|no-cache/)
      expect(
        kept === 'public, max-age=31536000, immutable' || !kept.includes('public'),
        `${url} ${kept}`,
      ).toBe(true)
    }
  })
})

test('S35 a path in a name, a language, a theme or a file leads nowhere', async () => {
  for (const part of [
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f',
    '..%5c',
    '%00',
    'x%00.webp',
    '%252e%252e%252f',
    '....//',
    'C:%5c',
    'file:%2f%2f%2fetc',
    `${'a'.repeat(32)}.webp%00.png`,
    `..%2f${'a'.repeat(32)}.webp`,
  ])
    for (const url of [
      `/files/${part}`,
      `/assets/${part}`,
      `/api/docs/static/${part}`,
      `/upload?name=${part}`,
      `/b/${part}`,
      `/p/${post}/history/${part}`,
    ]) {
      const answer = await author.page(url)
      expect([400, 404, 422], url).toContain(answer.statusCode)
      expect(answer.body, url).not.toMatch(/root:|node_modules|\/work\/|\/src\//)
    }
  for (const lang of ['../../etc/passwd', '__proto__', 'constructor', 'ko%00'])
    expect((await site.guest.page(`/?lang=${lang}`)).body).toContain('<html lang="en"')
})

test('S39 every way back stays on this site', async () => {
  const outside = [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    '/%09/evil.example',
    '/\t/evil.example',
    '///evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/x/..//evil.example',
    '/%2f%2fevil.example',
    'data:text/html,x',
    '@evil.example',
    '/\n//evil.example',
    '%2f%2fevil.example',
    'evil.example',
  ]
  const forms: [string, Record<string, string>][] = [
    ['/preferences', { theme: 'dark' }],
    [`/p/${post}/vote`, { value: '1' }],
    [`/c/${comment}/vote`, { value: '1' }],
    [`/p/${post}/bookmark`, { on: '1' }],
    [`/p/${post}/accepted`, { comment: String(comment) }],
    [`/m/${administrator.id}/keep-away`, { kind: 'mute' }],
  ]
  for (const next of outside) {
    const asked = [
      ...forms.map(([url, form]) => author.page(url, { ...form, next })),
      ...['/sign-in', '/sign-up', '/settings/security/prove'].map((url) =>
        author.page(`${url}?next=${encodeURIComponent(next)}`),
      ),
      site.guest.page(`/sign-in?next=${encodeURIComponent(next)}`),
    ]
    for (const answer of await Promise.all(asked)) {
      const to = String(answer.headers.location ?? '/')
      expect(new URL(to, 'http://site.example').host, `${next} ${to}`).toBe('site.example')
      expect(to).toMatch(/^\/(?![/\\])/)
    }
  }
})

describe('S40 on a site of https', () => {
  test('every cookie is this host’s alone, and one from a parent domain is nobody', async () => {
    await using secure = await makeTestApp({ env: { BASE_URL: 'https://yard.example' } })
    const member = await secure.member('someone')
    const headers = { origin: 'https://yard.example', 'content-type': 'application/x-www-form-urlencoded' }
    const signed = await secure.app.inject({
      method: 'POST',
      url: '/sign-up',
      headers,
      payload: 'name=fresh&email=f%40example.org&password=a+long+fine+one&password2=a+long+fine+one',
    })
    const chosen = await secure.app.inject({
      method: 'POST',
      url: '/preferences',
      headers,
      payload: 'theme=dark&language=ko',
    })
    const cookies = [signed, chosen].flatMap((answer) =>
      [answer.headers['set-cookie'] ?? []].flat().map(String),
    )
    expect(cookies).toHaveLength(3)
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; Path=\/(;|$)/)
      expect(cookie).toContain('Secure')
      expect(cookie).toContain('SameSite=Lax')
      expect(cookie).not.toMatch(/Domain=/i)
      if (!/^(theme|language)=/.test(cookie)) expect(cookie).toMatch(/^__Host-madang=.*HttpOnly/)
    }
    const { token } = await openSession(secure.db, {
      memberId: member.id,
      kind: 'browser',
      agent: '',
      now: secure.clock.now,
    })
    const ask = async (cookie: string) =>
      (await secure.app.inject({ url: '/api/v1/me', headers: { cookie } })).statusCode
    expect(await ask(`__Host-madang=${token}`)).toBe(200)
    expect(await ask(`madang=${token}`)).toBe(401)
    expect(await ask(`__host-madang=${token}`)).toBe(401)
    expect((await secure.app.inject('/')).headers['strict-transport-security']).toContain('max-age=31536000')
  })
})

test('S42 a file that is an address is an unreadable picture, and nothing is fetched', async () => {
  let asked = 0
  const server = createServer((_request, response) => response.end(String(++asked)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  const port = typeof at === 'object' && at !== null ? at.port : 0
  for (const text of [
    `http://127.0.0.1:${port}/x.png`,
    'file:///etc/passwd',
    'data:image/png;base64,AAAA',
    'phar://x.jpg',
  ]) {
    const payload = `--x\r\nContent-Disposition: form-data; name="image"; filename="${text}"\r\nContent-Type: image/png\r\n\r\n${text}\r\n--x--\r\n`
    expect((await author.page('/upload', Buffer.from(payload))).statusCode, text).toBe(422)
  }
  await new Promise((resolve) => server.close(resolve))
  expect(asked).toBe(0)
})

describe('S44 fifty at the same moment', () => {
  const fifty = <T>(make: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: 50 }, (_, index) => make(index)))
  const count = (codes: { statusCode: number }[], code: number) =>
    codes.filter((answer) => answer.statusCode === code).length

  test('equal sign-ups make one member, and uses of an invitation for one let one in', async () => {
    const body = { name: 'twin', email: 'twin@example.org', password: 'a long fine one' }
    const same = await fifty(() => site.guest.api('POST', '/members', body))
    expect([count(same, 201), count(same, 409)]).toEqual([1, 49])
    const { token } = (await administrator.api('POST', '/invitations', { uses: 1 })).json()
    const used = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        site.guest.api('POST', '/members', {
          name: `guest${index}`,
          email: `g${index}@example.org`,
          password: 'a long fine one',
          invitation: token,
        }),
      ),
    )
    expect([count(used, 201), count(used, 404)]).toEqual([1, 19])
  }, 60_000)

  test('equal votes, bookmarks, accepts, reports and deletions have one effect', async () => {
    const post = (await author.api('POST', `/boards/${board}/posts`, { title: 'T', body: 'b' })).json().id
    const comment = (await author.api('POST', `/posts/${post}/comments`, { body: 'x' })).json().id
    await fifty(() => administrator.api('PUT', `/posts/${post}/vote`, { value: 1 }))
    await fifty(() => administrator.api('PUT', `/posts/${post}/bookmark`))
    await fifty(() => author.api('PUT', `/posts/${post}/accepted`, { comment }))
    const reports = await fifty(() => administrator.api('POST', '/reports', { post, reason: 'spam' }))
    expect([count(reports, 201), count(reports, 409)]).toEqual([1, 49])
    const shown = (await administrator.api('GET', `/posts/${post}`)).json()
    expect(shown).toMatchObject({
      votes: 1,
      accepted: comment,
      comments: 1,
      mine: { vote: 1, bookmarked: true },
    })
    expect((await administrator.api('GET', '/me/bookmarks')).json().items).toHaveLength(1)
    await fifty(() => author.api('DELETE', `/comments/${comment}`))
    expect((await administrator.api('GET', `/posts/${post}`)).json()).toMatchObject({
      comments: 0,
      answers: 0,
    })
  })

  test('wrong passwords are looked at five times', async () => {
    const tries = await fifty(() =>
      site.guest.api('POST', '/sessions', { login: 'writer', password: 'wrong' }),
    )
    expect([count(tries, 401), count(tries, 429)]).toEqual([5, 45])
    expectProblem(await site.guest.api('POST', '/sessions', { login: 'writer', password: 'wrong' }), 429)
  })
})

describe('S38 four times the input', () => {
  const shapes: Record<string, (count: number) => string> = {
    brackets: (count) => '['.repeat(count),
    images: (count) => '![]('.repeat(count / 4),
    stars: (count) => '*a_ '.repeat(count / 4),
    ticks: (count) => Array.from({ length: Math.sqrt(count * 2) }, (_, index) => '`'.repeat(index)).join(' '),
    quotes: (count) => '> '.repeat(count / 2),
    lists: (count) =>
      Array.from({ length: Math.sqrt(count) }, (_, index) => `${' '.repeat(index)}- x`).join('\n'),
    tables: (count) => `|a|\n|-|\n${'|'.repeat(count)}`,
    mentions: (count) => '@a'.repeat(count / 2),
    addresses: (count) => 'https://a.b/('.repeat(count / 13),
    entities: (count) => '&#x;'.repeat(count / 4),
    accents: (count) => 'e\u0301\u0323'.repeat(count / 3),
    markup: (count) => '<a '.repeat(count / 3),
    references: (count) => '[a]: /x\n'.repeat(count / 8),
    code: (count) => '~~~js\n/*'.repeat(count / 8),
  }
  const cpuOf = async (work: () => Promise<unknown>) => {
    const before = process.cpuUsage()
    await work()
    const { user } = process.cpuUsage(before)
    return user / 1000
  }
  test.each(Object.entries(shapes))('takes at most about four times the work: %s', async (_name, make) => {
    const send = async (count: number) => {
      const answer = await author.api('POST', '/preview', { body: make(count) })
      expect(answer.statusCode).toBe(200)
    }
    await send(2000)
    const small = Math.min(await cpuOf(() => send(10_000)), await cpuOf(() => send(10_000)))
    const large = Math.min(await cpuOf(() => send(40_000)), await cpuOf(() => send(40_000)))
    expect(large).toBeLessThan(Math.max(small, 10) * 9)
  })

  test('in titles, tags, names and searches is refused or cut by its length', async () => {
    for (const text of ['-'.repeat(50_000), 'a '.repeat(25_000), '%'.repeat(50_000), '가'.repeat(50_000)]) {
      expectProblem(await author.api('POST', `/boards/${board}/posts`, { title: text, body: 'b' }), 422)
      expectProblem(
        await author.api('POST', `/boards/${board}/posts`, { title: 'T', body: 'b', tags: [text] }),
        422,
      )
      expectProblem(
        await administrator.api('GET', `/admin/members?search=${encodeURIComponent(text.slice(0, 2000))}`),
        [400, 414, 422],
      )
      expectProblem(
        await author.api('GET', `/members?prefix=${encodeURIComponent(text.slice(0, 2000))}`),
        [400, 414, 422],
      )
    }
  })
})
