/** A text field's content with its selection. */
export type Selected = { text: string; start: number; end: number }
/** Replace `from`-`to` by `insert`, then select `start`-`end`. */
export type Edit = { from: number; to: number; insert: string; start: number; end: number }

export type Tool = 'bold' | 'italic' | 'link' | 'quote' | 'code' | 'list'

/** The tool of a key with Ctrl or Cmd. */
export const toolKeys: Record<string, Tool> = { b: 'bold', i: 'italic', k: 'link', e: 'code' }

export function editFor(tool: Tool, selected: Selected): Edit {
  switch (tool) {
    case 'bold':
      return wrap(selected, '**')
    case 'italic':
      return wrap(selected, '*')
    case 'code':
      return selected.text.slice(selected.start, selected.end).includes('\n')
        ? fence(selected)
        : wrap(selected, '`')
    case 'link':
      return link(selected)
    case 'quote':
      return prefixLines(selected, '> ')
    case 'list':
      return prefixLines(selected, '- ')
  }
}

/** Puts marks around the selection, or takes them away when they are there. */
function wrap({ text, start, end }: Selected, mark: string): Edit {
  const size = mark.length
  const inner = text.slice(start, end)
  const isMarked = text.slice(start - size, start) === mark && text.slice(end, end + size) === mark
  // One star beside one more star is bold, not italic.
  const isLonger = mark === '*' && text[start - 2] === '*'
  if (start >= size && isMarked && !isLonger) {
    return { from: start - size, to: end + size, insert: inner, start: start - size, end: end - size }
  }
  return { from: start, to: end, insert: mark + inner + mark, start: start + size, end: end + size }
}

function fence({ text, start, end }: Selected): Edit {
  const inner = text.slice(start, end).replace(/\n$/, '')
  const lead = start > 0 && text[start - 1] !== '\n' ? '\n' : ''
  const insert = `${lead}\`\`\`\n${inner}\n\`\`\`\n`
  return {
    from: start,
    to: end,
    insert,
    start: start + lead.length + 4,
    end: start + lead.length + 4 + inner.length,
  }
}

function link({ text, start, end }: Selected): Edit {
  const inner = text.slice(start, end)
  if (/^https?:\/\/\S+$/.test(inner)) {
    return { from: start, to: end, insert: `[](${inner})`, start: start + 1, end: start + 1 }
  }
  // The caret goes to what is still missing: the address.
  const address = start + inner.length + 3
  return { from: start, to: end, insert: `[${inner}](https://)`, start: address, end: address + 8 }
}

/** Puts a mark before each line of the selection, or takes it away when all lines have it. */
function prefixLines({ text, start, end }: Selected, mark: string): Edit {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const next = text.indexOf('\n', end > start && text[end - 1] === '\n' ? end - 1 : end)
  const to = next === -1 ? text.length : next
  const lines = text.slice(from, to).split('\n')
  const has = lines.every((line) => line.startsWith(mark))
  const insert = lines.map((line) => (has ? line.slice(mark.length) : mark + line)).join('\n')
  const caret = from + insert.length
  return { from, to, insert, start: start === end ? caret : from, end: caret }
}
