import { paths } from '#paths.ts'
import { type Child, type Html, html } from '#platform/html.ts'
import { field } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'

/**
 * A form that only `src/browser/passkeys.ts` can fill in: it shows the button, asks the device and puts the answer into
 * `response`. Without script the form stays hidden, and what is needed is said in its place.
 */
export function passkeyForm(
  page: Page,
  given: {
    action: string
    does: 'use' | 'add'
    submit: string
    next?: string | null
    fields?: Child
  },
): Html {
  const { factors: t } = page.words
  return html`<p class="hint" data-passkey-off>${t.needsScript}</p>
<form class="form" method="post" action="${given.action}" data-passkey="${given.does}" data-failed="${t.passkeyFailed}" novalidate hidden>
<input type="hidden" name="response" value="">
${given.next && html`<input type="hidden" name="next" value="${given.next}">`}
${given.fields}
<p class="field-error" role="alert" hidden></p>
<div class="form-actions"><button class="btn">${given.submit}</button></div>
</form>`
}

/** POST /settings/security/passkeys: `response`, `name`. */
export function addPasskeyForm(page: Page, device: string): Html {
  const { factors: t } = page.words
  const state: FormState = { values: { name: device }, errors: {} }
  const name = field(page, {
    state,
    prefix: 'passkey',
    field: {
      kind: 'text',
      name: 'name',
      label: t.passkeyName,
      hint: t.passkeyNameHint,
      autocomplete: 'off',
      required: true,
    },
  })
  return passkeyForm(page, {
    action: paths.securityPart('passkeys'),
    does: 'add',
    submit: t.passkeyAdd,
    fields: name,
  })
}

/** Ways in besides the password, on the sign-in page. POST /sign-in/passkey: `response`, `next`. */
export function otherWaysIn(page: Page, given: { issuer: string | null; next: string | null }): Html {
  const { factors: t } = page.words
  const { issuer, next } = given
  return html`<div class="other-ways">
${
  issuer !== null &&
  html`<p><a class="btn" rel="nofollow" href="${paths.signInIssuer(next === null ? {} : { next })}">${t.withIssuer({ name: issuer })}</a></p>`
}
${passkeyForm(page, { action: paths.signInPasskey(), does: 'use', submit: t.withPasskey, next })}
</div>`
}
