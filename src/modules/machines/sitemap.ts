import type { Db } from '#platform/database.ts'
import { html, raw } from '#platform/html.ts'
import {
  type ListedAddress,
  memberAddresses,
  memberParts,
  type Part,
  postAddresses,
  postParts,
} from './queries.ts'

/** Ids that one part of the sitemap covers; search engines take up to 50,000 addresses in a file. */
export const partSize = 10_000
/** Rows that are in memory at a time. */
const step = 1000
/** Milliseconds for which the list of parts is kept: finding it passes over the table of posts once. */
const keptFor = 600_000

export type Parts = { posts: readonly Part[]; members: readonly Part[] }

/** Which parts there are, asked for once in ten minutes and by one reader at a time. */
export class SitemapParts {
  readonly #db: Db
  #found: Promise<Parts> | null = null
  #at = 0
  constructor(db: Db) {
    this.#db = db
  }

  current(now: Date): Promise<Parts> {
    if (this.#found && now.getTime() - this.#at < keptFor) return this.#found
    this.#at = now.getTime()
    const found = this.#read()
    this.#found = found
    found.catch(() => {
      if (this.#found === found) this.#found = null
    })
    return found
  }

  async #read(): Promise<Parts> {
    const [posts, members] = await Promise.all([
      postParts(this.#db, partSize),
      memberParts(this.#db, partSize),
    ])
    return { posts, members }
  }
}

const declaration = raw('<?xml version="1.0" encoding="utf-8"?>\n')
const space = 'http://www.sitemaps.org/schemas/sitemap/0.9'

export type Address = { url: string; changedAt?: Date }

export function sitemapIndex(maps: readonly Address[]): string {
  return html`${declaration}<sitemapindex xmlns="${space}">
${maps.map(({ url, changedAt }) => html`<sitemap><loc>${url}</loc>${changed(changedAt)}</sitemap>\n`)}</sitemapindex>
`.text
}

const changed = (at?: Date) => at && html`<lastmod>${at.toISOString()}</lastmod>`

function lines(addresses: readonly Address[]): string {
  return html`${addresses.map(({ url, changedAt }) => html`<url><loc>${url}</loc>${changed(changedAt)}</url>\n`)}`
    .text
}

const opening = html`${declaration}<urlset xmlns="${space}">\n`.text
const closing = '</urlset>\n'

export const sitemap = (addresses: readonly Address[]) => opening + lines(addresses) + closing

/** A sitemap as it is written, a thousand rows at a time; `first` was read already. */
async function* written<Row extends { id: number }>(
  first: readonly Row[],
  given: { more: (after: number) => Promise<readonly Row[]>; toAddress: (row: Row) => Address },
): AsyncGenerator<string> {
  yield opening
  for (let rows = first; rows.length > 0; ) {
    yield lines(rows.map(given.toAddress))
    const last = rows[rows.length - 1]
    rows = last && rows.length === step ? await given.more(last.id) : []
  }
  yield closing
}

const rangeOf = (part: number) => ({ after: part * partSize, last: (part + 1) * partSize })

/** The posts of a part; null when it has none. */
export async function postSitemap(
  db: Db,
  part: number,
  addressOf: (post: ListedAddress) => string,
): Promise<AsyncGenerator<string> | null> {
  const { after: start, last } = rangeOf(part)
  const more = (after: number) => postAddresses(db, { after, last, limit: step })
  const first = await more(start)
  const toAddress = (post: ListedAddress) => ({ url: addressOf(post), changedAt: post.changedAt })
  return first.length > 0 ? written(first, { more, toAddress }) : null
}

/** The members of a part who wrote something; null when there are none. */
export async function memberSitemap(
  db: Db,
  part: number,
  addressOf: (member: { name: string }) => string,
): Promise<AsyncGenerator<string> | null> {
  const { after: start, last } = rangeOf(part)
  const more = (after: number) => memberAddresses(db, { after, last, limit: step })
  const first = await more(start)
  return first.length > 0
    ? written(first, { more, toAddress: (member) => ({ url: addressOf(member) }) })
    : null
}
