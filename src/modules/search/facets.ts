import type { Board } from '#modules/boards/shapes.ts'

export type Facets = {
  boards: { slug: string; name: string; count: number }[]
  /** By calendar year of the post, newest first. */
  years: { year: number; count: number }[]
  /** By month as `2026-11`, newest first; only where everything is of one year. */
  months: { month: string; count: number }[]
}

/** Counts what was found by board and by time. */
export function countFacets(
  found: readonly { boardId: number; createdAt: Date }[],
  { boards, timeZone }: { boards: readonly Board[]; timeZone: string },
): Facets {
  // As `11/2026`.
  const monthIn = new Intl.DateTimeFormat('en', {
    year: 'numeric',
    month: '2-digit',
    timeZone,
    calendar: 'gregory',
  })
  const byBoard = new Map<number, number>()
  const byYear = new Map<number, number>()
  const byMonth = new Map<string, number>()
  for (const { boardId, createdAt } of found) {
    byBoard.set(boardId, (byBoard.get(boardId) ?? 0) + 1)
    const [month = '', year = ''] = monthIn.format(createdAt).split('/')
    byYear.set(Number(year), (byYear.get(Number(year)) ?? 0) + 1)
    byMonth.set(`${year}-${month}`, (byMonth.get(`${year}-${month}`) ?? 0) + 1)
  }
  return {
    boards: boards
      .flatMap(({ id, slug, name }) => {
        const count = byBoard.get(id) ?? 0
        return count > 0 ? [{ slug, name, count }] : []
      })
      .sort((one, two) => two.count - one.count)
      .slice(0, 12),
    years: [...byYear].map(([year, count]) => ({ year, count })).sort((one, two) => two.year - one.year),
    months:
      byYear.size === 1
        ? [...byMonth]
            .map(([month, count]) => ({ month, count }))
            .sort((one, two) => (one.month < two.month ? 1 : -1))
        : [],
  }
}
