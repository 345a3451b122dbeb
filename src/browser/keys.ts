import type { ScriptWords } from '#ui/script-words.ts'
import { button, element, openDialog } from './dialog.ts'
import { type Command, commandOf } from './key-rules.ts'

const rows = '[data-row]'
/** What a row is about; headings in a text that somebody wrote are not it. */
const titles = '.tl > a, .line-title, :scope > h2 a'
const typingIn =
  'textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit], [type=button])'

/** One key for what one does most; `?` lists them all. */
export function watchKeys(words: ScriptWords): void {
  let afterG = false
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return
    const typing = event.target instanceof Element && event.target.closest(typingIn) !== null
    const decided = commandOf(event, { afterG, typing })
    afterG = decided.afterG
    if (decided.command && run(decided.command, words)) event.preventDefault()
  })
}

/** False when there is nothing here that the command could do. */
function run(command: Command, words: ScriptWords): boolean {
  switch (command) {
    case 'next':
      return step(1)
    case 'previous':
      return step(-1)
    case 'open':
      return click(current()?.querySelector(`${titles}, a[href^="/c/"], a[href]`))
    case 'vote':
      return click((current() ?? document).querySelector('form[action$="/vote"] button'))
    case 'write':
      return click(
        document.querySelector('main a[href^="/write"]') ?? document.querySelector('a[href^="/write"]'),
      )
    case 'home':
      return click(document.querySelector('a[href="/"]'))
    case 'search':
      return focus(searchField())
    case 'help':
      showKeys(words)
      return true
  }
}

function current(): Element | null {
  return document.activeElement?.closest(rows) ?? null
}

/** Moves the focus to the next or previous row; the first step takes the first row that is seen. */
function step(by: 1 | -1): boolean {
  const all = [...document.querySelectorAll<HTMLElement>(rows)].filter((row) => row.checkVisibility())
  const at = all.findIndex((row) => row.contains(document.activeElement))
  const seen = all.findIndex((row) => row.getBoundingClientRect().top >= 0)
  const row = at === -1 ? all[Math.max(0, seen)] : all[at + by]
  if (!row) return false
  const heading = row.querySelector<HTMLElement>(titles)
  const target = row.tabIndex === -1 && row.hasAttribute('tabindex') ? row : (heading ?? row)
  if (target === row) row.tabIndex = -1
  target.focus({ preventScroll: true })
  row.scrollIntoView({ block: 'nearest' })
  return true
}

function click(target: Element | null | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false
  target.click()
  return true
}

function focus(target: HTMLElement | null): boolean {
  target?.focus()
  return target !== null
}

function searchField(): HTMLElement | null {
  return document.querySelector<HTMLElement>('input[type=search]')
}

function showKeys(words: ScriptWords): void {
  openDialog(words.keys.title, (dialog) => {
    const list = element('dl', '', 'keys')
    for (const [keys, meaning] of Object.entries(words.keys.list)) {
      if (keys === '/' && !searchField()) continue
      const term = element('dt')
      for (const key of keys.split(' ')) term.append(element('kbd', key))
      list.append(term, element('dd', meaning))
    }
    return [list, button(words.keys.close, () => dialog.close())]
  })
}
