import { emit, emitAll } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { refuseLeaving } from '#modules/boards/archived.ts'
import { putArchive } from '#modules/boards/archiving.ts'
import { findBoard, lockTree } from '#modules/boards/boards.ts'
import { canArrange } from '#modules/boards/policy.ts'
import type { Board } from '#modules/boards/shapes.ts'
import { giveUpBoardRoom, messagesOfBoard } from '#modules/chat/board-room.ts'
import { recordAct, recordActs } from '#modules/modlog/modlog.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Conflict, Forbidden, invalid, NotFound } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import { countMove } from './acts.ts'

const batch = 500

/**
 * Deletes a board. One that has or had posts is archived, gives them to the board `to`, a batch a transaction, and goes
 * when none is left; then its address leads to `to`. The messages of its room go at once, when no more than `messages` are
 * there: so many the administrator was told of.
 * @returns whether it is gone; else a job goes on, and goes on where it stopped when it is stopped
 * @throws Unauthenticated, Forbidden, NotFound, Invalid, Conflict('board-has-children' | 'board-has-messages' |
 * 'board-has-reports' | 'board-receiving' | 'board-leaving')
 */
export async function removeBoard(
  db: Db,
  viewer: Viewer | null,
  input: { board: string; to?: string | null; messages?: number; now: Date },
): Promise<boolean> {
  requireWriter(viewer)
  if (!canArrange(viewer)) throw new Forbidden('forbidden')
  const { now } = input
  const leaving = await transact(db, async (tx) => {
    await lockTree(tx)
    const board = await findBoard(tx, viewer, input.board)
    await refuseLeaving(tx, board.id)
    const isUsed = await lockBoard(tx, board.id)
    const count = await messagesOfBoard(tx, board.id)
    if (count > (input.messages ?? 0)) throw new Conflict('board-has-messages', { facts: { count } })
    // Whoever reads the log sees it in their words.
    const reason = `${board.name} (${board.slug})${count > 0 ? `; messages: ${count}` : ''}`
    const act = { byId: viewer.id, act: 'board.delete', reason, now } as const
    const to = isUsed ? await findTarget(tx, viewer, { board, to: input.to }) : null
    if (count > 0) await giveUpBoardRoom(tx, { boardId: board.id, now })
    if (!to) {
      await recordAct(tx, act)
      await dropBoard(tx, board)
      return null
    }
    await recordAct(tx, { ...act, boardId: to.id })
    await beginLeaving(tx, { board, to, byId: viewer.id, now })
    return board.id
  })
  // A small board is gone at once.
  return leaving === null || finishRemoval(db, { boardId: leaving, now, rounds: 2 })
}

/** Whether there are posts to find another board for; deleted ones count. */
export async function holdsPosts(db: Db, boardId: number): Promise<boolean> {
  return (await ask(db, 'select from posts where board_id = $1 limit 1', [boardId])).length > 0
}

/**
 * Whether it has posts, deleted ones as well. Its row is locked, and its room's: a post that is just being written to it is waited for,
 * and one that comes later waits and finds no board.
 * @throws Conflict for what keeps it from going
 */
async function lockBoard(tx: Db, boardId: number): Promise<boolean> {
  await ask(tx, 'select from boards where id = $1 for update', [boardId])
  await ask(tx, 'select from rooms where board_id = $1 for update', [boardId])
  const reason = await whatKeeps(tx, boardId)
  if (reason !== null) throw new Conflict(reason)
  return holdsPosts(tx, boardId)
}

export type KeptBy = 'board-has-children' | 'board-has-reports' | 'board-receiving'

/** Why a board cannot be deleted now; null when it can. */
export async function whatKeeps(db: Db, boardId: number): Promise<KeptBy | null> {
  const [found] = await ask<{ reason: KeptBy | null }>(
    db,
    `select case when exists (select from boards where parent_id = $1) then 'board-has-children'
       when exists (
         select from message_reports t join rooms r on r.id = t.room_id where r.board_id = $1 and t.outcome is null
       ) then 'board-has-reports'
       when exists (select from board_removals where to_board_id = $1 and board_id is not null) then 'board-receiving'
       end as reason`,
    [boardId],
  )
  return found?.reason ?? null
}

async function findTarget(
  tx: Db,
  viewer: Viewer,
  given: { board: Board; to: string | null | undefined },
): Promise<Board> {
  if (!given.to) throw invalid('to', 'required')
  const to = await findBoard(tx, viewer, given.to).catch((error: unknown) => {
    throw error instanceof NotFound ? invalid('to', 'no-such-board') : error
  })
  if (to.id === given.board.id) throw invalid('to', 'other-board')
  if (to.archived) throw invalid('to', 'board-archived')
  return to
}

