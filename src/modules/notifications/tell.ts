import { memberWasLetIn } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
import { defaults, kinds } from './kinds.ts'

/** What every act of telling needs. */
export type Telling = {
  at: Date
  /** Whether this site sends mails at all. */
  mails: boolean
}
/** Whom it was told; their bells ring when it is committed. */
export type Told = number[]

const defaultRows = kinds
  .map((kind) => `('${kind}', ${defaults[kind].page}, '${defaults[kind].mail}', ${defaults[kind].push})`)
  .join(', ')

/** One waiting job a member, that keeps its first time: what comes in the meantime goes with it. */
const job = (name: string, wait: string, tries: number) =>
  `(graphile_worker.add_job('${name}', json_build_object('member', t.member_id), run_at := $1::timestamptz + interval '${wait}',
      max_attempts := ${tries}, job_key := '${name}:' || t.member_id, job_key_mode := 'preserve_run_at')).id`

/** Several things of one bundle at once: the last of them stands for all. */
const together = `(
      select distinct on (member_id, bundle) member_id, kind, what, bundle, actor_id, post_id, comment_id, board_id, tag, room_id, note,
        sum(count) over (partition by member_id, bundle)::integer as count, shown, mail, push
      from ready order by member_id, bundle, comment_id desc
    )`

/**
 * One statement for all who are to be told, with the jobs that mail and push. `wanted` yields a row for each member and
 * reason: member_id, kind, what, bundle, rank (the lowest of a member counts), actor_id, post_id, comment_id, board_id,
 * tag, room_id, note, count, read_by (null: everyone). `counting`: `count` is so many more, or all of it.
 * Nobody is told of their own acts, of those whom they keep away, of threads that they muted, nor of what they may not
 * read. Rows are written in the order of members, so that two statements wait for each other in one direction only.
 */
const tell = (counting: 'more' | 'all', wanted: string, besides = '') => `
  with wanted as (${wanted}), chosen as (
    ${
      // Counted anew, each thing stands by itself; else the best reason of several is told.
      counting === 'all'
        ? 'select * from wanted'
        : 'select distinct on (member_id, comment_id) * from wanted order by member_id, comment_id, rank'
    }
  ), ready as (
    select w.*, coalesce(s.page, d.page) as shown,
           case when $2::boolean and m.email_confirmed_at is not null
             then nullif(coalesce(s.mail, d.mail), 'never') end as mail,
           coalesce(s.push, d.push) and exists (select from push_subscriptions where member_id = m.id) as push
    from chosen w
    join members m on m.id = w.member_id and m.name is not null
    join (values ${defaultRows}) d (kind, page, mail, push) on d.kind = w.kind
    left join notification_settings s on s.member_id = m.id and s.kind = w.kind
    where w.actor_id is distinct from w.member_id
      and (coalesce(w.read_by, 'everyone') = 'everyone' or m.role <> 'member' or w.read_by = 'members' and ${memberWasLetIn})
      and not exists (select from personal_blocks x where x.member_id = m.id and x.other_id = w.actor_id)
      -- Asked as a value, row by row: as a set, everybody's muted threads would be read.
      and (w.kind = 'moderation' or (
        select f.level from follows f where f.board_id is null and f.post_id = w.post_id and f.tag is null
          and f.other_id is null and f.member_id = m.id) is distinct from 'nothing')
  ), told as (
    insert into notifications as n (member_id, kind, what, bundle, actor_id, post_id, comment_id, board_id, tag, room_id, note,
      count, shown, mail, push, at)
    select member_id, kind, what, bundle, actor_id, post_id, comment_id, board_id, tag, room_id, note, count, shown, mail, push, $1
    from ${counting === 'all' ? 'ready' : together} r where shown or mail is not null or push order by member_id, bundle
    on conflict (member_id, bundle) where read_at is null do update set
      count = ${counting === 'more' ? 'n.count + excluded.count' : 'excluded.count'},
      what = excluded.what, actor_id = excluded.actor_id, post_id = excluded.post_id, comment_id = excluded.comment_id,
      note = excluded.note, shown = excluded.shown, push = excluded.push, at = greatest(n.at, excluded.at),
      -- One mail at once a thing until its reader has been there.
      mail = case when n.mailed_at is null or excluded.mail <> 'now' then excluded.mail end
    ${counting === 'all' ? 'where (n.count, n.comment_id, n.note) is distinct from (excluded.count, excluded.comment_id, excluded.note)' : ''}
    returning member_id, mail, push
  )
  select t.member_id as "memberId",
         case when t.mail = 'now' then ${job('mail-notifications', '2 minutes', 8)} end as mailed,
         case when t.push then ${job('push-notifications', '3 seconds', 3)} end as pushed
  from told t ${besides}`

