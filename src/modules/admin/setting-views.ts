import { signUpModes } from '#modules/accounts/joining.ts'
import { aiCrawlerChoices, inviters } from '#modules/site/site.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { adminTabs } from './views.ts'

/** GET and POST /admin/settings: `siteName`, `description`, `signUp`, `invite`, `confirmEmail` (auto, yes or no), `signedApps`, `searchable`, `aiCrawlers`. */
export function settingsPage(page: Page, data: { state: FormState; saved: boolean }): Html {
  const { admin: t } = page.words
  return html`<div class="form-page">
<h1>${t.title}</h1>
${adminTabs(page, 'settings')}
${data.saved && html`<p class="note" role="status">${t.siteSaved}</p>`}
${form(page, { action: paths.adminPart('settings'), state: data.state, submit: t.save, fields: fields(page) })}
<p class="aside"><a href="${paths.invitations()}">${t.invitations}</a> · <a href="${paths.waitingMembers()}">${page.words.moderation.signUps}</a></p>
</div>`
}

function fields({ words }: Page): Field[] {
  const { admin: t, setup } = words
  return [
    {
      kind: 'text',
      name: 'siteName',
      label: setup.siteName,
      hint: setup.siteNameHint,
      required: true,
      autocomplete: 'off',
    },
    { kind: 'area', name: 'description', label: setup.description, hint: setup.descriptionHint, rows: 2 },
    {
      kind: 'choice',
      name: 'signUp',
      label: t.signUp,
      options: signUpModes.map((value) => ({
        value,
        label: t.signUpModes[value],
        hint: t.signUpHints[value],
      })),
    },
    {
      kind: 'choice',
      name: 'invite',
      label: t.invite,
      options: inviters.map((value) => ({ value, label: t.inviters[value] })),
    },
    {
      kind: 'choice',
      name: 'confirmEmail',
      label: t.confirmEmail,
      hint: t.confirmEmailHint,
      options: (['auto', 'yes', 'no'] as const).map((value) => ({ value, label: t.confirmOptions[value] })),
    },
    { kind: 'check', name: 'signedApps', label: t.signedApps, hint: t.signedAppsHint },
    { kind: 'check', name: 'searchable', label: t.searchable, hint: t.searchableHint },
    {
      kind: 'choice',
      name: 'aiCrawlers',
      label: t.aiCrawlers,
      options: aiCrawlerChoices.map((value) => ({
        value,
        label: t.aiCrawlerChoices[value],
        hint: t.aiCrawlerHints[value],
      })),
    },
  ]
}
