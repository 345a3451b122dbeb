import type { Edit, Selected } from './markdown-edits.ts'

/** Puts the line of a picture where the writer stands, on a line of its own. */
export function pictureEdit(selected: Selected, markdown: string): Edit {
  const { text, end } = selected
  const before = end > 0 && text[end - 1] !== '\n' ? '\n' : ''
  const after = text[end] === '\n' ? '' : '\n'
  const insert = before + markdown + after
  const caret = end + insert.length + (after === '' ? 1 : 0)
  return { from: end, to: end, insert, start: caret, end: caret }
}

type Offered = { types: readonly string[]; files: ArrayLike<File> }

/** The pictures of a paste or drop. Programs that copy text often add a picture of it: then the text is meant. */
export function picturesIn(offered: Offered | null): File[] {
  if (!offered || offered.types.includes('text/plain')) return []
  return Array.from(offered.files).filter((file) => file.type.startsWith('image/'))
}
