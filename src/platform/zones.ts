const week = 7 * 24 * 3600_000
const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, Map<number, number | null>>()

/** Milliseconds to add to UTC for the zone's wall clock, asked of the zone data itself (about 3 µs). */
function askOffset(zone: string, at: number): number {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
    formats.set(zone, format)
  }
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes, seconds] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? []
  const value = Number(hours ?? 0) * 3600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1000
  return sign === '-' ? -value : value
}

/** The same, remembered for every week that has no clock change in it. */
function offsetAt(zone: string, at: number): number {
  let weeks = offsets.get(zone)
  if (!weeks) {
    weeks = new Map()
    offsets.set(zone, weeks)
  }
  const number = Math.floor(at / week)
  let known = weeks.get(number)
  if (known === undefined) {
    const first = askOffset(zone, number * week)
    known = first === askOffset(zone, (number + 1) * week - 1) ? first : null
    if (weeks.size > 5000) weeks.clear()
    weeks.set(number, known)
  }
  return known ?? askOffset(zone, at)
}

const day = 24 * 3600_000

/** The midnight that ends the zone's day: from then on `timeShort` says something else. */
export function endOfDay(zone: string, at: Date): Date {
  const wall = at.getTime() + offsetAt(zone, at.getTime())
  const midnight = Math.floor(wall / day) * day + day
  const about = midnight - offsetAt(zone, at.getTime())
  return new Date(midnight - offsetAt(zone, about))
}

/** The wall clock of the zone as an ISO text without zone: 2026-11-21T14:03. */
export function wallClock(zone: string, at: Date): string {
  return toMinute(at.getTime() + offsetAt(zone, at.getTime()), 'T')
}

/** Date and time in a zone as text: 2026-11-21 14:03. */
export function timeIn(zone: string, at: Date): string {
  return toMinute(at.getTime() + offsetAt(zone, at.getTime()), ' ')
}

/** A moment in UTC: 2026-11-21T05:03Z. Readers of pages need no seconds. */
export function instantOf(at: Date): string {
  return `${toMinute(at.getTime(), 'T')}Z`
}

const days = new Map<number, string>()
const twoDigits = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'))

/** A page tells eighty times, of few days: each day's own text is made once. */
function toMinute(at: number, between: string): string {
  const minutes = Math.floor(at / 60_000)
  const number = Math.floor(minutes / 1440)
  let known = days.get(number)
  if (known === undefined) {
    known = new Date(number * day).toISOString().slice(0, 10)
    if (days.size > 5000) days.clear()
    days.set(number, known)
  }
  const ofDay = minutes - number * 1440
  return `${known}${between}${twoDigits[Math.floor(ofDay / 60)]}:${twoDigits[ofDay % 60]}`
}

/** The day of the zone's wall clock: 2026-11-21. */
export function dayIn(zone: string, at: Date): string {
  return wallClock(zone, at).slice(0, 10)
}
