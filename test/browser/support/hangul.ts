import type { Page } from 'playwright-core'

/** An input method at work: the browser's own composition events, as a Korean keyboard makes them. */
export async function openInputMethod(page: Page) {
  const cdp = await page.context().newCDPSession(page)
  const key = (type: 'rawKeyDown' | 'keyUp', modifiers = 0) =>
    cdp.send('Input.dispatchKeyEvent', {
      type,
      key: 'Process',
      code: 'Enter',
      windowsVirtualKeyCode: 229,
      modifiers,
    })
  return {
    /** The syllables that are not yet done, underlined. */
    compose: async (text: string) => {
      const caret = { selectionStart: text.length, selectionEnd: text.length }
      await cdp.send('Input.imeSetComposition', { text, ...caret })
    },
    /** The input method lets go of what it composed. */
    commit: (text: string) => cdp.send('Input.insertText', { text }),
    /** Enter while composing: browsers name it "Process" with the key code 229. */
    pressEnter: async (options: { ctrl: boolean } = { ctrl: false }) => {
      const modifiers = options.ctrl ? 2 : 0
      await key('rawKeyDown', modifiers)
      await key('keyUp', modifiers)
    },
  }
}
