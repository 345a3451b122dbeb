import type { ScriptWords } from '#ui/script-words.ts'
import { pageWords } from './words.ts'

/** Suggestions for every search field of the page, fetched with the first key: most pages are not searched from. */
export function watchSearchFields(words: ScriptWords): void {
  for (const field of document.querySelectorAll<HTMLInputElement>('input[data-suggest]')) {
    const start = () => void import('./suggest.ts').then(({ suggestIn }) => suggestIn(field, words.suggest))
    if (document.activeElement === field) start()
    else field.addEventListener('focus', start, { once: true })
  }
  const title = document.querySelector<HTMLInputElement>('.write-form[data-target=new] input[name=title]')
  const box = document.querySelector<HTMLElement>('[data-similar]')
  if (title && box) void import('./similar.ts').then(({ showSimilar }) => showSimilar(title, box))
}

// The search's own page is the only one that guests load a script for.
const words = document.querySelector('script[src*="/main."]') ? null : pageWords()
if (words) watchSearchFields(words)
