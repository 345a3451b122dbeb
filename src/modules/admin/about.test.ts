import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeUnused, unusedLife } from '#modules/files/upkeep.ts'
import { paths } from '#paths.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { foreignTypes, plain } from '#test/support/images.ts'

let site: TestApp
let chief: Actor
beforeAll(async () => {
  // With caches, as a site runs: whatever is changed here must show at once.
  site = await makeTestApp({ env: { PAGE_CACHE_MB: '8', ROW_CACHE_MB: '8' } })
  chief = await site.member('chief', 'administrator')
})
afterAll(() => site[Symbol.asyncDispose]())

const acts = () => site.db.selectFrom('moderation_log').select(['act', 'reason']).orderBy('id').execute()
const guestSees = async (path: string) => (await site.guest.page(path)).body
const about = async () => (await site.guest.api('GET', '/site')).json()

describe('the description', () => {
  const description = 'Neighbours of Elm Street: news, questions & <help>.'
  const escaped = 'Neighbours of Elm Street: news, questions &amp; &lt;help&gt;.'

  test('stands on the home page of guests, and wherever machines are told of the site', async () => {
    expect(await guestSees('/')).toContain('Anyone can read.')
    await chief.api('PATCH', '/admin/settings', {
      description: `  Neighbours of Elm\u2060 Street:\n news, questions & <help>.\u200b`,
    })
    const home = await guestSees('/')
    expect(home).toContain(`<p>${escaped}</p>`)
    expect(home).toContain(`<meta name="description" content="${escaped}">`)
    expect(home).toContain(`<meta property="og:description" content="${escaped}">`)
    expect(home).toContain('"description":"Neighbours of Elm Street: news, questions & \\u003chelp>."')
    expect((await chief.page('/')).body).not.toContain(`<p>${escaped}</p>`)
    expect((await site.guest.page('/manifest.webmanifest')).json()).toMatchObject({ description })
    expect(await guestSees('/feed.xml')).toContain(`<description>${escaped}</description>`)
    expect(await guestSees('/feed.atom')).toContain(`<subtitle>${escaped}</subtitle>`)
    expect((await site.guest.page('/feed.json')).json()).toMatchObject({ description })
    expect(await about()).toMatchObject({ description })
  })

  test('goes again, and then the site is told of as before', async () => {
    await chief.api('PATCH', '/admin/settings', { description: ' \u200b ' })
    expect(await guestSees('/')).toContain('Anyone can read.')
    expect(await about()).toMatchObject({ description: '' })
    expect((await acts()).at(-1)).toEqual({ act: 'site.change', reason: `description: ${description} → –` })
  })

  test('of more than 300 characters is refused', async () => {
    const long = { description: '가'.repeat(301) }
    expect((await chief.api('PATCH', '/admin/settings', long)).statusCode).toBe(422)
    expect(await about()).toMatchObject({ description: '' })
    await chief.api('PATCH', '/admin/settings', { description: '가'.repeat(300) })
    expect(await about()).toMatchObject({ description: '가'.repeat(300) })
    await chief.api('PATCH', '/admin/settings', { description: '' })
  })
})

const form = (bytes: Buffer) =>
  Buffer.concat([
    Buffer.from('--x\r\ncontent-disposition: form-data; name="image"; filename="logo.png"\r\n\r\n'),
    bytes,
    Buffer.from('\r\n--x--\r\n'),
  ])
const logo = async (): Promise<string | null> => (await about()).logo
const sized = (url: string | null, size: number) => String(url).replace('.webp', `-${size}.webp`)

