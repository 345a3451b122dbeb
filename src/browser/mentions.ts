import type { ScriptWords } from '#ui/script-words.ts'
import { announce } from './announce.ts'
import { callApi, property } from './api.ts'
import { element } from './dialog.ts'
import { isComposing } from './key-rules.ts'
import { beginsWith, findMention, mentionText, prefixToAsk } from './mention-token.ts'
import { caretPlace, insertText } from './text-field.ts'
import { fill } from './words.ts'

let lists = 0
/** Names that are offered at once. */
const mostOffered = 8

/** Members of whom some may be meant by what was typed, as the API lists them. */
type Find = (prefix: string) => Promise<unknown>

const findMembers: Find = async (prefix) =>
  (await callApi('GET', `/members?prefix=${encodeURIComponent(prefix)}&limit=${mostOffered}`)).body

/** Offers members while `@name` is typed: arrows move, Enter or Tab takes, Escape closes. */
export function completeMentions(field: HTMLTextAreaElement, words: ScriptWords, find = findMembers): void {
  const box = new MentionBox(field, words, find)
  let timer: ReturnType<typeof setTimeout> | undefined
  field.addEventListener('input', (event) => {
    clearTimeout(timer)
    const composing = event instanceof InputEvent && event.isComposing
    timer = setTimeout(() => box.look(composing), 120)
  })
  field.addEventListener('compositionend', () => box.onComposed())
  field.addEventListener('keydown', (event) => box.onKey(event))
  field.addEventListener('beforeinput', (event) => box.onBeforeInput(event))
  field.addEventListener('blur', () => box.close())
  field.addEventListener('scroll', () => box.close())
  field.addEventListener('click', () => box.close())
}

class MentionBox {
  readonly #field: HTMLTextAreaElement
  readonly #words: ScriptWords
  readonly #find: Find
  readonly #list = element('ul', '', 'mentions')
  #names: string[] = []
  #at = 0
  #asked = 0
  #takeWhenComposed = false
  #swallowEnter = false

  constructor(field: HTMLTextAreaElement, words: ScriptWords, find: Find) {
    this.#field = field
    this.#words = words
    this.#find = find
    this.#list.id = `mentions-${++lists}`
    this.#list.setAttribute('role', 'listbox')
    this.#list.setAttribute('aria-label', words.mention.label)
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
    const token = findMention(this.#field.value, this.#field.selectionEnd)
    if (!token) return this.close()
    const turn = ++this.#asked
    const found = await this.#find(prefixToAsk(token.prefix, composing))
    if (turn !== this.#asked) return
    const names = namesOf(found)
      .filter((name) => beginsWith(name, token.prefix))
      .slice(0, mostOffered)
    if (names.length === 0) return this.close()
    this.#show(names, token.start)
  }

  #show(names: string[], start: number): void {
    const isNew = names.join() !== this.#names.join()
    this.#names = names
    if (isNew) this.#at = 0
    this.#list.replaceChildren(
      ...names.map((name, index) => {
        const option = element('li', name)
        option.id = `${this.#list.id}-${index}`
        option.dataset['name'] = name
        option.setAttribute('role', 'option')
        return option
      }),
    )
    this.#place(start)
    this.#field.setAttribute('aria-controls', this.#list.id)
    this.#mark()
    if (isNew) announce(fill(this.#words.mention.found, names.length))
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
    this.#field.setAttribute('aria-activedescendant', `${this.#list.id}-${this.#at}`)
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
      this.#at = (this.#at + (code === 'ArrowDown' ? 1 : count - 1)) % count
      this.#mark()
    } else if (code === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      this.close()
    } else if (code === 'Enter' || code === 'NumpadEnter' || (code === 'Tab' && !event.shiftKey)) {
      event.preventDefault()
      event.stopPropagation()
      // The input method still owns the last syllable: take the name once it lets go.
      if (isComposing(event)) this.#takeWhenComposed = true
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
    const token = findMention(this.#field.value, this.#field.selectionEnd)
    if (token) {
      const insert = mentionText(name)
      const caret = token.start + insert.length
      insertText(this.#field, {
        from: token.start,
        to: this.#field.selectionEnd,
        insert,
        start: caret,
        end: caret,
      })
    }
    this.close()
  }
}

function namesOf(body: unknown): string[] {
  const items = property(body, 'items')
  if (!Array.isArray(items)) return []
  return items.map((item: unknown) => property(item, 'name')).filter((name) => typeof name === 'string')
}
