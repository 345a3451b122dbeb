/** What of a keyboard event the rules need. */
export type KeyPress = Pick<
  KeyboardEvent,
  'key' | 'code' | 'keyCode' | 'isComposing' | 'ctrlKey' | 'metaKey' | 'altKey'
>

/** Whether an input method is at work: Safari says so only by the key code 229. */
export function isComposing(press: Pick<KeyPress, 'isComposing' | 'keyCode'>): boolean {
  return press.isComposing || press.keyCode === 229
}

export function isEnter(press: Pick<KeyPress, 'key' | 'code'>): boolean {
  return press.key === 'Enter' || press.code === 'Enter' || press.code === 'NumpadEnter'
}

/**
 * Ctrl+Enter (or Cmd+Enter) sends. In the middle of a syllable it sends as soon as the syllable is done, so that one press
 * is enough and the last syllable is not lost.
 */
export function sendRule(press: KeyPress): 'send' | 'send-when-composed' | null {
  if (!isEnter(press) || press.altKey || !(press.ctrlKey || press.metaKey)) return null
  return isComposing(press) ? 'send-when-composed' : 'send'
}

export type Command = 'next' | 'previous' | 'open' | 'vote' | 'write' | 'search' | 'home' | 'help'

const letters: Record<string, Command> = { j: 'next', k: 'previous', o: 'open', u: 'vote', c: 'write' }
const signs: Record<string, Command> = { '/': 'search', '?': 'help' }

/** The letter on the key, whatever script the keyboard is set to: on a Hangul layout the key of j gives ㅓ. */
function letterOf(press: KeyPress): string {
  if (/^[a-z]$/i.test(press.key)) return press.key.toLowerCase()
  const isOtherScript = press.key.length === 1 && press.key.charCodeAt(0) > 127
  const [, letter] = /^Key([A-Z])$/.exec(press.code) ?? []
  return isOtherScript && letter ? letter.toLowerCase() : ''
}

/** The command of a key, and whether `g` waits for its second key. Nothing while somebody types or composes. */
export function commandOf(
  press: KeyPress,
  state: { afterG: boolean; typing: boolean },
): { command: Command | null; afterG: boolean } {
  const none = { command: null, afterG: false }
  if (state.typing || isComposing(press) || press.ctrlKey || press.metaKey || press.altKey) return none
  const letter = letterOf(press)
  if (state.afterG) return { command: letter === 'h' ? 'home' : null, afterG: false }
  if (letter === 'g') return { command: null, afterG: true }
  return { command: letters[letter] ?? signs[press.key] ?? null, afterG: false }
}
