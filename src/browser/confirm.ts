import type { ScriptWords } from '#ui/script-words.ts'
import { button, element, openDialog } from './dialog.ts'

/**
 * Links with `data-confirm` lead to a page that asks first; with script a dialog asks with the same words
 * (`data-confirm` the question, `data-confirm-text` what follows, the link's own text the act) and posts to the link's address.
 * Forms with `data-confirm` are sent when the dialog agrees; without script, at once.
 */
export function watchConfirmations(words: ScriptWords): void {
  document.addEventListener('submit', (event) => {
    const { target: form, submitter } = event
    if (!(form instanceof HTMLFormElement) || form.dataset['confirm'] === undefined) return
    event.preventDefault()
    ask(form, words, {
      yes: button(submitter?.textContent.trim() ?? '', () => form.submit(), 'btn danger'),
    })
  })
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return
    const link = event.target.closest<HTMLAnchorElement>('a[data-confirm]')
    if (!link) return
    event.preventDefault()
    const form = element('form')
    form.method = 'post'
    form.action = link.href
    ask(link, words, { yes: element('button', link.textContent.trim(), 'btn danger'), form })
  })
}

function ask(
  { dataset }: HTMLElement,
  words: ScriptWords,
  { yes, form = element('div') }: { yes: HTMLElement; form?: HTMLElement },
): void {
  openDialog(dataset['confirm'] ?? '', (dialog) => {
    // Escape, the backdrop and the first focus all mean no.
    const no = button(words.keys.no, () => dialog.close())
    no.autofocus = true
    form.className = 'form-actions'
    form.append(yes, no)
    return [element('p', dataset['confirmText'] ?? ''), form]
  })
}
