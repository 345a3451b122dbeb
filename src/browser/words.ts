import type { ScriptWords } from '#ui/script-words.ts'

let words: ScriptWords | null = null

/** The page's texts for scripts; read once. Null on pages without them. */
export function pageWords(): ScriptWords | null {
  const block = document.getElementById('script-words')
  words ??= block ? JSON.parse(block.textContent) : null
  return words
}

/** Puts a number into a text: `fill('{count} new posts', 3)`. */
export function fill(text: string, count: number): string {
  return text.replace('{count}', String(count))
}
