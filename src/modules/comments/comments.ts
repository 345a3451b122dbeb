import { emit } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { archivedIds } from '#modules/boards/archived.ts'
import { readLevels } from '#modules/boards/policy.ts'
import type { ReadBy, WriteBy } from '#modules/boards/shapes.ts'
import { discardDraft, type KnownDraft } from '#modules/drafts/discard.ts'
import { recordFileUses } from '#modules/files/files.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { canAccept, whyNot } from '#modules/posts/policy.ts'
import { findVisiblePost, renderWritten } from '#modules/posts/posts.ts'
import { checkBody, checkReason, postLimits } from '#modules/posts/rules.ts'
import { indexComment } from '#modules/search/documents.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Conflict, Forbidden, invalid, NotFound, refuse } from '#platform/errors.ts'
import { rendererVersion } from '#platform/markdown.ts'

/** A comment for the rules, with what they need of its post. */
export type FoundComment = {
  id: number
  postId: number
  parentId: number | null
  path: number[]
  authorId: number
  isAnswer: boolean
  version: number
  replies: number
  deletedAt: Date | null
  deletedById: number | null
  /** Its post is. */
  locked: boolean
  /** The board of its post is. */
  archived: boolean
  postDeletedAt: Date | null
  readBy: ReadBy
  writeBy: WriteBy
  downvotes: boolean
}

const findQuery = `
  select c.id, c.post_id as "postId", c.parent_id as "parentId", c.path, c.author_id as "authorId",
         c.is_answer as "isAnswer", c.version, c.replies, c.deleted_at as "deletedAt", c.deleted_by_id as "deletedById",
         exists (select from post_locks l where l.post_id = p.id) as locked, b.id in ${archivedIds} as archived, p.deleted_at as "postDeletedAt",
         b.read_by as "readBy", b.write_by as "writeBy", b.downvotes
  from comments c join posts p on p.id = c.post_id join boards b on b.id = p.board_id
  where c.id = $1 and b.read_by = any($2)`

function canSeeDeleted(viewer: Viewer | null, comment: FoundComment): boolean {
  const ownAct = viewer?.id === comment.authorId && comment.deletedById === comment.authorId
  return isModerator(viewer) || ownAct
}

/**
 * The only way to a comment for a viewer. @throws NotFound when it is not there, not theirs to read, or deleted
 * (unless `deleted` is asked for and they may see it).
 */
export async function findVisibleComment(
  db: Db,
  viewer: Viewer | null,
  options: { id: number; deleted?: boolean; lock?: boolean },
): Promise<FoundComment> {
  if (options.lock) await lockBranch(db, options.id)
  const [comment] = await ask<FoundComment>(db, findQuery, [options.id, readLevels(viewer)])
  if (!comment || (comment.deletedAt && !(options.deleted && canSeeDeleted(viewer, comment))))
    throw new NotFound()
  return comment
}

/**
 * Locks a comment and those above it, outermost first. Every writer locks comments in this order and the post after
 * them: nobody waits in a circle, and a reply cannot come to a comment that is just going. Before them the boards, which
 * stay as they are until the transaction ends.
 */
async function lockBranch(db: Db, id: number): Promise<void> {
  const path = '(select path from comments where id = $1)::bigint[]'
  const rows = `select from comments where id = any(${path}) and (select closed_boards()) is not null`
  await ask(db, `${rows} order by id for no key update`, [id])
}

/** Whether the viewer may edit, delete or restore it; who may see a deleted one is decided before. */
export function canChange(viewer: Viewer, comment: FoundComment): boolean {
  if (viewer.blocked) return false
  if (isModerator(viewer)) return true
  return viewer.id === comment.authorId && !comment.locked && !comment.archived && !comment.postDeletedAt
}

export type CommentEdit = {
  id: number
  body: string
  /** The version the editor began with; another one being the newest is a conflict. */
  baseVersion?: number | null | undefined
  draft?: KnownDraft | null
  now: Date
}

/** Who may no longer answer cannot answer by changing an old answer; moderators, who change those of others, can. */
const keptAwayQuery = `
  select from comments c join posts p on p.id = c.post_id left join comments above on above.id = c.parent_id
  join personal_blocks x on x.member_id in (p.author_id, above.author_id)
  where c.id = $1 and c.author_id = $2 and x.other_id = $2 and x.kind = 'block'`

/** Adds a version; nothing when the text is the same. @throws Forbidden, NotFound, Invalid, Conflict('edit-conflict') */
export async function editComment(
  db: Db,
  viewer: Viewer | null,
  input: CommentEdit,
): Promise<{ id: number; postId: number; version: number }> {
  requireWriter(viewer)
  const { body, errors } = checkBody(input.body, postLimits.comment)
  refuse(errors)
  return transact(db, async (tx) => {
    const comment = await findVisibleComment(tx, viewer, { id: input.id, lock: true })
    if (!canChange(viewer, comment)) throw new Forbidden(whyNot(comment))
    const { id, postId } = comment
    if ((await ask(tx, keptAwayQuery, [id, viewer.id])).length > 0) throw new Forbidden('kept-away')
    if (input.draft) await discardDraft(tx, viewer, input.draft)
    const [current] = await ask<{ body: string }>(
      tx,
      'select body from comment_versions where comment_id = $1 and version = $2',
      [id, comment.version],
    )
    if (current?.body === body) return { id, postId, version: comment.version }
    if (input.baseVersion && input.baseVersion !== comment.version) {
      throw new Conflict('edit-conflict', { facts: { version: comment.version } })
    }
    const version = comment.version + 1
    const html = await renderWritten(tx, body)
    const row = {
      comment_id: id,
      version,
      body,
      html,
      renderer: rendererVersion,
      by_id: viewer.id,
      created_at: input.now,
    }
    await tx.insertInto('comment_versions').values(row).execute()
    await indexComment(tx, { id, postId, html })
    await recordFileUses(tx, viewer, { postId, commentId: id, before: current?.body ?? null, body })
    await tx.updateTable('comments').set({ version, edited_at: input.now }).where('id', '=', id).execute()
    if (viewer.id !== comment.authorId) {
      await recordAct(tx, { byId: viewer.id, act: 'comment.edit', postId, commentId: id, now: input.now })
    }
    await emit(tx, { type: 'comment.changed', commentId: id, postId, how: 'edited', at: input.now })
    return { id, postId, version }
  })
}

