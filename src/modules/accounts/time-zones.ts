import { ask, type Db } from '#platform/database.ts'
import { invalid } from '#platform/errors.ts'

/** Where most who choose one live, by their names of today: at the head of the list. */
export const commonZones: readonly string[] = [
  'Asia/Seoul',
  'Asia/Tokyo',
  'Asia/Shanghai',
  'Asia/Taipei',
  'Asia/Ulaanbaatar',
  'Asia/Ho_Chi_Minh',
  'Asia/Bangkok',
  'Asia/Jakarta',
  'Asia/Manila',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Tashkent',
  'Asia/Dubai',
  'Europe/Moscow',
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Los_Angeles',
  'Australia/Sydney',
  'UTC',
]

/** '' and null: the site's. @throws Invalid for a zone that nobody knows */
export async function checkTimeZone(db: Db, typed: string | null): Promise<string | null> {
  if (!typed) return null
  // Both have to know it: pages write times in it, and the database finds for whom it is morning.
  if (!isKnown(typed)) throw invalid('timeZone', 'time-zone')
  const [row] = await ask(db, 'select from pg_timezone_names where name = $1', [typed])
  if (!row) throw invalid('timeZone', 'time-zone')
  return typed
}

function isKnown(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
