import type { BoardBranch } from './shapes.ts'

/** A board to choose in a form, in the order of the tree. */
export type ListedBoard = { slug: string; name: string; depth: number }

/** The tree as a list; the branch `without` is left out, and with `open` what takes nothing new. */
export function listTree(
  branches: readonly BoardBranch[],
  options: { without?: number; open?: boolean; depth?: number } = {},
): ListedBoard[] {
  const { without, depth = 0 } = options
  return branches.flatMap((board) => {
    if (board.id === without || (options.open && board.archived)) return []
    const below = listTree(board.children, { ...options, depth: depth + 1 })
    return [{ slug: board.slug, name: board.name, depth }, ...below]
  })
}
