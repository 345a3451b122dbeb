import { expect, test } from 'vitest'
import { countFacets } from './facets.ts'

const at = (...days: string[]) => days.map((day) => ({ boardId: 1, createdAt: new Date(day) }))
const count = (days: string[]) => countFacets(at(...days), { boards: [], timeZone: 'Asia/Seoul' })

test('time is counted by month within one year, as its zone has it', () => {
  expect(count(['2026-11-30T15:30:00Z', '2026-12-02', '2026-03-01'])).toMatchObject({
    years: [{ year: 2026, count: 3 }],
    months: [
      { month: '2026-12', count: 2 },
      { month: '2026-03', count: 1 },
    ],
  })
})

test('time is counted by year over several', () => {
  expect(count(['2025-12-31T15:30:00Z', '2025-12-31T14:30:00Z', '2019-05-05'])).toMatchObject({
    years: [
      { year: 2026, count: 1 },
      { year: 2025, count: 1 },
      { year: 2019, count: 1 },
    ],
    months: [],
  })
})
