import type { OpenLink } from '#modules/accounts/links.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'
import { timeFull } from '#ui/time.ts'
import { adminTabs } from './views.ts'

export type LinksData = {
  links: readonly OpenLink[]
  /** The link just shown; its address is in this answer alone. */
  shown: { id: number; url: string; expiresAt: Date } | null
}

/** GET /admin/links. POST /admin/links/{id}: nothing; answers with this page, the link in it. */
export function linksPage(page: Page, data: LinksData): Html {
  const { admin: t } = page.words
  const { shown } = data
  return html`<div class="form-page wide">
<h1>${t.title}</h1>
${adminTabs(page, 'links')}
<p>${t.linksText}</p>
${
  shown &&
  html`<div class="note warm" role="status"><div><p>${t.linkShown}</p>
<p><label class="sr" for="open-link">${t.linkShow}</label><input id="open-link" class="copy" value="${shown.url}" readonly></p>
<p class="small quiet">${t.linkUntil} ${timeFull(page, shown.expiresAt)}</p></div></div>`
}
${data.links.length === 0 ? html`<div class="empty"><p>${t.linksEmpty}</p></div>` : table(page, data.links)}
</div>`
}

function table(page: Page, links: readonly OpenLink[]): Html {
  const { admin: t } = page.words
  const rows = links.map(
    (
      link,
    ) => html`<tr data-row><td data-label="${t.linkFor}"><a href="${paths.adminMember(link.member.id)}">${link.member.name}</a>
<small class="quiet">${link.email}</small></td>
<td data-label="${t.linkKind}">${t.linkPurposes[link.purpose]}</td>
<td data-label="${t.linkState}">${state(page, link)}</td>
<td data-label="${t.linkUntil}">${timeFull(page, link.expiresAt)}</td>
<td><form method="post" action="${paths.adminLink(link.id)}"><button class="btn">${t.linkShow}</button></form></td></tr>`,
  )
  return html`<table class="data"><thead><tr><th scope="col">${t.linkFor}</th><th scope="col">${t.linkKind}</th>
<th scope="col">${t.linkState}</th><th scope="col">${t.linkUntil}</th><td></td></tr></thead><tbody>${rows}</tbody></table>`
}

function state(page: Page, link: OpenLink): Html {
  const { admin: t } = page.words
  if (link.failure)
    return html`<strong class="danger-text">${t.linkFailed}</strong> <small>${link.failure}</small>`
  return link.sentAt ? html`${t.linkSent} ${timeFull(page, link.sentAt)}` : html`${t.linkNotSent}`
}
