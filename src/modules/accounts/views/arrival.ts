import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { agreement, messageField, nameAndEmailFields } from './sign-up.ts'

export type ArrivalData = {
  state: FormState
  issuer: string
  /** The address that the issuer confirmed and nobody here has; else one is asked for. */
  email: string | null
  /** Whether a word to whoever approves is asked for. */
  asks: boolean
}

/** POST /sign-up/oidc: `name`, `email` when none is known, `message` where sign-ups are approved. */
export function arrivalPage(page: Page, data: ArrivalData): Html {
  const { factors: t, signUp } = page.words
  const fields = nameAndEmailFields(page).filter(
    (one) => data.email === null || !('name' in one) || one.name !== 'email',
  )
  return html`<div class="form-page narrow">
<h1>${t.arriveTitle}</h1>
<p class="lead">${t.arriveText({ name: data.issuer })}</p>
${data.email !== null && html`<p class="hint">${t.arriveEmail({ email: data.email })}</p>`}
${form(page, {
  action: paths.signUpIssuer(),
  state: data.state,
  submit: data.asks ? signUp.ask : signUp.submit,
  fields: [...fields, ...(data.asks ? [messageField(page)] : []), ...agreement(page)],
})}
<p class="aside">${t.arriveHave} <a href="${paths.signIn()}">${page.words.signIn.submit}</a></p>
</div>`
}
