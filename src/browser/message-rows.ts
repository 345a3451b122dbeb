import type { ScriptWords } from '#ui/script-words.ts'
import { callApi, property } from './api.ts'
import { element } from './dialog.ts'
import { serverHtml } from './server-html.ts'
import { withName } from './words.ts'

/** A message as the live connection and the API tell it. */
export type Message = {
  number: number
  author: { id: number; name: string } | null
  avatar: string | null
  body: string
  html: string
  replyTo: number | null
  posts: number[]
  reactions: { emoji: string; count: number; by: number[] }[]
  version: number
  change: number
  createdAt: string
  deleted: boolean
  notice: { what: 'added' | 'removed' | 'left'; member: { name: string } | null } | null
}

export function isMessage(value: unknown): value is Message {
  return typeof property(value, 'number') === 'number' && typeof property(value, 'html') === 'string'
}

type Place = { room: string; me: number; zone: string; away: ReadonlySet<number>; words: ScriptWords['chat'] }

/** Makes rows like those that the server sends, out of the template that it sends with them. */
export class MessageRows {
  readonly #place: Place
  readonly #template: HTMLElement
  readonly #time: Intl.DateTimeFormat
  readonly #day: Intl.DateTimeFormat
  readonly #longDay: Intl.DateTimeFormat
  constructor(place: Place, template: HTMLElement) {
    this.#place = place
    this.#template = template
    this.#time = new Intl.DateTimeFormat('en-GB', {
      timeZone: place.zone,
      hour: '2-digit',
      minute: '2-digit',
    })
    // As 2026-11-21.
    this.#day = new Intl.DateTimeFormat('en-CA', {
      timeZone: place.zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    })
    const { lang } = document.documentElement
    this.#longDay = new Intl.DateTimeFormat(lang, { timeZone: place.zone, dateStyle: 'full' })
  }

  /** The line above the first message of a day; null when the one before is of the same day. */
  dayLine({ createdAt }: Message, last: string | undefined): HTMLElement | null {
    const at = new Date(createdAt)
    const day = this.#day.format(at)
    if (day === last) return null
    const line = element('li', '', 'day')
    line.dataset['day'] = day
    line.append(element('span', this.#longDay.format(at)))
    return line
  }

  make(message: Message, before: Element | null): HTMLElement {
    if (message.notice) return this.#notice(message.number, message.author, message.notice)
    const copy = document.importNode(this.#template, true)
    this.fill(copy, message)
    copy.classList.toggle('next', follows(message, before))
    return copy
  }

  /** Who came or went; as the server's view has it. */
  #notice(number: number, author: Message['author'], notice: NonNullable<Message['notice']>): HTMLElement {
    const { words } = this.#place
    const text = withName(words[notice.what], 'name', author?.name ?? words.somebody)
    const whole = withName(text, 'whom', notice.member?.name ?? words.somebody)
    const row = element('li', whole, 'said-quietly')
    row.id = `m${number}`
    return row
  }

  timeOf(createdAt: string): string {
    return this.#time.format(new Date(createdAt))
  }

  fill(row: HTMLElement, message: Message): void {
    const { me, words, room } = this.#place
    const { number, author } = message
    row.id = `m${number}`
    row.dataset['number'] = String(number)
    row.dataset['change'] = String(message.change)
    row.dataset['author'] = String(author?.id ?? '')
    row.dataset['at'] = message.createdAt
    row.classList.toggle('own', author?.id === me)
    row.classList.toggle('gone', message.deleted)
    row.querySelector('.av')?.replaceWith(avatarOf(author?.name ?? '', message.avatar))
    const by = row.querySelector('.by')
    if (by instanceof HTMLAnchorElement && author) {
      by.href = `/m/${encodeURIComponent(author.name)}`
      by.textContent = author.name
    }
    for (const link of row.querySelectorAll<HTMLAnchorElement>('.msg-at, .msg-more'))
      link.href = `/chat/${room}/messages/${number}`
    row.querySelector('.msg-more')?.setAttribute('aria-label', words.acts.replace('{number}', String(number)))
    const time = row.querySelector('time')
    if (time) {
      time.dateTime = message.createdAt
      time.textContent = this.timeOf(message.createdAt)
    }
    const edited = row.querySelector<HTMLElement>('.msg-edited')
    if (edited) edited.hidden = message.version === 1 || message.deleted
    this.#fillText(row, message)
    this.#quote(row, message)
    this.#fillReactions(row, message)
  }

  /** Left alone while it stays the same: somebody may have selected some of it. */
  #fillText(row: Element, message: Message): void {
    const prose = row.querySelector('.prose')
    const fresh = prose?.cloneNode()
    fresh?.appendChild(this.#text(message))
    if (prose && fresh && !prose.isEqualNode(fresh)) prose.replaceChildren(...fresh.childNodes)
  }

  #fillReactions(row: Element, { number, reactions }: Message): void {
    const place = row.querySelector('.reactions')
    const held = place?.querySelector<HTMLButtonElement>('button:focus')
    place?.replaceChildren(...reactions.map((each) => this.#reaction(number, each)))
    if (!held) return
    const again = [...row.querySelectorAll<HTMLButtonElement>('.reactions button')]
    const same = again.find((button) => button.value === held.value)
    // When nobody reacts so any more, it is the message that one stands at.
    const next = same ?? row.querySelector<HTMLElement>('.msg-more')
    next?.focus()
  }

  #text(message: Message): Node {
    const { words, away } = this.#place
    if (message.deleted) return element('p', words.deleted, 'quiet')
    if (message.author && away.has(message.author.id)) return element('p', words.away, 'quiet')
    return serverHtml(message.html)
  }

  #quote(row: HTMLElement, { replyTo, deleted }: Message): void {
    row.querySelector('.quote')?.remove()
    if (replyTo === null || deleted) return
    const quoted = document.getElementById(`m${replyTo}`)
    const link = element('a', quoted ? this.said(quoted).slice(0, 100) : this.#place.words.quoteGone)
    link.href = `#m${replyTo}`
    link.dataset['quoted'] = String(replyTo)
    const quote = element('p', '', 'quote')
    quote.append(link)
    row.querySelector('.prose')?.before(quote)
  }

  /** What a row says, in words alone, with who says it. */
  said(row: Element): string {
    const name = row.querySelector('.by')?.textContent
    const text = this.#inWords(row.querySelector('.prose') ?? row)
    return name ? `${name}: ${text}` : text
  }

  /** The same as the list of rooms says it: one's own is said by oneself, and of two people the other is named already. */
  brief(row: Element, isPair: boolean): string {
    const prose = row.querySelector('.prose')
    if (!prose || row.matches('.gone')) return (prose ?? row).textContent.trim()
    const text = this.#inWords(prose).slice(0, 80)
    if (row.matches('.own')) return `${this.#place.words.you}: ${text}`
    return isPair ? text : this.said(row).slice(0, 100)
  }

  #inWords(part: ParentNode | null): string {
    const text = part instanceof Node ? (part.textContent ?? '').trim() : ''
    return text === '' && part?.querySelector('img') ? this.#place.words.onlyPicture : text
  }

  /** A message by its number, from the log. */
  async find(number: number): Promise<Message | null> {
    const place = `/chat/rooms/${this.#place.room}/messages?before=${number + 1}&limit=1`
    const items = property((await callApi('GET', place)).body, 'items')
    const [found]: unknown[] = Array.isArray(items) ? items : []
    return isMessage(found) && found.number === number ? found : null
  }

  /** What a message answers may stand further back than the page goes. */
  async findQuote(row: Element, { replyTo, deleted }: Message): Promise<void> {
    if (replyTo === null || deleted || document.getElementById(`m${replyTo}`)) return
    const quoted = await this.find(replyTo)
    const link = row.querySelector(`[data-quoted="${replyTo}"]`)
    if (!link || !quoted?.author || quoted.deleted || this.#place.away.has(quoted.author.id)) return
    link.textContent = `${quoted.author.name}: ${this.#inWords(serverHtml(quoted.html)).slice(0, 80)}`
  }

  #reaction(number: number, { emoji, count, by }: Message['reactions'][number]): HTMLElement {
    const mine = by.includes(this.#place.me)
    const form = element('form')
    form.method = 'post'
    form.action = `/chat/${this.#place.room}/messages/${number}/react`
    const on = element('input')
    Object.assign(on, { type: 'hidden', name: 'on', value: mine ? '' : '1' })
    const button = element('button', `${emoji} ${count}`)
    Object.assign(button, { name: 'emoji', value: emoji })
    button.setAttribute('aria-pressed', String(mine))
    form.append(on, button)
    return form
  }
}

/** As `together` in the server's view. */
const together = 5 * 60_000

function follows(message: Message, before: Element | null): boolean {
  if (!(before instanceof HTMLElement) || !message.author || message.replyTo !== null) return false
  if (before.dataset['author'] !== String(message.author.id)) return false
  return Date.parse(message.createdAt) - Date.parse(before.dataset['at'] ?? '') < together
}

/** As `avatar` in src/ui/avatar.ts. */
function avatarOf(name: string, file: string | null): HTMLElement {
  if (file !== null) {
    const image = element('img', '', 'av')
    Object.assign(image, { src: `/files/${file}-64.webp`, width: 64, height: 64, alt: '' })
    return image
  }
  let sum = 7
  for (let i = 0; i < name.length; i++) sum = (sum * 31 + name.charCodeAt(i)) >>> 0
  const point = name.codePointAt(0)
  const letter = element(
    'span',
    point === undefined ? '·' : String.fromCodePoint(point).toUpperCase(),
    `av hue-${sum % 12}`,
  )
  letter.setAttribute('aria-hidden', 'true')
  return letter
}
