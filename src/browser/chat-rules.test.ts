import { describe, expect, test } from 'vitest'
import { enterRule, retryPause } from './chat-rules.ts'

const press = (given: object = {}) => ({
  key: 'Enter',
  code: 'Enter',
  keyCode: 13,
  isComposing: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...given,
})

describe('Enter in a room', () => {
  test('sends, and with Shift is a new line', () => {
    expect(enterRule(press(), false)).toBe('send')
    expect(enterRule(press({ shiftKey: true }), false)).toBeNull()
    expect(enterRule(press({ key: 'a', code: 'KeyA' }), false)).toBeNull()
  })

  test('in the middle of a syllable waits for it', () => {
    const composing = press({ key: 'Process', keyCode: 229, isComposing: true })
    expect(enterRule(composing, true)).toBe('send-when-composed')
    expect(enterRule({ ...composing, shiftKey: true }, true)).toBeNull()
  })

  test('sends at once where the syllable was done before the key was told, as in Safari', () => {
    expect(enterRule(press({ keyCode: 229 }), false)).toBe('send')
  })
})

test('what could not be sent is tried again ever more slowly', () => {
  expect([0, 1, 2, 10].map(retryPause)).toEqual([500, 1000, 2000, 30_000])
})
