import { createHash } from 'node:crypto'
import { paths } from '#paths.ts'
import { excerptOf } from '#platform/excerpt.ts'
import { type Html, html, raw } from '#platform/html.ts'

/** A list of posts for feed readers. All addresses are whole. */
export type Feed = {
  title: string
  about: string
  language: string
  /** The page that it is a feed of, and the feed's own address. */
  home: string
  self: string
  icon: string
  items: readonly FeedItem[]
}

export type FeedItem = {
  /** An address that stays when the title changes. */
  id: string
  url: string
  title: string
  /** The whole text, safe, with whole addresses. */
  html: string
  author: { name: string; url: string | null }
  published: Date
  updated: Date
  board: string
  tags: readonly string[]
}

export type FeedEnding = 'xml' | 'atom' | 'json'

/** Addresses in rendered text lead nowhere in a feed reader: they get the site's own in front, or the page's. */
export function withWholeAddresses(text: string, { origin, page }: { origin: string; page: string }): string {
  return text.replace(/ (href|src|poster|srcset)="([^"]*)"/g, (_, name: string, value: string) => {
    if (name === 'srcset') return ` srcset="${value.replace(/(^|,\s*)\//g, `$1${origin}/`)}"`
    if (value.startsWith('#')) return ` ${name}="${page}${value}"`
    return ` ${name}="${value.startsWith('/') && !value.startsWith('//') ? origin : ''}${value}"`
  })
}

/** When the newest text in it was written; the epoch where there is none. */
export function lastChange(feed: Feed): Date {
  return new Date(Math.max(0, ...feed.items.map(({ updated }) => updated.getTime())))
}

const summary = (item: FeedItem) => excerptOf(item.html, 300)

export function writeFeed(ending: FeedEnding, feed: Feed): string {
  if (ending === 'json') return jsonFeed(feed)
  return xmlOnly((ending === 'xml' ? rss(feed) : atom(feed)).text)
}

/** Characters that XML has no way to write. */
const forbidden = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu
const xmlOnly = (text: string) => text.replace(forbidden, '')
const declaration = raw('<?xml version="1.0" encoding="utf-8"?>\n')

function rss(feed: Feed): Html {
  return html`${declaration}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
<title>${feed.title}</title>
<link>${feed.home}</link>
<description>${feed.about}</description>
<language>${feed.language}</language>
<atom:link href="${feed.self}" rel="self" type="application/rss+xml"/>
${feed.items.length > 0 && html`<lastBuildDate>${lastChange(feed).toUTCString()}</lastBuildDate>\n`}${feed.items.map(
  (item) => html`<item>
<title>${item.title}</title>
<link>${item.url}</link>
<guid isPermaLink="true">${item.id}</guid>
<pubDate>${item.published.toUTCString()}</pubDate>
<dc:creator>${item.author.name}</dc:creator>
${[item.board, ...item.tags].map((name) => html`<category>${name}</category>\n`)}<description>${summary(item)}</description>
<content:encoded>${item.html}</content:encoded>
</item>
`,
)}</channel>
</rss>
`
}

function atom(feed: Feed): Html {
  return html`${declaration}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${feed.language}">
<title>${feed.title}</title>
<subtitle>${feed.about}</subtitle>
<id>${feed.self}</id>
<link rel="self" type="application/atom+xml" href="${feed.self}"/>
<link rel="alternate" type="text/html" href="${feed.home}"/>
<updated>${lastChange(feed).toISOString()}</updated>
<icon>${feed.icon}</icon>
${feed.items.map(
  ({ author, ...item }) => html`<entry>
<title>${item.title}</title>
<id>${item.id}</id>
<link rel="alternate" type="text/html" href="${item.url}"/>
<published>${item.published.toISOString()}</published>
<updated>${item.updated.toISOString()}</updated>
<author><name>${author.name}</name>${author.url && html`<uri>${author.url}</uri>`}</author>
${[item.board, ...item.tags].map((name) => html`<category term="${name}"/>\n`)}<summary>${summary({ ...item, author })}</summary>
<content type="html">${item.html}</content>
</entry>
`,
)}</feed>
`
}

function jsonFeed(feed: Feed): string {
  return JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title: feed.title,
    description: feed.about,
    language: feed.language,
    home_page_url: feed.home,
    feed_url: feed.self,
    icon: feed.icon,
    items: feed.items.map((item) => ({
      id: item.id,
      url: item.url,
      title: item.title,
      content_html: item.html,
      summary: summary(item),
      date_published: item.published.toISOString(),
      date_modified: item.updated.toISOString(),
      authors: [{ name: item.author.name, ...(item.author.url ? { url: item.author.url } : {}) }],
      tags: [item.board, ...item.tags],
    })),
  })
}

/** A strong tag of what is sent. */
export const tagOf = (text: string) =>
  `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`

export type ListedItem = {
  id: number
  title: string
  html: string
  author: { name: string } | null
  board: { name: string }
  tags: readonly string[]
  createdAt: Date
  editedAt: Date | null
}

/** `gone`: what stands for an author who left. */
export function toItem(post: ListedItem, { origin, gone }: { origin: string; gone: string }): FeedItem {
  const url = origin + paths.post(post)
  const { author } = post
  return {
    id: `${origin}/p/${post.id}`,
    url,
    title: post.title,
    html: withWholeAddresses(post.html, { origin, page: url }),
    author: author
      ? { name: author.name, url: origin + paths.member(author.name) }
      : { name: gone, url: null },
    published: post.createdAt,
    updated: post.editedAt ?? post.createdAt,
    board: post.board.name,
    tags: post.tags,
  }
}
