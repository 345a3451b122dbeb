import { paths } from '#paths.ts'
import { escapeHtml, type Html, html, raw } from '#platform/html.ts'

/**
 * A member's own picture, or the first letter of the name on one of twelve quiet colours; the same name has the same
 * colour everywhere. `file` names a stored picture.
 */
export function avatar(name: string, file: string | null = null): Html {
  if (file !== null)
    return html`<img class="av" src="${paths.file(file, 64)}" width="64" height="64" alt="" loading="lazy">`
  return raw(`<span class="av hue-${hueOf(name)}" aria-hidden="true">${escapeHtml(initialOf(name))}</span>`)
}

function initialOf(name: string): string {
  const point = name.codePointAt(0)
  return point === undefined ? '·' : String.fromCodePoint(point).toUpperCase()
}

function hueOf(name: string): number {
  let sum = 7
  for (let i = 0; i < name.length; i++) sum = (sum * 31 + name.charCodeAt(i)) >>> 0
  return sum % 12
}
