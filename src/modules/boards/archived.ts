import { ask, type Db } from '#platform/database.ts'
import { Conflict } from '#platform/errors.ts'

/**
 * The boards that take nothing new, as a set for `in`: those that were archived and all that lies below them, as the tree
 * is now. Where nothing is archived it costs one look into an empty table. What writes asks `closedBoards` instead.
 */
export const archivedIds = `(
  with recursive archived as (
    select board_id as id from board_archives
    union select b.id from boards b join archived a on b.parent_id = a.id
  ) select id from archived)`

/**
 * The same as `ids` of `closed`, for a statement that writes, as they are when it runs: whoever arranges boards waits until
 * it is done. To be asked before a row is locked, as `lockTree` is.
 */
export const closedBoards = 'closed as materialized (select closed_boards() as ids)'

/** A board whose posts are on their way to another one stays as it is until it goes. @throws Conflict('board-leaving') */
export async function refuseLeaving(tx: Db, boardId: number): Promise<void> {
  const leaving = await ask(tx, 'select from board_removals where board_id = $1', [boardId])
  if (leaving.length > 0) throw new Conflict('board-leaving')
}