/** Runs a `tell` statement; `$1` is the time, `$2` whether mails are sent, `$3`... the rest. */
async function run(tx: Db, statement: string, values: readonly unknown[]): Promise<Told> {
  const rows = await ask<{ memberId: number | null }>(tx, statement, values)
  return rows.flatMap((row) => row.memberId ?? [])
}

const commentWritten = tell(
  'more',
  `
  select w.member_id, w.kind, '' as what, w.bundle, w.rank, c.author_id as actor_id, c.post_id, c.id as comment_id,
         null::bigint as board_id, null::text as tag, null::bigint as room_id, '' as note, 1 as count, b.read_by
  from unnest($3::bigint[], $4::text[]) as given (id, mentions)
  join comments c on c.id = given.id join posts p on p.id = c.post_id join boards b on b.id = p.board_id
  left join comments above on above.id = c.parent_id
  cross join lateral (
    select m.id, 'mention', 'mention:c' || c.id, 1 from members m
    where m.name_key in (select json_array_elements_text(given.mentions::json))
    union all
    select above.author_id, 'reply', 'reply:' || above.id, 2 where above.id is not null
    union all
    select p.author_id, case when c.is_answer then 'answer' else 'comment' end,
           case when c.is_answer then 'answer:' else 'comment:' end || p.id, 3
  ) w (member_id, kind, bundle, rank)`,
  `
  union all
  select null, null, (graphile_worker.add_job('tell-followers',
    json_build_object('post', c.post_id, 'comment', c.id, 'from', 0), max_attempts := 5)).id
  from comments c where c.id = any($3) and (
    select true from follows f where f.board_id is null and f.post_id = c.post_id and f.tag is null and f.other_id is null
      and f.level = 'everything' limit 1)`,
)

/**
 * Those who are named, answered, or whose post it is: in the writer's transaction. A job tells who follows the post.
 */
export function tellComments(
  tx: Db,
  telling: Telling,
  comments: readonly { id: number; mentions: readonly string[] }[],
): Promise<Told> {
  const ids = comments.map(({ id }) => id)
  const mentions = comments.map((comment) => JSON.stringify(comment.mentions))
  return run(tx, commentWritten, [telling.at, telling.mails, ids, mentions])
}

const mentioned = tell(
  'all',
  `
  select m.id as member_id, 'mention' as kind, '' as what,
         case when c.id is null then 'mention:p' || p.id else 'mention:c' || c.id end as bundle, 1 as rank,
         $6::bigint as actor_id, p.id as post_id, c.id as comment_id, null::bigint as board_id, null::text as tag,
         null::bigint as room_id, '' as note, 1 as count, b.read_by
  from posts p join boards b on b.id = p.board_id left join comments c on c.id = $4
  join members m on m.name_key = any($5)
  where p.id = $3`,
)

/** Those whom a post names, or what was added to a text. `byId` wrote that. */
export async function tellMentioned(
  tx: Db,
  telling: Telling,
  text: { postId: number; commentId: number | null; mentions: readonly string[]; byId: number },
): Promise<Told> {
  if (text.mentions.length === 0) return []
  return run(tx, mentioned, [
    telling.at,
    telling.mails,
    text.postId,
    text.commentId,
    text.mentions,
    text.byId,
  ])
}

const accepted = tell(
  'all',
  `
  select c.author_id as member_id, 'accepted' as kind, '' as what, 'accepted:' || p.id as bundle, 1 as rank,
         p.author_id as actor_id, p.id as post_id, c.id as comment_id, null::bigint as board_id, null::text as tag,
         null::bigint as room_id, '' as note, 1 as count, b.read_by
  from posts p join boards b on b.id = p.board_id join comments c on c.id = p.accepted_id
  where p.id = $3`,
)

/** Who wrote the answer that was accepted; what was said of another one before is taken back while it is unread. */
export async function tellAccepted(tx: Db, telling: Telling, postId: number): Promise<Told> {
  const gone = await ask<{ memberId: number }>(
    tx,
    `delete from notifications n using posts p
     where p.id = $1 and n.post_id = p.id and n.kind = 'accepted' and n.read_at is null
       and n.comment_id is distinct from p.accepted_id
     returning n.member_id as "memberId"`,
    [postId],
  )
  const told = await run(tx, accepted, [telling.at, telling.mails, postId])
  return [...told, ...gone.map((row) => row.memberId)]
}

