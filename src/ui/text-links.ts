import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import type { Page } from './page.ts'

/** A link to each of these texts of the site, by default all that are published. */
export function textLinks(page: Page, names = page.site.texts ?? [], between = ' '): Html {
  return html`${names.map(
    (name, index) =>
      html`${index > 0 && between}<a href="${paths.siteText(name)}">${page.words.siteTexts.names[name]}</a>`,
  )}`
}

/** A way to reach who runs the site, for those who cannot write in it; nothing where they named none. */
export function contactLink({ site, words }: Page): Html {
  if (!site.texts?.includes('contact')) return nothing
  return html`<p class="ways"><a class="btn" href="${paths.siteText('contact')}">${words.siteTexts.names.contact}</a></p>`
}
