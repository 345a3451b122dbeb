import { expect, test } from 'vitest'
import { findTag } from './tag-token.ts'

function at(text: string) {
  const caret = text.indexOf('|')
  return findTag(text.replace('|', ''), caret)
}

test('a tag is what stands behind the last comma, with or without its sign', () => {
  expect(at('기숙|')).toEqual({ start: 0, prefix: '기숙' })
  expect(at('비자, 기숙|')).toEqual({ start: 4, prefix: '기숙' })
  expect(at('비자,#기|')).toEqual({ start: 4, prefix: '기' })
  expect(at('Web De|')).toEqual({ start: 0, prefix: 'Web-De' })
})

test('nothing is offered where none is begun, in the middle of a list, behind a space, and twice', () => {
  for (const text of ['|', '비자, |', '비자,|', '비|자', '비|, 기숙사', '비자 |', '#|', '비자, 비자|'])
    expect(at(text)).toBeNull()
})
