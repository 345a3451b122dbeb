import type { ScriptWords } from '#ui/script-words.ts'
import { announce, toast } from './announce.ts'
import { callApi, messageOf, property } from './api.ts'
import { startAttaching } from './attach.ts'
import { element } from './dialog.ts'
import { follow, reached } from './live.ts'
import { completeMentions } from './mentions.ts'
import { watchMessageMenus } from './message-menu.ts'
import { isMessage, type Message, MessageRows } from './message-rows.ts'
import { type Field, startSending } from './sending.ts'
import { serverHtml } from './server-html.ts'
import { fill, pageWords } from './words.ts'

/** Pixels from the end within which the reader is taken to follow. */
const nearEnd = 160
/** Milliseconds between polls that get no answer. */
const pollPause = 5000

/** An open room: what the server sent, kept up to date. */
class Room {
  readonly #root: HTMLElement
  readonly #id: string
  readonly #list: HTMLElement
  readonly #rows: MessageRows
  readonly #words: ScriptWords['chat']
  readonly #me: number
  #last: number
  #change: number
  #fresh = 0
  #read = 0
  #readTimer: ReturnType<typeof setTimeout> | undefined
  #stateTimer: ReturnType<typeof setTimeout> | undefined
  #here = 0
  #typing: unknown
  #isPolled = false
  /** How far the other one of a pair has read. */
  #seen = 0
  #field: Field | null = null
  #people: ReturnType<typeof callApi> | null = null
  /** What the server says of the room, while nothing else is to be said. */
  readonly #about: string
  constructor(root: HTMLElement, words: ScriptWords) {
    this.#root = root
    this.#words = words.chat
    this.#id = root.dataset['room'] ?? ''
    this.#me = Number(root.dataset['me'])
    this.#last = Number(root.dataset['last'])
    this.#change = Number(root.dataset['change'])
    this.#seen = Number(root.dataset['seen'] ?? 0)
    this.#list = root.querySelector('ol') ?? root
    this.#about = document.getElementById('room-state')?.textContent ?? ''
    const template = root.querySelector<HTMLTemplateElement>('#message-row')?.content.firstElementChild
    const away = new Set((root.dataset['away'] ?? '').split(',').map(Number))
    const place = {
      room: this.#id,
      me: this.#me,
      zone: root.dataset['zone'] ?? 'UTC',
      away,
      words: this.#words,
    }
    this.#rows = new MessageRows(place, template instanceof HTMLElement ? template : element('li'))
    this.#watchOlder()
    this.#watchReactions()
  }

