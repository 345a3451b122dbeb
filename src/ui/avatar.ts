import { escapeHtml, type Html, raw } from '#platform/html.ts'

/** The first letter of a name on one of twelve quiet colours; the same name has the same colour everywhere. */
export function avatar(name: string): Html {
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
