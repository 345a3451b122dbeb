import type { Board } from '#modules/boards/shapes.ts'

export type Facets = {
  boards: { slug: string; name: string; count: number }[]
  /** By calendar year of the post, newest first. */
  years: { year: number; count: number }[]
}

/** Counts what was found by board and by year. */
export function countFacets(
  found: readonly { boardId: number; createdAt: Date }[],
  boards: readonly Board[],
): Facets {
  const byBoard = new Map<number, number>()
  const byYear = new Map<number, number>()
  for (const { boardId, createdAt } of found) {
    byBoard.set(boardId, (byBoard.get(boardId) ?? 0) + 1)
    const year = createdAt.getUTCFullYear()
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
