import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { errorSummary, type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { passkeyForm } from './passkeys.ts'

/** POST /sign-in/second: `code`, of the app or a recovery code. */
export function secondFactorPage(page: Page, given: { state: FormState }): Html {
  const { factors: t, signIn } = page.words
  return html`<div class="form-page narrow">
<h1>${t.secondTitle}</h1>
<p class="lead">${t.secondText}</p>
${form(page, {
  action: paths.signInSecond(),
  state: given.state,
  submit: signIn.submit,
  cancel: paths.signIn(),
  fields: [
    {
      kind: 'text',
      name: 'code',
      label: t.secondCode,
      autocomplete: 'one-time-code',
      spellcheck: false,
      required: true,
      autofocus: true,
    },
  ],
})}
<details class="aside"><summary>${t.secondHelp}</summary><p>${t.secondHelpText}</p></details>
</div>`
}

export type ProveData = {
  state: FormState
  next: string
  ways: { password: boolean; passkey: boolean; issuer: { name: string; href: string } | null }
}

/** POST /settings/security/prove: `next`, and `password` or a passkey's `response`. */
export function provePage(page: Page, data: ProveData): Html {
  const { factors: t, account } = page.words
  const { state, next, ways } = data
  const password: Field = {
    kind: 'text',
    name: 'password',
    label: account.current,
    type: 'password',
    autocomplete: 'current-password',
    required: true,
    autofocus: true,
  }
  const fields: Field[] = [{ kind: 'hidden', name: 'next', value: next }, password]
  const action = paths.securityPart('prove')
  return html`<div class="form-page narrow">
<h1>${t.proveTitle}</h1>
<p class="lead">${t.proveText}</p>
${ways.password ? form(page, { action, state, submit: t.goOn, cancel: paths.security(), fields }) : errorSummary(page, { state, fields })}
<div class="other-ways">
${ways.issuer && html`<p><a class="btn" href="${ways.issuer.href}">${t.proveIssuer({ name: ways.issuer.name })}</a></p>`}
${ways.passkey && passkeyForm(page, { action, does: 'use', submit: t.provePasskey, next })}
</div>
${!ways.password && !ways.passkey && !ways.issuer && html`<p>${t.proveNoWay}</p>`}
</div>`
}
