import { parseAtomFeed, parseJsonFeed, parseRssFeed } from 'feedsmith'
import { SaxesParser } from 'saxes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'

const origin = 'http://yard.example'
let site: TestApp
let author: Actor
let board: string
let postId: number
const evil = `</title>"><script>alert(1)</script> & ]]> 👩‍👩‍👧 שלום 가을`

beforeAll(async () => {
  site = await makeTestApp({ env: { BASE_URL: origin } })
  author = await site.member('하늘')
  const own = await site.board({ slug: 'garden', name: '텃밭', about: '심고 거두는 이야기' })
  board = own.slug
  const body = '글 **굵게** [집](/boards) [위로](#top) `<b>`\n\n> 인용'
  postId = (await site.post(author, own, { title: evil, body, tags: ['가을산책', 'c++'] })).id
  site.clock.now = new Date(site.clock.now.getTime() + 60_000)
  await site.post(author, own, { title: 'Newer', body: 'Text', kind: 'question' })
})
afterAll(() => site[Symbol.asyncDispose]())

/** @throws for what no strict parser of XML takes. */
function wellFormed(text: string): void {
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', (error) => {
    throw error
  })
  parser.write(text).close()
}

describe('a feed', () => {
  const places: [string, () => string][] = [
    ['of the site', () => ''],
    ['of a board', () => `/b/${board}`],
    ['of a tag', () => `/t/${encodeURIComponent('가을산책')}`],
    ['of a member', () => `/m/${encodeURIComponent('하늘')}`],
  ]
  test.each(places)('%s is RSS, Atom and JSON Feed that other programs read alike', async (_name, place) => {
    const [rssText, atomText, jsonText] = await Promise.all(
      ['xml', 'atom', 'json'].map(async (ending) => {
        const answer = await site.guest.page(`${place()}/feed.${ending}`)
        expect(answer.statusCode).toBe(200)
        expect(answer.headers['content-type']).toMatch(/^application\/(rss\+xml|atom\+xml|feed\+json)/)
        return answer.body
      }),
    )
    wellFormed(rssText ?? '')
    wellFormed(atomText ?? '')
    const rss = parseRssFeed(rssText ?? '')
    const atom = parseAtomFeed(atomText ?? '')
    const json = parseJsonFeed(jsonText ?? '')
    const oldest = rss.items?.at(-1)
    expect(oldest?.title).toBe(evil)
    expect(atom.entries?.at(-1)?.title?.value).toBe(evil)
    expect(json.items?.at(-1)?.title).toBe(evil)
    expect(oldest?.guid?.value).toBe(`${origin}/p/${postId}`)
    expect(atom.entries?.at(-1)?.id).toBe(`${origin}/p/${postId}`)
    expect(json.items?.at(-1)?.id).toBe(`${origin}/p/${postId}`)
    expect(oldest?.dc?.creators?.[0]).toBe('하늘')
    const texts = [
      oldest?.content?.encoded,
      atom.entries?.at(-1)?.content?.value,
      json.items?.at(-1)?.content_html,
    ]
    expect(new Set(texts.map(String)).size).toBe(1)
    expect(rss.link).toBe(origin + (place() || '/'))
    expect(rss.language).toBe('en')
  })

  test('has the whole text with addresses that work anywhere', async () => {
    const { items } = parseJsonFeed((await site.guest.page('/feed.json')).body)
    const text = items?.at(-1)?.content_html ?? ''
    expect(text).toContain('<strong>굵게</strong>')
    expect(text).toContain(`href="${origin}/boards"`)
    expect(text).toContain(`href="${origin}/p/${postId}/`)
    expect(text).toContain('&lt;b&gt;')
    expect(text).not.toMatch(/ (href|src)="(?!http:)/)
  })

  test('is not sent again to who has it, until something changes', async () => {
    const url = '/b/garden/feed.xml'
    const first = await site.guest.page(url)
    const { etag, 'last-modified': changed } = first.headers
    const ask = (headers: Record<string, string>) => site.app.inject({ url, headers })
    expect((await ask({ 'if-none-match': String(etag) })).statusCode).toBe(304)
    expect((await ask({ 'if-none-match': `"x", ${etag}` })).statusCode).toBe(304)
    expect((await ask({ 'if-modified-since': String(changed) })).statusCode).toBe(304)
    expect((await ask({ 'if-none-match': '"x"', 'if-modified-since': String(changed) })).statusCode).toBe(200)
    await author.api('PATCH', `/posts/${postId}`, { body: 'Changed', version: 1 })
    const again = await ask({ 'if-none-match': String(etag) })
    expect(again.statusCode).toBe(200)
    expect(again.body).toContain('Changed')
  })

  test('never shows what guests may not read, whoever asks', async () => {
    const hidden = await site.board({ slug: 'inner', readBy: 'members', parent: 'garden' })
    await site.post(author, hidden, { title: 'Only for members', tags: ['secret-tag'] })
    const gone = await site.post(author, await site.board({ slug: 'open' }), { title: 'Soon deleted' })
    await author.api('DELETE', `/posts/${gone.id}`)
    for (const url of ['/feed.xml', '/b/garden/feed.json', `/m/${encodeURIComponent('하늘')}/feed.atom`]) {
      const { body } = await author.page(url)
      expect(body).not.toMatch(/Only for members|Soon deleted/)
    }
    expect((await author.page('/b/inner/feed.xml')).statusCode).toBe(404)
    expect((await author.page('/t/secret-tag/feed.json')).json().items).toEqual([])
  })

  test('of a member who left is gone, and what they wrote stays without a name', async () => {
    const leaver = await site.member('leaver')
    const place = await site.board({ slug: 'left' })
    await site.post(leaver, place, { title: 'What stays' })
    expect((await site.guest.page('/m/leaver/feed.xml')).statusCode).toBe(200)
    await site.db
      .updateTable('members')
      .set({ name: null, name_key: null, email: null, email_key: null })
      .where('id', '=', leaver.id)
      .execute()
    expect((await site.guest.page('/m/leaver/feed.xml')).statusCode).toBe(404)
    const { items } = parseJsonFeed((await site.guest.page('/b/left/feed.json')).body)
    expect(items?.[0]).toMatchObject({ title: 'What stays', authors: [{ name: 'former member' }] })
  })

  test('speaks the language of its address, not of who asks', async () => {
    const headers = { 'accept-language': 'ko', cookie: 'language=ko' }
    const english = await site.app.inject({ url: '/t/x/feed.json', headers })
    const korean = await site.app.inject({ url: '/t/x/feed.json?lang=ko' })
    expect(english.json().language).toBe('en')
    expect(korean.json()).toMatchObject({ language: 'ko', items: [] })
    wellFormed((await site.guest.page('/t/x/feed.atom')).body)
  })

  test('is found from its page', async () => {
    const { body } = await site.guest.page('/b/garden')
    for (const type of ['rss+xml', 'atom+xml', 'feed+json'])
      expect(body).toMatch(
        new RegExp(`rel="alternate" type="application/${type.replace('+', '\\+')}"[^>]*/b/garden/feed`),
      )
  })
})
