import { type Html, html, nothing } from '#platform/html.ts'
import { icon } from './icon.ts'

export type Pager = {
  label: string
  /** Address and words of the next page; null on the last one. */
  next: { href: string; label: string } | null
  /** Address and words of the first page; null when this is it. */
  first: { href: string; label: string } | null
}

/** Links to what follows and back to the beginning; nothing where one page is all. */
export function pager({ label, next, first }: Pager): Html {
  if (!next && !first) return nothing
  return html`<nav class="pager" aria-label="${label}">${
    first && html`<a class="btn" href="${first.href}">${icon('back')}${first.label}</a>`
  }${next && html`<a class="btn" rel="next" href="${next.href}">${next.label}${icon('right')}</a>`}</nav>`
}
