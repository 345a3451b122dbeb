import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { languageChoices } from '#words/words.ts'
import { newPasswordFields, noticePage } from './sign-in.ts'
import { nameAndEmailFields } from './sign-up.ts'

/** POST /setup: `token`, `siteName`, `description`, `language`, `name`, `email`, `password`, `password2`. */
export function setupPage(page: Page, given: { state: FormState; token: string }): Html {
  const { setup } = page.words
  return html`<div class="form-page narrow">
<h1>${setup.title}</h1>
<p class="lead">${setup.text}</p>
${form(page, {
  action: paths.setup(),
  state: given.state,
  submit: setup.submit,
  fields: [
    { kind: 'hidden', name: 'token', value: given.token },
    { kind: 'text', name: 'siteName', label: setup.siteName, hint: setup.siteNameHint, required: true },
    { kind: 'area', name: 'description', label: setup.description, hint: setup.descriptionHint, rows: 2 },
    {
      kind: 'choice',
      name: 'language',
      label: setup.language,
      options: languageChoices,
    },
    { kind: 'between', html: html`<h2>${setup.admin}</h2>` },
    ...nameAndEmailFields(page),
    ...newPasswordFields(page),
  ],
})}
</div>`
}

/** Somebody opens the set-up page of a site that has an administrator. */
export function setupDonePage(page: Page): Html {
  const { setup, signIn } = page.words
  return noticePage({
    title: setup.done,
    text: setup.doneText,
    next: { href: paths.signIn(), label: signIn.submit },
  })
}

/** The set-up page was opened without the token that the terminal printed. */
export function setupRefusedPage(page: Page): Html {
  const { setup, site } = page.words
  const next = { href: paths.home(), label: site.home }
  return noticePage({ title: setup.wrongToken, text: setup.wrongTokenText, next })
}
