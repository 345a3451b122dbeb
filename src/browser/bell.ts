import type { ScriptWords } from '#ui/script-words.ts'
import { announce } from './announce.ts'
import { callApi, property } from './api.ts'
import { fill } from './words.ts'

/** After so many milliseconds out of sight a page asks for the count itself: it may have missed a ring. */
const missedAfter = 60_000

/**
 * Keeps the bell's count: what the live connection hears on the topic `me` is dispatched on the document as an event
 * of that name, with the message as its `detail`.
 */
export function watchBell(words: ScriptWords): void {
  const bell = document.getElementById('bell')
  if (!bell) return
  document.addEventListener('me', (event) => {
    const unread = event instanceof CustomEvent ? property(event.detail, 'unread') : undefined
    if (typeof unread === 'number') show(bell, words, unread)
  })
  let left = 0
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') left = performance.now()
    else if (left > 0 && performance.now() - left > missedAfter) void look(bell, words)
  })
}

async function look(bell: HTMLElement, words: ScriptWords): Promise<void> {
  const answer = await callApi('GET', '/notifications?limit=1')
  const unread = property(answer.body, 'unread')
  if (answer.status === 200 && typeof unread === 'number') show(bell, words, unread)
}

function show(bell: HTMLElement, words: ScriptWords, unread: number): void {
  const count = bell.querySelector<HTMLElement>('.count')
  const [said, seen] = count?.children ?? []
  if (!count || !said || !seen) return
  const before = Number(bell.dataset['unread'] ?? 0)
  const text = unread === 1 ? words.bell.one : fill(words.bell.many, unread)
  bell.dataset['unread'] = String(unread)
  said.textContent = text
  seen.textContent = unread > 99 ? '99+' : String(unread)
  count.hidden = unread === 0
  if (unread > before) announce(text)
}
