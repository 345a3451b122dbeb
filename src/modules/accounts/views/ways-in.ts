import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { emptyState, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { noticePage } from './sign-in.ts'

/** POST /forgot: `login`. */
export function forgotPage(page: Page, given: { state: FormState }): Html {
  const { waysIn: t, signIn } = page.words
  return html`<div class="form-page narrow">
<h1>${t.forgotTitle}</h1>
<p class="lead">${t.forgotText}</p>
${form(page, {
  action: paths.forgot(),
  state: given.state,
  submit: t.forgotSubmit,
  cancel: paths.signIn(),
  fields: [
    {
      kind: 'text',
      name: 'login',
      label: signIn.login,
      autocomplete: 'username',
      spellcheck: false,
      required: true,
      autofocus: true,
    },
  ],
})}
</div>`
}

/** The same for everybody who asked, whether there is such an account or not. */
export function forgotSentPage(page: Page, given: { canSend: boolean }): Html {
  const { waysIn: t, site } = page.words
  return noticePage({
    title: t.forgotDone,
    text: given.canSend ? t.forgotSent : t.forgotNoted,
    next: { href: paths.home(), label: site.home },
  })
}

/** POST /confirm/{token}: nothing. Opening the page confirms nothing: mail programs open links to look at them. */
export function confirmEmailPage(
  page: Page,
  given: { token: string; name: string; email: string; state: FormState },
): Html {
  const { waysIn: t } = page.words
  return html`<div class="form-page narrow">
<h1>${t.confirmTitle}</h1>
<p class="lead">${t.confirmText({ name: given.name, email: given.email })}</p>
${form(page, { action: paths.confirm(given.token), state: given.state, submit: t.confirmSubmit, fields: [] })}
</div>`
}

/** Whoever is not signed in yet signs in next, and goes on to `next`. */
export function confirmedPage(page: Page, next: string): Html {
  const { waysIn: t, site, signIn } = page.words
  return noticePage({
    title: t.confirmed,
    text: t.confirmedText,
    next: page.viewer
      ? { href: next, label: site.home }
      : { href: paths.signIn(next === '/' ? undefined : next), label: signIn.submit },
  })
}

/** POST /sign-in/code: `code`. */
export function codePage(page: Page, given: { state: FormState }): Html {
  const { waysIn: t } = page.words
  return html`<div class="form-page narrow">
<h1>${t.codeTitle}</h1>
<p class="lead">${t.codeText}</p>
${form(page, {
  action: paths.signInCode(),
  state: given.state,
  submit: page.words.signIn.submit,
  cancel: paths.signIn(),
  fields: [
    {
      kind: 'text',
      name: 'code',
      label: t.code,
      autocomplete: 'one-time-code',
      spellcheck: false,
      required: true,
      autofocus: true,
    },
  ],
})}
</div>`
}

/** Where a QR code leads. POST /sign-in/code/{token}: nothing. */
export function codeTokenPage(page: Page, given: { token: string; name: string }): Html {
  const { waysIn: t } = page.words
  return html`<div class="form-page narrow">
<h1>${t.codeTitle}</h1>
<p class="lead">${t.codeFor({ name: given.name })}</p>
${form(page, { action: paths.signInCode(given.token), state: emptyState, submit: page.words.signIn.submit, fields: [] })}
</div>`
}

/** The code was used already or is too old. */
export function codeGonePage(page: Page): Html {
  const { waysIn: t } = page.words
  return noticePage({
    title: t.codeGone,
    text: t.codeGoneText,
    next: { href: paths.signInCode(), label: t.codeTitle },
  })
}
