import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'
import { adminTabs } from './views.ts'

export type Figures = { members: number; boards: number; posts: number; waiting: number; links: number }

/** GET /admin: how much there is, and what waits. */
export function sitePage(page: Page, figures: Figures): Html {
  const { admin: t } = page.words
  return html`<div class="form-page">
<h1>${t.title}</h1>
${adminTabs(page, 'site')}
${figuresList(page, figures)}
</div>`
}

function figuresList(page: Page, figures: Figures): Html {
  const { admin: t, member, moderation } = page.words
  const number = new Intl.NumberFormat(page.language)
  const entries = [
    [html`<a href="${paths.adminPart('members')}">${t.members}</a>`, figures.members],
    [html`<a href="${paths.adminPart('boards')}">${t.boards}</a>`, figures.boards],
    [member.posts, figures.posts],
    [
      html`<a href="${paths.queue()}">${t.reports}</a>`,
      Math.max(0, (page.openReports ?? 0) - figures.waiting),
    ],
    [html`<a href="${paths.waitingMembers()}">${moderation.signUps}</a>`, figures.waiting],
    [html`<a href="${paths.adminPart('links')}">${t.links}</a>`, figures.links],
  ] as const
  return html`<dl class="figures">${entries.map(
    ([label, count]) => html`<div><dt>${label}</dt><dd class="num">${number.format(count)}</dd></div>`,
  )}</dl>`
}
