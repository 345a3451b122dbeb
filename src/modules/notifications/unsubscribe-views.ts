import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'
import type { Kind } from './kinds.ts'

/** GET /unsubscribe/{token}: asks. POST, with nothing in it: done. Says nothing of who is meant. */
export function unsubscribePage(
  page: Page,
  given: { what: Kind | 'all'; token: string; done: boolean },
): Html {
  const { unsubscribe: t, notifyBy } = page.words
  const { what, token, done } = given
  const kind = what === 'all' ? t.all : notifyBy.kinds[what]
  const settings = html`<p><a href="${paths.settingsPart('notifications')}">${notifyBy.title}</a></p>`
  return html`<div class="form-page"><h1>${t.title}</h1>
${
  done
    ? html`<p class="note" role="status">${t.done({ kind })}</p>${settings}`
    : html`<p>${t.text({ kind })}</p>
<form class="form" method="post" action="${paths.unsubscribe(token)}"><div class="form-actions"><button class="btn primary">${t.submit}</button></div></form>${settings}`
}</div>`
}
