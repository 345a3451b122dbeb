/** The button of the notification settings that lets this browser be told while no page is open. */
import { callApi, messageOf, property } from './api.ts'

const box = document.querySelector<HTMLElement>('[data-push]')
if (box && 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window) {
  box.hidden = false
  box.querySelector('button')?.addEventListener('click', () => void turnOn(box))
}

async function turnOn(place: HTMLElement): Promise<void> {
  const { denied = '', failed = '' } = place.dataset
  // Asked by a press, as browsers want it.
  if ((await Notification.requestPermission()) !== 'granted') return say(place, denied)
  const known = await callApi('GET', '/me/push')
  const key = property(known.body, 'key')
  if (typeof key !== 'string') return say(place, messageOf(known, failed))
  try {
    const registration = await navigator.serviceWorker.ready
    const subscription = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: key,
    })
    const answer = await callApi('POST', '/me/push', { body: subscription.toJSON() })
    if (answer.status === 201) location.reload()
    else say(place, messageOf(answer, failed))
  } catch {
    say(place, failed)
  }
}

function say(place: HTMLElement, text: string): void {
  const line = place.querySelector('[role=status]')
  if (line) line.textContent = text
}
