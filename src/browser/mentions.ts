import type { ScriptWords } from '#ui/script-words.ts'
import { announce } from './announce.ts'
import { callApi, property } from './api.ts'
import { element } from './dialog.ts'
import { isComposing } from './key-rules.ts'
import { beginsWith, findMention, type MentionToken, mentionText, prefixToAsk } from './mention-token.ts'
import { caretPlace, type Field, insertText } from './text-field.ts'
import { fill } from './words.ts'

let lists = 0
/** Names that are offered at once. */
const mostOffered = 8

/** Members of whom some may be meant by what was typed, as the API lists them. */
type Find = (prefix: string) => Promise<unknown>

const findMembers: Find = async (prefix) =>
  (await callApi('GET', `/members?prefix=${encodeURIComponent(prefix)}&limit=${mostOffered}`)).body

/** Offers members while `@name` is typed. */
export function completeMentions(field: HTMLTextAreaElement, words: ScriptWords, find = findMembers): void {
  complete(field, { words: words.mention, token: findMention, find, insert: mentionText, first: 0 })
}

export type Completing = {
  words: ScriptWords['mention']
  /** What is being typed before the caret; null: nothing of this kind. */
  token: (text: string, caret: number) => MentionToken | null
  find: Find
  /** What stands in its place once a name is chosen. */
  insert: (name: string) => string
  /** The place in the list that is chosen before an arrow is pressed; -1 none: what is typed may be meant as it is. */
  first: 0 | -1
  /** What stands beside a name, from what was found. */
  note?: (item: unknown) => string
}

/** Offers names while one is typed: arrows move, Enter or Tab takes, Escape closes. */
export function complete(field: Field, completing: Completing): void {
  const box = new CompletionBox(field, completing)
  const typing: HTMLElement = field
  let timer: ReturnType<typeof setTimeout> | undefined
  typing.addEventListener('input', (event) => {
    clearTimeout(timer)
    const composing = event instanceof InputEvent && event.isComposing
    timer = setTimeout(() => box.look(composing), 120)
  })
  typing.addEventListener('compositionend', () => box.onComposed())
  typing.addEventListener('keydown', (event) => box.onKey(event))
  typing.addEventListener('beforeinput', (event) => box.onBeforeInput(event))
  typing.addEventListener('blur', () => {
    clearTimeout(timer)
    box.close()
  })
  typing.addEventListener('scroll', () => box.close())
  typing.addEventListener('click', () => box.close())
}

class CompletionBox {
  readonly #field: Field
  readonly #completing: Completing
  readonly #list = element('ul', '', 'mentions')
  #names: string[] = []
  #at = -1
  #asked = 0
  #takeWhenComposed = false
  #swallowEnter = false

