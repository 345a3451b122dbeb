import type { Counted } from '#ui/script-words.ts'
import { element } from './dialog.ts'
import { fill } from './words.ts'

/** Pixels from the end within which the reader is taken to follow. */
const nearEnd = 160

/** The end of a room's messages: whoever is there follows what comes, whoever reads further up is told how much came. */
export class RoomEnd {
  readonly #root: HTMLElement
  readonly #given: { fresh: Counted; reached: () => void }
  /** Messages that came below what is read. */
  fresh = 0
  /** `fresh` says how many came; `reached` is called when the reader goes to them. */
  constructor(root: HTMLElement, given: { fresh: Counted; reached: () => void }) {
    this.#root = root
    this.#given = given
  }

  get isNear(): boolean {
    const page = document.documentElement
    return page.scrollHeight - page.clientHeight - page.scrollTop < nearEnd
  }

  go(): void {
    this.#forgetFresh()
    scrollTo({ top: document.documentElement.scrollHeight })
  }

  #forgetFresh(): void {
    this.fresh = 0
    this.#root.querySelector('.fresh-note')?.remove()
  }

  /** Pictures come after their message, and make it longer: who was at the end stays there. */
  stay(): void {
    let isAtEnd = this.isNear
    let last = document.documentElement.scrollTop
    addEventListener('scroll', () => {
      const { scrollTop } = document.documentElement
      // Only who goes up leaves the end: a picture may have made it longer since it was scrolled to.
      isAtEnd = this.isNear || (isAtEnd && scrollTop >= last)
      last = scrollTop
      if (this.fresh === 0 || !this.isNear) return
      this.#forgetFresh()
      this.#given.reached()
    })
    new ResizeObserver(() => {
      if (isAtEnd) this.go()
    }).observe(this.#root.querySelector('.msgs') ?? this.#root)
  }

  noteFresh(): void {
    this.fresh++
    const known = this.#root.querySelector<HTMLButtonElement>('.fresh-note')
    const note = known ?? element('button', '', 'btn fresh-note')
    note.type = 'button'
    note.textContent = fill(this.#given.fresh, this.fresh)
    if (known) return
    note.addEventListener('click', () => {
      this.go()
      this.#given.reached()
    })
    this.#root.querySelector('.msgs')?.after(note)
  }
}