describe('the logo', () => {
  test('stands beside the name and is the icon of the site, whole within a square', async () => {
    const sent = await chief.page('/admin/about/logo', form(await plain('png', 40, 20)))
    expect([sent.statusCode, sent.headers.location]).toEqual([303, '/admin/about?saved=1'])
    const url = await logo()
    const home = await guestSees('/')
    expect(home).toContain(`<img src="${sized(url, 64)}" width="24" height="24" alt=""><span>`)
    expect(home).toContain(`<link rel="icon" type="image/webp" href="${sized(url, 64)}">`)
    expect(home).toContain(`<link rel="apple-touch-icon" href="${sized(url, 192)}">`)
    for (const size of [64, 192, 512]) {
      const answer = await site.guest.page(sized(url, size))
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
      const picture = sharp(answer.rawPayload)
      expect(await picture.metadata()).toMatchObject({ format: 'webp', width: size, height: size })
      const { data } = await picture.ensureAlpha().raw().toBuffer({ resolveWithObject: true })
      expect([data[3], data[(size * size * 4) / 2 + size * 2 + 3]]).toEqual([0, 255])
    }
    const { icons } = (await site.guest.page('/manifest.webmanifest')).json()
    expect(icons.map((one: { src: string }) => one.src)).toEqual([sized(url, 192), sized(url, 512)])
    expect((await site.guest.page('/feed.json')).json().icon).toContain(sized(url, 512))
    expect((await site.guest.page('/favicon.ico')).headers.location).toBe(sized(url, 64))
    const page = (await chief.page('/admin/about?saved=1')).body
    expect([page.includes('Saved.'), page.includes(sized(url, 192))]).toEqual([true, true])
  })

  test('outlives the clean-up; one that is replaced has another address and is gone at once', async () => {
    const first = await logo()
    const later = new Date(site.clock.now.getTime() + 3 * unusedLife)
    await removeUnused(site.db, { tools: site.deps.files, now: later })
    expect((await site.guest.page(sized(first, 64))).statusCode).toBe(200)
    const answer = await chief.api('PUT', '/admin/logo', await plain('jpeg', 600, 600))
    const second = answer.json().url
    expect(second).not.toBe(first)
    expect(await guestSees('/')).toContain(sized(second, 64))
    expect((await site.guest.page(sized(first, 64))).statusCode).toBe(404)
    await removeUnused(site.db, { tools: site.deps.files, now: later })
    await removeUnused(site.db, { tools: site.deps.files, now: new Date(later.getTime() + 3 * unusedLife) })
    expect(await site.deps.files.storage.get(sized(first, 64).slice(7))).toBeNull()
    expect((await site.guest.page(sized(second, 64))).statusCode).toBe(200)
  })

  test.each(['SVG', 'PDF', 'nothing', 'ICO'])(
    'that is %s is refused in words, and the one before stays',
    async (type) => {
      const before = await logo()
      const bytes = foreignTypes[type] ?? Buffer.alloc(0)
      const refused = await chief.page('/admin/about/logo', form(bytes))
      expect([refused.statusCode, refused.body.includes('Only JPEG, PNG')]).toEqual([422, true])
      expect((await chief.api('PUT', '/admin/logo', bytes)).statusCode).toBe(422)
      expect(await logo()).toBe(before)
    },
  )

  test('is changed by administrators alone, and by no form of another site', async () => {
    const before = await logo()
    for (const role of ['member', 'moderator'] as const) {
      const other = await site.member(undefined, role)
      expect((await other.page('/admin/about/logo', form(await plain('png')))).statusCode).toBe(403)
      expect((await other.page('/admin/about/logo/remove', {})).statusCode).toBe(403)
      expect((await other.api('PUT', '/admin/logo', await plain('png'))).statusCode).toBe(403)
      expect((await other.api('DELETE', '/admin/logo')).statusCode).toBe(403)
    }
    const foreign = await site.app.inject({
      method: 'POST',
      url: '/admin/about/logo/remove',
      headers: { cookie: chief.cookie, origin: 'https://elsewhere.example' },
    })
    expect(foreign.statusCode).toBe(403)
    expect(await logo()).toBe(before)
    const typed = await chief.api('PATCH', '/admin/settings', { logo: '0'.repeat(32) })
    expect(typed.statusCode).toBe(422)
  })

  test('is removed, and our own mark is back', async () => {
    const before = await logo()
    expect((await chief.page('/admin/about/logo/remove', {})).headers.location).toBe('/admin/about?saved=1')
    expect(await guestSees('/')).toContain('<i class="i yard"></i>')
    expect((await site.guest.page(sized(before, 64))).statusCode).toBe(404)
    expect((await site.guest.page('/favicon.ico')).headers['content-type']).toBe('image/svg+xml')
    expect((await acts()).at(-1)).toEqual({ act: 'site.change', reason: `logo: ${before?.slice(7, 39)} → –` })
    await chief.api('PUT', '/admin/logo', await plain('png'))
    expect((await chief.api('DELETE', '/admin/logo')).statusCode).toBe(204)
    expect(await logo()).toBeNull()
  })
})

