import { Parser } from 'htmlparser2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cleanText } from '#platform/text.ts'
import { type Actor, makeTestApp, type TestApp } from '#test/support/app.ts'
import { plain } from '#test/support/images.ts'
import { workOff } from '#test/support/jobs.ts'
import { prove } from '#test/support/proof.ts'
import { startSmtp, type TestSmtp } from '#test/support/smtp.ts'
import { dangers, payloads, storable } from './payloads.ts'

/** The same corpus in what programs read, and in what only some people fill in. */
let smtp: TestSmtp
let site: TestApp
let writer: Actor
let friend: Actor
let boss: Actor
let board: string
beforeAll(async () => {
  smtp = await startSmtp()
  site = await makeTestApp({
    env: { SMTP_URL: smtp.url, MAIL_FROM: 'yard@example.org', BASE_URL: 'http://yard.example' },
  })
  writer = await site.member('writer')
  friend = await site.member('friend')
  boss = await site.member('boss', 'administrator')
  await site.db.updateTable('members').set({ email_confirmed_at: site.clock.now }).execute()
  board = (await site.board({ kind: 'question' })).slug
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await smtp[Symbol.asyncDispose]()
})

const line = (text: string) => text.replace(/[\r\n]+/g, ' ')

/** Elements of an XML document, and its texts, decoded. */
function readXml(xml: string): { names: string[]; texts: string[] } {
  const names: string[] = []
  const texts: string[] = []
  let depth = 0
  const parser = new Parser(
    {
      onopentag: (name) => {
        names.push(name)
        depth++
      },
      onclosetag: () => {
        depth--
      },
      ontext: (text) => texts.push(text),
    },
    { xmlMode: true, decodeEntities: true },
  )
  parser.end(xml)
  expect(depth).toBe(0)
  return { names, texts }
}

/** What machines are told in a page: JSON that can be read, and no way out of its element. */
function structuredIn(html: string): number {
  const scripts = [...html.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)]
  for (const [, json = ''] of scripts) {
    expect(() => JSON.parse(json)).not.toThrow()
    expect(json).not.toMatch(/<[/!]/)
  }
  return scripts.length
}

const feeds = (post: number) => [
  '/feed.xml',
  '/feed.atom',
  `/b/${board}/feed.xml`,
  `/b/${board}/feed.atom`,
  '/m/writer/feed.xml',
  '/sitemap.xml',
  `/oembed?url=${encodeURIComponent(`http://yard.example/p/${post}`)}&format=json`,
]
const xmlNames = new Set(
  `rss channel item title link description guid pubDate lastBuildDate language atom:link dc:creator category content:encoded
   generator ttl image url feed entry id updated published author name uri content summary subtitle rights icon logo
   sitemapindex sitemap loc lastmod urlset`.split(/\s+/),
)

/** Control characters are refused: the form comes back without them. */
async function write(typed: string): Promise<number> {
  const text = cleanText(typed)
  const values = { title: line(text).slice(0, 150), body: text }
  const made = await writer.api('POST', `/boards/${board}/posts`, values)
  expect(made.statusCode, made.body).toBe(201)
  const { id } = made.json()
  await writer.api('PATCH', `/posts/${id}`, { body: `${text} again`, note: line(text).slice(0, 200) })
  return id
}