/** Deletes softly; where others answered, a tombstone keeps the place. @throws Forbidden, NotFound */
export async function deleteComment(
  db: Db,
  viewer: Viewer | null,
  input: { id: number; reason?: string; now: Date },
): Promise<{ postId: number }> {
  requireWriter(viewer)
  const reason = checkReason(input.reason ?? '')
  return transact(db, async (tx) => {
    const comment = await findVisibleComment(tx, viewer, { id: input.id, lock: true, deleted: true })
    const { id, postId } = comment
    if (comment.deletedAt) return { postId }
    if (!canChange(viewer, comment)) throw new Forbidden(whyNot(comment))
    await ask(tx, 'update comments set deleted_at = $2, deleted_by_id = $3 where id = $1', [
      id,
      input.now,
      viewer.id,
    ])
    await countComment(tx, comment, -1)
    if (viewer.id !== comment.authorId) {
      await recordAct(tx, {
        byId: viewer.id,
        act: 'comment.remove',
        postId,
        commentId: id,
        reason,
        now: input.now,
      })
    }
    await emit(tx, { type: 'comment.changed', commentId: id, postId, how: 'deleted', at: input.now })
    return { postId }
  })
}

export async function restoreComment(
  db: Db,
  viewer: Viewer | null,
  input: { id: number; now: Date },
): Promise<{ postId: number }> {
  requireWriter(viewer)
  return transact(db, async (tx) => {
    const comment = await findVisibleComment(tx, viewer, { id: input.id, lock: true, deleted: true })
    const { id, postId } = comment
    if (!canChange(viewer, comment)) throw new Forbidden(comment.archived ? 'board-archived' : 'forbidden')
    if (!comment.deletedAt) return { postId }
    await ask(tx, 'update comments set deleted_at = null, deleted_by_id = null where id = $1', [id])
    await countComment(tx, comment, 1)
    if (viewer.id !== comment.authorId) {
      await recordAct(tx, { byId: viewer.id, act: 'comment.restore', postId, commentId: id, now: input.now })
    }
    await emit(tx, { type: 'comment.changed', commentId: id, postId, how: 'restored', at: input.now })
    return { postId }
  })
}

/**
 * Counts a comment that went or came back: on its post, and on the comments above it. `replies` counts the replies
 * that show, so when a tombstone loses its last one it no longer shows either, and so on upwards.
 */
async function countComment(tx: Db, comment: FoundComment, by: 1 | -1): Promise<void> {
  await ask(
    tx,
    `update posts set comments = comments + $2::int, answers = answers + $3::int,
       accepted_id = case when $2::int < 0 and accepted_id = $4 then null else accepted_id end
     where id = $1`,
    [comment.postId, by, comment.isAnswer ? by : 0, comment.id],
  )
  // With replies below it, it showed as a tombstone before or shows as one now: for those above nothing changes.
  if (comment.replies > 0) return
  for (const id of comment.path.slice(0, -1).reverse()) {
    const [parent] = await ask<{ gone: boolean; replies: number }>(
      tx,
      'update comments set replies = replies + $2::int where id = $1 returning deleted_at is not null as gone, replies',
      [id, by],
    )
    // A parent that shows by itself, or by other replies, keeps showing (or already did).
    const changes = parent?.gone && parent.replies === (by === 1 ? 1 : 0)
    if (!changes) return
  }
}

/** Marks the answer that helped. @throws Forbidden, NotFound, Invalid when it is no answer of this question. */
export async function acceptAnswer(
  db: Db,
  viewer: Viewer | null,
  input: { postId: number; commentId: number | null; now: Date },
): Promise<void> {
  requireWriter(viewer)
  await transact(db, async (tx) => {
    if (input.commentId !== null) await lockBranch(tx, input.commentId)
    const post = await findVisiblePost(tx, viewer, { id: input.postId, lock: true })
    if (post.kind !== 'question') throw invalid('comment', 'not-a-question')
    if (!canAccept(viewer, post)) throw new Forbidden(whyNot(post))
    if (post.acceptedId === input.commentId) return
    if (input.commentId !== null) await requireAnswer(tx, { postId: post.id, commentId: input.commentId })
    await tx.updateTable('posts').set({ accepted_id: input.commentId }).where('id', '=', post.id).execute()
    if (viewer.id !== post.authorId) {
      const commentId = input.commentId ?? post.acceptedId ?? undefined
      const name = input.commentId === null ? 'post.unaccept' : 'post.accept'
      const act = { byId: viewer.id, act: name, postId: post.id, now: input.now } as const
      await recordAct(tx, commentId ? { ...act, commentId } : act)
    }
    await emit(tx, { type: 'post.changed', postId: post.id, how: 'accepted', at: input.now })
  })
}

async function requireAnswer(tx: Db, input: { postId: number; commentId: number }): Promise<void> {
  const [answer] = await ask(
    tx,
    'select from comments where id = $1 and post_id = $2 and is_answer and deleted_at is null',
    [input.commentId, input.postId],
  )
  if (!answer) throw invalid('comment', 'no-such-answer')
}
