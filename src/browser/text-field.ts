import type { Edit } from './markdown-edits.ts'

export type Field = HTMLTextAreaElement | HTMLInputElement

/** Changes a text field so that undo takes it back, then selects what the edit says. */
export function insertText(field: Field, edit: Edit): void {
  field.focus()
  field.setSelectionRange(edit.from, edit.to)
  // Deprecated, but the only way that keeps the browser's undo; where it fails the text still changes.
  const done = document.execCommand(edit.insert === '' ? 'delete' : 'insertText', false, edit.insert)
  if (!done) {
    field.setRangeText(edit.insert, edit.from, edit.to, 'end')
    field.dispatchEvent(new InputEvent('input', { bubbles: true }))
  }
  field.setSelectionRange(edit.start, edit.end)
}

const copied = [
  'boxSizing', 'width', 'paddingTop', 'paddingRight', 'paddingBottom', 'paddingLeft', 'borderTopWidth', 'borderRightWidth',
  'borderBottomWidth', 'borderLeftWidth', 'borderStyle', 'font', 'lineHeight', 'letterSpacing', 'tabSize', 'wordBreak',
  'overflowWrap',
] as const // biome-ignore format: a list

/** Where a character of a text field is on the screen: left, and the bottom of its line. */
export function caretPlace(field: Field, index: number): { left: number; bottom: number } {
  const box = field.getBoundingClientRect()
  // One line that may have moved sideways: its list stands below its beginning.
  if (field instanceof HTMLInputElement) return box
  const style = getComputedStyle(field)
  const mirror = document.createElement('div')
  for (const name of copied) mirror.style[name] = style[name]
  Object.assign(mirror.style, {
    position: 'absolute',
    visibility: 'hidden',
    whiteSpace: 'pre-wrap',
    top: '0',
    left: '0',
  })
  mirror.textContent = field.value.slice(0, index)
  const mark = document.createElement('span')
  mark.textContent = '\u200b'
  mirror.append(mark)
  document.body.append(mirror)
  const place = {
    left: box.left + mark.offsetLeft,
    bottom: box.top + mark.offsetTop + mark.offsetHeight - field.scrollTop,
  }
  mirror.remove()
  return place
}
