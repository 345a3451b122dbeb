import { type Html, raw } from '#platform/html.ts'

/** A sign beside a text: `public/icons/NAME.svg`, drawn by the stylesheet. It says nothing by itself to a screen reader. */
export function icon(name: string): Html {
  return raw(`<i class="i ${name}"></i>`)
}
