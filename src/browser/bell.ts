import type { ScriptWords } from '#ui/script-words.ts'
import { announce } from './announce.ts'
import { callApi, property } from './api.ts'
import { follow } from './live.ts'
import { lookAtChat } from './live-pages.ts'
import { fill } from './words.ts'

/** Keeps the bell's count: by the live connection, and by asking after that was away. */
export function watchBell(words: ScriptWords): void {
  const bell = document.getElementById('bell')
  if (!bell) return
  follow({
    topic: 'me',
    hear: (news) => {
      const unread = property(news, 'unread')
      if (typeof unread === 'number') show(bell, words, unread)
    },
    look: () => void look(bell, words),
  })
}

async function look(bell: HTMLElement, words: ScriptWords): Promise<void> {
  const answer = await callApi('GET', '/notifications?limit=1')
  const unread = property(answer.body, 'unread')
  if (answer.status !== 200 || typeof unread !== 'number') return
  show(bell, words, unread)
  await lookAtChat(unread)
}

function show(bell: HTMLElement, words: ScriptWords, unread: number): void {
  const count = bell.querySelector<HTMLElement>('.count')
  const [said, seen] = count?.children ?? []
  if (!count || !said || !seen) return
  const before = Number(bell.dataset['unread'] ?? 0)
  const text = fill(words.bell, unread)
  bell.dataset['unread'] = String(unread)
  said.textContent = text
  seen.textContent = unread > 99 ? '99+' : String(unread)
  count.hidden = unread === 0
  if (unread > before) announce(text)
}
