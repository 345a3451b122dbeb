import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { paths } from '#paths.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp({ env: { DEFAULT_LANGUAGE: 'ko' } })
})
afterAll(() => site[Symbol.asyncDispose]())

const languageOf = (text: string) => /<html lang="(\w+)"/.exec(text)?.[1]
const home = (headers: Record<string, string> = {}, url = '/') => site.app.inject({ url, headers })

describe('the language of a page', () => {
  test.each([
    ['is the site’s when nothing is said', {}, '/', 'ko'],
    ['follows Accept-Language', { 'accept-language': 'fr, en-GB;q=0.8, ko;q=0.5' }, '/', 'en'],
    ['leaves out what has no weight', { 'accept-language': 'en;q=0, ko;q=0.1' }, '/', 'ko'],
    ['is the cookie’s before Accept-Language', { cookie: 'language=en', 'accept-language': 'ko' }, '/', 'en'],
    [
      'ignores a cookie that is no language',
      { cookie: 'language=__proto__', 'accept-language': 'en' },
      '/',
      'en',
    ],
    ['is that of ?lang before all', { cookie: 'language=ko', 'accept-language': 'ko' }, '/?lang=en', 'en'],
    ['ignores a ?lang that is none', {}, '/?lang=constructor', 'ko'],
    ['ignores two of them', {}, '/?lang=en&lang=ko', 'ko'],
  ])('%s', async (_title, headers, url, language) => {
    const answer = await home(headers, url)
    expect(answer.statusCode).toBe(200)
    expect(languageOf(answer.body)).toBe(language)
  })

  test('is the member’s choice before cookie and Accept-Language, and after ?lang', async () => {
    const member = await site.member()
    await member.api('PATCH', '/me', { language: 'en' })
    expect(languageOf((await member.page('/')).body)).toBe('en')
    expect(languageOf((await member.page('/?lang=ko')).body)).toBe('ko')
    await member.api('PATCH', '/me', { language: null })
    expect(languageOf((await member.page('/')).body)).toBe('ko')
  })

  test('is the language of problem documents, too', async () => {
    const ko = await site.guest.api('GET', '/posts/1')
    const en = await site.app.inject({ url: '/api/v1/posts/1?lang=en' })
    expect(ko.headers['content-language']).toBe('ko')
    expect(en.headers['content-language']).toBe('en')
    expect(ko.json().title).not.toBe(en.json().title)
  })
})

describe('preferences', () => {
  test('of a guest are kept in cookies that hold just that', async () => {
    const answer = await site.guest.page('/preferences', {
      language: 'en',
      theme: 'dark',
      next: '/boards?lang=ko&x=1',
    })
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/boards?x=1')
    expect(answer.cookies.map(({ name, value }) => [name, value])).toEqual([
      ['language', 'en'],
      ['theme', 'dark'],
    ])
    const page = await home({ cookie: 'language=en; theme=dark' })
    expect(page.body).toContain('<html lang="en" data-theme="dark">')
  })

  test('of a member are the member’s, on every device', async () => {
    const member = await site.member()
    const answer = await member.page('/preferences', { language: 'en', theme: 'light', next: '/' })
    expect(answer.cookies).toEqual([])
    expect((await member.api('GET', '/me')).json()).toMatchObject({ language: 'en', theme: 'light' })
    await member.page('/preferences', { language: '', next: '/' })
    expect((await member.api('GET', '/me')).json()).toMatchObject({ language: null, theme: 'light' })
  })

  test('refuse what is no language and no theme', async () => {
    const answer = await site.guest.page('/preferences', { language: 'xx', theme: 'pink' })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('<li>theme: ')
    expect(answer.cookies).toEqual([])
  })

  test('of the profile have a limit and are shown again when refused', async () => {
    const member = await site.member()
    expect((await member.page('/settings/profile', { about: 'I live here' })).headers.location).toBe(
      '/settings?saved=profile',
    )
    const refused = await member.page('/settings/profile', { about: 'x'.repeat(2001) })
    expect(refused.statusCode).toBe(422)
    expect(refused.body).toContain('x'.repeat(2001))
    expect((await site.guest.api('GET', `/members/${member.name}`)).json().about).toBe('I live here')
  })
})

/** What no text holds is refused as that, before anybody asks what it might be. */
const codeFor = (sent: string, code: string) => (sent.includes('\0') ? 'control' : code)

