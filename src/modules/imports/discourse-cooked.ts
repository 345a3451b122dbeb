import type { DiscoursePost } from './discourse-shapes.ts'
import { emojiByName } from './emoji.ts'
import { htmlToMarkdown, withWholeAddress } from './html-markdown.ts'
import {
  findElement,
  type HtmlElement,
  type HtmlNode,
  hasClass,
  isElement,
  parseHtml,
  textOf,
} from './html-tree.ts'

type Context = { base: string | null; polls: DiscoursePost['polls'] }

/** A post as the server shows it (`cooked`), as Markdown. Quotes, polls, emoji, pictures and link previews become plain marks. */
export function cookedToMarkdown(cooked: string, context: Context): string {
  return htmlToMarkdown(cooked, (element) => adapt(element, context))
}

const dropped = [
  'quote-controls',
  'poll-info',
  'poll-buttons',
  'avatar',
  'site-icon',
  'informations',
  'filename',
  'thumbnail',
  'footnote-backref',
]

function adapt(element: HtmlElement, context: Context): HtmlNode | null {
  if (hasClass(element, 'emoji')) return emojiOf(element)
  if (hasClass(element, 'mention') || hasClass(element, 'mention-group')) return textOf(element)
  if (dropped.some((name) => hasClass(element, name))) return null
  if (hasClass(element, 'poll')) return pollOf(element, context.polls)
  if (hasClass(element, 'quote') && element.name === 'aside') return quoteOf(element)
  if (hasClass(element, 'onebox') && element.name !== 'a') return oneboxOf(element)
  if (hasClass(element, 'lightbox-wrapper')) return pictureOf(element, context)
  if (hasClass(element, 'spoiler') || hasClass(element, 'spoiled')) return spoilerOf(element)
  const video = element.attributes['data-youtube-id'] ?? element.attributes['data-video-id']
  if (video && /^[\w-]{1,40}$/.test(video)) return videoOf(element, video)
  const file = element.attributes['data-video-src']
  if (file) return paragraph(withWholeAddress(anchor(file, file.split('/').at(-1) ?? file), context.base))
  if (hasClass(element, 'math')) return formulaOf(element)
  if (hasClass(element, 'chcklst-box')) return hasClass(element, 'checked') ? '☑' : '☐'
  if (hasClass(element, 'discourse-post-event')) return eventOf(element)
  if (element.name === 'a' && hasClass(element, 'anchor')) return null
  // Leads to a place within the old page.
  if (hasClass(element, 'footnote-ref')) return textOf(element)
  const mark = bbcodeMarks.find(([name]) => hasClass(element, name))
  if (mark) return { ...element, name: mark[1] }
  const upload = /^upload:\/\/([\w.-]+)$/.exec(element.attributes['data-orig-src'] ?? '')?.[1]
  if (upload) return uploadOf(element, upload, context)
  const whole = withWholeAddress(element, context.base)
  return element.name === 'img' ? withPlainAlt(whole) : whole
}

/** A file that the server had not found when it made the HTML. */
function uploadOf(element: HtmlElement, file: string, { base }: Context): HtmlNode {
  if (base === null) return element.attributes['alt'] ?? textOf(element)
  const address = { [element.name === 'img' ? 'src' : 'href']: `${base}/uploads/short-url/${file}` }
  return withPlainAlt({ ...element, attributes: { ...element.attributes, ...address } })
}

const bbcodeMarks = [
  ['bbcode-b', 'strong'],
  ['bbcode-i', 'em'],
  ['bbcode-s', 'del'],
] as const

/** Without the size that a writer put behind the words: "sea|690x400, 50%". */
function withPlainAlt(element: HtmlElement): HtmlElement {
  const { alt = '' } = element.attributes
  return { ...element, attributes: { ...element.attributes, alt: alt.replace(/\|\d+x\d+.*$/, '') } }
}

function emojiOf(element: HtmlElement): string {
  const name = (element.attributes['title'] ?? element.attributes['alt'] ?? '').trim()
  const bare = name.replace(/^:|:$/g, '').replace(/:t[2-6]$/, '')
  return emojiByName.get(bare) ?? (/^[\w+:-]+$/.test(bare) ? `:${bare}:` : name)
}

function paragraph(...children: HtmlNode[]): HtmlElement {
  return { name: 'p', attributes: {}, children }
}

function anchor(href: string, words: string): HtmlElement {
  return { name: 'a', attributes: { href }, children: [words] }
}

