import { isAdministrator } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import { type Html, html, raw } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'
import { timeDay } from '#ui/time.ts'
import type { SiteText } from './texts.ts'

/** GET /rules, /terms, /privacy, /contact: one of the site's texts, and since when it stands so. */
export function siteTextPage(page: Page, text: Omit<SiteText, 'body'> & { html: string }): Html {
  const { admin, siteTexts: t } = page.words
  const edit =
    isAdministrator(page.viewer) &&
    html`<a class="btn" href="${paths.adminText(text.name)}">${admin.editText}</a>`
  return html`<article class="post"><header><div class="head-line"><h1>${t.names[text.name]}</h1>${edit}</div><p class="m"><span>${t.since} ${timeDay(page, text.since)}</span></p></header>
<div class="prose">${raw(text.html)}</div></article>`
}
