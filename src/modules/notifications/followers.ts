import { ask, type Db, transact } from '#platform/database.ts'
import { enqueue } from '#platform/jobs.ts'
import { mentionsOfComment, mentionsOfPost } from './mentions.ts'
import type { Notifier } from './notifier.ts'
import { type Telling, type Told, tellPostFollowers, tellThreadFollowers } from './tell.ts'

/** Members told in one transaction. */
const batch = 500

const anyQuery = `
  select from posts p where p.id = $1 and exists (
    select from follows f where f.post_id is null and (f.other_id = p.author_id or f.tag = any(p.tags) or f.board_id in (
      with recursive up as (select p.board_id as id union select b.parent_id from boards b join up on b.id = up.id)
      select id from up)))`

/** However many follow, the writer of a post waits for one job at most, and for none when nobody follows. */
export async function enqueueFollowers(tx: Db, postId: number): Promise<void> {
  const some = await ask(tx, anyQuery, [postId])
  if (some.length > 0) await enqueue(tx, followersJob({ postId, commentId: null, from: 0 }))
}

type Thing = { postId: number; commentId: number | null; from: number }

const followersJob = ({ postId, commentId, from }: Thing) => ({
  name: 'tell-followers',
  payload: { post: postId, comment: commentId ?? 0, from },
  tries: 5,
})

type Facts = { authorId: number; aboveId: number | null; boardIds: number[]; names: string[] }

const factsOfPost = `
  with recursive up as (
    select p.board_id as id from posts p where p.id = $1 union select b.parent_id from boards b join up on b.id = up.id
  )
  select p.author_id as "authorId", null::bigint as "aboveId", array(select id from up where id is not null) as "boardIds"
  from posts p where p.id = $1`
const factsOfComment = `
  select p.author_id as "authorId", above.author_id as "aboveId", '{}'::bigint[] as "boardIds"
  from comments c join posts p on p.id = c.post_id left join comments above on above.id = c.parent_id where c.id = $1`

/** Those who follow, some at a time from `from` on; the rest is the next job's, written with what was told. */
async function tellFollowers(db: Db, telling: Telling, input: Thing): Promise<Told> {
  const { postId, commentId, from } = input
  const facts = await findFacts(db, postId, commentId)
  if (!facts) return []
  return transact(db, async (tx) => {
    const memberIds = await nextFollowers(tx, { ...input, boardIds: facts.boardIds })
    if (memberIds.length === 0) return []
    const last = memberIds.at(-1) ?? from
    if (memberIds.length === batch) await enqueue(tx, followersJob({ postId, commentId, from: last }))
    const except = await alreadyTold(tx, facts)
    return commentId === null
      ? tellPostFollowers(tx, telling, { postId, memberIds, boardIds: facts.boardIds, except })
      : tellThreadFollowers(tx, telling, { commentId, memberIds, except })
  })
}

async function findFacts(db: Db, postId: number, commentId: number | null): Promise<Facts | null> {
  const [row] = await ask<Omit<Facts, 'names'>>(db, commentId === null ? factsOfPost : factsOfComment, [
    commentId ?? postId,
  ])
  if (!row) return null
  const names = commentId === null ? await mentionsOfPost(db, postId) : await mentionsOfComment(db, commentId)
  return { ...row, names }
}

/** Who heard of the same comment as the one that it names or answers hears no second time. */
async function alreadyTold(tx: Db, { authorId, aboveId, names }: Facts): Promise<number[]> {
  const named = await ask<{ id: number }>(tx, 'select id from members where name_key = any($1)', [names])
  return [authorId, ...(aboveId === null ? [] : [aboveId]), ...named.map((row) => row.id)]
}

const followersOfPost = `
  select distinct f.member_id as id from follows f
  where f.board_id is null and f.post_id = $1 and f.tag is null and f.other_id is null and f.member_id > $2
  order by f.member_id limit ${batch}`
const followersOfSources = `
  select distinct f.member_id as id from follows f, posts p
  where p.id = $1 and f.post_id is null and f.member_id > $2
    and (f.other_id = p.author_id or f.tag = any(p.tags) or f.board_id = any($3))
  order by f.member_id limit ${batch}`

async function nextFollowers(tx: Db, input: Thing & { boardIds: readonly number[] }): Promise<number[]> {
  const { postId, commentId, from, boardIds } = input
  const rows =
    commentId === null
      ? await ask<{ id: number }>(tx, followersOfSources, [postId, from, boardIds])
      : await ask<{ id: number }>(tx, followersOfPost, [postId, from])
  return rows.map((row) => row.id)
}

type Payload = { number: (name: string) => number; text: (name: string) => string }

/** Tells some of those who follow, and rings their bells. */
export async function tellFollowersJob(
  deps: { db: Db; notifier: Notifier; config: { mail: unknown }; clock: () => Date },
  payload: Payload,
): Promise<void> {
  const telling = { at: deps.clock(), mails: deps.config.mail !== null }
  const thing = {
    postId: payload.number('post'),
    commentId: payload.number('comment') || null,
    from: payload.number('from'),
  }
  deps.notifier.bell.ring(await tellFollowers(deps.db, telling, thing))
}
