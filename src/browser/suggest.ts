import type { ScriptWords } from '#ui/script-words.ts'
import { announce } from './announce.ts'
import { callApi, property } from './api.ts'
import { element } from './dialog.ts'
import { isComposing } from './key-rules.ts'
import { fill } from './words.ts'

type Suggestion = { kind: keyof ScriptWords['suggest']['kinds']; text: string; url: string }

let boxes = 0

/**
 * Offers posts, tags, people and boards below a search field: a combobox whose list holds links. Arrows choose, Enter
 * opens what was chosen or else searches, Escape closes.
 */
export function suggestIn(field: HTMLInputElement, words: ScriptWords['suggest']): void {
  const box = new SuggestionBox(field, words)
  let timer: ReturnType<typeof setTimeout> | undefined
  field.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void box.look(), 150)
  })
  field.addEventListener('keydown', (event) => box.onKey(event))
  field.addEventListener('blur', () => box.close())
}

class SuggestionBox {
  readonly #field: HTMLInputElement
  readonly #words: ScriptWords['suggest']
  readonly #list = element('ul', '', 'suggestions')
  #items: Suggestion[] = []
  #at = -1
  #asked = 0

  constructor(field: HTMLInputElement, words: ScriptWords['suggest']) {
    this.#field = field
    this.#words = words
    this.#list.id = `suggestions-${++boxes}`
    this.#list.hidden = true
    this.#list.setAttribute('role', 'listbox')
    this.#list.setAttribute('aria-label', words.label)
    // Before the field loses its focus.
    this.#list.addEventListener('pointerdown', (event) => {
      event.preventDefault()
      const option = event.target instanceof Element ? event.target.closest('li') : null
      if (option) this.#open([...this.#list.children].indexOf(option))
    })
    field.setAttribute('role', 'combobox')
    field.setAttribute('aria-autocomplete', 'list')
    field.setAttribute('aria-expanded', 'false')
    field.setAttribute('aria-controls', this.#list.id)
    field.after(this.#list)
  }

  async look(): Promise<void> {
    const text = this.#field.value.trim()
    const turn = ++this.#asked
    if (text === '') return this.close()
    const answer = await callApi('GET', `/search/suggestions?q=${encodeURIComponent(text.slice(0, 80))}`)
    if (turn !== this.#asked || document.activeElement !== this.#field) return
    this.#items = suggestionsOf(answer.body, this.#words)
    this.#at = -1
    if (this.#items.length === 0) return this.close()
    this.#list.replaceChildren(...this.#items.map((item, index) => this.#option(item, index)))
    this.#list.hidden = false
    this.#field.setAttribute('aria-expanded', 'true')
    this.#mark()
    announce(fill(this.#words.found, this.#items.length))
  }

  #option(item: Suggestion, index: number): HTMLElement {
    const option = element('li', '')
    option.id = `${this.#list.id}-${index}`
    option.setAttribute('role', 'option')
    option.append(element('span', item.text, 'what'), element('span', this.#words.kinds[item.kind], 'kind'))
    return option
  }

  #mark(): void {
    for (const [index, option] of [...this.#list.children].entries())
      option.setAttribute('aria-selected', String(index === this.#at))
    if (this.#at < 0) this.#field.removeAttribute('aria-activedescendant')
    else this.#field.setAttribute('aria-activedescendant', `${this.#list.id}-${this.#at}`)
  }

  close(): void {
    this.#asked++
    this.#list.hidden = true
    this.#items = []
    this.#at = -1
    this.#field.setAttribute('aria-expanded', 'false')
    this.#field.removeAttribute('aria-activedescendant')
  }

  onKey(event: KeyboardEvent): void {
    if (this.#list.hidden || isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return
    const { code } = event
    if (code === 'ArrowDown' || code === 'ArrowUp') {
      event.preventDefault()
      // Between the last and the first stands the field itself: nothing chosen.
      const count = this.#items.length + 1
      this.#at = ((this.#at + 1 + (code === 'ArrowDown' ? 1 : count - 1)) % count) - 1
      this.#mark()
    } else if (code === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      this.close()
    } else if ((code === 'Enter' || code === 'NumpadEnter') && this.#at >= 0) {
      event.preventDefault()
      this.#open(this.#at)
    }
  }

  #open(index: number): void {
    const item = this.#items[index]
    if (item) location.assign(item.url)
  }
}

function suggestionsOf(body: unknown, words: ScriptWords['suggest']): Suggestion[] {
  const items = property(body, 'items')
  if (!Array.isArray(items)) return []
  return items.flatMap((item: unknown) => {
    const [kind, text, url] = ['kind', 'text', 'url'].map((name) => property(item, name))
    const known = (['post', 'tag', 'member', 'board'] as const).find(
      (one) => one === kind && one in words.kinds,
    )
    // Only ways within the site.
    const isOwn = typeof url === 'string' && url.startsWith('/') && !url.startsWith('//')
    return known && typeof text === 'string' && isOwn ? [{ kind: known, text, url }] : []
  })
}
