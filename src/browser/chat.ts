import type { ScriptWords } from '#ui/script-words.ts'
import { announce, toast } from './announce.ts'
import { callApi, messageOf, property } from './api.ts'
import { startAttaching } from './attach.ts'
import { element } from './dialog.ts'
import { follow, type Polled, reached } from './live.ts'
import { completeMentions } from './mentions.ts'
import { watchMessageMenus } from './message-menu.ts'
import { isMessage, type Message, MessageRows } from './message-rows.ts'
import { RoomEnd } from './room-end.ts'
import { watchOlder, watchQuotes } from './room-history.ts'
import type { Said } from './room-list.ts'
import { RoomState } from './room-state.ts'
import { type Field, startSending } from './sending.ts'
import { serverHtml } from './server-html.ts'
import { pageWords } from './words.ts'

/** Milliseconds between polls that get no answer. */
const pollPause = 5000
/** Signed out, sent away, or the room is gone: asking again would change nothing. */
const over = new Set([401, 403, 404])

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
  #read = 0
  #readTimer: ReturnType<typeof setTimeout> | undefined
  #isPolled = false
  /** How far the other one of a pair has read. */
  #seen = 0
  /** Whom the reader keeps away. */
  readonly #away: ReadonlySet<number>
  #field: Field | null = null
  #people: ReturnType<typeof callApi> | null = null
  readonly #state: RoomState
  readonly #end: RoomEnd
  constructor(root: HTMLElement, words: ScriptWords) {
    this.#root = root
    this.#words = words.chat
    this.#id = root.dataset['room'] ?? ''
    this.#me = Number(root.dataset['me'])
    this.#last = Number(root.dataset['last'])
    this.#change = Number(root.dataset['change'])
    this.#seen = Number(root.dataset['seen'] ?? 0)
    this.#list = root.querySelector('ol') ?? root
    this.#state = new RoomState(words.chat)
    this.#end = new RoomEnd(root, { fresh: words.chat.fresh, reached: () => this.#markRead() })
    const template = root.querySelector<HTMLTemplateElement>('#message-row')?.content.firstElementChild
    this.#away = new Set((root.dataset['away'] ?? '').split(',').map(Number))
    const place = {
      room: this.#id,
      me: this.#me,
      zone: root.dataset['zone'] ?? 'UTC',
      away: this.#away,
      words: this.#words,
    }
    this.#rows = new MessageRows(place, template instanceof HTMLElement ? template : element('li'))
    watchOlder({ root, list: this.#list, words: words.chat })
    watchQuotes(this.#list, this.#id)
    this.#watchReactions()
  }

  start(words: ScriptWords): void {
    const unread = this.#list.querySelector('.unread-line')
    if (unread) unread.scrollIntoView({ block: 'center' })
    else if (location.hash === '' || location.hash === '#end') this.#end.go()
    const form = this.#root.querySelector<HTMLFormElement>('.chat-form')
    const field = form?.querySelector('textarea')
    if (form && field) {
      startAttaching(form, field, { words, place: (markdown) => this.#field?.attach(markdown) })
      const own = { room: this.#id, me: this.#me, form, field, words: words.chat }
      completeMentions(field, words, () => this.#peopleHere())
      this.#field = startSending(own, {
        pending: (text) => this.#pending(text),
        late: (row) => this.#late(row),
        sent: (message) => this.#sent(message),
      })
    }
    this.#watchMenus()
    this.#end.stay()
    const topic = `room:${this.#id}`
    follow({
      topic,
      cursor: () => ({ after: this.#last, changes: this.#change }),
      hear: (news) => this.#hear(news),
      ended: (why) => this.#close(why, form),
      changed: (isUp) => this.#changed(isUp),
      poll: (signal) => this.#poll(signal),
    })
    document.addEventListener('visibilitychange', () => this.#markRead())
    this.#markRead()
  }

  #changed(isUp: boolean): void {
    this.#state.say(isUp ? '' : this.#words.offline)
    if (isUp) {
      this.#field?.again()
      this.#markRead()
    } else this.#isPolled = false
  }

  /** Nothing more comes, and nothing can be written: said in the place of the field. */
  #close(why: 'gone' | 'signed-out', form: HTMLFormElement | null): void {
    const text = why === 'gone' ? this.#words.over : this.#words.signedOut
    this.#state.end()
    if (form) form.hidden = true
    const note = element('p', text, 'note')
    note.setAttribute('role', 'alert')
    this.#root.append(note)
    if (why === 'gone') document.dispatchEvent(new Event('room-over'))
  }

  #hear(news: unknown): void {
    const message = property(news, 'message')
    const changed = property(news, 'changed')
    const typing = property(news, 'typing')
    const here = property(news, 'here')
    const read = property(news, 'read')
    if (isMessage(message)) this.#take(message)
    else if (isMessage(changed)) this.#update(changed)
    else if (typing !== undefined && !this.#away.has(Number(property(typing, 'id'))))
      this.#state.showTyping(typing)
    else if (Array.isArray(here)) this.#state.showHere(here.length)
    else if (read !== undefined && property(read, 'member') !== this.#me) {
      this.#seen = Math.max(this.#seen, Number(property(read, 'number')))
      this.#showSeen()
    }
  }

  async #poll(signal: AbortSignal): Promise<Polled> {
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
    if (this.#isPolled) return 'answered'
    if (over.has(answer.status)) return 'over'
    await new Promise((resolve) => setTimeout(resolve, pollPause))
    return 'lost'
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
    const follows = this.#end.isNear
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
    this.#tellList(row, message)
    if (message.notice) this.#memberChange()
    this.#state.heardFrom(message.author?.id)
    void this.#addCards(row, message)
    void this.#rows.findQuote(row, message)
    if (!own) announce(this.#rows.said(row))
    if (follows || own) this.#end.go()
    else this.#end.noteFresh()
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
    if (message.number === this.#last) this.#tellList(row, message)
    if (!message.deleted) return
    row.querySelector('.cards')?.replaceChildren()
    for (const quote of this.#list.querySelectorAll(`[data-quoted="${message.number}"]`))
      quote.textContent = this.#words.quoteGone
  }

  #memberChange(): void {
    this.#people = null
    void this.#state.renew(this.#id)
  }

  /** What was said last stands in the list beside the room as well. */
  #tellList(row: Element, { createdAt }: Message): void {
    const text = this.#rows.brief(row, 'seen' in this.#root.dataset)
    const said: Said = { room: this.#id, text, at: createdAt, time: this.#rows.timeOf(createdAt) }
    document.dispatchEvent(new CustomEvent('room-said', { detail: said }))
  }

  async #addCards(row: Element, message: Message): Promise<void> {
    if (message.posts.length === 0) return
    const answer = await fetch(`/chat/cards?posts=${message.posts.join()}`).catch(() => null)
    if (!answer?.ok) return
    const follows = this.#end.isNear
    row.querySelector('.cards')?.append(serverHtml(await answer.text()))
    if (follows) this.#end.go()
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
    this.#root.querySelector('.empty-room')?.remove()
    const shown = text.replace(/!\[([^\]]*)\]\([^)]*\)/g, '🖼 $1')
    row.querySelector('.prose')?.replaceChildren(element('p', shown, 'lines'))
    for (const part of row.querySelectorAll('.msg-more, .msg-at')) part.remove()
    this.#list.append(row)
    this.#showSeen()
    this.#end.go()
    return row
  }

  /** Says at the message itself that it waits: it goes with it. */
  #late(row: HTMLElement): void {
    const follows = this.#end.isNear
    row.querySelector('.msg-what')?.append(element('p', this.#words.notSent, 'hint'))
    announce(this.#words.notSent)
    if (follows) this.#end.go()
  }

  #markRead(): void {
    if (document.visibilityState !== 'visible' || this.#end.fresh > 0 || this.#read >= this.#last) return
    if ('visitor' in this.#root.dataset) return
    clearTimeout(this.#readTimer)
    this.#readTimer = setTimeout(() => void this.#tellRead(this.#last), 400)
  }

  async #tellRead(number: number): Promise<void> {
    const before = this.#read
    this.#read = number
    const { status } = await callApi('PUT', `/chat/rooms/${this.#id}/read`, { body: { number } })
    // Told again when the connection is back.
    if (status === 0 || status >= 500) this.#read = Math.min(this.#read, before)
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
  notice: null,
}

const words = pageWords()
const root = document.querySelector<HTMLElement>('.chat[data-live]')
if (words && root) new Room(root, words).start(words)
