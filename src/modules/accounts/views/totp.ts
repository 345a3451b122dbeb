import { paths } from '#paths.ts'
import { type Html, html, raw } from '#platform/html.ts'
import { emptyState, type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { newPasswordFields } from './sign-in.ts'

/** POST /settings/security/totp/confirm: `code`. `qr` is SVG that we made. */
export function totpPage(page: Page, given: { state: FormState; secret: string; qr: string }): Html {
  const { factors: t } = page.words
  const groups = given.secret.match(/.{1,4}/g)?.join(' ') ?? ''
  return html`<div class="form-page narrow">
<h1>${t.appTitle}</h1>
<p class="lead">${t.appScan}</p>
<div class="qr" role="img" aria-label="${t.qr}">${raw(given.qr)}</div>
<p class="secret"><span class="small">${t.secret}</span> <code id="totp-secret">${groups}</code></p>
${form(page, {
  action: paths.securityPart('totp/confirm'),
  state: given.state,
  submit: t.turnOn,
  cancel: paths.security(),
  fields: [
    {
      kind: 'text',
      name: 'code',
      label: t.code,
      autocomplete: 'one-time-code',
      digits: true,
      spellcheck: false,
      required: true,
    },
  ],
})}
</div>`
}

/** Ten codes, in this answer and never again. */
export function codesPage(page: Page, codes: readonly string[]): Html {
  const { factors: t } = page.words
  return html`<div class="form-page narrow">
<h1>${t.codesTitle}</h1>
<p class="lead">${t.codesOnce}</p>
<ul class="plain recovery-codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<p><a class="btn primary" href="${paths.security()}">${t.codesKept}</a></p>
</div>`
}

/** POST /settings/security/totp/off: `password` of members who have one. */
export function totpOffPage(page: Page, given: { state: FormState; asks: boolean }): Html {
  const { factors: t, account } = page.words
  const password: Field = {
    kind: 'text',
    name: 'password',
    label: account.current,
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  }
  return html`<div class="form-page narrow">
<h1>${t.turnOffTitle}</h1>
<p class="lead">${t.turnOffText}</p>
${form(page, {
  action: paths.securityPart('totp/off'),
  state: given.state,
  submit: t.turnOff,
  danger: true,
  cancel: paths.security(),
  fields: given.asks ? [password] : [],
})}
</div>`
}

/** POST /settings/security/password: `password`, `password2`. For members without one. */
export function firstPasswordPage(page: Page, given: { state: FormState }): Html {
  const { factors: t } = page.words
  return html`<div class="form-page narrow">
<h1>${t.setPassword}</h1>
${form(page, {
  action: paths.securityPart('password'),
  state: given.state,
  submit: t.setPassword,
  cancel: paths.security(),
  fields: newPasswordFields(page),
})}
</div>`
}

/** POST /settings/security/passkeys/{id}: `name`; …/remove: nothing. */
export function passkeyPage(page: Page, given: { state: FormState; id: number }): Html {
  const { factors: t } = page.words
  return html`<div class="form-page narrow">
<h1>${t.passkeyTitle}</h1>
${form(page, {
  action: paths.passkey(given.id),
  state: given.state,
  submit: t.passkeyRename,
  cancel: paths.security(),
  fields: [{ kind: 'text', name: 'name', label: t.passkeyName, autocomplete: 'off', required: true }],
})}
${form(page, { action: paths.passkey(given.id, 'remove'), state: emptyState, submit: t.passkeyRemove, danger: true, fields: [] })}
</div>`
}
