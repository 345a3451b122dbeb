import { describe, expect, test } from 'vitest'
import { commandOf, isComposing, type KeyPress, sendRule } from './key-rules.ts'

function press(key: string, more: Partial<KeyPress> = {}): KeyPress {
  const base = { code: '', keyCode: 0, isComposing: false, ctrlKey: false, metaKey: false, altKey: false }
  return { key, ...base, ...more }
}
const idle = { afterG: false, typing: false }

describe('sending', () => {
  test('Ctrl+Enter and Cmd+Enter send, Enter alone does not', () => {
    expect(sendRule(press('Enter', { ctrlKey: true }))).toBe('send')
    expect(sendRule(press('Enter', { metaKey: true }))).toBe('send')
    expect(sendRule(press('Enter'))).toBeNull()
    expect(sendRule(press('Enter', { ctrlKey: true, altKey: true }))).toBeNull()
  })

  test('in the middle of a Hangul syllable one press waits for the syllable instead of sending', () => {
    const composing = press('Process', { code: 'Enter', ctrlKey: true, isComposing: true, keyCode: 229 })
    expect(sendRule(composing)).toBe('send-when-composed')
    expect(sendRule({ ...composing, ctrlKey: false })).toBeNull()
  })

  test('the key code 229 alone means composing, as Safari says it', () => {
    expect(isComposing({ isComposing: false, keyCode: 229 })).toBe(true)
    expect(isComposing({ isComposing: false, keyCode: 13 })).toBe(false)
  })
})

describe('commands', () => {
  test('each key has its command', () => {
    const commands = ['j', 'k', 'o', 'u', 'c', '/', '?'].map((key) => commandOf(press(key), idle).command)
    expect(commands).toEqual(['next', 'previous', 'open', 'vote', 'write', 'search', 'help'])
  })

  test('a Hangul layout gives the same commands by the place of the key', () => {
    expect(commandOf(press('ㅓ', { code: 'KeyJ' }), idle).command).toBe('next')
    expect(commandOf(press('é', { code: 'Digit2' }), idle).command).toBeNull()
  })

  test('g waits for h, and forgets on any other key', () => {
    const afterG = commandOf(press('g'), idle)
    expect(afterG).toEqual({ command: null, afterG: true })
    expect(commandOf(press('h'), { ...idle, afterG: true })).toEqual({ command: 'home', afterG: false })
    expect(commandOf(press('j'), { ...idle, afterG: true })).toEqual({ command: null, afterG: false })
    expect(commandOf(press('h'), idle).command).toBeNull()
  })

  test('nothing happens while one types, composes, or holds Ctrl, Cmd or Alt', () => {
    expect(commandOf(press('j'), { ...idle, typing: true }).command).toBeNull()
    expect(commandOf(press('j', { isComposing: true }), idle).command).toBeNull()
    expect(commandOf(press('j', { ctrlKey: true }), idle).command).toBeNull()
    expect(commandOf(press('j', { metaKey: true }), idle).command).toBeNull()
    expect(commandOf(press('j', { altKey: true }), idle).command).toBeNull()
  })
})
