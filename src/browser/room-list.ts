import { property } from './api.ts'
import { follow } from './live.ts'
import { serverHtml } from './server-html.ts'

/** Milliseconds: several messages at once are one look. */
const together = 300

/** Keeps the list of rooms as the server would send it now: what was said last, how much is unread. */
function keepRooms(place: HTMLElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let wasAway = false
  const look = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void refresh(place), together)
  }
  follow({
    topic: 'me',
    hear: (news) => {
      // Something was said; or read, perhaps on another device.
      if (property(news, 'chat') !== undefined || property(news, 'unread') !== undefined) look()
    },
    changed: (isUp) => {
      if (isUp && wasAway) look()
      wasAway = !isUp
    },
  })
  // Beside a room it is shown where there is place for it, and stood still before.
  let width = innerWidth
  addEventListener('resize', () => {
    if (innerWidth > width) look()
    width = innerWidth
  })
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

const place = document.getElementById('own-rooms')
if (place) keepRooms(place)