describe('rules, terms, privacy and contact', () => {
  const write = (name: string, body: string, more = {}) =>
    chief.page(`/admin/texts/${name}`, { body, ...more })

  test('are not there and linked nowhere until they are written', async () => {
    for (const path of ['/rules', '/terms', '/privacy', '/contact']) {
      expect((await site.guest.page(path)).statusCode).toBe(404)
      expect(await guestSees('/sign-up')).not.toContain(`href="${path}"`)
    }
    expect(await guestSees('/sign-up')).not.toContain('By signing up you agree to')
    expect((await site.guest.api('GET', '/site/texts/rules')).statusCode).toBe(404)
  })

  test('are read by everybody, linked from every page and from the sign-up, in the sitemap and the API', async () => {
    await guestSees('/')
    expect((await write('rules', '# Be kind\n\n**Always.**  \n')).headers.location).toBe(
      '/admin/about?saved=1',
    )
    await site.db.updateTable('boards').set({ read_by: 'moderators' }).execute()
    const page = await guestSees('/rules')
    expect(page).toMatch(
      /<h1>Rules<\/h1>[\s\S]*In this form since[\s\S]*2026-11-21[\s\S]*<strong>Always\.<\/strong>/,
    )
    expect(page).toContain('<h2>Be kind</h2>')
    expect(page).not.toContain('<script type="module"')
    const signUp = await guestSees('/sign-up')
    expect(signUp).toContain('By signing up you agree to: <a href="/rules">Rules</a></p>')
    for (const path of ['/', '/boards', '/nowhere'])
      expect(await guestSees(path), path).toMatch(/<footer[\s\S]*<a href="\/rules">Rules<\/a>/)
    expect(await guestSees('/')).not.toContain('href="/terms"')
    expect(await guestSees('/sitemaps/pages.xml')).toContain('/rules</loc>')
    expect(await about()).toMatchObject({ texts: [{ name: 'rules', url: '/rules' }] })
    expect((await site.guest.api('GET', '/site/texts/rules')).json()).toMatchObject({
      body: '# Be kind\n\n**Always.**',
      since: site.clock.now.toISOString(),
    })
    expect((await acts()).at(-1)).toEqual({ act: 'text.publish', reason: 'rules' })
    expect((await chief.page('/mod/log')).body).toMatch(/Site text published<[\s\S]*?>Rules</)
  })

  test('say since when they stand as they do; what is saved unchanged stays as it is', async () => {
    const before = site.clock.now
    site.clock.now = new Date(before.getTime() + 9 * 86_400_000)
    await write('rules', '# Be kind\n\n**Always.**')
    expect(await guestSees('/rules')).toContain('2026-11-21')
    await write('rules', 'Be kinder.')
    expect(await guestSees('/rules')).toMatch(/2026-11-30[\s\S]*Be kinder\./)
    expect((await acts()).slice(-2).map(({ act }) => act)).toEqual(['text.publish', 'text.change'])
    site.clock.now = before
  })

  test('tell a blocked member whom to ask, and nobody agrees to an address', async () => {
    const author = await site.member()
    const post = await site.post(author, await site.board())
    await chief.api('PUT', `/members/${author.id}/block`, { reason: 'Rude' })
    const path = paths.post(post)
    const button = '<a class="btn" href="/contact">Contact</a>'
    const read = async () => (await author.page(path)).body
    expect(await read()).not.toContain(button)
    await write('contact', 'Write to keeper@example.org.')
    expect(await read()).toContain(button)
    expect(await guestSees('/contact')).toContain('keeper@example.org')
    expect(await guestSees('/sign-up')).toContain(
      'By signing up you agree to: <a href="/rules">Rules</a></p>',
    )
    await write('contact', '')
  })

  test('are taken down by saving them empty', async () => {
    await chief.api('PUT', '/admin/texts/privacy', { body: 'We keep little.' })
    expect(await guestSees('/rules')).toContain('href="/privacy"')
    await write('privacy', ' \n\u200b ')
    expect((await site.guest.page('/privacy')).statusCode).toBe(404)
    expect(await guestSees('/rules')).not.toContain('href="/privacy"')
    expect((await acts()).at(-1)).toEqual({ act: 'text.remove', reason: 'privacy' })
  })

  test('are shown before they are saved, and rules can begin with an example in the site’s language', async () => {
    const preview = await write('terms', '*Soon* <script>alert(1)</script>', { do: 'preview' })
    expect(preview.statusCode).toBe(200)
    expect(preview.body).toContain('<em>Soon</em> &lt;script&gt;')
    expect((await site.guest.page('/terms')).statusCode).toBe(404)
    expect((await chief.page('/admin/texts/rules?start=1')).body).toContain('Be kinder.')
    await write('rules', '')
    expect((await chief.page('/admin/texts/rules')).body).toContain('href="/admin/texts/rules?start=1"')
    expect((await chief.page('/admin/texts/rules?start=1')).body).toContain('**Respect each other.**')
    expect((await chief.page('/admin/texts/terms?start=1')).body).not.toContain('Respect each other')
  })

  test.each([
    ['a'.repeat(50_001), 'At most 50000 characters'],
    [`![](/files/${'0'.repeat(32)}.webp)`, 'cannot show uploaded pictures'],
  ])('refuse what is too long, and pictures that not everybody could see', async (body, reason) => {
    const before = await acts()
    const answer = await write('terms', body)
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('id="field-body-error"')
    expect(answer.body).toContain(reason)
    expect(answer.body).toContain(body.slice(0, 40))
    expect((await chief.api('PUT', '/admin/texts/terms', { body })).json().errors[0].field).toBe('body')
    expect((await site.guest.page('/terms')).statusCode).toBe(404)
    expect(await acts()).toEqual(before)
  })

  test('are written by administrators alone, under these names alone', async () => {
    for (const role of ['member', 'moderator'] as const) {
      const other = await site.member(undefined, role)
      expect((await other.page('/admin/texts/terms')).statusCode).toBe(403)
      expect((await other.page('/admin/texts/terms', { body: 'Mine' })).statusCode).toBe(403)
      expect((await other.api('PUT', '/admin/texts/terms', { body: 'Mine' })).statusCode).toBe(403)
    }
    expect((await site.guest.page('/admin/texts/terms', { body: 'Mine' })).statusCode).toBe(303)
    expect((await site.guest.page('/terms')).statusCode).toBe(404)
    for (const name of ['imprint', 'constructor', '__proto__']) {
      expect((await write(name, 'Text')).statusCode).toBe(404)
      expect((await chief.api('PUT', `/admin/texts/${name}`, { body: 'Text' })).statusCode).toBe(404)
      expect((await site.guest.api('GET', `/site/texts/${name}`)).statusCode).toBe(404)
    }
  })
})
