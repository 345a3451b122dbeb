import { Parser } from 'htmlparser2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSession } from '#modules/accounts/sessions.ts'
import type { MemberRole } from '#modules/accounts/viewer.ts'
import { seedDemo } from '#modules/imports/demo.ts'
import { seedDemoActs } from '#modules/imports/demo-acts.ts'
import { seedDemoChats } from '#modules/imports/demo-chats.ts'
import { rankPosts, rankWords } from '#modules/trending/ranking.ts'
import { ask } from '#platform/database.ts'
import { makeTestApp, type TestApp } from '#test/support/app.ts'

/** The front page, and what one types. */
const starts = ['/', '/search?q=시장', '/search?q=tag:질문 -is:solved&sort=latest']
/** Pages of one kind (an address without its numbers and names) that are looked at. */
const ofAKind = 3

let site: TestApp
beforeAll(async () => {
  site = await makeTestApp()
  const now = site.clock.now
  await seedDemo(site.db, { now })
  await seedDemoChats(site.db, { now, origin: '' })
  await seedDemoActs(site.db, { acts: site.deps.acts, now })
  await rankPosts(site.db, now)
  await rankWords(site.db, now)
}, 60_000)
afterAll(() => site[Symbol.asyncDispose]())

/** What a page says of itself and of other pages. */
class Seen {
  /** Own addresses that it leads to or loads. */
  readonly links: string[] = []
  readonly ids: string[] = []
  /** Ids that it names: of labels, descriptions, fragments of its own. */
  readonly named: string[] = []
  text = ''
  readonly #at: string
  /** Elements around, whose inside is not of the page yet or no text. */
  readonly #around = { template: 0, code: 0 }
  #form: string | null = null
  #select = ''
  #given = new URLSearchParams()

