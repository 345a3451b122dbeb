import { SaxesParser } from 'saxes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { ko } from '#words/ko.ts'
import { aiCrawlers } from './crawlers.ts'

const origin = 'http://yard.example'
let site: TestApp
let author: Actor
let admin: Actor
beforeAll(async () => {
  site = await makeTestApp({ env: { BASE_URL: origin } })
  author = await site.member('하늘')
  admin = await site.member(undefined, 'administrator')
})
afterAll(() => site[Symbol.asyncDispose]())

/** Every `<loc>` of a map, read by a strict parser, with the `<lastmod>` beside it. */
function read(xml: string): { loc: string; lastmod?: string }[] {
  const entries: { loc: string; lastmod?: string }[] = []
  const parser = new SaxesParser({ xmlns: true })
  let text = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', () => {
    text = ''
  })
  parser.on('text', (more) => {
    text += more
  })
  parser.on('closetag', ({ name }) => {
    if (name === 'loc') entries.push({ loc: text })
    const last = entries.at(-1)
    if (name === 'lastmod' && last) last.lastmod = text
  })
  parser.write(xml).close()
  return entries
}

const pathOf = (url: string) => url.slice(origin.length)
const tick = () => {
  site.clock.now = new Date(site.clock.now.getTime() + 601_000)
}

async function readAll(): Promise<string[]> {
  const found: string[] = []
  for (const { loc } of read((await site.guest.page('/sitemap.xml')).body)) {
    const answer = await site.guest.page(pathOf(loc))
    expect(answer.statusCode).toBe(200)
    found.push(...read(answer.body).map((one) => one.loc))
  }
  return found
}

describe('the sitemap', () => {
  test('names every page that guests may read, and no other', async () => {
    const open = await site.board({ slug: 'garden' })
    const inner = await site.board({ slug: 'inner', readBy: 'members' })
    const shown = await site.post(author, open, { title: '배추와 <무>', tags: ['가을'] })
    const gone = await site.post(author, open, { title: 'Gone' })
    await author.api('DELETE', `/posts/${gone.id}`)
    const lurker = await site.member('lurker')
    const insider = await site.member('insider')
    const hidden = await site.post(insider, inner, { title: 'Hidden', tags: ['secret'] })
    tick()
    const all = await readAll()
    expect(all).toEqual([
      `${origin}/`,
      `${origin}/boards`,
      `${origin}/b/garden`,
      `${origin}/t/${encodeURIComponent('가을')}`,
      `${origin}/p/${shown.id}/${encodeURIComponent('배추와-무')}`,
      `${origin}/m/${encodeURIComponent('하늘')}`,
    ])
    expect(all.join()).not.toMatch(new RegExp(`${lurker.name}|${insider.name}|/p/${hidden.id}/|secret`))
    for (const url of all) {
      const { statusCode, body } = await site.guest.page(pathOf(url))
      expect(statusCode).toBe(200)
      expect(body).toContain(`<link rel="canonical" href="${url}">`)
    }
  })

  test('says when something changed last: an edit or a comment', async () => {
    const open = await site.board()
    const post = await site.post(author, open, { title: 'Changes' })
    const lastmod = async () => {
      const maps = read((await site.guest.page('/sitemap.xml')).body)
      const part = maps.find(({ loc }) => loc.includes('posts-'))
      const posts = read((await site.guest.page('/sitemaps/posts-0.xml')).body)
      const own = posts.find(({ loc }) => loc.includes(`/p/${post.id}/`))
      return [part?.lastmod, own?.lastmod]
    }
    tick()
    const written = (await lastmod())[1]
    await author.api('POST', `/posts/${post.id}/comments`, { body: 'x' })
    const later = site.clock.now.toISOString()
    tick()
    expect(written).not.toBe(later)
    expect(await lastmod()).toEqual([later, later])
  })

  test('has nothing under other names', async () => {
    for (const part of [
      'posts-999.xml',
      'posts-0',
      'posts-00.xml',
      'members-9999999999.xml',
      'x.xml',
      'pages-0.xml',
    ])
      expect((await site.guest.page(`/sitemaps/${part}`)).statusCode).toBe(404)
  })

  test('of 100,000 posts is written, a thousand rows at a time', async () => {
    const board = await site.board({ slug: 'large' })
    await site.db.executeQuery({
      sql: `insert into posts (board_id, author_id, kind, title, hot)
        select ${board.id}, ${author.id}, 'discussion', '글 제목 ' || n, 0 from generate_series(1, 100000) n`,
      parameters: [],
      query: { kind: 'RawNode', sqlFragments: [], parameters: [] },
      queryId: { queryId: 'x' },
    } as never)
    tick()
    const maps = read((await site.guest.page('/sitemap.xml')).body).filter(({ loc }) =>
      loc.includes('posts-'),
    )
    expect(maps.length).toBeGreaterThanOrEqual(10)
    let count = 0
    for (const { loc } of maps) {
      const { body, rawPayload } = await site.guest.page(pathOf(loc))
      expect(rawPayload.length).toBeLessThan(50_000_000)
      const entries = body.split('<url>').length - 1
      expect(entries).toBeLessThanOrEqual(10_000)
      count += entries
    }
    expect(count).toBeGreaterThanOrEqual(100_000)
  })

  test('goes packed to who takes it so', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    const answer = await site.app.inject({ url: '/sitemaps/posts-1.xml', headers })
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(answer.rawPayload.length).toBeLessThan(200_000)
  })
})

