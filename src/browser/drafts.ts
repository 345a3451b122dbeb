import type { ScriptWords } from '#ui/script-words.ts'
import { announce } from './announce.ts'
import { type Answer, callApi, messageOf, property } from './api.ts'
import { button, element } from './dialog.ts'
import {
  afterAnswer,
  callFor,
  type DraftText,
  isAmong,
  isWorthOffering,
  type Kept,
  type LocalCopy,
  nameOf,
  type Outcome,
  openedBy,
  readCopy,
  retryAfter,
  sameText,
} from './draft-rules.ts'
import { fill } from './words.ts'

/** Keeps what is typed into a form as a draft on the server, and on this device until the server has it. */
export function keepDrafts(form: HTMLFormElement, words: ScriptWords): void {
  const keeper = new DraftKeeper(form, words)
  form.addEventListener('input', () => keeper.onInput())
  form.addEventListener('submit', (event) => keeper.onSubmit(event))
  window.addEventListener('online', () => void keeper.save())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') void keeper.save()
  })
}

const pause = 2000
const longest = 10_000

class DraftKeeper {
  readonly #form: HTMLFormElement
  readonly #words: ScriptWords
  readonly #status: HTMLElement | null
  readonly #place: string
  readonly #own: string
  #kept: Kept
  #saving: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #ticker: ReturnType<typeof setInterval> | undefined
  #firstChange = 0
  #failures = 0
  #sent = false

  constructor(form: HTMLFormElement, words: ScriptWords) {
    this.#form = form
    this.#words = words
    this.#status = form.querySelector('.keeper')
    const target = form.dataset['target'] ?? ''
    this.#place = `madang-draft:${form.dataset['member'] ?? ''}:${target}:`
    // Each window has a copy of its own.
    this.#own = this.#place + crypto.getRandomValues(new Uint32Array(1))[0]
    const id = Number(fieldOf(form, 'draft')?.value) || null
    this.#kept = {
      target,
      id,
      version: Number(fieldOf(form, 'draftVersion')?.value) || 0,
      base: Number(fieldOf(form, 'version')?.value) || null,
      saved: givenText(form),
    }
    this.#offerCopies()
    // Somebody who typed before this script came, or whose browser put the text back by itself.
    if (!sameText(this.#kept.saved, textOf(form))) this.onInput()
    // They may have sent it as well: no event tells of that any more, but where the focus is does.
    if (form.querySelector('button:not([type=button]):focus')) this.#leave()
  }

  onInput(): void {
    this.#sent = false
    this.#store(false)
    this.#firstChange ||= Date.now()
    const left = this.#firstChange + longest - Date.now()
    this.#wait(Math.max(0, Math.min(pause, left)))
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.save(), milliseconds)
  }

  /** Brings the server up to date; calls during a save wait for it and then save what is left. */
  async save(): Promise<void> {
    if (this.#sent) return
    if (this.#saving) return this.#saving
    this.#saving = this.#saveNow().finally(() => {
      this.#saving = null
    })
    await this.#saving
  }

