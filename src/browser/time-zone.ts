/** The settings' time zone: whoever sits on another clock finds theirs chosen, once, and saves it or not. */
import { sameClock } from './clock-rules.ts'

const offer = document.querySelector<HTMLElement>('[data-zone]')
const select = document.querySelector<HTMLSelectElement>('select[name=timeZone]')
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
const key = 'zone-offered'

const shown = offer?.dataset['zone'] ?? zone

if (offer && select && localStorage.getItem(key) !== zone && !sameClock(zone, shown, new Date())) {
  const option = [...select.options].find(({ value }) => value !== '' && isSame(value, zone))
  if (option) {
    option.selected = true
    offer.hidden = false
    localStorage.setItem(key, zone)
  }
}

/** Old and new names of one place: what browsers say of themselves, Asia/Calcutta or Asia/Kolkata. */
function isSame(a: string, b: string): boolean {
  const name = (zone: string) => Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone
  return a === b || name(a) === name(b)
}
