import { isAdministrator, isModerator, type Viewer, wasLetIn } from '#modules/accounts/viewer.ts'
import type { Board, ReadBy } from './shapes.ts'

/** The reading rules that a viewer satisfies: queries ask for boards whose rule is one of them. */
export function readLevels(viewer: Viewer | null): readonly ReadBy[] {
  if (!viewer || !wasLetIn(viewer)) return ['everyone']
  return viewer.role === 'member' ? ['everyone', 'members'] : ['everyone', 'members', 'moderators']
}

export function canRead(viewer: Viewer | null, board: Pick<Board, 'readBy'>): boolean {
  return readLevels(viewer).includes(board.readBy)
}

export function canWrite(
  viewer: Viewer | null,
  board: Pick<Board, 'readBy' | 'writeBy' | 'archived'>,
): boolean {
  if (!viewer || viewer.blocked || board.archived || !canRead(viewer, board)) return false
  return board.writeBy === 'members' || isModerator(viewer)
}

export const canArrange = isAdministrator
