/** A mention that is being typed: `@na` before the caret. */
export type MentionToken = { start: number; prefix: string }

// Names begin with a letter or digit and hold letters, marks, digits, dot, underscore, hyphen: as names of members do.
const token = /(?:^|[^\p{L}\p{N}_@./-])@([\p{L}\p{N}][\p{L}\p{M}\p{N}_.-]{0,29})$/u

/** The mention that ends at the caret, null when there is none. */
export function findMention(text: string, caret: number): MentionToken | null {
  const before = text.slice(Math.max(0, caret - 64), caret)
  const prefix = token.exec(before)?.[1]
  return prefix === undefined ? null : { start: caret - prefix.length - 1, prefix }
}

/** What stands in the place of the typed mention once a name is chosen. */
export function mentionText(name: string): string {
  return `@${name} `
}

/**
 * What to ask the server for. The last syllable may still grow while it is composed (하, 한), and names are found by whole
 * syllables, so it is left out then, if something stays.
 */
export function prefixToAsk(prefix: string, composing: boolean): string {
  const characters = [...prefix]
  return composing && characters.length > 1 ? characters.slice(0, -1).join('') : prefix
}

/** Whether a name begins with what is typed, letter by letter within a Hangul syllable: 김 begins with 기. */
export function beginsWith(name: string, prefix: string): boolean {
  const fold = (text: string) => text.normalize('NFKD').toLowerCase()
  return fold(name).startsWith(fold(prefix))
}
