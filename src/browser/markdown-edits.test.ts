import { describe, expect, test } from 'vitest'
import { editFor, type Selected, type Tool } from './markdown-edits.ts'

/** Applies a tool to a text whose selection stands in brackets, and shows the result the same way. */
function apply(tool: Tool, marked: string): string {
  const start = marked.indexOf('[')
  const end = marked.indexOf(']') - 1
  const selected: Selected = { text: marked.replace('[', '').replace(']', ''), start, end }
  const edit = editFor(tool, selected)
  const text = selected.text.slice(0, edit.from) + edit.insert + selected.text.slice(edit.to)
  return `${text.slice(0, edit.start)}⟦${text.slice(edit.start, edit.end)}⟧${text.slice(edit.end)}`
}

describe('marks around the selection', () => {
  test('are put, keep the selection, and are taken away by the same tool', () => {
    expect(apply('bold', '가 [나] 다')).toBe('가 **⟦나⟧** 다')
    expect(apply('bold', '가 **[나]** 다')).toBe('가 ⟦나⟧ 다')
    expect(apply('italic', '[나]')).toBe('*⟦나⟧*')
    expect(apply('code', '[x]')).toBe('`⟦x⟧`')
  })

  test('italic inside bold adds a star instead of breaking the two', () => {
    expect(apply('italic', '**[나]**')).toBe('***⟦나⟧***')
  })

  test('without a selection the caret stands between the marks', () => {
    expect(apply('bold', '가[]')).toBe('가**⟦⟧**')
  })

  test('code over several lines becomes a block of its own', () => {
    expect(apply('code', 'a[b\nc]')).toBe('a\n```\n⟦b\nc⟧\n```\n')
  })
})

describe('links', () => {
  test('selected words wait for the address, a selected address for the words', () => {
    expect(apply('link', '[이름]')).toBe('[이름](⟦https://⟧)')
    expect(apply('link', '[https://example.org]')).toBe('[⟦⟧](https://example.org)')
  })
})

describe('marks before lines', () => {
  test('are put before every selected line and taken away again', () => {
    expect(apply('quote', '가[나\n다]라')).toBe('⟦> 가나\n> 다라⟧')
    expect(apply('quote', '[> 가나\n> 다라]')).toBe('⟦가나\n다라⟧')
    expect(apply('list', 'a\n[]b')).toBe('a\n- b⟦⟧')
  })

  test('a selection that ends after a line feed leaves the next line alone', () => {
    expect(apply('list', '[a\n]b')).toBe('⟦- a⟧\nb')
  })
})
