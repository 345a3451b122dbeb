import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { newPasswordFields, noticePage } from './sign-in.ts'

export type ClaimData = {
  state: FormState
  token: string
  name: string
  /** An imported account without an e-mail is asked for one. */
  hasEmail: boolean
}

/** POST /claim/{token}: `password`, `password2` and, without an e-mail so far, `email`. */
export function claimPage(page: Page, given: ClaimData): Html {
  const { account, signUp } = page.words
  const isClaim = !given.hasEmail
  return html`<div class="form-page narrow">
<h1>${isClaim ? account.claimTitle : account.resetTitle}</h1>
<p class="lead">${isClaim ? account.claimText({ name: given.name }) : account.resetText({ name: given.name })}</p>
${form(page, {
  action: paths.claim(given.token),
  state: given.state,
  submit: account.claimSubmit,
  fields: [
    {
      kind: 'between',
      // Password keepers store the new password under this name.
      html: html`<input type="text" value="${given.name}" autocomplete="username" readonly hidden>`,
    },
    ...(given.hasEmail
      ? []
      : ([
          {
            kind: 'text',
            name: 'email',
            label: signUp.email,
            hint: signUp.emailHint,
            type: 'email',
            autocomplete: 'email',
            required: true,
          },
        ] as const)),
    ...newPasswordFields(page),
  ],
})}
</div>`
}

/** The link was used already or is too old. */
export function linkGonePage({ words }: Page): Html {
  const { account, site } = words
  const next = { href: paths.home(), label: site.home }
  return noticePage({ title: account.linkGone, text: account.linkGoneText, next })
}

/** The same of a link that sets a password: one asks for another where one forgot it. */
export function claimGonePage({ words }: Page): Html {
  const { account, waysIn } = words
  const next = { href: paths.forgot(), label: waysIn.forgotSubmit }
  return noticePage({ title: account.linkGone, text: account.claimGoneText, next })
}