async function beginLeaving(
  tx: Db,
  given: { board: Board; to: Board; byId: number; now: Date },
): Promise<void> {
  const { board, to, byId, now } = given
  // Boards of the same address may have gone before.
  await ask(
    tx,
    `insert into board_removals (slug, board_id, to_board_id, read_by, by_id, created_at)
     values ($1, $2, $3, $4, $5, $6) on conflict (slug) do update
       set board_id = $2, to_board_id = $3, read_by = $4, by_id = $5, created_at = $6`,
    [board.slug, board.id, to.id, board.readBy, byId, now],
  )
  await putArchive(tx, { boardId: board.id, byId, reason: '', now })
  await enqueueRemoval(tx, board.id)
  await emit(tx, { type: 'boards.changed', readBy: board.readBy })
}

function enqueueRemoval(db: Db, boardId: number): Promise<void> {
  return enqueue(db, { name: 'remove-board', payload: { board: boardId }, key: `remove-board:${boardId}` })
}

/** Those that were begun and are not done: the job of a process that was killed is held for it for hours. */
export async function resumeRemovals(db: Db): Promise<void> {
  const begun = await ask<{ id: number }>(
    db,
    'select board_id as id from board_removals where board_id is not null',
    [],
  )
  for (const { id } of begun) await enqueueRemoval(db, id)
}

/** Goes on with a removal that was begun. Two at once do no harm. @returns whether the board is gone */
export async function finishRemoval(
  db: Db,
  input: { boardId: number; now: Date; rounds?: number },
): Promise<boolean> {
  for (let left = input.rounds ?? Number.POSITIVE_INFINITY; left > 0; left--) {
    if (await transact(db, (tx) => goOn(tx, input))) return true
  }
  return false
}

type Leaving = Pick<Board, 'id' | 'readBy'> & { toId: number; byId: number; reason: string }

/** Everybody reads the reason of a move: it names no board that not everybody may know of. */
const leavingQuery = `
  select b.id, b.read_by as "readBy", t.id as "toId", r.by_id as "byId",
    case when b.read_by = 'everyone' then b.name || ' → ' || t.name else '' end as reason
  from board_removals r join boards b on b.id = r.board_id join boards t on t.id = r.to_board_id where b.id = $1`

/** Posts are locked in the order of their ids, as all writers do. The board that they leave will not be there to be named. */
const moveQuery = `
  with picked as (
    select id from posts where board_id = $1 and id = any(array(
      select id from posts where board_id = $1 order by created_at desc, id desc limit ${batch}))
    order by id for no key update
  ), unpinned as (
    delete from post_pins where post_id in (select id from picked) returning post_id
  ), noted as (
    insert into post_moves (post_id, from_board_id, to_board_id, by_id, reason, created_at)
    select id, null, $2, $3, $4, $5 from picked
  )
  update posts set board_id = $2 where id in (select id from picked)
  returning id, deleted_at is null as counts, id in (select post_id from unpinned) as unpinned`

async function goOn(tx: Db, { boardId, now }: { boardId: number; now: Date }): Promise<boolean> {
  const [leaving] = await ask<Leaving>(tx, leavingQuery, [boardId])
  if (!leaving) return true
  const { toId, byId, reason } = leaving
  type Moved = { id: number; counts: boolean; unpinned: boolean }
  const moved = await ask<Moved>(tx, moveQuery, [boardId, toId, byId, reason, now])
  if (moved.length > 0) {
    const unpinned = moved.filter((post) => post.unpinned)
    await recordActs(
      tx,
      unpinned.map(({ id }) => ({ byId, act: 'post.unpin-moved' as const, postId: id, now })),
    )
    await countMove(tx, { from: boardId, to: toId, count: moved.filter((post) => post.counts).length })
    await emitAll(
      tx,
      moved.map(({ id }) => ({ type: 'post.changed' as const, postId: id, how: 'moved' as const, at: now })),
    )
    return false
  }
  await lockTree(tx)
  if (await lockBoard(tx, boardId)) return false
  await dropBoard(tx, leaving)
  return true
}

/** Addresses that led to it lead on to where its posts went. */
async function dropBoard(tx: Db, board: Pick<Board, 'id' | 'readBy'>): Promise<void> {
  await ask(
    tx,
    `update board_removals o set to_board_id = r.to_board_id from board_removals r
     where r.board_id = $1 and o.to_board_id = $1`,
    [board.id],
  )
  await ask(tx, 'delete from boards where id = $1', [board.id])
  await emit(tx, { type: 'boards.changed', readBy: board.readBy })
}
