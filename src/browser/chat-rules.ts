import { isComposing, isEnter, type KeyPress } from './key-rules.ts'

/**
 * Enter sends, Shift+Enter is a new line. In the middle of a syllable it sends as soon as the syllable is done, so that
 * one press is enough, nothing goes out twice, and the last syllable is neither lost nor left behind. `composing`: whether
 * a composition was begun and not ended; Safari ends it before it says that Enter was pressed, with the key code 229 still.
 */
export function enterRule(
  press: KeyPress & { shiftKey: boolean },
  composing: boolean,
): 'send' | 'send-when-composed' | null {
  if (!isEnter(press) || press.shiftKey || press.altKey) return null
  return composing && isComposing(press) ? 'send-when-composed' : 'send'
}

/** Milliseconds to wait before a message is tried again: longer each time, at most half a minute. */
export function retryPause(tries: number): number {
  return Math.min(30_000, 500 * 2 ** tries)
}
