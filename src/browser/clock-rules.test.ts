import { expect, test } from 'vitest'
import { sameClock } from './clock-rules.ts'

test('clocks are the same that show the same in winter and in summer', () => {
  const winter = new Date('2026-12-01T12:00:00Z')
  expect(sameClock('Asia/Seoul', 'Asia/Tokyo', winter)).toBe(true)
  expect(sameClock('Asia/Calcutta', 'Asia/Kolkata', winter)).toBe(true)
  expect(sameClock('Asia/Seoul', 'Asia/Ho_Chi_Minh', winter)).toBe(false)
  expect(sameClock('America/Phoenix', 'America/Denver', winter)).toBe(false)
})
