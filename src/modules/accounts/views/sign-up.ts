import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { newPasswordFields } from './sign-in.ts'

/** POST /sign-up: `name`, `email`, `password`, `password2`, `next`. */
export function signUpPage(page: Page, given: { state: FormState; next: string | null }): Html {
  const { signUp, signIn } = page.words
  const { state, next } = given
  return html`<div class="form-page narrow">
<h1>${signUp.title}</h1>
${form(page, {
  action: paths.signUp(),
  state,
  submit: signUp.submit,
  fields: [
    { kind: 'hidden', name: 'next', value: next },
    ...nameAndEmailFields(page),
    ...newPasswordFields(page),
  ],
})}
<p class="aside">${signUp.haveAccount} <a href="${paths.signIn(next ?? undefined)}">${signIn.submit}</a></p>
</div>`
}

/** Name and e-mail of somebody new. */
export function nameAndEmailFields(page: Page): Field[] {
  const { signUp } = page.words
  return [
    {
      kind: 'text',
      name: 'name',
      label: signUp.name,
      hint: signUp.nameHint,
      autocomplete: 'username',
      spellcheck: false,
      required: true,
    },
    {
      kind: 'text',
      name: 'email',
      label: signUp.email,
      hint: signUp.emailHint,
      type: 'email',
      autocomplete: 'email',
      spellcheck: false,
      required: true,
    },
  ]
}
