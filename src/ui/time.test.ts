import { expect, test } from 'vitest'
import { pageFor } from '#test/support/fixtures.ts'
import { fullTime, timeShort } from './time.ts'

const inZone = (timeZone: string, now = '2026-11-21T05:03:00Z') =>
  pageFor('ko', { timeZone, now: new Date(now) })

test('a full time is the wall clock of the reader’s zone', () => {
  expect(fullTime(inZone('Asia/Seoul'), new Date('2026-11-21T05:03:59Z'))).toBe('2026-11-21 14:03')
  expect(fullTime(inZone('Asia/Kathmandu'), new Date('2026-11-21T05:03:00Z'))).toBe('2026-11-21 10:48')
  expect(fullTime(inZone('UTC'), new Date('2026-01-01T00:00:00Z'))).toBe('2026-01-01 00:00')
  expect(fullTime(inZone('UTC'), new Date('1969-12-31T23:59:59Z'))).toBe('1969-12-31 23:59')
})

test('the hour of a clock change is right on both sides', () => {
  const berlin = inZone('Europe/Berlin')
  expect(fullTime(berlin, new Date('2026-03-29T00:59:00Z'))).toBe('2026-03-29 01:59')
  expect(fullTime(berlin, new Date('2026-03-29T01:00:00Z'))).toBe('2026-03-29 03:00')
  expect(fullTime(berlin, new Date('2026-10-25T01:00:00Z'))).toBe('2026-10-25 02:00')
})

test('a short time is the hour today, the day this year, else the date; days change at the zone’s midnight', () => {
  const page = inZone('Asia/Seoul')
  expect(timeShort(page, new Date('2026-11-20T15:00:00Z')).text).toContain('>00:00<')
  expect(timeShort(page, new Date('2026-11-20T14:59:00Z')).text).toContain('>11월 20일<')
  expect(timeShort(page, new Date('2025-12-31T14:59:00Z')).text).toContain('>2025-12-31<')
  expect(timeShort(page, new Date('2025-12-31T15:00:00Z')).text).toContain('>1월 1일<')
})