describe('robots.txt', () => {
  const text = async () => (await site.guest.page('/robots.txt')).body

  test('leads to the sitemap and away from what is not worth reading', async () => {
    const robots = await text()
    expect(robots).toContain(`\nSitemap: ${origin}/sitemap.xml\n`)
    for (const path of ['/search', '/api/', '/settings', '/p/*/history'])
      expect(robots).toContain(`Disallow: ${path}\n`)
    expect(robots).not.toMatch(/GPTBot|^Disallow: \/$/m)
  })

  test('asks readers for language models away as the setting says', async () => {
    await admin.api('PATCH', '/admin/settings', { aiCrawlers: 'answers' })
    expect(await text()).toMatch(/User-agent: GPTBot\n(User-agent: .*\n)*Disallow: \/\n/)
    expect(await text()).not.toContain('ChatGPT-User')
    await admin.page('/admin/settings', {
      siteName: 'Yard',
      signUp: 'open',
      invite: 'moderator',
      confirmEmail: 'auto',
      searchable: '1',
      aiCrawlers: 'none',
    })
    for (const name of [...aiCrawlers.training, ...aiCrawlers.answers])
      expect(await text()).toContain(`User-agent: ${name}\n`)
    expect((await admin.api('PATCH', '/admin/settings', { aiCrawlers: 'some' })).statusCode).toBe(422)
    await admin.api('PATCH', '/admin/settings', { aiCrawlers: 'all' })
  })
})

describe('the manifest', () => {
  test.each(['ko', 'en'])('has name, colours, shortcuts and icons that are there (%s)', async (lang) => {
    const answer = await site.guest.page(`/manifest.webmanifest?lang=${lang}`)
    expect(answer.headers['content-type']).toBe('application/manifest+json; charset=utf-8')
    const manifest = answer.json()
    expect(manifest).toMatchObject({ lang, start_url: '/', scope: '/', display: 'standalone' })
    expect(manifest.shortcuts).toHaveLength(3)
    const sizes = manifest.icons.map(
      (one: { sizes: string; purpose: string }) => `${one.sizes} ${one.purpose}`,
    )
    expect(sizes).toEqual(['192x192 any', '512x512 any', '192x192 maskable', '512x512 maskable', 'any any'])
    for (const { src, type } of manifest.icons) {
      const icon = await site.guest.page(src)
      expect(icon.statusCode).toBe(200)
      expect(icon.headers['content-type']).toContain(type)
    }
    const home = await site.guest.page(`/?lang=${lang}`)
    expect(home.body).toContain(`<link rel="manifest" href="/manifest.webmanifest?lang=${lang}">`)
  })
})

describe('oEmbed', () => {
  const ask = (url: string, more = '') => site.guest.page(`/oembed?url=${encodeURIComponent(url)}${more}`)

  test('lets other sites show a post, found from its page', async () => {
    const open = await site.board()
    const post = await site.post(author, open, { title: '<b>제목</b>', body: 'Some & text' })
    const page = await site.guest.page(`/p/${post.id}/b-제목-b`)
    const href =
      /application\/json\+oembed"[^>]*href="([^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const answer = await site.guest.page(pathOf(href))
    expect(answer.json()).toMatchObject({
      version: '1.0',
      type: 'rich',
      title: '<b>제목</b>',
      author_name: '하늘',
      width: 600,
      html: expect.stringContaining('&lt;b&gt;제목&lt;/b&gt;'),
    })
    expect(answer.json().html).not.toMatch(/<script|<b>/)
    expect(answer.json()).not.toHaveProperty('thumbnail_url')
    const large = await ask(`${origin}/p/${post.id}`, '&maxwidth=1200')
    expect(large.json().thumbnail_url).toMatch(/^http:\/\/yard\.example\/pictures\/post-/)
    expect((await ask(`${origin}/p/${post.id}`, '&maxwidth=300')).json().width).toBe(300)
  })

  test('refuses what is not ours, not open, or not there', async () => {
    const hidden = await site.board({ slug: 'hidden', readBy: 'members' })
    const post = await site.post(author, hidden, { title: 'Inside' })
    for (const url of [
      `${origin}/p/${post.id}`,
      `${origin}/p/99999999`,
      'https://evil.example/p/1',
      'javascript:alert(1)',
      `${origin}/settings`,
    ])
      expect((await ask(url)).statusCode).toBe(404)
    const other = await ask(`${origin}/p/1`, '&format=xml')
    expect(other.statusCode).toBe(501)
    expect(other.body).not.toContain(ko.errorPages.titles[500])
    expect((await site.guest.page('/oembed')).statusCode).toBe(422)
  })
})
