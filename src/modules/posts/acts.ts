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

/** A moderator's act on a post: found, checked, done and logged in one transaction. `act` says whether it changed anything. */
async function actOn(
  db: Db,
  viewer: Viewer | null,
  input: ActInput & { how: PostChange; act: (tx: Db, acting: Acting) => Promise<boolean> },
): Promise<void> {
  requireWriter(viewer)
  if (!isModerator(viewer)) throw new Forbidden('forbidden')
  const reason = checkReason(input.reason ?? '')
  await transact(db, async (tx) => {
    const post = await findVisiblePost(tx, viewer, { id: input.id, lock: true })
    if (!(await input.act(tx, { post, by: viewer, reason }))) return
    await emit(tx, { type: 'post.changed', postId: post.id, how: input.how, at: input.now })
  })
}

/** Puts a mark's row. Marking again changes it when another reason is given; none says nothing new. */
async function mark(
  tx: Db,
  table: 'post_pins' | 'post_locks',
  given: { postId: number; byId: number; reason: string; now: Date },
): Promise<boolean> {
  const rows = await ask(
    tx,
    `insert into ${table} as x (post_id, by_id, reason, created_at) values ($1, $2, $3, $4)
     on conflict (post_id) do update set by_id = $2, reason = $3, created_at = $4 where $3 <> '' and x.reason <> $3
     returning post_id`,
    [given.postId, given.byId, given.reason, given.now],
  )
  return rows.length > 0
}

async function unmark(tx: Db, table: 'post_pins' | 'post_locks', postId: number): Promise<boolean> {
  const result = await tx.deleteFrom(table).where('post_id', '=', postId).executeTakeFirst()
  return result.numDeletedRows > 0n
}

export async function pinPost(db: Db, viewer: Viewer | null, input: ActInput): Promise<void> {
  const act = async (tx: Db, { post, by, reason }: Acting) => {
    const given = { postId: post.id, byId: by.id, reason, now: input.now }
    if (!(await mark(tx, 'post_pins', given))) return false
    await recordAct(tx, { ...given, act: 'post.pin' })
    return true
  }
  await actOn(db, viewer, { ...input, how: 'pinned', act })
}

export async function unpinPost(db: Db, viewer: Viewer | null, input: ActInput): Promise<void> {
  const act = async (tx: Db, { post, by, reason }: Acting) => {
    if (!(await unmark(tx, 'post_pins', post.id))) return false
    await recordAct(tx, { byId: by.id, act: 'post.unpin', postId: post.id, reason, now: input.now })
    return true
  }
  await actOn(db, viewer, { ...input, how: 'unpinned', act })
}

/** A locked post takes no comments, and its author no longer edits it. */
export async function lockPost(db: Db, viewer: Viewer | null, input: ActInput): Promise<void> {
  const act = async (tx: Db, { post, by, reason }: Acting) => {
    const given = { postId: post.id, byId: by.id, reason, now: input.now }
    if (!(await mark(tx, 'post_locks', given))) return false
    await recordAct(tx, { ...given, act: 'post.lock' })
    return true
  }
  await actOn(db, viewer, { ...input, how: 'locked', act })
}

export async function unlockPost(db: Db, viewer: Viewer | null, input: ActInput): Promise<void> {
  const act = async (tx: Db, { post, by, reason }: Acting) => {
    if (!(await unmark(tx, 'post_locks', post.id))) return false
    await recordAct(tx, { byId: by.id, act: 'post.unlock', postId: post.id, reason, now: input.now })
    return true
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
    if (to.id === post.boardId) return false
    if (to.archived) throw invalid('board', 'board-archived')
    await tx.updateTable('posts').set({ board_id: to.id }).where('id', '=', post.id).execute()
    const wasPinned = await unmark(tx, 'post_pins', post.id)
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
    const told = { byId: by.id, postId: post.id, now: input.now }
    if (wasPinned) await recordAct(tx, { ...told, act: 'post.unpin-moved' })
    await recordAct(tx, { ...told, act: 'post.move', boardId: to.id, reason })
    return true
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
