import type { ScriptWords } from '#ui/script-words.ts'
import { toast } from './announce.ts'
import { callApi, messageOf } from './api.ts'
import { enterRule, retryPause } from './chat-rules.ts'
import { say } from './live.ts'
import { isMessage, type Message } from './message-rows.ts'

type Own = { room: string; form: HTMLFormElement; field: HTMLTextAreaElement; words: ScriptWords['chat'] }
type Shown = { pending: (text: string) => HTMLElement; sent: (message: Message) => void }
type Outgoing = { text: string; clientId: string; replyTo: number | null; row: HTMLElement }

/** Milliseconds between two signs that somebody types. */
const typingEvery = 3000

/** The field of a room: what is typed goes out one after the other, again until the server has it, and is one message. */
export function startSending(own: Own, shown: Shown): void {
  const { form, field } = own
  const sender = new Sender(own, shown)
  let composing = false
  let whenComposed = false
  let typedAt = Number.NEGATIVE_INFINITY
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
    const rule = enterRule(press, composing)
    if (!rule) return
    press.preventDefault()
    if (rule === 'send') sender.submit()
    else whenComposed = true
  })
  field.addEventListener('input', () => {
    const now = performance.now()
    if (now - typedAt < typingEvery || field.value === '') return
    typedAt = now
    say({ typing: `room:${own.room}` })
  })
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return
    event.preventDefault()
    sender.submit()
  })
}

class Sender {
  readonly #own: Own
  readonly #shown: Shown
  readonly #waiting: Outgoing[] = []
  #isRunning = false
  constructor(own: Own, shown: Shown) {
    this.#own = own
    this.#shown = shown
  }

  submit(): void {
    const { field, form } = this.#own
    const text = field.value.trim()
    if (text === '') return
    const reply = form.querySelector<HTMLInputElement>('[name=replyTo]')
    const replyTo = reply?.value ? Number(reply.value) : null
    field.value = ''
    if (reply) reply.value = ''
    form.querySelector('.replying')?.setAttribute('hidden', '')
    form.querySelector('.error-summary')?.remove()
    field.focus()
    this.#waiting.push({ text, clientId: crypto.randomUUID(), replyTo, row: this.#shown.pending(text) })
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await this.#send(next)
    this.#isRunning = false
  }

  async #send({ text, clientId, replyTo, row }: Outgoing): Promise<void> {
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
        // What was typed is not lost.
        if (field.value === '') field.value = text
        toast(messageOf(answer, words.refused))
        return
      }
      if (tries === 1) toast(words.notSent)
      await new Promise((resolve) => setTimeout(resolve, retryPause(tries)))
    }
  }
}
