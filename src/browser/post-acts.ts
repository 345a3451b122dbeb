import type { ScriptWords } from '#ui/script-words.ts'
import { announce, toast } from './announce.ts'
import { type Answer, callApi, messageOf, property } from './api.ts'
import { pageAct, withVote } from './post-actions.ts'
import { fill } from './words.ts'

const waiting = new WeakSet<HTMLFormElement>()

/** Votes, bookmarks and follows happen in place: shown at once, taken back with the reason when the server refuses. */
export function watchPostActs(words: ScriptWords): void {
  document.addEventListener('submit', (event) => {
    const form = event.target
    const button = event.submitter
    if (!(form instanceof HTMLFormElement) || !(button instanceof HTMLButtonElement)) return
    const act = pageAct(new URL(form.action).pathname)
    // What keeps a thread's news away is no button that stays pressed.
    if (!act || !button.hasAttribute('aria-pressed')) return
    event.preventDefault()
    if (waiting.has(form)) return
    waiting.add(form)
    const done =
      act.kind === 'vote'
        ? vote({ form, button }, act.api, words)
        : keep(button, { api: act.api, isBookmark: act.kind === 'bookmark', words })
    void done.finally(() => waiting.delete(form))
  })
}

function isPressed(button: Element): boolean {
  return button.getAttribute('aria-pressed') === 'true'
}

function press(button: Element, on: boolean): void {
  button.setAttribute('aria-pressed', String(on))
}

/** A vote form holds one button for each direction and the count in `[data-votes]`. */
type Pressed = { form: HTMLFormElement; button: HTMLButtonElement }

async function vote({ form, button }: Pressed, api: string, words: ScriptWords) {
  const buttons = [...form.querySelectorAll<HTMLButtonElement>('button[aria-pressed]')]
  const count = form.querySelector('[data-votes]')
  const pressed = buttons.find(isPressed)
  const before = { votes: Number(count?.textContent ?? 0), mine: pressed ? directionOf(pressed) : 0 }
  const wanted = button === pressed ? 0 : directionOf(button)
  const show = (state: { votes: number; mine: number }) => {
    for (const one of buttons) press(one, state.mine !== 0 && directionOf(one) === state.mine)
    if (count) count.textContent = String(state.votes)
  }
  show(withVote(before, wanted))
  const answer =
    wanted === 0 ? await callApi('DELETE', api) : await callApi('PUT', api, { body: { value: wanted } })
  if (answer.status !== 200) return takeBack(() => show(before), answer, words.keys.failed)
  const votes = property(answer.body, 'votes')
  const mine = property(answer.body, 'mine')
  if (typeof votes !== 'number' || typeof mine !== 'number') return
  show({ votes, mine })
  announce(fill(words.keys.voted, votes))
}

function directionOf(button: HTMLButtonElement): number {
  return button.dataset['direction'] === 'down' || button.value === '-1' ? -1 : 1
}

type Keeping = { api: string; isBookmark: boolean; words: ScriptWords }

async function keep(button: HTMLButtonElement, { api, isBookmark, words }: Keeping) {
  const { bookmarked, unbookmarked, followed, unfollowed, failed } = words.keys
  const was = isPressed(button)
  press(button, !was)
  const answer = await callApi(was ? 'DELETE' : 'PUT', api)
  if (answer.status < 200 || answer.status > 299) return takeBack(() => press(button, was), answer, failed)
  if (isBookmark) announce(was ? unbookmarked : bookmarked)
  else announce(was ? unfollowed : followed)
}

function takeBack(undo: () => void, answer: Answer, failed: string): void {
  undo()
  toast(messageOf(answer, failed))
}
