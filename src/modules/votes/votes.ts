import { emit } from '#events.ts'
import { requireWriter } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { closedBoards } from '#modules/boards/archived.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { findVisibleComment } from '#modules/comments/comments.ts'
import { findVisiblePost } from '#modules/posts/posts.ts'
import { Batches } from '#platform/batches.ts'
import { ask, type Db, retryDeadlocks } from '#platform/database.ts'
import { Forbidden, invalid, NotFound } from '#platform/errors.ts'

export type VoteResult = { votes: number; mine: -1 | 0 | 1 }
type Target = 'post' | 'comment'

/** What is voted on, locked in one order, so that two statements cannot wait for each other; as it is under the lock. */
const held = {
  post: `select id, id as post_id, board_id, author_id, author_id as post_author_id from posts
    where id = any($1) and deleted_at is null and board_id <> all ((select ids from closed)::bigint[])
    order by id for no key update`,
  comment: `select t.id, t.post_id, p.board_id, t.author_id, p.author_id as post_author_id
    from comments t join posts p on p.id = t.post_id
    where t.id = any($1) and t.deleted_at is null and p.deleted_at is null and p.board_id <> all ((select ids from closed)::bigint[])
    order by t.id for no key update of t`,
}

/**
 * One statement for many votes: each voter's row (0 takes it away), and the counters moved by the differences to what
 * those rows said. `was` is read under the row's own lock, so parallel votes of one member add up, and the counter's
 * lock orders those of many. What the viewer may not vote on is not in `target`, and nothing happens.
 */
function voteQuery(target: Target): string {
  const [table, postId, hot] =
    target === 'post'
      ? ['posts', 't.id', ', hot = hot_rank(t.votes + w.delta, t.created_at)']
      : ['comments', 't.post_id', '']
  return `
    with asked as (
      select * from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::timestamptz[])
        with ordinality asked (id, voter_id, value, levels, at, place)
    ), ${closedBoards}, held as (${held[target]}), target as (
      select h.id, a.voter_id, a.value, a.at
      from asked a join held h on h.id = a.id join boards b on b.id = h.board_id
      where b.read_by = any(a.levels::text[])
        and (a.value = 0 or (a.value > 0 or b.downvotes) and not exists (
          select from personal_blocks x
          where x.member_id in (h.post_author_id, h.author_id) and x.other_id = a.voter_id and x.kind = 'block'))
    ), written as (
      insert into ${target}_votes as v (${target}_id, member_id, value, created_at)
      select id, voter_id, value, at from target where value <> 0
      on conflict (${target}_id, member_id) do update
        set was = v.value, value = excluded.value, created_at = excluded.created_at
        where v.value <> excluded.value
      returning ${target}_id as id, member_id as voter_id, value - was as delta
    ), removed as (
      delete from ${target}_votes v using target
      where v.${target}_id = target.id and v.member_id = target.voter_id and target.value = 0
      returning v.${target}_id as id, v.member_id as voter_id, -v.value as delta
    ), changed as (
      select * from written union all select * from removed
    ), counted as (
      update ${table} t set votes = t.votes + w.delta${hot}
      from (select id, sum(delta)::integer as delta from changed group by id) w where t.id = w.id
      returning t.id, t.votes, ${postId} as post_id
    )
    select a.place, c.votes, c.post_id as "postId"
    from asked a join changed w on w.id = a.id and w.voter_id = a.voter_id join counted c on c.id = a.id`
}

const queries = { post: voteQuery('post'), comment: voteQuery('comment') }
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

type Cast = { votes: number; postId: number }
type Vote = { id: number; voterId: number; value: number; levels: readonly string[]; at: Date }

/** The counter after each vote; null for what changed nothing. */
async function castAll(db: Db, target: Target, votes: readonly Vote[]): Promise<(Cast | null)[]> {
  const values = [
    votes.map(({ id }) => id),
    votes.map(({ voterId }) => voterId),
    votes.map(({ value }) => value),
    votes.map(({ levels }) => `{${levels.join()}}`),
    votes.map(({ at }) => at),
  ]
  const rows = await retryDeadlocks(() => ask<Cast & { place: number }>(db, queries[target], values))
  const cast: (Cast | null)[] = votes.map(() => null)
  for (const { place, votes, postId } of rows) cast[place - 1] = { votes, postId }
  return cast
}

const batchesOf = (target: Target) =>
  new Batches<Vote, Cast | null>({
    run: (db, votes) => castAll(db, target, votes),
    size: 100,
    atOnce: 2,
    keyOf: ({ id, voterId }) => `${id} ${voterId}`,
    once: true,
  })
const batches = { post: batchesOf('post'), comment: batchesOf('comment') }

/**
 * Sets the viewer's vote; the same vote again changes nothing.
 * @throws Unauthenticated, Forbidden('blocked' | 'board-archived' | 'no-downvotes' | 'kept-away'), NotFound, Invalid
 */
export async function castVote(
  db: Db,
  viewer: Viewer | null,
  input: { target: Target; id: number; value: number; now: Date },
): Promise<VoteResult> {
  requireWriter(viewer)
  const { target, id } = input
  if (input.value !== 1 && input.value !== -1) throw invalid('value', 'vote-value')
  const votes = await vote(db, viewer, { ...input, value: input.value })
  if (votes !== null) return { votes, mine: input.value }
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
  const votes = await vote(db, viewer, { ...input, value: 0 })
  if (votes !== null) return { votes, mine: 0 }
  await findTarget(db, viewer, input)
  return currentVote(db, viewer, input)
}

/** @returns the counter after it, or null when nothing changed */
async function vote(
  db: Db,
  viewer: Viewer,
  input: { target: Target; id: number; value: -1 | 0 | 1; now: Date },
): Promise<number | null> {
  const { target, id, value, now } = input
  const given = { id, voterId: viewer.id, value, levels: readLevels(viewer), at: now }
  const cast = await batches[target].add(db, given)
  if (cast) await tell(db, viewer, { ...input, ...cast })
  return cast?.votes ?? null
}

/** After the statement that counted it, which was a transaction of its own. */
function tell(
  db: Db,
  viewer: Viewer,
  vote: { target: Target; id: number; postId: number; now: Date },
): Promise<void> {
  const commentId = vote.target === 'comment' ? vote.id : null
  return emit(db, { type: 'vote.cast', postId: vote.postId, commentId, memberId: viewer.id, at: vote.now })
}

/** @throws NotFound also for a comment that stays under a deleted post: it can be read, not voted on; Forbidden */
async function findTarget(
  db: Db,
  viewer: Viewer,
  input: { target: Target; id: number },
): Promise<{ downvotes: boolean }> {
  const { id } = input
  const comment = input.target === 'comment' ? await findVisibleComment(db, viewer, { id }) : null
  if (comment?.postDeletedAt) throw new NotFound()
  const found = comment ?? (await findVisiblePost(db, viewer, { id }))
  if (found.archived) throw new Forbidden('board-archived')
  return found
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