  start(words: ScriptWords): void {
    const unread = this.#list.querySelector('.unread-line')
    if (unread) unread.scrollIntoView({ block: 'center' })
    else if (location.hash === '' || location.hash === '#end') this.#toEnd()
    const form = this.#root.querySelector<HTMLFormElement>('.chat-form')
    const field = form?.querySelector('textarea')
    if (form && field) {
      startAttaching(form, field, { words, place: (markdown) => this.#field?.attach(markdown) })
      const own = { room: this.#id, form, field, words: words.chat }
      completeMentions(field, words, () => this.#peopleHere())
      this.#field = startSending(own, {
        pending: (text) => this.#pending(text),
        sent: (message) => this.#sent(message),
      })
    }
    this.#watchMenus()
    this.#watchQuotes()
    this.#stayAtEnd()
    const topic = `room:${this.#id}`
    follow({
      topic,
      cursor: () => ({ after: this.#last, changes: this.#change }),
      hear: (news) => this.#hear(news),
      ended: () => {
        this.#say(this.#words.over)
        if (form) form.hidden = true
      },
      changed: (isUp) => this.#say(isUp ? '' : this.#words.offline),
      poll: (signal) => this.#poll(signal),
    })
    document.addEventListener('visibilitychange', () => this.#markRead())
    this.#markRead()
  }

  #hear(news: unknown): void {
    const message = property(news, 'message')
    const changed = property(news, 'changed')
    const typing = property(news, 'typing')
    const here = property(news, 'here')
    const read = property(news, 'read')
    if (isMessage(message)) this.#take(message)
    else if (isMessage(changed)) this.#update(changed)
    else if (typing !== undefined) this.#showTyping(typing)
    else if (Array.isArray(here)) this.#showHere(here.length)
    else if (read !== undefined && property(read, 'member') !== this.#me) {
      this.#seen = Math.max(this.#seen, Number(property(read, 'number')))
      this.#showSeen()
    }
  }

  async #poll(signal: AbortSignal): Promise<boolean> {
    // Whether the server is there again is known at once.
    const wait = this.#isPolled ? 25 : 0
    const from = `after=${this.#last}&changes=${this.#change}`
    const place = `/chat/rooms/${this.#id}/messages?${from}&wait=${wait}&limit=100`
    const ends = AbortSignal.any([signal, AbortSignal.timeout(35_000)])
    const answer = await callApi('GET', place, { signal: ends })
    for (const [name, take] of [
      ['items', (message: Message) => this.#take(message)],
      ['changed', (message: Message) => this.#update(message)],
    ] as const) {
      const list = property(answer.body, name)
      if (Array.isArray(list)) for (const one of list) if (isMessage(one)) take(one)
    }
    this.#isPolled = answer.status === 200
    if (!this.#isPolled) await new Promise((resolve) => setTimeout(resolve, pollPause))
    return this.#isPolled
  }

  /** One's own that the server has; when others come before it, it comes by the log, in its turn. */
  #sent(message: Message): void {
    if (message.number <= this.#last + 1) this.#take(message)
    reached()
  }

  /** A message of the log, in order: where numbers are missing, nothing is there any more. */
  #take(message: Message): void {
    if (message.number <= this.#last) {
      this.#update(message)
      return
    }
    this.#last = message.number
    const follows = this.#isNearEnd()
    const own = message.author?.id === this.#me
    if (own) this.#list.querySelector(`.waiting[data-text="${CSS.escape(message.body)}"]`)?.remove()
    const waiting = this.#list.querySelector('.waiting')
    const day = this.#rows.dayLine(message, this.#lastDay())
    const before = waiting ? waiting.previousElementSibling : this.#list.lastElementChild
    const row = this.#rows.make(message, day ?? before)
    this.#list.insertBefore(row, waiting)
    if (day) row.before(day)
    this.#root.querySelector('.empty-room')?.remove()
    this.#showSeen()
    if (message.author && message.author.id === this.#typing) this.#say('')
    void this.#addCards(row, message)
    void this.#rows.findQuote(row, message)
    if (!own) announce(`${message.author?.name ?? ''}: ${row.querySelector('.prose')?.textContent ?? ''}`)
    if (follows || own) this.#toEnd()
    else this.#noteFresh()
    this.#markRead()
  }

  #lastDay(): string | undefined {
    return [...this.#list.querySelectorAll<HTMLElement>('[data-day]')].at(-1)?.dataset['day']
  }

  #update(message: Message): void {
    this.#change = Math.max(this.#change, message.change)
    const row = document.getElementById(`m${message.number}`)
    if (!row || Number(row.dataset['change']) >= message.change) return
    this.#rows.fill(row, message)
    void this.#rows.findQuote(row, message)
    if (!message.deleted) return
    row.querySelector('.cards')?.replaceChildren()
    for (const quote of this.#list.querySelectorAll(`[data-quoted="${message.number}"]`))
      quote.textContent = this.#words.quoteGone
  }

  async #addCards(row: Element, message: Message): Promise<void> {
    if (message.posts.length === 0) return
    const answer = await fetch(`/chat/cards?posts=${message.posts.join()}`).catch(() => null)
    if (!answer?.ok) return
    const follows = this.#isNearEnd()
    row.querySelector('.cards')?.append(serverHtml(await answer.text()))
    if (follows) this.#toEnd()
  }

  /** A message on its way: shown at once, quiet until it has its number. */
  #pending(text: string): HTMLElement {
    const row = this.#rows.make(
      {
        ...blank,
        author: { id: this.#me, name: document.querySelector('.menu .who')?.textContent ?? '' },
        createdAt: new Date().toISOString(),
      },
      this.#list.lastElementChild,
    )
    row.removeAttribute('id')
    row.classList.add('waiting')
    row.dataset['text'] = text
    const shown = text.replace(/!\[([^\]]*)\]\([^)]*\)/g, '🖼 $1')
    row.querySelector('.prose')?.replaceChildren(element('p', shown, 'lines'))
    for (const part of row.querySelectorAll('.msg-more, .msg-at')) part.remove()
    this.#list.append(row)
    this.#showSeen()
    this.#toEnd()
    return row
  }

  /** Pictures come after their message, and make it longer: who was at the end stays there. */
  #stayAtEnd(): void {
    let isAtEnd = this.#isNearEnd()
    addEventListener('scroll', () => {
      isAtEnd = this.#isNearEnd()
    })
    new ResizeObserver(() => {
      if (isAtEnd) this.#toEnd()
    }).observe(this.#list.parentElement ?? this.#list)
  }

  #isNearEnd(): boolean {
    const page = document.documentElement
    return page.scrollHeight - page.clientHeight - page.scrollTop < nearEnd
  }

  #toEnd(): void {
    this.#fresh = 0
    this.#root.querySelector('.fresh-note')?.remove()
    scrollTo({ top: document.documentElement.scrollHeight })
  }

  #noteFresh(): void {
    this.#fresh++
    const known = this.#root.querySelector<HTMLButtonElement>('.fresh-note')
    const note = known ?? element('button', '', 'btn fresh-note')
    note.type = 'button'
    note.textContent = fill(this.#words.fresh, this.#fresh)
    if (known) return
    note.addEventListener('click', () => {
      this.#toEnd()
      this.#markRead()
    })
    this.#root.querySelector('.msgs')?.after(note)
  }

