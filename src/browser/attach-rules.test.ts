import { describe, expect, it } from 'vitest'
import { pictureEdit, picturesIn } from './attach-rules.ts'

const line = '![a](/files/x.webp)'
function insertedInto(marked: string): string {
  const at = marked.indexOf('|')
  const text = marked.replace('|', '')
  const edit = pictureEdit({ text, start: at, end: at }, line)
  const result = text.slice(0, edit.from) + edit.insert + text.slice(edit.to)
  return `${result.slice(0, edit.start)}|${result.slice(edit.start)}`
}

describe('a picture put into a text', () => {
  it.each([
    ['|', `${line}\n|`],
    ['first\n|', `first\n${line}\n|`],
    ['word|', `word\n${line}\n|`],
    ['word| more', `word\n${line}\n| more`],
    ['above|\nbelow', `above\n${line}\n|below`],
  ])('stands on a line of its own: %j', (before, after) => {
    expect(insertedInto(before)).toBe(after)
  })

  it('leaves what was selected', () => {
    expect(pictureEdit({ text: 'abc', start: 0, end: 3 }, line)).toMatchObject({ from: 3, to: 3 })
  })
})

describe('what was pasted or dropped', () => {
  const png = new File([], 'a.png', { type: 'image/png' })
  const text = new File([], 'a.txt', { type: 'text/plain' })

  it('gives its pictures', () => {
    expect(picturesIn({ types: ['Files'], files: [png, text] })).toEqual([png])
  })

  it('gives none when it is text, with or without a picture of it', () => {
    expect(picturesIn({ types: ['text/plain', 'Files'], files: [png] })).toEqual([])
    expect(picturesIn({ types: ['text/html'], files: [] })).toEqual([])
    expect(picturesIn(null)).toEqual([])
  })
})