  async #saveNow(): Promise<void> {
    clearTimeout(this.#timer)
    const text = textOf(this.#form)
    const call = callFor(this.#kept, text)
    if (!call) return
    this.#firstChange = 0
    this.#say(this.#words.keeper.saving)
    const answer = await callApi(call.method, call.path, {
      body: call.body,
      keepalive: JSON.stringify(text).length < 20_000,
    })
    const { kept, outcome } = afterAnswer(this.#kept, { call, text }, answer)
    this.#kept = kept
    this.#writeFields()
    this.#show(outcome, answer)
    if (outcome === 'forked') await this.#saveNow()
    if (outcome === 'saved' && sameText(text, textOf(this.#form))) localStorage.removeItem(this.#own)
  }

  #writeFields(): void {
    const { id, version } = this.#kept
    const draft = fieldOf(this.#form, 'draft')
    const draftVersion = fieldOf(this.#form, 'draftVersion')
    if (draft) draft.value = id === null ? '' : String(id)
    if (draftVersion) draftVersion.value = id === null ? '' : String(version)
  }

  #forked = false

  #show(outcome: Outcome, answer: Answer): void {
    const { keeper } = this.#words
    if (outcome === 'saved') {
      this.#failures = 0
      this.#sayAgo()
    } else if (outcome === 'forked') {
      this.#forked = true
      announce(keeper.forked)
    } else {
      this.#failures++
      if (outcome !== 'refused') this.#wait(retryAfter(this.#failures))
      const waits = outcome === 'waiting' ? keeper.waiting : messageOf(answer, keeper.waiting)
      const text = outcome === 'signed-out' ? keeper.signedOut : waits
      this.#say(text)
      if (this.#failures === 1) announce(text)
    }
  }

  #say(text: string): void {
    clearInterval(this.#ticker)
    if (this.#status) this.#status.textContent = text
  }

  /** "Saved 3 s ago", kept true. */
  #sayAgo(): void {
    const at = Date.now()
    const { keeper } = this.#words
    const say = () => {
      const seconds = Math.round((Date.now() - at) / 1000)
      const minutes = Math.floor(seconds / 60)
      const ago = minutes > 0 ? fill(keeper.minutesAgo, minutes) : fill(keeper.secondsAgo, seconds)
      const text = seconds < 2 ? keeper.saved : ago
      if (this.#status) this.#status.textContent = this.#forked ? `${keeper.forked} ${text}` : text
    }
    clearInterval(this.#ticker)
    this.#ticker = setInterval(say, 1000)
    say()
  }

  /** A save under way ends before the form goes, so that no draft is left behind by it. */
  onSubmit(event: SubmitEvent): void {
    if (event.defaultPrevented) return
    // It would lead to nowhere; the text is sent as a draft as soon as there is a network.
    if (!navigator.onLine) {
      event.preventDefault()
      this.#say(this.#words.keeper.waiting)
      announce(this.#words.keeper.waiting)
      return
    }
    if (this.#saving) {
      clearTimeout(this.#timer)
      event.preventDefault()
      const again = () => this.#form.requestSubmit(event.submitter)
      void Promise.race([this.#saving, new Promise((resolve) => setTimeout(resolve, 1500))]).then(again)
      // The second time nothing holds it.
      this.#saving = null
      this.#sent = true
      return
    }
    this.#leave()
  }

  #leave(): void {
    clearTimeout(this.#timer)
    this.#sent = true
    // Marked, not removed: should the server not be reached, coming back offers it.
    if (readCopy(localStorage.getItem(this.#own))) {
      this.#store(true)
    }
  }

  #store(sent: boolean): void {
    store(this.#own, { at: Date.now(), sent, text: textOf(this.#form), draft: this.#kept.id })
  }

  #offerCopies(): void {
    const [navigation] = performance.getEntriesByType('navigation')
    const type = navigation instanceof PerformanceNavigationTiming ? navigation.type : 'navigate'
    const opened = openedBy(type, document.referrer)
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.#place))
    const copies = keys.map((key) => ({ key, copy: readCopy(localStorage.getItem(key)) }))
    copies.sort((a, b) => (b.copy?.at ?? 0) - (a.copy?.at ?? 0))
    // In an open draft another text would take its place.
    const fits = ({ draft = null }: LocalCopy) => this.#kept.id === null || draft === this.#kept.id
    const best = copies.find(
      ({ copy }) => copy && fits(copy) && isWorthOffering(copy, textOf(this.#form), opened),
    )
    for (const { key, copy } of copies) if (!copy || copy.sent) localStorage.removeItem(key)
    if (best?.copy) void this.#offerUnlessSaved(best.key, best.copy.text)
  }

  /** No answer reaches a page that was left: only the server knows what became of its text. */
  async #offerUnlessSaved(key: string, text: DraftText): Promise<void> {
    const answer = await callApi('GET', `/drafts?target=${encodeURIComponent(this.#kept.target)}`)
    if (isAmong(property(answer.body, 'items'), text)) localStorage.removeItem(key)
    else this.#offer(key, text)
  }

  #offer(key: string, text: DraftText): void {
    const { keeper } = this.#words
    const note = element('div', '', 'note warm')
    const finish = () => {
      note.remove()
      localStorage.removeItem(key)
    }
    const restore = button(keeper.restore, () => {
      fillForm(this.#form, text)
      finish()
      this.onInput()
    })
    const name = element('strong', nameOf(text))
    note.append(element('p', keeper.found), name, restore, button(keeper.forget, finish))
    this.#form.prepend(note)
  }
}

function fieldOf(form: HTMLFormElement, name: string): HTMLInputElement | null {
  const field = form.elements.namedItem(name)
  return field instanceof HTMLInputElement ? field : null
}

function textOf(form: HTMLFormElement): DraftText {
  const data = new FormData(form)
  const text = (name: string) => String(data.get(name) ?? '')
  const kind = text('kind')
  return {
    title: text('title'),
    body: text('body'),
    tags: text('tags')
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '')
      .slice(0, 20),
    kind: kind === 'question' || kind === 'discussion' ? kind : null,
    board: text('board') || null,
  }
}

/** What the server put into the form. */
function givenText(form: HTMLFormElement): DraftText {
  const copy = form.cloneNode(true)
  if (!(copy instanceof HTMLFormElement)) return textOf(form)
  copy.reset()
  return textOf(copy)
}

function fillForm(form: HTMLFormElement, text: DraftText): void {
  const values: Record<string, string | null> = { ...text, tags: text.tags.join(', ') }
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name)
    const isField = field && 'value' in field
    if (isField && value !== null) field.value = value
  }
  form.querySelector('textarea')?.dispatchEvent(new InputEvent('input', { bubbles: true }))
}

/** A full or forbidden store costs the copy, not the page. */
function store(key: string, copy: LocalCopy): void {
  try {
    localStorage.setItem(key, JSON.stringify(copy))
  } catch {}
}
