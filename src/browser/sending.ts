import type { ScriptWords } from '#ui/script-words.ts'
import { announce, toast } from './announce.ts'
import { callApi, messageOf } from './api.ts'
import { enterRule, retryPause } from './chat-rules.ts'
import { button, element } from './dialog.ts'
import { say } from './live.ts'
import { isMessage, type Message } from './message-rows.ts'
import { type Outgoing, RoomKeep } from './room-keep.ts'
import { withName } from './words.ts'

type Own = {
  room: string
  me: number
  form: HTMLFormElement
  field: HTMLTextAreaElement
  words: ScriptWords['chat']
}
type Shown = {
  pending: (text: string) => HTMLElement
  /** A row that waits, and will for a while. */
  late: (row: HTMLElement) => void
  sent: (message: Message) => void
}
type Sending = Outgoing & { row: HTMLElement }

/** Milliseconds between two signs that somebody types. */
const typingEvery = 3000

/** What the field of a room writes besides: an answer to a message, or one's own anew. */
export type Field = {
  reply: (to: { number: number; name: string }) => void
  edit: (message: { number: number; body: string }) => void
  /** A picture that goes with what is sent next. */
  attach: (markdown: string) => void
  /** The server can be reached again: whatever waits goes now. */
  again: () => void
}

/** The field of a room: what is typed goes out one after the other, again until the server has it, and is one message. */
export function startSending(own: Own, shown: Shown): Field {
  const { form, field } = own
  const sender = new Sender(own, shown)
  let composing = false
  let whenComposed = false
  field.addEventListener('compositionstart', () => {
    composing = true
  })
  field.addEventListener('compositionend', () => {
    composing = false
    if (!whenComposed) return
    whenComposed = false
    // The last syllable stands in the field when the event is over.
    setTimeout(() => sender.submit())
  })
  field.addEventListener('keydown', (press) => {
    // Taken already: by the list of names that are offered.
    if (press.defaultPrevented) return
    if (press.key === 'Escape') sender.stop()
    const rule = enterRule(press, composing)
    if (!rule) return
    press.preventDefault()
    if (rule === 'send') sender.submit()
    else whenComposed = true
  })
  field.addEventListener('input', () => {
    sender.typing()
    sender.keep()
  })
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return
    event.preventDefault()
    sender.submit()
  })
  form.querySelector('[data-stop-reply]')?.addEventListener('click', (event) => {
    event.preventDefault()
    sender.stop()
    field.focus()
  })
  return sender
}

class Sender implements Field {
  readonly #own: Own
  readonly #shown: Shown
  /** The first of them is on its way. */
  readonly #waiting: Sending[] = []
  readonly #keep: RoomKeep
  #isRunning = false
  #again: (() => void) | null = null
  #typedAt = Number.NEGATIVE_INFINITY
  /** The number of the message that is written anew. */
  #editing: number | null = null
  /** What stood in the field before that. */
  #before = ''
  readonly #replyTo: HTMLInputElement | null
  constructor(own: Own, shown: Shown) {
    this.#own = own
    this.#shown = shown
    this.#replyTo = own.form.querySelector('[name=replyTo]')
    this.#keep = new RoomKeep({ own: String(own.me), room: own.room })
    const { text, waiting } = this.#keep.read()
    // A message about a post begins with its address.
    if (!own.field.value.includes(text)) own.field.value += text
    for (const one of waiting) this.#queue(one)
  }

  /** Remembers what is not sent yet; of a message that is written anew its writing is not, but what stood there before. */
  keep(): void {
    const text = this.#editing === null ? this.#own.field.value : this.#before
    const waiting = this.#waiting.map(({ row: _, ...one }) => one)
    this.#keep.write({ text, waiting })
  }

  again(): void {
    this.#again?.()
  }