function quoteOf(element: HtmlElement): HtmlElement {
  const who = element.attributes['data-username'] ?? ''
  const quote = element.children.filter(isElement).find((child) => child.name === 'blockquote')
  const link = findElement(
    element,
    (child) => child.name === 'a' && (child.attributes['href'] ?? '').includes('/t/'),
  )
  const head: HtmlNode[] = who ? [`@${who}: `] : []
  if (link && textOf(link).trim()) head.push(anchor(link.attributes['href'] ?? '', textOf(link).trim()))
  const words = quote?.children ?? element.children
  return {
    name: 'blockquote',
    attributes: {},
    children: head.length > 0 ? [paragraph(...head), ...words] : words,
  }
}

function oneboxOf(element: HtmlElement): HtmlNode {
  const links = (child: HtmlElement) =>
    child.name === 'a' && /^(https?:)?\/\//.test(child.attributes['href'] ?? '')
  const title = findElement(element, (child) => /^h[1-6]$/.test(child.name))
  const link = (title && findElement(title, links)) ?? findElement(element, links)
  const href = element.attributes['data-onebox-src'] ?? link?.attributes['href'] ?? ''
  const words = (title ? textOf(title) : link ? textOf(link) : '').replace(/\s+/g, ' ').trim()
  return href ? paragraph(anchor(href, words || href)) : textOf(element).trim()
}

function pictureOf(element: HtmlElement, { base }: Context): HtmlNode | null {
  const link = findElement(element, (child) => child.name === 'a')
  const image = findElement(element, (child) => child.name === 'img')
  const src = link?.attributes['href'] ?? image?.attributes['src']
  if (!src) return null
  const alt = image?.attributes['alt'] ?? link?.attributes['title'] ?? ''
  return withWholeAddress({ name: 'img', attributes: { src, alt }, children: [] }, base)
}

const players: Record<string, string> = {
  youtube: 'https://www.youtube.com/watch?v=',
  vimeo: 'https://vimeo.com/',
  tiktok: 'https://m.tiktok.com/v/',
}

function videoOf(element: HtmlElement, id: string): HtmlElement {
  const title = element.attributes['data-youtube-title'] ?? element.attributes['data-video-title'] ?? ''
  const provider = element.attributes['data-provider-name'] ?? 'youtube'
  const given = findElement(element, (child) => /^https:\/\//.test(child.attributes['href'] ?? ''))
  const href = given?.attributes['href'] ?? `${players[provider] ?? players['youtube']}${id}`
  return paragraph(anchor(href, title || href))
}

/** What a page draws as a card stands in attributes alone. */
function eventOf(element: HtmlElement): HtmlElement {
  const told = (name: string) => element.attributes[`data-${name}`]
  const times = [told('start'), told('end')].filter(Boolean).join(' – ')
  const zone = told('timezone') ?? 'UTC'
  const lines = [told('name'), times && `${times} (${zone})`, told('location'), told('url')].filter(Boolean)
  return paragraph(lines.join(' · '), ' ', ...element.children)
}

function formulaOf(element: HtmlElement): HtmlNode {
  const mark = element.name === 'div' ? '$$' : '$'
  const text = `${mark}${textOf(element).trim()}${mark}`
  return element.name === 'div' ? paragraph(text) : text
}

function spoilerOf(element: HtmlElement): HtmlElement {
  if (element.name !== 'div') return { ...element, attributes: {} }
  const summary = { name: 'summary', attributes: {}, children: ['Spoiler'] }
  return { name: 'details', attributes: {}, children: [summary, ...element.children] }
}

function pollOf(element: HtmlElement, polls: DiscoursePost['polls']): HtmlElement {
  const name = element.attributes['data-poll-name'] ?? 'poll'
  const options = polls?.find((poll) => (poll.name ?? 'poll') === name)?.options ?? []
  const items = options.map((option) =>
    listItem(textOf(parseHtml(option.html ?? '')).trim(), option.votes ?? null),
  )
  if (items.length > 0) return { name: 'ul', attributes: {}, children: items }
  return { name: 'ul', attributes: {}, children: pollItems(element) }
}

function listItem(words: string, votes: number | null): HtmlElement {
  return { name: 'li', attributes: {}, children: [votes === null ? words : `${words} (${votes})`] }
}

function pollItems(element: HtmlElement): HtmlElement[] {
  return element.children
    .filter(isElement)
    .flatMap((child) => (child.name === 'li' ? [listItem(textOf(child).trim(), null)] : pollItems(child)))
}
