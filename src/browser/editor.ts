import type { ScriptWords } from '#ui/script-words.ts'
import { callApi, property } from './api.ts'
import { startAttaching } from './attach.ts'
import { keepDrafts } from './drafts.ts'
import { isComposing, isEnter, sendRule } from './key-rules.ts'
import { editFor, type Tool, toolKeys } from './markdown-edits.ts'
import { completeMentions } from './mentions.ts'
import { serverHtml } from './server-html.ts'
import { insertText } from './text-field.ts'

/** Defines `<text-editor>`; forms with `data-target` get a draft keeper and are sent once. */
export function startEditors(words: ScriptWords): void {
  customElements.define(
    'text-editor',
    class extends HTMLElement {
      connectedCallback(): void {
        const field = this.querySelector('textarea')
        // A copy of a form brings its editor with it; moving an editor must not start it twice.
        if (!field || field.dataset['started']) return
        field.dataset['started'] = 'yes'
        startTools(this, field)
        startPreview(this, field, words)
        completeMentions(field, words)
        if (this.querySelector('.attach-file')) startAttaching(this, field, { words })
        grow(field)
        if (field.form) startForm(field.form, words)
      }
    },
  )
}

function startTools(editor: HTMLElement, field: HTMLTextAreaElement): void {
  const use = (tool: Tool) => {
    const edit = editFor(tool, { text: field.value, start: field.selectionStart, end: field.selectionEnd })
    insertText(field, edit)
  }
  editor.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-tool]') : null
    const tool = toolNamed(button?.dataset['tool'])
    if (tool) use(tool)
  })
  field.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || isComposing(event)) return
    const tool = toolKeys[event.key.toLowerCase()]
    if (!tool) return
    event.preventDefault()
    use(tool)
  })
}

const tools: readonly Tool[] = ['bold', 'italic', 'link', 'quote', 'code', 'list']

function toolNamed(name: string | undefined): Tool | undefined {
  return tools.find((tool) => tool === name)
}

/** Shows the text as readers will see it, half a second after the last change. On narrow screens behind a button. */
function startPreview(editor: HTMLElement, field: HTMLTextAreaElement, words: ScriptWords): void {
  const pane = editor.querySelector<HTMLElement>('.editor-preview')
  const prose = pane?.querySelector<HTMLElement>('.prose')
  const toggle = editor.querySelector<HTMLElement>('[data-tool=preview]')
  if (!pane || !prose || !toggle) return
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | undefined
  let shown = prose.hasChildNodes() ? field.value : ''
  const refresh = async () => {
    if (!pane.checkVisibility() || field.value === shown) return
    asking?.abort()
    asking = new AbortController()
    const body = field.value
    const isBlank = body.trim() === ''
    const answer = isBlank
      ? null
      : await callApi('POST', '/preview', { body: { body }, signal: asking.signal })
    if (body !== field.value) return
    const html = isBlank ? '' : property(answer?.body, 'html')
    if (typeof html === 'string') prose.replaceChildren(serverHtml(html))
    else prose.textContent = words.previewFailed
    shown = typeof html === 'string' ? body : ''
    pane.classList.toggle('blank', isBlank)
  }
  field.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(refresh, 500)
  })
  toggle.addEventListener('click', () => {
    const on = editor.toggleAttribute('data-preview')
    toggle.setAttribute('aria-pressed', String(on))
    if (on) void refresh()
    else field.focus()
  })
  void refresh()
}

/** The field is as high as its text, within the screen. Browsers with `field-sizing` do it by themselves. */
function grow(field: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return
  const resize = () => {
    field.style.blockSize = 'auto'
    field.style.blockSize = `${field.scrollHeight + 2}px`
  }
  field.addEventListener('input', resize)
  resize()
}

const started = new WeakSet<HTMLFormElement>()

function startForm(form: HTMLFormElement, words: ScriptWords): void {
  if (started.has(form)) return
  started.add(form)
  followBoard(form)
  if (form.dataset['target']) keepDrafts(form, words)
  // After the keeper, which may hold a form back until its draft is saved.
  sendOnce(form)
  form.addEventListener('keydown', (event) => {
    const rule = sendRule(event)
    if (rule === null) {
      // Safari ends a syllable with an Enter that would also send the form from a one-line field.
      if (isEnter(event) && isComposing(event) && event.target instanceof HTMLInputElement)
        event.preventDefault()
      return
    }
    event.preventDefault()
    if (rule === 'send') send(form)
    else sendWhenComposed(form, event.target)
  })
}

/** A board says what a new post in it is, until the writer does. */
function followBoard(form: HTMLFormElement): void {
  const board = form.querySelector<HTMLSelectElement>('select[name=board]')
  const kinds = [...form.querySelectorAll<HTMLInputElement>('input[name=kind]')]
  let chosen = false
  for (const kind of kinds) kind.addEventListener('change', () => (chosen = true))
  board?.addEventListener('change', () => {
    const wanted = board.selectedOptions[0]?.dataset['kind']
    for (const kind of kinds) if (!chosen && wanted) kind.checked = kind.value === wanted
  })
}

function send(form: HTMLFormElement): void {
  form.requestSubmit(form.querySelector<HTMLElement>('button.primary'))
}

/** Lets the input method finish its syllable (leaving the field makes it), then sends. */
function sendWhenComposed(form: HTMLFormElement, field: EventTarget | null): void {
  if (!(field instanceof HTMLElement)) {
    send(form)
    return
  }
  let sent = false
  field.addEventListener(
    'compositionend',
    () => {
      sent = true
      setTimeout(() => send(form), 0)
    },
    { once: true },
  )
  setTimeout(() => {
    if (sent) return
    field.blur()
    if (!sent) send(form)
  }, 80)
}

/** A second press while the first is under way sends nothing; a page that comes back from the cache may send again. */
function sendOnce(form: HTMLFormElement): void {
  let sending = false
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return
    if (sending) event.preventDefault()
    sending = true
  })
  window.addEventListener('pageshow', () => {
    sending = false
  })
}
