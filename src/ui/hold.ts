import { refusalOf } from '#modules/accounts/accounts.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { refusalText } from './answers.ts'
import type { Page } from './page.ts'

/** Above every page, for those whose sign-up is not complete: why they cannot write yet, and what they can do. */
export function holdNote({ words, viewer, timeZone }: Page): Html {
  const hold = viewer?.blocked
  if (!hold || hold.why === 'blocked') return nothing
  const text = refusalText(words, refusalOf(hold), timeZone)
  return html`<p class="note"><span>${text}${
    hold.why === 'unconfirmed' && html` <a href="${paths.settings()}#email">${words.account.email}</a>`
  }</span></p>\n`
}
