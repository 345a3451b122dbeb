import { paths } from '#paths.ts'
import type { FailedJob } from '#platform/failed-jobs.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'
import type { Checklist } from './checklist.ts'
import { checklist } from './checklist-views.ts'
import type { Figures } from './figures.ts'
import { failingList } from './mail-views.ts'
import { sizeText } from './storage-views.ts'
import { adminTabs } from './views.ts'

export type SiteData = {
  figures: Figures
  todo: Checklist | 'hidden' | null
  /** At most 50. */
  failing: readonly FailedJob[]
}

/** GET /admin: what is worth doing, how much there is, and what waits. */
export function sitePage(page: Page, data: SiteData): Html {
  const { admin: t } = page.words
  return html`<div class="form-page wide">
<h1>${t.title}</h1>
${adminTabs(page, 'site')}
${figuresList(page, data)}
${checklist(page, data.todo)}
${data.failing.length > 0 && html`<section id="failed"><h2>${t.failedJobs}</h2><p class="hint">${t.failedJobsText}</p>${failingList(page, data.failing)}</section>`}
</div>`
}

function figuresList(page: Page, { figures, failing }: SiteData): Html {
  const { admin: t, member, moderation } = page.words
  const format = new Intl.NumberFormat(page.language)
  const number = (count: number) => format.format(count)
  const since = (today: number, week: number) => t.figuresSince({ today: number(today), week: number(week) })
  const entries: readonly [href: string, label: string, figure: string, more?: string][] = [
    [paths.adminPart('members'), t.members, number(figures.members)],
    [paths.adminPart('boards'), t.boards, number(figures.boards)],
    [paths.home(), member.posts, number(figures.posts), since(figures.postsToday, figures.postsOfWeek)],
    [
      paths.home({ sort: 'active' }),
      t.commentsOfWeek,
      number(figures.commentsOfWeek),
      t.figuresToday({ today: number(figures.commentsToday) }),
    ],
    [paths.queue(), t.reports, number(Math.max(0, (page.openReports ?? 0) - figures.waiting))],
    [paths.waitingMembers(), moderation.signUps, number(figures.waiting)],
    [paths.adminPart('links'), t.links, number(figures.links)],
    [failing.length > 0 ? '#failed' : paths.adminPart('mail'), t.failedJobs, number(failing.length)],
    [paths.adminPart('storage'), t.storage, sizeText(page, figures.bytes)],
  ]
  return html`<dl class="figures">${entries.map(
    ([href, label, figure, more]) =>
      html`<div><dt><a href="${href}">${label}</a>${more && html` <small class="quiet num">${more}</small>`}</dt><dd class="num">${figure}</dd></div>`,
  )}</dl>`
}
