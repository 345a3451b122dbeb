import { limits } from '#modules/accounts/rules.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'

/** POST /sign-in: `login`, `password`, `next`. `next` is set when a page asked for signing in. */
export function signInPage(page: Page, given: { state: FormState; next: string | null; others: Html }): Html {
  const { signIn } = page.words
  const { joinable = true } = page.site
  const { state, next } = given
  const more = next === null || next === '' || next === '/' ? undefined : next
  return html`<div class="form-page narrow">
<h1>${signIn.title}</h1>
${more !== undefined && html`<p class="lead">${signIn.needed}</p>`}
${form(page, {
  action: paths.signIn(),
  state,
  submit: signIn.submit,
  fields: [
    { kind: 'hidden', name: 'next', value: next },
    {
      kind: 'text',
      name: 'login',
      label: signIn.login,
      autocomplete: 'username webauthn',
      spellcheck: false,
      required: true,
      autofocus: true,
    },
    {
      kind: 'text',
      name: 'password',
      label: signIn.password,
      type: 'password',
      autocomplete: 'current-password',
      required: true,
    },
  ],
})}
${given.others}
${joinable && html`<p class="aside">${signIn.noAccount} <a href="${paths.signUp(more)}">${signIn.join}</a></p>`}
<p class="aside"><a href="${paths.forgot()}">${signIn.forgot}</a> · <a href="${paths.signInCode()}">${signIn.byCode}</a></p>
</div>`
}

/** The two fields of a new password, the same wherever one is set. */
export function newPasswordFields(page: Page) {
  const { signUp } = page.words
  return [
    {
      kind: 'text',
      name: 'password',
      label: signUp.password,
      hint: signUp.passwordHint({ limit: limits.password.min }),
      type: 'password',
      autocomplete: 'new-password',
      required: true,
    },
    {
      kind: 'text',
      name: 'password2',
      label: signUp.password2,
      type: 'password',
      autocomplete: 'new-password',
      required: true,
    },
  ] as const
}

/** A page with nothing to fill in: a title, a sentence, the next thing to do. */
export function noticePage(given: {
  title: string
  text: string
  next?: { href: string; label: string }
}): Html {
  return html`<div class="form-page narrow notice-page">
<h1>${given.title}</h1>
<p>${given.text}</p>
${given.next ? html`<p><a class="btn primary" href="${given.next.href}">${given.next.label}</a></p>` : nothing}
</div>`
}
