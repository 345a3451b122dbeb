import { expect, test } from 'vitest'
import { beginsWith, findMention, mentionText, prefixToAsk } from './mention-token.ts'

function at(text: string) {
  const caret = text.indexOf('|')
  return findMention(text.replace('|', ''), caret)
}

test('a mention begins with @ at the start, after a space or a bracket, and ends at the caret', () => {
  expect(at('@na|')).toEqual({ start: 0, prefix: 'na' })
  expect(at('안녕 @한나|님')).toEqual({ start: 3, prefix: '한나' })
  expect(at('(@j.doe-1|)')).toEqual({ start: 1, prefix: 'j.doe-1' })
  expect(at('줄\n@a|')).toEqual({ start: 2, prefix: 'a' })
})

test('mail addresses, paths, lone @ and finished words are no mentions', () => {
  for (const text of ['me@na|', 'x.@na|', '/@na|', '@|', '@na |', 'na|', '@@na|', '@-na|'])
    expect(at(text)).toBeNull()
})

test('a name longer than names can be is no mention', () => {
  expect(at(`@${'a'.repeat(30)}|`)?.prefix).toHaveLength(30)
  expect(at(`@${'a'.repeat(31)}|`)).toBeNull()
})

test('while a syllable is composed the server is asked for what is finished', () => {
  expect(prefixToAsk('한하', true)).toBe('한')
  expect(prefixToAsk('한하', false)).toBe('한하')
  expect(prefixToAsk('하', true)).toBe('하')
})

test('a name begins with a syllable that still grows', () => {
  expect(beginsWith('한나', '하')).toBe(true)
  expect(beginsWith('한나', '한ㄴ')).toBe(true)
  expect(beginsWith('Nadia', 'na')).toBe(true)
  expect(beginsWith('한나', '호')).toBe(false)
})

test('the chosen name stands with @ and a space behind it', () => {
  expect(mentionText('한나')).toBe('@한나 ')
})
