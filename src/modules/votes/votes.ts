import { emit } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { findVisibleComment } from '#modules/comments/comments.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { ask, type Db } from '#platform/database.ts'
import { Forbidden, invalid, NotFound } from '#platform/errors.ts'

export type VoteResult = { votes: number; mine: -1 | 0 | 1 }
type Target = 'post' | 'comment'

function placeOf(target: Target): [table: string, postId: string] {
  return target === 'post' ? ['posts', 't.id'] : ['comments', 't.post_id']
}

/**
 * One statement: the voter's row, and the counter moved by the difference to what that row said. `was` is read under
 * the row's own lock, so parallel votes of one member add up, and the counter's lock orders those of many.
 * What the viewer may not vote on is not in `target`, and nothing happens.
 */
function castQuery(target: Target): string {
  const [table, postId] = placeOf(target)
  const hot = target === 'post' ? ', hot = hot_rank(t.votes + w.delta, t.created_at)' : ''
  return `
    with target as (
      select t.id from ${table} t join posts p on p.id = ${postId} join boards b on b.id = p.board_id
      where t.id = $1 and t.deleted_at is null and p.deleted_at is null
        and b.read_by = any($4) and ($3::smallint > 0 or b.downvotes)
        and not exists (
          select from personal_blocks x
          where x.member_id in (p.author_id, t.author_id) and x.other_id = $2 and x.kind = 'block')
    ), written as (
      insert into ${target}_votes as v (${target}_id, member_id, value, created_at)
      select id, $2, $3, $5 from target
      on conflict (${target}_id, member_id) do update
        set was = v.value, value = excluded.value, created_at = excluded.created_at
        where v.value <> excluded.value
      returning value - was as delta
    )
    update ${table} t set votes = t.votes + w.delta${hot} from written w where t.id = $1
    returning t.votes, ${postId} as "postId"`
}

function withdrawQuery(target: Target): string {
  const [table, postId] = placeOf(target)
  const hot = target === 'post' ? ', hot = hot_rank(t.votes - w.value, t.created_at)' : ''
  return `
    with target as (
      select t.id from ${table} t join posts p on p.id = ${postId} join boards b on b.id = p.board_id
      where t.id = $1 and t.deleted_at is null and p.deleted_at is null and b.read_by = any($3)
    ), removed as (
      delete from ${target}_votes using target where ${target}_id = target.id and member_id = $2 returning value
    )
    update ${table} t set votes = t.votes - w.value${hot} from removed w where t.id = $1
    returning t.votes, ${postId} as "postId"`
}

const cast = { post: castQuery('post'), comment: castQuery('comment') }
const withdraw = { post: withdrawQuery('post'), comment: withdrawQuery('comment') }
/** Whether who wrote it, or the post that it stands under, keeps the voter away. */
const keptAway = {
  post: `select from posts t join personal_blocks x on x.member_id = t.author_id
    where t.id = $1 and x.other_id = $2 and x.kind = 'block'`,
  comment: `select from comments t join posts p on p.id = t.post_id
    join personal_blocks x on x.member_id in (p.author_id, t.author_id)
    where t.id = $1 and x.other_id = $2 and x.kind = 'block'`,
}
const state = {
  post: 'select t.votes, v.value from posts t left join post_votes v on v.post_id = t.id and v.member_id = $2 where t.id = $1',
  comment:
    'select t.votes, v.value from comments t left join comment_votes v on v.comment_id = t.id and v.member_id = $2 where t.id = $1',
}

/**
 * Sets the viewer's vote; the same vote again changes nothing.
 * @throws Unauthenticated, Forbidden('blocked' | 'no-downvotes' | 'kept-away'), NotFound, Invalid
 */
export async function castVote(
  db: Db,
  viewer: Viewer | null,
  input: { target: Target; id: number; value: number; now: Date },
): Promise<VoteResult> {
  requireWriter(viewer)
  const { target, id } = input
  if (input.value !== 1 && input.value !== -1) throw invalid('value', 'vote-value')
  const values = [id, viewer.id, input.value, readLevels(viewer), input.now]
  const [row] = await ask<Cast>(db, cast[target], values)
  if (row) {
    await tell(db, viewer, { ...input, ...row })
    return { votes: row.votes, mine: input.value }
  }
  const { downvotes } = await findTarget(db, viewer, input)
  if (input.value < 0 && !downvotes) throw new Forbidden('no-downvotes')
  if ((await ask(db, keptAway[target], [id, viewer.id])).length > 0) throw new Forbidden('kept-away')
  return currentVote(db, viewer, input)
}

/** Takes the viewer's vote back; when there is none, nothing changes. */
export async function withdrawVote(
  db: Db,
  viewer: Viewer | null,
  input: { target: Target; id: number; now: Date },
): Promise<VoteResult> {
  requireWriter(viewer)
  const [row] = await ask<Cast>(db, withdraw[input.target], [input.id, viewer.id, readLevels(viewer)])
  if (row) {
    await tell(db, viewer, { ...input, ...row })
    return { votes: row.votes, mine: 0 }
  }
  await findTarget(db, viewer, input)
  return currentVote(db, viewer, input)
}

type Cast = { votes: number; postId: number }

/** After the statement that counted it, which was a transaction of its own. */
function tell(
  db: Db,
  viewer: Viewer,
  vote: { target: Target; id: number; postId: number; now: Date },
): Promise<void> {
  const commentId = vote.target === 'comment' ? vote.id : null
  return emit(db, { type: 'vote.cast', postId: vote.postId, commentId, memberId: viewer.id, at: vote.now })
}

/** @throws NotFound also for a comment that stays under a deleted post: it can be read, not voted on */
async function findTarget(
  db: Db,
  viewer: Viewer,
  input: { target: Target; id: number },
): Promise<{ downvotes: boolean }> {
  if (input.target === 'post') return findVisiblePost(db, viewer, { id: input.id })
  const comment = await findVisibleComment(db, viewer, { id: input.id })
  if (comment.postDeletedAt) throw new NotFound()
  return comment
}

async function currentVote(
  db: Db,
  viewer: Viewer,
  input: { target: Target; id: number },
): Promise<VoteResult> {
  const [row] = await ask<{ votes: number; value: -1 | 1 | null }>(db, state[input.target], [
    input.id,
    viewer.id,
  ])
  return { votes: row?.votes ?? 0, mine: row?.value ?? 0 }
}