describe('S30 a payload of the corpus', () => {
  test.each(payloads)(
    'stays text in feeds, maps, what machines and other sites are told: %j',
    async (text) => {
      const id = await write(text)
      const page = await site.guest.page(`/p/${id}`)
      const post = await site.guest.page(String(page.headers.location ?? `/p/${id}`))
      expect(structuredIn(post.body)).toBeGreaterThan(0)
      expect(dangers(post.body)).toEqual([])
      const told = [...post.body.matchAll(/<meta property="og:[^"]+" content="([^"]*)">/g)]
      expect(told.length).toBeGreaterThan(2)
      for (const [, value = ''] of told) expect(value).not.toMatch(/[<>]/)
      for (const url of feeds(id)) {
        const answer = await site.guest.page(url)
        expect(answer.statusCode, url).toBe(200)
        if (String(answer.headers['content-type']).includes('json')) {
          const { html } = answer.json()
          expect(
            dangers(html).filter((one) => one !== '<iframe>'),
            html,
          ).toEqual([])
          continue
        }
        const { names, texts } = readXml(answer.body)
        expect(
          names.filter((name) => !xmlNames.has(name)),
          url,
        ).toEqual([])
        for (const one of texts) expect(dangers(one), url).toEqual([])
      }
      const { items } = (await site.guest.page('/feed.json')).json()
      expect(items.length).toBeGreaterThan(0)
      for (const item of items) expect(dangers(item.content_html)).toEqual([])
    },
  )

  test.each(payloads)('stays text in searches, notifications and mails: %j', async (text) => {
    const id = await write(text)
    smtp.mails.length = 0
    await friend.api('POST', `/posts/${id}/comments`, { body: `@writer ${text}` })
    await workOff(site)
    for (const mail of smtp.mails) {
      expect(mail.header).not.toMatch(/^bcc:/im)
      expect(mail.header.match(/^to:/gim)).toHaveLength(1)
      const html = /<html[\s\S]*<\/html>/i.exec(mail.text)?.[0]
      expect(html).toBeDefined()
      expect(dangers(html ?? '').filter((one) => !/ style$|^<style>|http-equiv/.test(one))).toEqual([])
    }
    const query = encodeURIComponent(line(text).slice(0, 100))
    for (const url of ['/notifications', `/search?q=${query}`, `/search?board=${query}`, '/settings/follows'])
      expect(dangers((await writer.page(url)).body), url).toEqual([])
  })

  test.each(payloads)('stays text in the chat: %j', async (text) => {
    const { id } = (
      await writer.api('POST', '/chat/rooms', { members: [friend.id, boss.id], name: line(text) })
    ).json()
    if (id === undefined) return
    await writer.api('POST', `/chat/rooms/${id}/messages`, { body: text, clientId: 'one' })
    for (const url of [
      '/chat',
      `/chat/${id}`,
      `/chat/${id}/about`,
      `/chat/${id}/search?q=${encodeURIComponent(text)}`,
    ])
      expect(dangers((await friend.page(url)).body), url).toEqual([])
    const { items = [] } = (await friend.api('GET', `/chat/rooms/${id}/messages`)).json()
    for (const message of items) expect(dangers(message.html ?? '')).toEqual([])
  })

  test.each(payloads)(
    'stays text as the name of a file, key, app, passkey or invitation: %j',
    async (text) => {
      await prove(site, writer)
      await prove(site, boss)
      await writer.api('POST', '/me/keys', { name: line(text).slice(0, 60), scopes: ['read'] })
      await boss.api('POST', '/admin/clients', { name: line(text).slice(0, 60) })
      const image = (
        await writer.api('POST', `/files?name=${encodeURIComponent(text)}`, await plain('png'))
      ).json()
      const shown = (await writer.api('POST', '/preview', { body: image.markdown })).json()
      expect(dangers(shown.html)).toEqual([])
      const alt = `![${line(text)}](${image.url} "${line(text)}")`
      expect(dangers((await writer.api('POST', '/preview', { body: alt })).json().html)).toEqual([])
      const passkey = {
        member_id: writer.id,
        public_key: Buffer.alloc(1),
        counter: 0,
        created_at: site.clock.now,
      }
      await site.db
        .insertInto('passkeys')
        .values({ ...passkey, credential: storable(text), name: storable(text) })
        .execute()
      const identity = { member_id: writer.id, issuer: 'https://i.example', created_at: site.clock.now }
      await site.db
        .insertInto('identities')
        .values({ ...identity, subject: storable(text), label: storable(text) })
        .execute()
      for (const url of ['/settings/keys', '/settings/security', '/settings', '/upload'])
        expect(dangers((await writer.page(url)).body), url).toEqual([])
      for (const url of [
        '/admin/clients',
        '/admin/webhooks',
        '/admin/storage',
        '/invitations',
        '/admin/mail',
      ])
        expect(dangers((await boss.page(url)).body), url).toEqual([])
      await site.db.deleteFrom('api_keys').execute()
      await site.db.deleteFrom('app_clients').execute()
    },
  )
})
