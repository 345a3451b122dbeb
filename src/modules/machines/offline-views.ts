import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'

/** What a member sees at an address that they did not read before, while there is no network. The worker fills the list. */
export function offlinePage({ words }: Page): Html {
  const t = words.offline
  // An empty address is the one that was asked for.
  return html`<div class="error-page"><h1>${t.title}</h1>
<p>${t.text}</p>
${readPosts}
<p>${t.kept}</p>
<p class="ways"><a class="btn primary" href="">${t.again}</a> <a class="btn" href="${paths.home()}">${icon('home')}${words.site.home}</a></p></div>`
}

/** Where the posts stand that were read before. */
export const readPosts = html`<ul class="plain"></ul>`

/** Stands above a page that comes from the device. */
export function offlineNote(text: string): Html {
  return html`<p class="note warm offline" role="status">${text}</p>`
}
