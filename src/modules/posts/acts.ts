import { emit, type PostChange } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { findBoard } from '#modules/boards/boards.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Forbidden, invalid } from '#platform/errors.ts'
import { type FoundPost, findVisiblePost } from './posts.ts'
import { checkReason } from './rules.ts'

export type ActInput = { id: number; reason?: string; now: Date }

type Acting = { post: FoundPost; by: Viewer; reason: string }

/** A moderator's act on a post: found, checked, done and logged in one transaction. */
async function actOn(
  db: Db,
  viewer: Viewer | null,
  input: ActInput & { how: PostChange; act: (tx: Db, acting: Acting) => Promise<void> },
): Promise<void> {
  requireWriter(viewer)
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  const reason = checkReason(input.reason ?? '')
  await transact(db, async (tx) => {
    const post = await findVisiblePost(tx, viewer, { id: input.id, lock: true })
    await input.act(tx, { post, by: viewer, reason })
    await emit(tx, { type: 'post.changed', postId: post.id, how: input.how, at: input.now })
  })
}

/** Puts a mark's row; marking again changes nothing. */
async function mark(
  tx: Db,
  table: 'post_pins' | 'post_locks',
  row: { post_id: number; by_id: number; reason: string; created_at: Date },
): Promise<boolean> {
  const result = await tx
    .insertInto(table)
    .values(row)
    .onConflict((oc) => oc.column('post_id').doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

async function unmark(tx: Db, table: 'post_pins' | 'post_locks', postId: number): Promise<boolean> {
  const result = await tx.deleteFrom(table).where('post_id', '=', postId).executeTakeFirst()
  return result.numDeletedRows > 0n
}

export async function pinPost(db: Db, viewer: Viewer | null, input: ActInput): Promise<void> {
  const act = async (tx: Db, { post, by, reason }: Acting) => {
    const row = { post_id: post.id, by_id: by.id, reason, created_at: input.now }
    if (!(await mark(tx, 'post_pins', row))) return
    await recordAct(tx, { byId: by.id, act: 'post.pin', postId: post.id, reason, now: input.now })
  }
  await actOn(db, viewer, { ...input, how: 'pinned', act })
}

export async function unpinPost(db: Db, viewer: Viewer | null, input: ActInput): Promise<void> {
  const act = async (tx: Db, { post, by, reason }: Acting) => {
    if (!(await unmark(tx, 'post_pins', post.id))) return
    await recordAct(tx, { byId: by.id, act: 'post.unpin', postId: post.id, reason, now: input.now })
  }
  await actOn(db, viewer, { ...input, how: 'unpinned', act })
}

/** A locked post takes no comments, and its author no longer edits it. */
export async function lockPost(db: Db, viewer: Viewer | null, input: ActInput): Promise<void> {
  const act = async (tx: Db, { post, by, reason }: Acting) => {
    const row = { post_id: post.id, by_id: by.id, reason, created_at: input.now }
    if (!(await mark(tx, 'post_locks', row))) return
    await recordAct(tx, { byId: by.id, act: 'post.lock', postId: post.id, reason, now: input.now })
  }
  await actOn(db, viewer, { ...input, how: 'locked', act })
}

export async function unlockPost(db: Db, viewer: Viewer | null, input: ActInput): Promise<void> {
  const act = async (tx: Db, { post, by, reason }: Acting) => {
    if (!(await unmark(tx, 'post_locks', post.id))) return
    await recordAct(tx, { byId: by.id, act: 'post.unlock', postId: post.id, reason, now: input.now })
  }
  await actOn(db, viewer, { ...input, how: 'unlocked', act })
}

/** Moves a post to another board; the move stays visible with who, when and why. */
export async function movePost(
  db: Db,
  viewer: Viewer | null,
  input: ActInput & { board: string },
): Promise<void> {
  const act = async (tx: Db, { post, by, reason }: Acting) => {
    const to = await findBoard(tx, by, input.board)
    if (to.id === post.boardId) return
    if (to.archived) throw invalid('board', 'board-archived')
    await tx.updateTable('posts').set({ board_id: to.id }).where('id', '=', post.id).execute()
    await tx.deleteFrom('post_pins').where('post_id', '=', post.id).execute()
    const row = {
      post_id: post.id,
      from_board_id: post.boardId,
      to_board_id: to.id,
      by_id: by.id,
      reason,
      created_at: input.now,
    }
    await tx.insertInto('post_moves').values(row).execute()
    await countMove(tx, { from: post.boardId, to: to.id, count: 1 })
    await recordAct(tx, {
      byId: by.id,
      act: 'post.move',
      postId: post.id,
      boardId: to.id,
      reason,
      now: input.now,
    })
  }
  await actOn(db, viewer, { ...input, how: 'moved', act })
}

/** One statement in the order of ids, so that two opposite moves do not lock each other. */
export async function countMove(
  tx: Db,
  { from, to, count }: { from: number; to: number; count: number },
): Promise<void> {
  await ask(tx, 'select from boards where id in ($1, $2) order by id for no key update', [from, to])
  await ask(
    tx,
    'update boards set posts = posts + case id when $2 then $3::int else -$3::int end where id in ($1, $2)',
    [from, to, count],
  )
}