  #markRead(): void {
    if (document.visibilityState !== 'visible' || this.#fresh > 0 || this.#read >= this.#last) return
    if ('visitor' in this.#root.dataset) return
    clearTimeout(this.#readTimer)
    this.#readTimer = setTimeout(() => {
      this.#read = this.#last
      void callApi('PUT', `/chat/rooms/${this.#id}/read`, { body: { number: this.#last } })
    }, 400)
  }

  #say(text: string): void {
    const state = document.getElementById('room-state')
    if (!state) return
    clearTimeout(this.#stateTimer)
    this.#typing = undefined
    state.textContent = text || (this.#here > 1 ? fill(this.#words.here, this.#here) : this.#about)
  }

  #showHere(count: number): void {
    this.#here = count
    this.#say('')
  }

  #showTyping(who: unknown): void {
    this.#say(this.#words.typing.replace('{name}', String(property(who, 'name') ?? '')))
    this.#typing = property(who, 'id')
    this.#stateTimer = setTimeout(() => this.#say(''), 4000)
  }

  /** Under one's own last message, when the other one has read it. */
  #showSeen(): void {
    const seen = this.#root.querySelector<HTMLElement>('.seen')
    const isOwn = this.#list.lastElementChild?.matches('.msg.own:not(.waiting)')
    if (seen) seen.hidden = !isOwn || this.#seen < this.#last
  }

  async #peopleHere(): Promise<unknown> {
    this.#people ??= callApi('GET', `/chat/rooms/${this.#id}/members`)
    const { status, body } = await this.#people
    if (status !== 200) this.#people = null
    const items = property(body, 'items')
    const others = Array.isArray(items) ? items.filter((one) => property(one, 'id') !== this.#me) : []
    return { items: others }
  }

  #watchMenus(): void {
    watchMessageMenus(this.#root, {
      reply: (row) =>
        this.#field?.reply({
          number: Number(row.dataset['number']),
          name: row.querySelector('.by')?.textContent ?? '',
        }),
      edit: (row) => void this.#edit(Number(row.dataset['number'])),
      remove: (row) => void this.#remove(row.dataset['number'] ?? ''),
      react: (row, emoji) => void this.#react(row.dataset['number'] ?? '', emoji, true),
    })
  }

  async #edit(number: number): Promise<void> {
    const message = await this.#rows.find(number)
    if (message && !message.deleted) this.#field?.edit(message)
    else toast(this.#words.refused)
  }

  async #remove(number: string): Promise<void> {
    const answer = await callApi('DELETE', `/chat/rooms/${this.#id}/messages/${number}`)
    if (answer.status !== 204) toast(messageOf(answer, this.#words.refused))
  }

  /** What is quoted stands here, or further back. */
  #watchQuotes(): void {
    this.#list.addEventListener('click', (event) => {
      const link = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-quoted]') : null
      const number = Number(link?.dataset['quoted'])
      if (!link || document.getElementById(`m${number}`)) return
      event.preventDefault()
      location.assign(`/chat/${this.#id}?before=${number + 1}#m${number}`)
    })
  }

  /** Older messages are put above without moving what is read. */
  #watchOlder(): void {
    this.#root.addEventListener('click', (event) => {
      const link =
        event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-older]') : null
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      void this.#loadOlder(link)
    })
  }

  async #loadOlder(link: HTMLAnchorElement): Promise<void> {
    const answer = await fetch(link.href).catch(() => null)
    if (!answer?.ok) return toast(this.#words.offline)
    const page = serverHtml(await answer.text())
    const height = document.documentElement.scrollHeight
    const top = document.documentElement.scrollTop
    const rows = [...page.querySelectorAll<HTMLElement>('.msgs > ol > li')]
    const lastDay = rows.findLast((row) => row.dataset['day'])?.dataset['day']
    // The day that went on is said once, above its first message.
    this.#list.querySelector(`.day[data-day="${lastDay}"]`)?.remove()
    this.#list.prepend(...rows)
    const next = page.querySelector('.older')
    if (next) link.closest('.older')?.replaceWith(next)
    else link.closest('.older')?.remove()
    scrollTo({ top: top + document.documentElement.scrollHeight - height })
  }

  #watchReactions(): void {
    this.#list.addEventListener('submit', (event) => {
      const { submitter, target } = event
      if (!(submitter instanceof HTMLButtonElement) || !(target instanceof HTMLFormElement)) return
      const number = target.closest<HTMLElement>('.msg')?.dataset['number']
      event.preventDefault()
      void this.#react(number ?? '', submitter.value, submitter.getAttribute('aria-pressed') !== 'true')
    })
  }

  async #react(number: string, emoji: string, on: boolean): Promise<void> {
    const path = `/chat/rooms/${this.#id}/messages/${number}/reactions/${encodeURIComponent(emoji)}`
    const answer = await callApi(on ? 'PUT' : 'DELETE', path)
    if (isMessage(answer.body)) this.#update(answer.body)
    else toast(messageOf(answer, this.#words.refused))
  }
}

const blank: Message = {
  number: 0,
  author: null,
  avatar: null,
  body: '',
  html: '',
  replyTo: null,
  posts: [],
  reactions: [],
  version: 1,
  change: 0,
  createdAt: '',
  deleted: false,
}

const words = pageWords()
const root = document.querySelector<HTMLElement>('.chat[data-live]')
if (words && root) new Room(root, words).start(words)
