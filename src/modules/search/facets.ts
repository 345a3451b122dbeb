import type { Board } from '#modules/boards/shapes.ts'

export type Facets = {
  boards: { slug: string; name: string; count: number }[]
  /** By calendar year of the post, newest first. */
  years: { year: number; count: number }[]
}

/** Counts what was found by board and by year. */
export function countFacets(
  found: readonly { boardId: number; createdAt: Date }[],
  { boards, timeZone }: { boards: readonly Board[]; timeZone: string },
): Facets {
  const yearIn = new Intl.DateTimeFormat('en', { year: 'numeric', timeZone, calendar: 'gregory' })
  const byBoard = new Map<number, number>()
  const byYear = new Map<number, number>()
  for (const { boardId, createdAt } of found) {
    byBoard.set(boardId, (byBoard.get(boardId) ?? 0) + 1)
    const year = Number(yearIn.format(createdAt))
    byYear.set(year, (byYear.get(year) ?? 0) + 1)
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
  }
}
