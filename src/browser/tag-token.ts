import type { MentionToken } from './mention-token.ts'

/** The tag at the end of a list with commas, when the caret stands behind it; null where nothing is begun. */
export function findTag(text: string, caret: number): MentionToken | null {
  if (text.slice(caret).trim() !== '') return null
  const [, before = '', prefix = ''] = /^(.*,)?\s*#*(.*)$/s.exec(text.slice(0, caret)) ?? []
  const known = tagsIn(before)
  if (prefix.trim() === '' || prefix !== prefix.trimEnd() || known.includes(prefix)) return null
  return { start: caret - prefix.length, prefix: prefix.replace(/\s+/g, '-') }
}

/** The tags that stand in a list. */
function tagsIn(text: string): string[] {
  return text.split(',').map((tag) => tag.trim().replace(/^#+/, ''))
}
