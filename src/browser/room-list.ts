import { property } from './api.ts'
import { element } from './dialog.ts'
import { follow } from './live.ts'
import { serverHtml } from './server-html.ts'

/** What an open room tells the list beside it: a large one rings no bells, and none rings for who says it. */
export type Said = { room: string; text: string; at: string; time: string }

/** Milliseconds: several messages at once are one look. */
const together = 300

/** Keeps the list of rooms as the server would send it now: what was said last, how much is unread. */
function keepRooms(place: HTMLElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const isLive = document.querySelector('.chat[data-live]') !== null
  const look = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void refresh(place), together)
  }
  follow({
    topic: 'me',
    hear: (news) => {
      const said = property(news, 'chat')
      // Of the room that is open its own script tells.
      const isOpen = said !== undefined && isLive && String(property(said, 'room')) === place.dataset['open']
      // Something was said elsewhere; or read, perhaps on another device.
      if (!isOpen && (said !== undefined || property(news, 'unread') !== undefined)) look()
    },
    look,
  })
  document.addEventListener('room-said', ({ detail }: CustomEvent<Said>) => showSaid(place, detail))
  document.addEventListener('room-over', look)
  // Beside a room it is shown where there is place for it, and stood still before.
  let width = innerWidth
  addEventListener('resize', () => {
    if (innerWidth > width) look()
    width = innerWidth
  })
}

function showSaid(place: HTMLElement, { room, text, at, time }: Said): void {
  const row = place.querySelector(`[data-room-row="${room}"]`)
  const shown = row?.querySelector('time')
  if (!row || !shown || Date.parse(shown.dateTime) > Date.parse(at)) return
  const line = row.querySelector('small') ?? element('small', '')
  line.textContent = text
  row.querySelector('.room-what')?.append(line)
  shown.dateTime = at
  shown.textContent = time
  shown.removeAttribute('title')
  const item = row.closest('li')
  if (item?.previousElementSibling) item.parentElement?.prepend(item)
}

async function refresh(place: HTMLElement): Promise<void> {
  if (!place.checkVisibility()) return
  const { from = location.href, open } = place.dataset
  const answer = await fetch(from).catch(() => null)
  if (!answer?.ok) return
  const fresh = serverHtml(await answer.text()).querySelector(`#${place.id}`)
  if (!fresh) return
  fresh.querySelector(`[data-room-row="${open}"]`)?.setAttribute('aria-current', 'page')
  const held = document.activeElement?.closest<HTMLElement>('[data-room-row]')?.dataset['roomRow']
  place.replaceChildren(...fresh.childNodes)
  if (held) place.querySelector<HTMLElement>(`[data-room-row="${held}"]`)?.focus()
}

declare global {
  interface DocumentEventMap {
    'room-said': CustomEvent<Said>
  }
}

const place = document.getElementById('own-rooms')
if (place) keepRooms(place)
