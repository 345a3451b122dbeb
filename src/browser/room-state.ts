import type { ScriptWords } from '#ui/script-words.ts'
import { property } from './api.ts'
import { fill } from './words.ts'

/** Milliseconds after its last sign until somebody is taken to type no more. */
const typingFor = 4000

/** The line below a room's name: who is there, who types, whether the connection is lost. */
export class RoomState {
  readonly #words: ScriptWords['chat']
  readonly #line = document.getElementById('room-state')
  /** What the server says of the room, while nothing else is to be said. */
  readonly #about: string
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

  showHere(count: number): void {
    this.#here = count
    this.say('')
  }

  showTyping(who: unknown): void {
    this.say(this.#words.typing.replace('{name}', String(property(who, 'name') ?? '')))
    this.#typing = property(who, 'id')
    this.#timer = setTimeout(() => this.say(''), typingFor)
  }

  /** Whoever has said something types no longer. */
  heardFrom(id: number | undefined): void {
    if (id !== undefined && id === this.#typing) this.say('')
  }
}
