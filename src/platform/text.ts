import type { FieldError } from './errors.ts'

/** Text as it comes from people: normalised, without characters that hide or reorder what is read. */

// Control characters except tab and line feed; bidirectional overrides; byte-order mark; Hangul fillers; tags block.
const hidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\u115f\u1160\u3164\uffa0\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu
/** No text holds them: neither white space nor anything that is read. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const controls = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/
/** All that ends a line: CR LF, CR, vertical tab, form feed, next line, line and paragraph separator (Unicode 5.8). */
const lineEnd = /\r\n?|[\v\f\u0085\u2028\u2029]/g
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Many lines (a body): NFC, every line's end LF, hidden characters gone. Joiners (U+200C, U+200D) stay: emoji and scripts need them. */
export function cleanText(text: string): string {
  return text.replace(lineEnd, '\n').replace(loneSurrogate, '\ufffd').normalize('NFC').replace(hidden, '')
}

/** One line (a title, a name): as `cleanText`, white space folded and trimmed. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/gu, ' ').trim()
}

/**
 * Control characters in what somebody sent, by field (`name`, `list.0`). Passwords and tokens may hold what
 * they like. Imports and drafts are cleaned instead: nobody is there to send them again.
 */
export function controlErrors(sent: unknown, field = ''): FieldError[] {
  if (typeof sent === 'string') return controls.test(sent) ? [{ field, code: 'control' }] : []
  if (typeof sent !== 'object' || sent === null || ArrayBuffer.isView(sent)) return []
  return Object.entries(sent).flatMap(([name, value]) =>
    /password|token/i.test(name) ? [] : controlErrors(value, field ? `${field}.${name}` : name),
  )
}

/** Whether nothing of it can be seen: white space, joiners, variation selectors, combining marks alone. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{M}\p{C}\u3164\u2800]/u.test(text)
}

/** The form under which names are unique: compatibility characters, case and joiners do not make another name. */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[\u200c\u200d]/g, '')
}

/** Length as people count it at most: code points. */
export function lengthOf(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** A text as it stands in a pattern of LIKE, where it means itself. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

/** What is wrong with a cleaned text that is needed and may have `limit` code points. */
export function textErrors(text: string, { field, limit }: { field: string; limit: number }): FieldError[] {
  if (isBlank(text)) return [{ field, code: 'required' }]
  return lengthOf(text) > limit ? [{ field, code: 'too-long', facts: { limit } }] : []
}

/** A title's words for an address: letters and digits of any script, joined by hyphens, at most 60 characters; `-` when none is left. */
export function slugOf(title: string): string {
  const words =
    title
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  let slug = ''
  for (const word of words) {
    if (slug && slug.length + word.length + 1 > 60) break
    slug = slug ? `${slug}-${word}` : word.slice(0, 60)
  }
  return slug || '-'
}

/** JSON as PostgreSQL takes it: halves of characters and U+0000, which it refuses, are replaced and left out. */
export function databaseJson(value: unknown): string {
  const json = JSON.stringify(value)
  if (!/\\u(?:d[89a-f]|0000)/.test(json)) return json
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? part.toWellFormed().replaceAll('\0', '') : part,
  )
}
