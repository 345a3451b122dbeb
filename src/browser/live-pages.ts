import type { ScriptWords } from '#ui/script-words.ts'
import { callApi, property } from './api.ts'
import { element } from './dialog.ts'
import { follow } from './live.ts'
import { fill } from './words.ts'

/** What every member's page follows: news of rooms that are not open, and the post that is. Nothing on the page moves. */
export function startLivePages(words: ScriptWords): void {
  const open = document.querySelector<HTMLElement>('.chat')?.dataset['room']
  follow({
    topic: 'me',
    hear: (news) => {
      // Everything was read.
      if (property(news, 'unread') === 0) markChat(false)
      const room = property(property(news, 'chat'), 'room')
      if (room === undefined || String(room) === open) return
      markChat(true)
    },
  })
  const place = document.querySelector<HTMLElement>('[data-live-post]')
  if (place) followPost(place, words)
}

/** Whether what is unread is in the chat. */
export async function lookAtChat(unread: number): Promise<void> {
  if (unread === 0) return markChat(false)
  const { status, body } = await callApi('GET', '/notifications?limit=1&unread=true&kind=chat')
  const items = property(body, 'items')
  if (status === 200 && Array.isArray(items)) markChat(items.length > 0)
}

function markChat(isFresh: boolean): void {
  for (const link of document.querySelectorAll('[data-chat-link]')) link.classList.toggle('fresh', isFresh)
}

/** New comments are counted in a line that leads to the first of them; votes change where they stand. */
function followPost(place: HTMLElement, words: ScriptWords): void {
  const id = place.dataset['livePost'] ?? ''
  const fresh = new Set<number>()
  follow({
    topic: `post:${id}`,
    hear: (news) => {
      const comment = property(news, 'comment')
      const votes = property(news, 'votes')
      if (typeof comment === 'number' && !document.getElementById(`c${comment}`)) {
        fresh.add(comment)
        showFresh(place, fill(words.chat.newComments, fresh.size), [...fresh][0] ?? comment)
      }
      if (typeof votes === 'number') showVotes(`${votes}`, id, property(news, 'of'))
    },
  })
}

function showFresh(place: HTMLElement, text: string, first: number): void {
  const known = place.querySelector('a')
  const link = known ?? element('a', '', 'new-posts')
  link.href = `/c/${first}`
  link.textContent = text
  if (!known) place.append(link)
}

/** The count stands in the form by which one votes. */
function showVotes(votes: string, post: string, comment: unknown): void {
  const action = comment === undefined ? `/p/${post}/vote` : `/c/${String(comment)}/vote`
  for (const form of document.querySelectorAll<HTMLFormElement>('form')) {
    const count = form.querySelector('[data-votes]')
    if (count && new URL(form.action).pathname === action) count.textContent = votes
  }
}
