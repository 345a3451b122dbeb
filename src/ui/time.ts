import { type Html, raw } from '#platform/html.ts'
import { instantOf, timeIn, wallClock } from '#platform/zones.ts'
import type { Page } from './page.ts'

/** Where the clock is read. */
type Place = Pick<Page, 'timeZone'>

/** Date and time as text. */
export function fullTime(page: Place, at: Date): string {
  return timeIn(page.timeZone, at)
}

/** A `<time>` with date and time, for posts and comments. */
export function timeFull(page: Place, at: Date): Html {
  return raw(`<time datetime="${instantOf(at)}">${fullTime(page, at)}</time>`)
}

/** A short `<time>` for lists: the hour today, the day this year, else the date; in full where one points at it. */
export function timeShort(page: Page, at: Date): Html {
  const wall = wallClock(page.timeZone, at)
  const today = wallClock(page.timeZone, page.now)
  const text = wall.slice(0, 10) === today.slice(0, 10) ? wall.slice(11) : shortDay(page, wall, today)
  return raw(`<time datetime="${instantOf(at)}" title="${wall.replace('T', ' ')}">${text}</time>`)
}

/** A `<time>` with the hour alone, where the day stands above it. */
export function timeOfDay(page: Page, at: Date): Html {
  return raw(`<time datetime="${instantOf(at)}">${wallClock(page.timeZone, at).slice(11)}</time>`)
}

/** A day in full, with its weekday. */
export function longDay({ language, timeZone }: Page, at: Date): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full', timeZone }).format(at)
}

/** A `<time>` with the date alone: since when somebody is a member. */
export function timeDay(page: Page, at: Date): Html {
  return raw(`<time datetime="${instantOf(at)}">${wallClock(page.timeZone, at).slice(0, 10)}</time>`)
}

function shortDay(page: Page, wall: string, today: string): string {
  if (wall.slice(0, 4) !== today.slice(0, 4)) return wall.slice(0, 10)
  return page.words.time.monthDay({ month: Number(wall.slice(5, 7)), day: Number(wall.slice(8, 10)) })
}
