import { button } from './dialog.ts'

/**
 * Links with `data-reply="COMMENT"` lead to a page with a form; with script the form opens under the comment: a copy of the
 * page's own comment form, kept as it came.
 */
export function watchReplies(): void {
  const found = document.querySelector<HTMLFormElement>('form.comment-form')
  if (!found) return
  const pristine = found.cloneNode(true)
  if (!(pristine instanceof HTMLFormElement)) return
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return
    const link = event.target.closest<HTMLAnchorElement>('a[data-reply]')
    if (!link) return
    event.preventDefault()
    toggle(link, pristine)
  })
}

function toggle(link: HTMLAnchorElement, pristine: HTMLFormElement): void {
  const comment = link.dataset['reply'] ?? ''
  const id = `reply-${comment}`
  const open = document.getElementById(id)
  if (open) {
    const field = open.querySelector('textarea')
    if (field?.value.trim() === '') open.remove()
    else field?.focus()
    link.setAttribute('aria-expanded', String(open.isConnected))
    return
  }
  const form = replyForm(link, pristine, { id, comment })
  const actions = link.closest('[data-comment-actions]') ?? link.parentElement ?? link
  actions.after(form)
  link.setAttribute('aria-expanded', 'true')
  form.querySelector('textarea')?.focus()
}

function replyForm(
  link: HTMLAnchorElement,
  pristine: HTMLFormElement,
  { id, comment }: { id: string; comment: string },
): HTMLFormElement {
  const form = document.importNode(pristine, true)
  form.id = id
  form.classList.add('reply')
  form.dataset['target'] = `${form.dataset['target']?.split(':').slice(0, 2).join(':')}:${comment}`
  for (const hidden of form.querySelectorAll<HTMLInputElement>('input[type=hidden]')) {
    hidden.value = hidden.name === 'parent' ? comment : ''
  }
  for (const error of form.querySelectorAll('.error-summary, .field-error')) error.remove()
  const field = form.querySelector('textarea')
  const label = form.querySelector('label')
  if (field && label) {
    field.id = `${id}-body`
    field.value = ''
    label.htmlFor = field.id
    label.classList.remove('sr')
    label.textContent = link.dataset['replyLabel'] ?? link.textContent.trim()
  }
  form.querySelector('[role=toolbar]')?.setAttribute('aria-controls', `${id}-body`)
  const send = form.querySelector('button.primary')
  if (send) send.textContent = link.textContent.trim()
  // What was typed is a draft by then.
  const cancel = button(form.dataset['cancel'] ?? '', () => {
    form.remove()
    link.setAttribute('aria-expanded', 'false')
    link.focus()
  })
  send?.after(cancel)
  return form
}