  /** Says now and then that somebody types. */
  typing(): void {
    const { room, field } = this.#own
    const now = performance.now()
    if (now - this.#typedAt < typingEvery || field.value === '') return
    this.#typedAt = now
    say({ typing: `room:${room}` })
  }

  reply({ number, name }: { number: number; name: string }): void {
    if (this.#editing !== null) this.stop()
    if (this.#replyTo) this.#replyTo.value = String(number)
    this.#say(withName(this.#own.form.dataset['replying'] ?? '', 'name', name))
  }

  edit({ number, body }: { number: number; body: string }): void {
    this.stop()
    this.#editing = number
    this.#before = this.#own.field.value
    this.#own.field.value = body
    this.#say(this.#own.form.dataset['editing'] ?? '')
  }

  attach(markdown: string): void {
    const { form, field } = this.#own
    const [, address = ''] = /\((\/files\/[^)\s]+)\)/.exec(markdown) ?? []
    const image = element('img')
    Object.assign(image, { src: address, alt: '' })
    const one = button(
      '',
      () => {
        one.remove()
        field.focus()
      },
      'attached',
    )
    one.setAttribute('aria-label', form.dataset['removePicture'] ?? '')
    one.dataset['markdown'] = markdown
    one.append(image, element('span', '×'))
    form.querySelector('.chat-line')?.before(one)
    field.focus()
  }

  /** What was typed, with the pictures that go with it. */
  #take(): string {
    const { form, field } = this.#own
    const pictures = [...form.querySelectorAll<HTMLElement>('.attached')]
    const parts = [field.value.trim(), ...pictures.map((one) => one.dataset['markdown'] ?? '')]
    for (const one of pictures) one.remove()
    return parts.filter((part) => part !== '').join('\n\n')
  }

  #say(text: string): void {
    const { form, field } = this.#own
    const line = form.querySelector<HTMLElement>('.replying')
    const said = line?.querySelector('span')
    if (line) line.hidden = text === ''
    if (said) said.textContent = text
    if (text === '') return
    announce(text)
    field.focus()
    field.setSelectionRange(field.value.length, field.value.length)
  }

  /** Back to a new message; what was typed of one stays. */
  stop(): void {
    if (this.#editing !== null) this.#own.field.value = this.#before
    this.#editing = null
    if (this.#replyTo) this.#replyTo.value = ''
    this.#say('')
  }

  submit(): void {
    const { field, form } = this.#own
    const text = this.#take()
    if (text === '') return
    const number = this.#editing
    const replyTo = this.#replyTo?.value ? Number(this.#replyTo.value) : null
    this.stop()
    // The next message is said to be typed anew.
    this.#typedAt = Number.NEGATIVE_INFINITY
    if (number === null) field.value = ''
    form.querySelector('.error-summary')?.remove()
    field.focus()
    if (number !== null) {
      void this.#change({ number, body: text })
      return
    }
    this.#queue({ text, clientId: crypto.randomUUID(), replyTo })
    this.keep()
  }

  #queue(one: Outgoing): void {
    this.#waiting.push({ ...one, row: this.#shown.pending(one.text) })
    if (!this.#isRunning) void this.#run()
  }

  async #change({ number, body }: { number: number; body: string }): Promise<void> {
    const { room, words } = this.#own
    const answer = await callApi('PATCH', `/chat/rooms/${room}/messages/${number}`, { body: { body } })
    if (isMessage(answer.body)) return this.#shown.sent(answer.body)
    // What was typed is not lost.
    this.edit({ number, body })
    toast(messageOf(answer, words.refused))
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      await this.#send(next)
      this.#waiting.shift()
      this.keep()
    }
    this.#isRunning = false
  }

  async #send({ text, clientId, replyTo, row }: Sending): Promise<void> {
    const { room, words, field } = this.#own
    const body = { body: text, clientId, ...(replyTo === null ? {} : { replyTo }) }
    for (let tries = 0; ; tries++) {
      const answer = await callApi('POST', `/chat/rooms/${room}/messages`, { body })
      if (isMessage(answer.body)) {
        row.remove()
        this.#shown.sent(answer.body)
        return
      }
      const isPassing = answer.status === 0 || answer.status === 429 || answer.status >= 500
      if (!isPassing) {
        row.remove()
        // What was typed is not lost, nor what was typed since.
        field.value = [text, field.value].filter((part) => part !== '').join('\n\n')
        toast(messageOf(answer, words.refused))
        return
      }
      if (tries === 1) this.#shown.late(row)
      await new Promise<void>((resolve) => {
        this.#again = resolve
        setTimeout(resolve, retryPause(tries))
      })
    }
  }
}
