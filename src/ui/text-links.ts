import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from './page.ts'

/** A link to each text of the site that is published. */
export function textLinks({ site, words }: Page, between = ' '): Html {
  const { texts = [] } = site
  return html`${texts.map(
    (name, index) =>
      html`${index > 0 && between}<a href="${paths.siteText(name)}">${words.siteTexts.names[name]}</a>`,
  )}`
}
