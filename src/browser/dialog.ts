/** A modal dialog with a heading; it leaves the page when it is closed. */
export function openDialog(title: string, content: (dialog: HTMLDialogElement) => Node[]): HTMLDialogElement {
  const dialog = document.createElement('dialog')
  const heading = element('h2', title)
  heading.id = 'dialog-title'
  dialog.setAttribute('aria-labelledby', heading.id)
  dialog.append(heading, ...content(dialog))
  dialog.addEventListener('close', () => dialog.remove())
  // A click on the backdrop lands on the dialog itself.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close()
  })
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  text = '',
  className = '',
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  made.textContent = text
  if (className) made.className = className
  return made
}

export function button(text: string, onClick: () => void, className = 'btn'): HTMLButtonElement {
  const made = element('button', text, className)
  made.type = 'button'
  made.addEventListener('click', onClick)
  return made
}
