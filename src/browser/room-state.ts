import type { ScriptWords } from '#ui/script-words.ts'
import { property } from './api.ts'
import { serverHtml } from './server-html.ts'
import { fill } from './words.ts'

/** Milliseconds after its last sign until somebody is taken to type no more. */
const typingFor = 4000

/** The line below a room's name: who is there, who types, whether the connection is lost. */
export class RoomState {
  readonly #words: ScriptWords['chat']
  readonly #line = document.getElementById('room-state')
  /** What the server says of the room, while nothing else is to be said. */
  #about: string
  #timer: ReturnType<typeof setTimeout> | undefined
  #here = 0
  #typing: unknown
  constructor(words: ScriptWords['chat']) {
    this.#words = words
    this.#about = this.#line?.textContent ?? ''
  }

  say(text: string): void {
    if (!this.#line) return
    clearTimeout(this.#timer)
    this.#typing = undefined
    this.#line.textContent = text || (this.#here > 1 ? fill(this.#words.here, this.#here) : this.#about)
  }

  /** The room is over: nothing is said of it any more. */
  end(): void {
    clearTimeout(this.#timer)
    if (this.#line) this.#line.textContent = ''
  }

  showHere(count: number): void {
    this.#here = count
    if (this.#typing === undefined) this.say('')
  }

  showTyping(who: unknown): void {
    this.say(this.#words.typing.replace('{name}', String(property(who, 'name') ?? '')))
    this.#typing = property(who, 'id')
    this.#timer = setTimeout(() => this.say(''), typingFor)
  }

  /** Members came or went: how many there are, and what a room that is called after them is called. */
  async renew(room: string): Promise<void> {
    // What stands before the first message is the head alone, and leaves what is unread as it is.
    const answer = await fetch(`/chat/${room}?before=1`).catch(() => null)
    if (!answer?.ok) return
    const page = serverHtml(await answer.text())
    const name = document.querySelector('.chat-head h1')
    if (name) name.textContent = page.querySelector('.chat-head h1')?.textContent ?? name.textContent
    this.#about = page.querySelector('#room-state')?.textContent ?? this.#about
    this.say('')
  }

  /** Whoever has said something types no longer. */
  heardFrom(id: number | undefined): void {
    if (id !== undefined && id === this.#typing) this.say('')
  }
}