describe('the country of a member', () => {
  test('is chosen from a list, stands on their page and beside the questions they ask, and goes when they say so', async () => {
    const member = await site.member()
    const board = await site.board()
    const question = await site.post(member, board, { kind: 'question' })
    const talk = await site.post(member, board)
    const countryOf = async ({ id }: { id: number }) =>
      (await site.guest.api('GET', `/posts/${id}`)).json().country
    const pageOf = async (path: string) => (await site.guest.page(path)).body
    expect(await countryOf(question)).toBe(null)

    const saved = await member.page('/settings/profile', { about: 'I live here', country: 'VN' })
    expect(saved.headers.location).toBe('/settings?saved=profile')
    expect((await member.page('/settings')).body).toMatch(/<option value="VN" selected>[^<]+<\/option>/)
    expect((await site.guest.api('GET', `/members/${member.name}`)).json().country).toBe('VN')
    expect([await countryOf(question), await countryOf(talk)]).toEqual(['VN', null])
    expect(await pageOf(`/m/${member.name}?lang=en`)).toContain('<span>Vietnam</span>')
    expect(await pageOf(`${paths.post(question)}?lang=ko`)).toContain('<span>베트남</span>')
    expect(await pageOf(`${paths.post(talk)}?lang=ko`)).not.toContain('베트남')

    // A form of before there were countries says nothing about it.
    await member.page('/settings/profile', { about: 'I live there' })
    expect(await countryOf(question)).toBe('VN')
    expect((await member.api('PATCH', '/me', { country: null })).statusCode).toBe(200)
    expect(await countryOf(question)).toBe(null)
    expect(await pageOf(`${paths.post(question)}?lang=ko`)).not.toContain('베트남')
  })

  test.each(['XX', 'vn', 'Vietnam', 'V\0', 'V\u200b', ' VN', '한국', 'EU'])(
    'is refused as %j',
    async (country) => {
      const member = await site.member()
      const answer = await member.api('PATCH', '/me', { country })
      expect(answer.statusCode).toBe(422)
      expect(answer.json().errors).toMatchObject([{ field: 'country', code: codeFor(country, 'country') }])
      const page = await member.page('/settings/profile', { about: 'kept', country })
      expect(page.statusCode).toBe(422)
      expect(page.body).toContain('kept')
      expect((await site.guest.api('GET', `/members/${member.name}`)).json()).toMatchObject({
        country: null,
        about: '',
      })
    },
  )
})

describe('the time zone of a member', () => {
  test('is the clock of every page they see, and of nobody else’s', async () => {
    const [author, member] = [await site.member(), await site.member()]
    const board = await site.board()
    const post = await site.post(author, board)
    await author.api('POST', `/posts/${post.id}/comments`, { body: 'hello' })
    const clocks = async (actor: Pick<Actor, 'page'>) => {
      const { body } = await actor.page(paths.post(post))
      return [...body.matchAll(/<time datetime="([^"]+)"[^>]*>([^<]+)</g)].map(([, at = '', text = '']) => {
        const shown = Date.parse(`${text.replace(' ', 'T')}Z`)
        return (shown - Date.parse(at)) / 3_600_000
      })
    }
    expect(await clocks(member)).toEqual([9, 9])
    const saved = await member.page('/settings/profile', { about: '', timeZone: 'Asia/Kathmandu' })
    expect(saved.headers.location).toBe('/settings?saved=profile')
    // In the order in which what is kept in memory could be mixed up.
    for (let round = 0; round < 2; round++) {
      expect(await clocks(member)).toEqual([5.75, 5.75])
      expect(await clocks(author)).toEqual([9, 9])
      expect(await clocks(site.guest)).toEqual([9, 9])
    }
    expect((await member.page('/settings')).body).toContain(
      '<option value="Asia/Kathmandu" selected>Asia/Kathmandu</option>',
    )
  })

  test('is set by the API as well, and may be the site’s again', async () => {
    const member = await site.member()
    expect((await member.api('GET', '/me')).json().timeZone).toBe(null)
    const changed = await member.api('PATCH', '/me', { timeZone: 'Asia/Ho_Chi_Minh' })
    expect(changed.json().timeZone).toBe('Asia/Ho_Chi_Minh')
    expect((await member.api('GET', '/me')).json().timeZone).toBe('Asia/Ho_Chi_Minh')
    await member.page('/settings/profile', { about: 'a form without it changes nothing' })
    expect((await member.api('GET', '/me')).json().timeZone).toBe('Asia/Ho_Chi_Minh')
    expect((await member.api('PATCH', '/me', { timeZone: null })).json().timeZone).toBe(null)
  })

  test('bounds the days of a search', async () => {
    const member = await site.member()
    const { createdAt } = (
      await member.api(
        'GET',
        `/posts/${(await site.post(member, await site.board(), { title: 'Nightfall' })).id}`,
      )
    ).json()
    const dayIn = (timeZone: string) =>
      new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' }).format(new Date(createdAt))
    // 26 hours apart: there is no moment at which both have the same day.
    for (const zone of ['Pacific/Kiritimati', 'Etc/GMT+12']) {
      await member.api('PATCH', '/me', { timeZone: zone })
      const found = async (words: string) =>
        (await member.api('GET', `/search?q=${encodeURIComponent(`nightfall ${words}`)}`)).json().found
      expect(await found(`after:${dayIn(zone)}`)).toBe(1)
      expect(await found(`before:${dayIn(zone)}`)).toBe(0)
    }
  })

  test.each([
    'Mars/Olympus',
    'asia/seoul',
    '+09:00',
    'Seoul',
    "x'; drop table members",
    'Asia/Seoul\u200b',
    'Asia/Seoul\0',
  ])('is refused as %j', async (timeZone) => {
    const member = await site.member()
    const answer = await member.api('PATCH', '/me', { timeZone })
    expect(answer.statusCode).toBe(422)
    expect(answer.json().errors).toMatchObject([{ field: 'timeZone', code: codeFor(timeZone, 'time-zone') }])
    const page = await member.page('/settings/profile', { about: 'kept', timeZone })
    expect(page.statusCode).toBe(422)
    expect(page.body).toContain('id="profile-timeZone-error"')
    expect(page.body).toContain('kept')
    expect((await member.api('GET', '/me')).json().timeZone).toBe(null)
  })
})