  constructor(html: string, at: string) {
    this.#at = at
    const parser = new Parser({
      onopentag: (name, attributes) => this.#open(name, attributes),
      ontext: (text) => {
        if (this.#around.code === 0) this.text += text
      },
      onclosetag: (name) => this.#close(name),
    })
    parser.end(html)
  }

  #open(name: string, attributes: Record<string, string>): void {
    if (name === 'template') this.#around.template++
    if (name === 'script' || name === 'style') this.#around.code++
    if (this.#around.template > 0) return
    if (attributes['id']) this.ids.push(attributes['id'])
    for (const key of naming) this.named.push(...(attributes[key] ?? '').split(' ').filter(Boolean))
    if (name === 'a' || name === 'link') this.#lead(attributes['href'])
    if (name === 'img' || name === 'script') this.#lead(attributes['src'])
    this.#choice(name, attributes)
  }

  /** A form that asks leads to a page for each of its choices, with what else stands in it. */
  #choice(name: string, attributes: Record<string, string>): void {
    const { name: field = '', value = '', type } = attributes
    if (name === 'form') {
      this.#form = attributes['method'] === 'post' ? null : (attributes['action'] ?? this.#at)
      this.#given = new URLSearchParams()
    }
    if (name === 'select') this.#select = field
    if (name === 'input' && type !== 'radio' && type !== 'checkbox' && field) this.#given.set(field, value)
    const isChoice = name === 'option' || type === 'radio' || type === 'checkbox'
    if (!isChoice || this.#form === null) return
    const chosen = new URLSearchParams(this.#given)
    chosen.set(name === 'option' ? this.#select : field, value)
    this.#lead(`${this.#form}?${chosen}`)
  }

  #close(name: string): void {
    if (name === 'template') this.#around.template--
    if (name === 'script' || name === 'style') this.#around.code--
    if (name === 'form') this.#form = null
  }

  #lead(address: string | undefined): void {
    const url = address === undefined ? null : URL.parse(address, `${origin}${this.#at}`)
    if (url?.origin !== origin) return
    const path = `${url.pathname}${url.search}`
    if (url.hash && path === this.#at) this.named.push(decodeURIComponent(url.hash.slice(1)))
    this.links.push(path)
  }

  /** What is wrong with it by itself. */
  *faults(): Iterable<string> {
    const ids = new Set(this.ids)
    if (ids.size < this.ids.length)
      yield `twice: ${this.ids.filter((id, index) => this.ids.indexOf(id) < index)}`
    for (const id of new Set(this.named)) if (!ids.has(id)) yield `no #${id}`
    const text = this.text.replace(written, '')
    const odd = /\bundefined\b|\[object |\bNaN\b|Invalid Date/.exec(text)
    if (odd) yield `"${text.slice(odd.index - 30, odd.index + 30)}"`
  }
}

const origin = 'http://localhost'
/** What people of the demo say about TypeScript. */
const written = /possibly undefined|!== undefined/g
const naming = [
  'for',
  'aria-labelledby',
  'aria-describedby',
  'aria-controls',
  'list',
  'form',
  'popovertarget',
]

/** Addresses of one kind differ in numbers, names and texts only. */
const kindOf = (address: string) =>
  decodeURIComponent(address)
    .replace(/\?.*/, (query) =>
      query.replace(/=[^&]*(?=&|$)/g, (value) => (/^=[a-z-]{1,12}$/.test(value) ? value : '=…')),
    )
    .replace(/\/(p|posts|comments|chat|assets|files|pictures|cards)\/[^/?#]+(\/[^/?#]+)?/g, '/$1/…')
    .replace(/\/(m|t|b|tags|members)\/[^/?]+/g, '/$1/…')
    .replace(/\d+/g, '0')

async function crawl(cookie: string, language: string): Promise<{ wrong: string[]; pages: number }> {
  const wrong: string[] = []
  const kinds = new Map<string, number>()
  const found = new Map(starts.map((address) => [address, 'the start']))
  let pages = 0
  // A Map's entries go on to those that are added meanwhile.
  for (const [address, from] of found) {
    const headers = { 'accept-language': language, accept: 'text/html', cookie }
    const answer = await site.app.inject({ url: address, headers })
    const isPage = String(answer.headers['content-type']).startsWith('text/html')
    const seen = new Seen(isPage ? answer.body : '', address)
    if (isPage) pages++
    const faults = answer.statusCode >= 400 ? [String(answer.statusCode)] : seen.faults()
    for (const fault of faults) wrong.push(`${address} (from ${from}): ${fault}`)
    const { location } = answer.headers
    for (const link of location === undefined ? seen.links : [String(location)]) {
      const count = kinds.get(kindOf(link)) ?? 0
      if (found.has(link) || count >= ofAKind || !link.startsWith('/')) continue
      kinds.set(kindOf(link), count + 1)
      found.set(link, address)
    }
  }
  return { wrong, pages }
}

/** Somebody of the demo who wrote, chats, was answered, and has drafts, bookmarks and reports: with this role from now on. */
async function regular(role: MemberRole): Promise<{ cookie: string }> {
  const [row] = await ask<{ id: number; postId: number; boardId: number }>(
    site.db,
    `select p.author_id as id, max(p.id) as "postId", max(p.board_id) as "boardId" from posts p
     join room_members r on r.member_id = p.author_id group by 1 order by count(distinct r.room_id) desc limit 1`,
    [],
  )
  if (!row) throw new Error('nobody of the demo writes and chats')
  await site.db.updateTable('members').set({ role }).where('id', '=', row.id).execute()
  const other = await site.member()
  const answer = await other.api('POST', `/posts/${row.postId}/comments`, { body: 'An answer' })
  await other.api('POST', '/reports', { comment: answer.json().id, reason: 'spam' })
  const now = site.clock.now
  const { token } = await openSession(site.db, { memberId: row.id, kind: 'browser', agent: 'test', now })
  return { cookie: `madang=${token}` }
}

test.each([
  ['guest', 'ko'],
  ['member', 'en'],
  ['moderator', 'ko'],
  ['administrator', 'en'],
] as const)(
  'no page leads a %s (%s) to one that is not there, or names what it does not have',
  async (role, language) => {
    const { cookie } = role === 'guest' ? { cookie: '' } : await regular(role)
    const { wrong, pages } = await crawl(cookie, language)
    expect(wrong).toEqual([])
    expect(pages).toBeGreaterThan(150)
  },
  120_000,
)
