import type { ScriptWords } from '#ui/script-words.ts'
import { button, element, openDialog } from './dialog.ts'

/**
 * Links with `data-confirm` lead to a page that asks first; with script a dialog asks with the same words
 * (`data-confirm` the question, `data-confirm-text` what follows, the link's own text the act) and posts to the link's address.
 */
export function watchConfirmations(words: ScriptWords): void {
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return
    const link = event.target.closest<HTMLAnchorElement>('a[data-confirm]')
    if (!link) return
    event.preventDefault()
    ask(link, words)
  })
}

function ask(link: HTMLAnchorElement, words: ScriptWords): void {
  openDialog(link.dataset['confirm'] ?? '', (dialog) => {
    const form = element('form', '', 'form-actions')
    form.method = 'post'
    form.action = link.href
    const yes = element('button', link.textContent.trim(), 'btn danger')
    // Escape, the backdrop and the first focus all mean no.
    const no = button(words.keys.no, () => dialog.close())
    no.autofocus = true
    form.append(yes, no)
    return [element('p', link.dataset['confirmText'] ?? ''), form]
  })
}