const removed = tell(
  'more',
  `
  select coalesce(c.author_id, p.author_id) as member_id, 'moderation' as kind, 'removed' as what, 'removed' as bundle, 1 as rank,
         coalesce(c.deleted_by_id, p.deleted_by_id) as actor_id, p.id as post_id, c.id as comment_id, null::bigint as board_id,
         null::text as tag, null::bigint as room_id, coalesce((
           select l.reason from moderation_log l where l.act in ('post.remove', 'comment.remove')
             and case when $4::bigint is null then l.post_id = $3 else l.comment_id = $4 end
           order by l.created_at desc, l.id desc limit 1), '') as note,
         1 as count, null::text as read_by
  from posts p left join comments c on c.id = $4
  where p.id = $3 and case when $4::bigint is null then p.deleted_by_id else c.deleted_by_id end
    is distinct from coalesce(c.author_id, p.author_id)`,
)

/** The author of what a moderator removed, with the reason that the log's newest line about it gives: it is of this transaction. */
export function tellRemoved(
  tx: Db,
  telling: Telling,
  thing: { postId: number; commentId: number | null },
): Promise<Told> {
  return run(tx, removed, [telling.at, telling.mails, thing.postId, thing.commentId])
}

const reportsClosed = tell(
  'all',
  `
  select r.by_id as member_id, 'moderation' as kind, 'report-' || r.outcome as what, 'report:' || r.id as bundle, 1 as rank,
         null::bigint as actor_id, r.post_id, r.comment_id, null::bigint as board_id, null::text as tag,
         null::bigint as room_id, '' as note, 1 as count, null::text as read_by
  from reports r where r.id = any($3) and r.outcome is not null and r.resolved_by_id <> r.by_id`,
)

/** Those who reported something that was decided. Who decided stays with the moderators. */
export function tellReporters(tx: Db, telling: Telling, reportIds: readonly number[]): Promise<Told> {
  return run(tx, reportsClosed, [telling.at, telling.mails, reportIds])
}

const approved = tell(
  'all',
  `
  select s.member_id, 'moderation' as kind, 'approved' as what, 'approved' as bundle, 1 as rank, null::bigint as actor_id,
         null::bigint as post_id, null::bigint as comment_id, null::bigint as board_id, null::text as tag,
         null::bigint as room_id, '' as note, 1 as count, null::text as read_by
  from sign_ups s where s.member_id = $3 and s.outcome = 'approved'`,
)

/** Who waited for approval and was let in: in the page; the mail about it goes from elsewhere, whatever they chose. */
export function tellApproved(tx: Db, telling: Telling, memberId: number): Promise<Told> {
  return run(tx, approved, [telling.at, false, memberId])
}

const blocked = tell(
  'all',
  `
  select b.member_id, 'moderation' as kind, 'blocked' as what, 'blocked' as bundle, 1 as rank, null::bigint as actor_id,
         null::bigint as post_id, null::bigint as comment_id, null::bigint as board_id, null::text as tag,
         null::bigint as room_id, b.reason as note, 1 as count, null::text as read_by
  from member_blocks b where b.member_id = $3 and b.lifted_at is null order by b.id desc limit 1`,
)

export function tellBlocked(tx: Db, telling: Telling, memberId: number): Promise<Told> {
  return run(tx, blocked, [telling.at, telling.mails, memberId])
}

/** Votes for `t` since its author last read of them; those of the last 90 days, because longer nothing is kept. */
const newVotes = (target: 'post' | 'comment') => `
  from ${target}_votes v
  where v.${target}_id = t.id and v.value = 1 and v.member_id <> t.author_id
    and v.created_at > greatest($1::timestamptz - interval '90 days', (
      select max(o.read_at) from notifications o
      where o.member_id = t.author_id and o.post_id = ${target === 'post' ? 't.id' : 't.post_id'}
        and o.bundle = 'vote:${target}' || t.id))
    and not exists (select from personal_blocks x where x.member_id = t.author_id and x.other_id = v.member_id)`

const votes = (target: 'post' | 'comment') => ({
  told: tell(
    'all',
    `
  select t.author_id as member_id, 'vote' as kind, '' as what, 'vote:${target}' || t.id as bundle, 1 as rank,
         w.latest as actor_id, p.id as post_id, ${target === 'post' ? 'null::bigint' : 't.id'} as comment_id,
         null::bigint as board_id, null::text as tag, null::bigint as room_id, '' as note, w.count::int as count, b.read_by
  from ${target}s t join posts p on p.id = ${target === 'post' ? 't.id' : 't.post_id'} join boards b on b.id = p.board_id
  cross join lateral (
    select count(*) as count, (array_agg(v.member_id order by v.created_at desc, v.member_id))[1] as latest ${newVotes(target)}
  ) w
  where t.id = any($3) and t.deleted_at is null and w.count > 0`,
  ),
  gone: `
  delete from notifications n using ${target}s t
  where t.id = any($2) and n.member_id = t.author_id and n.bundle = 'vote:${target}' || t.id and n.read_at is null
    and not exists (select ${newVotes(target)}) returning n.member_id as "memberId"`,
})
const voted = { post: votes('post'), comment: votes('comment') }

