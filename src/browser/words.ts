import type { Counted, ScriptWords } from '#ui/script-words.ts'

let words: ScriptWords | null = null

/** The page's texts for scripts; read once. Null on pages without them. */
export function pageWords(): ScriptWords | null {
  const block = document.getElementById('script-words')
  words ??= block ? JSON.parse(block.textContent) : null
  return words
}

/** Puts a number into a text: `fill({ one: '1 new post', many: '{count} new posts' }, 3)`. */
export function fill(text: string | Counted, count: number): string {
  const fitting = typeof text === 'string' ? text : count === 1 ? text.one : text.many
  return fitting.replace('{count}', String(count))
}

/** Puts a name into a text; a title of one syllable after it is left out where the name has it already. */
export function withName(text: string, place: 'name' | 'whom', name: string): string {
  const where = new RegExp(`\\{${place}\\}( (\\p{Script=Hangul}))?`, 'u')
  return text.replace(where, (_, after = '', title) => (name.endsWith(title) ? name : name + after))
}
