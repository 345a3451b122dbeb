import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from './page.ts'

type Person = { name: string } | null
type Reader = Pick<Page, 'words'>

/** A member's name as a link to their page; quiet words for one who left. */
export function personLink(page: Reader, person: Person): Html {
  return person
    ? html`<a class="by" href="${paths.member(person.name)}">${person.name}</a>`
    : html`<span class="by">${page.words.post.gone}</span>`
}

/** The name alone, for sentences. */
export function personName(page: Reader, person: Person): string {
  return person?.name ?? page.words.post.gone
}