/** Counts anew who voted for some things; where nobody is left of those, the notification goes while it is unread. */
export async function tellVotes(
  db: Db,
  telling: Telling,
  targets: { kind: 'post' | 'comment'; ids: readonly number[] },
): Promise<Told> {
  if (targets.ids.length === 0) return []
  const { told, gone } = voted[targets.kind]
  const changed = await run(db, told, [telling.at, telling.mails, targets.ids])
  return [...changed, ...(await run(db, gone, [telling.at, targets.ids]))]
}

/** Larger rooms tell only those whom a message names. */
const smallRoom = 50

const roomUnread = tell(
  'all',
  `
  select rm.member_id, 'chat' as kind, '' as what, 'chat:' || r.id as bundle, 1 as rank, v.latest as actor_id,
         null::bigint as post_id, null::bigint as comment_id, null::bigint as board_id, null::text as tag,
         r.id as room_id, '' as note, v.count::int as count, b.read_by
  from rooms r left join boards b on b.id = r.board_id
  join room_members rm on rm.room_id = r.id and not rm.muted and rm.read_number < r.last_number
  cross join lateral (
    select count(*) as count, (array_agg(g.author_id order by g.number desc))[1] as latest from (
      select m.author_id, m.number from messages m
      where m.room_id = r.id and m.number > rm.read_number and m.author_id <> rm.member_id and m.deleted_at is null
        and (m.notice is null or m.about_id = rm.member_id)
        and (r.members <= ${smallRoom} or rm.member_id = any(m.mentions) or m.about_id = rm.member_id)
        and not exists (select from personal_blocks x where x.member_id = rm.member_id and x.other_id = m.author_id)
      order by m.number desc limit 100
    ) g
  ) v
  where r.id = any($3) and v.count > 0`,
)

/** Members of rooms who have not read what was said there: some seconds later, so that those who are looking have. */
export function tellRooms(db: Db, telling: Telling, roomIds: readonly number[]): Promise<Told> {
  return run(db, roomUnread, [telling.at, telling.mails, roomIds])
}

const postFollowed = tell(
  'more',
  `
  select f.member_id, 'follow' as kind, w.what, w.bundle, w.rank, p.author_id as actor_id, p.id as post_id,
         null::bigint as comment_id, case when w.what = 'board' then f.board_id end as board_id, f.tag,
         null::bigint as room_id, '' as note, 1 as count, b.read_by
  from posts p join boards b on b.id = p.board_id
  join follows f on f.post_id is null and f.level = 'everything' and f.member_id = any($4)
    and (f.other_id = p.author_id or f.tag = any(p.tags) or f.board_id = any($5))
  cross join lateral (
    select case when f.other_id is not null then 'member' when f.tag is not null then 'tag' else 'board' end,
           case when f.other_id is not null then 'posts:m' || f.other_id
                when f.tag is not null then 'posts:t' || f.tag else 'posts:b' || f.board_id end,
           case when f.other_id is not null then 1 when f.tag is not null then 2 else 3 end
  ) w (what, bundle, rank)
  where p.id = $3 and p.deleted_at is null and f.member_id <> all($6)`,
)

/** Followers of a new post's author, tags and boards (`boardIds`: its own and those above), once each. */
export function tellPostFollowers(
  db: Db,
  telling: Telling,
  input: {
    postId: number
    memberIds: readonly number[]
    boardIds: readonly number[]
    except: readonly number[]
  },
): Promise<Told> {
  return run(db, postFollowed, [
    telling.at,
    telling.mails,
    input.postId,
    input.memberIds,
    input.boardIds,
    input.except,
  ])
}

const threadFollowed = tell(
  'more',
  `
  select f.member_id, 'follow' as kind, 'post' as what, 'thread:' || p.id as bundle, 1 as rank, c.author_id as actor_id,
         p.id as post_id, c.id as comment_id, null::bigint as board_id, null::text as tag, null::bigint as room_id,
         '' as note, 1 as count, b.read_by
  from comments c join posts p on p.id = c.post_id join boards b on b.id = p.board_id
  join follows f on f.board_id is null and f.post_id = p.id and f.level = 'everything' and f.member_id = any($4)
  where c.id = $3 and c.deleted_at is null and p.deleted_at is null and f.member_id <> all($5)`,
)

/** Followers of the post that a comment stands under. */
export function tellThreadFollowers(
  db: Db,
  telling: Telling,
  input: { commentId: number; memberIds: readonly number[]; except: readonly number[] },
): Promise<Told> {
  return run(db, threadFollowed, [telling.at, telling.mails, input.commentId, input.memberIds, input.except])
}
