import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { adminTabs } from './views.ts'

export type Figures = { members: number; boards: number; posts: number }

export type SiteData = {
  /** Values: siteName. */
  state: FormState
  figures: Figures
  saved: boolean
}

/** GET /admin: how much there is, what waits, and the site's name. POST /admin: `siteName`. */
export function sitePage(page: Page, data: SiteData): Html {
  const { admin: t, setup } = page.words
  return html`<div class="form-page">
<h1>${t.title}</h1>
${adminTabs(page, 'site')}
${data.saved && html`<p class="note" role="status">${t.siteSaved}</p>`}
${figuresList(page, data.figures)}
${form(page, {
  action: paths.admin(),
  state: data.state,
  submit: t.save,
  fields: [
    {
      kind: 'text',
      name: 'siteName',
      label: setup.siteName,
      hint: setup.siteNameHint,
      required: true,
      autocomplete: 'off',
    },
  ],
})}
</div>`
}

function figuresList(page: Page, figures: Figures): Html {
  const { admin: t, member } = page.words
  const number = new Intl.NumberFormat(page.language)
  const entries = [
    [html`<a href="${paths.adminPart('members')}">${t.members}</a>`, figures.members],
    [html`<a href="${paths.adminPart('boards')}">${t.boards}</a>`, figures.boards],
    [member.posts, figures.posts],
    [html`<a href="${paths.queue()}">${t.reports}</a>`, page.openReports ?? 0],
  ] as const
  return html`<dl class="figures">${entries.map(
    ([label, count]) => html`<div><dt>${label}</dt><dd class="num">${number.format(count)}</dd></div>`,
  )}</dl>`
}
