import { toast } from './announce.ts'
import { button, element, openDialog } from './dialog.ts'

export type MenuActs = Record<'reply' | 'edit' | 'remove', (row: HTMLElement) => void> & {
  react: (row: HTMLElement, emoji: string) => void
}

/**
 * What can be done with a message opens where it stands: by its button, or by a long press. The sheet is the room's
 * `#message-menu`; without script, and for who may not write, the button leads to the message's own page.
 */
export function watchMessageMenus(root: HTMLElement, acts: MenuActs): void {
  const template = root.querySelector<HTMLTemplateElement>('#message-menu')
  if (!template) return
  root.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('.msg-more') : null
    const row = link?.closest<HTMLElement>('.msg')
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    new Menu(template, row, acts).open()
  })
  root.addEventListener('contextmenu', (event) => {
    const { target } = event
    // A mouse has a menu of its own, and so have links and pictures.
    if (!(event instanceof PointerEvent) || event.pointerType !== 'touch' || !(target instanceof Element))
      return
    const row = target.closest('a, img') ? null : target.closest<HTMLElement>('.msg:not(.gone, .waiting)')
    if (!row) return
    event.preventDefault()
    new Menu(template, row, acts).open()
  })
}

class Menu {
  readonly #row: HTMLElement
  readonly #acts: MenuActs
  readonly #content: DocumentFragment
  constructor(template: HTMLTemplateElement, row: HTMLElement, acts: MenuActs) {
    this.#row = row
    this.#acts = acts
    this.#content = document.importNode(template.content, true)
    const isOwn = row.classList.contains('own')
    const removesAll = row.closest<HTMLElement>('.chat')?.dataset['removes'] !== undefined
    for (const item of this.#content.querySelectorAll<HTMLElement>('[data-for]')) {
      const fits =
        item.dataset['for'] === 'others'
          ? !isOwn
          : isOwn || (item.dataset['for'] === 'removers' && removesAll)
      if (!fits) item.remove()
    }
    const page = row.querySelector<HTMLAnchorElement>('.msg-more')?.href ?? ''
    for (const link of this.#content.querySelectorAll<HTMLAnchorElement>('a[data-part]'))
      link.href = page + (link.dataset['part'] ?? '')
  }

  open(): void {
    const name = this.#row.querySelector('.by')?.textContent ?? ''
    const text = this.#row.querySelector('.prose')?.textContent.trim() ?? ''
    const dialog = openDialog(`${name}: ${text.slice(0, 80)}`, () => [...this.#content.childNodes])
    dialog.classList.add('act-sheet')
    dialog.addEventListener('click', (event) => {
      const pressed = event.target instanceof Element ? event.target.closest('button') : null
      if (pressed) this.#do(dialog, pressed)
    })
  }

  #do(dialog: HTMLDialogElement, pressed: HTMLButtonElement): void {
    const row = this.#row
    const { act, emoji, copied } = pressed.dataset
    if (act === 'remove') {
      this.#ask(dialog, pressed)
      return
    }
    dialog.close()
    if (emoji !== undefined) this.#acts.react(row, emoji)
    else if (act === 'reply') this.#acts.reply(row)
    else if (act === 'edit') this.#acts.edit(row)
    else if (act === 'copy') void copy(row, copied ?? '')
  }

  #ask(dialog: HTMLDialogElement, { dataset, textContent }: HTMLButtonElement): void {
    const { sure = '', no = '' } = dataset
    const remove = () => {
      dialog.close()
      this.#acts.remove(this.#row)
    }
    const keep = button(no, () => dialog.close())
    const actions = element('div', '', 'form-actions')
    actions.append(button(textContent.trim(), remove, 'btn danger'), keep)
    dialog.replaceChildren(...[...dialog.querySelectorAll('h2')], element('p', sure), actions)
    keep.focus()
  }
}

async function copy(row: HTMLElement, copied: string): Promise<void> {
  // biome-ignore lint/performance/useDomNodeTextContent: with its lines as they are seen
  const text = row.querySelector<HTMLElement>('.prose')?.innerText.trim() ?? ''
  await navigator.clipboard.writeText(text).then(
    () => toast(copied),
    () => {},
  )
}
