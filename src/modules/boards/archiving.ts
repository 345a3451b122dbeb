import { emit } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Forbidden, invalid } from '#platform/errors.ts'
import { cleanLine, lengthOf } from '#platform/text.ts'
import { refuseLeaving } from './archived.ts'
import { findBoard, lockTree } from './boards.ts'
import { canArrange, readLevels } from './policy.ts'
import type { Board } from './shapes.ts'

const reasonLimit = 300

type Named = { board: string; now: Date }

/**
 * From now on the board and what lies below it take nothing new. Again changes nothing, the reason neither.
 * @throws Unauthenticated, Forbidden, NotFound, Invalid
 */
export async function archiveBoard(
  db: Db,
  viewer: Viewer | null,
  input: Named & { reason?: string },
): Promise<void> {
  requireWriter(viewer)
  if (!canArrange(viewer)) throw new Forbidden('forbidden')
  const reason = cleanLine(input.reason ?? '')
  if (lengthOf(reason) > reasonLimit) throw invalid('reason', 'too-long', { limit: reasonLimit })
  await transact(db, async (tx) => {
    await lockTree(tx)
    const board = await findBoard(tx, viewer, input.board)
    if (!(await putArchive(tx, { boardId: board.id, byId: viewer.id, reason, now: input.now }))) return
    await recordAct(tx, { byId: viewer.id, act: 'board.archive', boardId: board.id, reason, now: input.now })
    await emit(tx, { type: 'boards.changed', readBy: board.readBy })
  })
}

/** @returns whether it was not archived before */
export async function putArchive(
  tx: Db,
  row: { boardId: number; byId: number; reason: string; now: Date },
): Promise<boolean> {
  const rows = await ask(
    tx,
    `insert into board_archives (board_id, by_id, reason, created_at) values ($1, $2, $3, $4)
     on conflict do nothing returning board_id`,
    [row.boardId, row.byId, row.reason, row.now],
  )
  return rows.length > 0
}

/**
 * Opens it again, unless a board above it is archived, too.
 * @throws Unauthenticated, Forbidden, NotFound, Conflict('board-leaving')
 */
export async function unarchiveBoard(db: Db, viewer: Viewer | null, input: Named): Promise<void> {
  requireWriter(viewer)
  if (!canArrange(viewer)) throw new Forbidden('forbidden')
  await transact(db, async (tx) => {
    await lockTree(tx)
    const board = await findBoard(tx, viewer, input.board)
    await refuseLeaving(tx, board.id)
    const rows = await ask(tx, 'delete from board_archives where board_id = $1 returning board_id', [
      board.id,
    ])
    if (rows.length === 0) return
    await recordAct(tx, { byId: viewer.id, act: 'board.unarchive', boardId: board.id, now: input.now })
    await emit(tx, { type: 'boards.changed', readBy: board.readBy })
  })
}

/** What administrators see of a board that closes. */
export type Closing = {
  /** When, by whom and why it was archived itself. */
  archive: { at: Date; by: string | null; reason: string } | null
  /** The board that takes its posts, while they go there. */
  leavesFor: string | null
}

export async function closingOf(db: Db, board: Pick<Board, 'id'>): Promise<Closing> {
  const [row] = await ask<{ at: Date | null; by: string | null; reason: string; leavesFor: string | null }>(
    db,
    `select a.created_at as at, m.name as by, coalesce(a.reason, '') as reason, t.name as "leavesFor"
     from boards b left join board_archives a on a.board_id = b.id left join members m on m.id = a.by_id
     left join board_removals r on r.board_id = b.id left join boards t on t.id = r.to_board_id
     where b.id = $1`,
    [board.id],
  )
  if (!row) return { archive: null, leavesFor: null }
  const { at, leavesFor, ...rest } = row
  return { archive: at && { at, ...rest }, leavesFor }
}

/** The board that took the posts of a deleted one, by whose address it is asked for; null where there is none to tell of. */
export async function successorOf(db: Db, viewer: Viewer | null, slug: string): Promise<string | null> {
  const [row] = await ask<{ slug: string }>(
    db,
    `select b.slug from board_removals r join boards b on b.id = r.to_board_id
     where r.slug = $1 and r.board_id is null and r.read_by = any($2) and b.read_by = any($2)`,
    [slug.normalize('NFC').toLowerCase(), readLevels(viewer)],
  )
  return row?.slug ?? null
}