  constructor(field: Field, completing: Completing) {
    this.#field = field
    this.#completing = completing
    this.#list.id = `mentions-${++lists}`
    this.#list.setAttribute('role', 'listbox')
    this.#list.setAttribute('aria-label', completing.words.label)
    // Before the field loses its focus.
    this.#list.addEventListener('pointerdown', (event) => {
      event.preventDefault()
      const option = event.target instanceof Element ? event.target.closest('li') : null
      const name = option?.dataset['name']
      if (name !== undefined) this.#take(name)
    })
    field.setAttribute('aria-autocomplete', 'list')
    field.setAttribute('aria-haspopup', 'listbox')
  }

  async look(composing: boolean): Promise<void> {
    const { find, words, note } = this.#completing
    const token = this.#token()
    if (!token) return this.close()
    const turn = ++this.#asked
    const found = await find(prefixToAsk(token.prefix, composing))
    if (turn !== this.#asked) return
    const offers = itemsOf(found)
      .filter(({ name }) => beginsWith(name, token.prefix))
      .slice(0, mostOffered)
    if (offers.length === 0) return this.close()
    const isNew = offers.map(({ name }) => name).join() !== this.#names.join()
    this.#show(
      offers.map(({ name, item }) => ({ name, beside: note?.(item) ?? '' })),
      token.start,
    )
    if (isNew) announce(fill(words.found, offers.length))
  }

  #token(): MentionToken | null {
    return this.#completing.token(this.#field.value, this.#field.selectionEnd ?? 0)
  }

  #show(offers: { name: string; beside: string }[], start: number): void {
    const names = offers.map(({ name }) => name)
    if (names.join() !== this.#names.join()) this.#at = this.#completing.first
    this.#names = names
    this.#list.replaceChildren(
      ...offers.map(({ name, beside }, index) => {
        const option = element('li', name)
        if (beside) option.append(' ', element('small', beside, 'quiet'))
        option.id = `${this.#list.id}-${index}`
        option.dataset['name'] = name
        option.setAttribute('role', 'option')
        return option
      }),
    )
    this.#place(start)
    this.#field.setAttribute('aria-controls', this.#list.id)
    this.#mark()
  }

  /** Under the `@`, above it where no room is below, within the screen; inside the main part of the page, where screen readers look. */
  #place(start: number): void {
    const { left, bottom } = caretPlace(this.#field, start)
    const home = document.querySelector('main') ?? document.body
    home.append(this.#list)
    const frame = (this.#list.offsetParent ?? document.body).getBoundingClientRect()
    const room = document.documentElement.clientWidth - this.#list.offsetWidth - 8
    this.#list.style.left = `${Math.max(8, Math.min(left, room)) - frame.left}px`
    const height = this.#list.offsetHeight
    const isBelow = bottom + 4 + height <= document.documentElement.clientHeight
    const top = isBelow ? bottom + 4 : this.#field.getBoundingClientRect().top - 4 - height
    this.#list.style.top = `${top - frame.top}px`
  }

  #mark(): void {
    for (const [index, option] of [...this.#list.children].entries()) {
      option.setAttribute('aria-selected', String(index === this.#at))
    }
    if (this.#at < 0) this.#field.removeAttribute('aria-activedescendant')
    else this.#field.setAttribute('aria-activedescendant', `${this.#list.id}-${this.#at}`)
  }

  close(): void {
    this.#asked++
    this.#takeWhenComposed = false
    if (!this.#list.isConnected) return
    this.#list.remove()
    this.#names = []
    this.#field.removeAttribute('aria-activedescendant')
    this.#field.removeAttribute('aria-controls')
  }

  onKey(event: KeyboardEvent): void {
    if (!this.#list.isConnected || event.ctrlKey || event.metaKey || event.altKey) return
    const { code } = event
    if (code === 'ArrowDown' || code === 'ArrowUp') {
      event.preventDefault()
      const count = this.#names.length
      const isDown = code === 'ArrowDown'
      this.#at = isDown || this.#at > 0 ? (this.#at + (isDown ? 1 : -1)) % count : count - 1
      this.#mark()
    } else if (code === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      this.close()
    } else if (code === 'Enter' || code === 'NumpadEnter' || (code === 'Tab' && !event.shiftKey)) {
      // Nothing chosen: Tab goes on, and the first Enter only closes the list, so that no form is sent by mistake.
      if (this.#at < 0 && (code === 'Tab' || isComposing(event))) return
      event.preventDefault()
      event.stopPropagation()
      // The input method still owns the last syllable: take the name once it lets go.
      if (this.#at < 0) this.close()
      else if (isComposing(event)) this.#takeWhenComposed = true
      else this.#takeCurrent()
    }
  }

  onComposed(): void {
    if (!this.#takeWhenComposed) {
      void this.look(false)
      return
    }
    this.#takeWhenComposed = false
    this.#swallowEnter = true
    setTimeout(() => {
      this.#takeCurrent()
      this.#swallowEnter = false
    }, 30)
  }

  /** Some input methods pass the Enter that ended a syllable on as a line feed. */
  onBeforeInput(event: InputEvent): void {
    const isBreak = event.inputType === 'insertLineBreak' || event.inputType === 'insertParagraph'
    if (this.#swallowEnter && isBreak) event.preventDefault()
  }

  #takeCurrent(): void {
    const name = this.#names[this.#at]
    if (name !== undefined) this.#take(name)
  }

  #take(name: string): void {
    const token = this.#token()
    if (token) {
      const insert = this.#completing.insert(name)
      const caret = token.start + insert.length
      insertText(this.#field, {
        from: token.start,
        to: this.#field.selectionEnd ?? token.start,
        insert,
        start: caret,
        end: caret,
      })
    }
    this.close()
  }
}

function itemsOf(body: unknown): { name: string; item: unknown }[] {
  const items = property(body, 'items')
  if (!Array.isArray(items)) return []
  return items.flatMap((item: unknown) => {
    const name = property(item, 'name')
    return typeof name === 'string' ? [{ name, item }] : []
  })
}