describe('the way back', () => {
  const outside = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '/%2e//evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/\r\nset-cookie: a=b',
    '/\u0001',
    '/\0',
  ]
  test.each(outside)('never leaves the site for "%s"', async (next) => {
    const member = await site.member()
    const query = encodeURIComponent(next)
    for (const answer of [
      await site.guest.page('/preferences', { theme: 'dark', next }),
      await member.page(`/sign-in?next=${query}`),
      await member.page(`/sign-up?next=${query}`),
    ]) {
      expect(answer.statusCode).toBe(303)
      const target = new URL(String(answer.headers.location), 'http://localhost:80')
      expect(target.host).toBe('localhost')
      expect(String(answer.headers.location)).not.toMatch(/^[/\\]{2}/)
    }
  })

  test.each([
    ['/b/자유?sort=hot', '/b/%EC%9E%90%EC%9C%A0?sort=hot'],
    ['/p/1/x#comments', '/p/1/x#comments'],
  ])('leads to %s', async (next, location) => {
    const member = await site.member()
    expect((await member.page(`/sign-in?next=${encodeURIComponent(next)}`)).headers.location).toBe(location)
    expect((await site.guest.page('/preferences', { next })).headers.location).toBe(location)
  })
})

describe('a request that another site made the browser send', () => {
  const post = (headers: Record<string, string>) =>
    site.app.inject({
      method: 'POST',
      url: '/preferences',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: 'theme=dark',
    })

  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://localhost:81' }],
    ['another scheme', { origin: 'https://localhost:80' }],
    ['the origin "null"', { origin: 'null' }],
    ['an empty origin', { origin: '' }],
    ['a cookie and no origin', { cookie: 'theme=dark' }],
    ['a cross-site fetch without origin', { 'sec-fetch-site': 'cross-site' }],
    ['a same-site fetch without origin', { 'sec-fetch-site': 'same-site' }],
  ])('is refused when it has %s', async (_title, headers) => {
    const answer = await post(headers)
    expect(answer.statusCode).toBe(403)
    expect(answer.headers['content-type']).toContain('text/html')
    expect(answer.cookies).toEqual([])
    const api = await site.app.inject({
      method: 'POST',
      url: '/api/v1/members',
      headers,
      payload: { name: 'forged', email: 'f@b.org', password: 'long enough' },
    })
    expect(api.statusCode).toBe(403)
    expect(api.json().code).toBe('wrong-origin')
  })

  test.each([
    ['the same origin', { origin: 'http://localhost:80', cookie: 'a=b' }],
    ['a same-origin fetch', { 'sec-fetch-site': 'same-origin', cookie: 'a=b' }],
    ['no cookie and no origin, as programs send it', {}],
  ])('is told from one with %s', async (_title, headers) => {
    expect((await post(headers)).statusCode).toBe(303)
  })

  test('may read: links from elsewhere work', async () => {
    expect((await home({ origin: 'https://evil.example', cookie: 'a=b' })).statusCode).toBe(200)
  })
})
