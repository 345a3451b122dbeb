import { archivedIds } from '#modules/boards/archived.ts'

/** A message `t` in the form in which it is sent: one shape for those who ask and those who follow. */
export const messageColumns = `
  t.number, t.author_id as "authorId", m.name as "authorName", m.avatar, t.body, t.html, t.reply_to as "replyTo",
  t.mentions, t.posts, t.version, t.change, t.created_at as "createdAt", t.edited_at as "editedAt",
  t.deleted_at is not null as deleted,
  case when t.notice is not null then (
    select json_build_object('what', t.notice, 'member', case when w.name is not null then json_build_object('id', w.id, 'name', w.name) end)
    from members w where w.id = t.about_id
  ) end as notice,
  case when t.change = 0 then null else (
    select json_agg(json_build_object('emoji', e.emoji, 'count', e.count, 'by', e.by) order by e.first)
    from (
      select y.emoji, count(*) as count, min(y.created_at) as first,
        (array_agg(y.member_id order by y.created_at, y.member_id))[1:50] as by
      from message_reactions y where y.room_id = t.room_id and y.number = t.number group by y.emoji
    ) e
  ) end as reactions`

/** $1 the room, $2 after this number, $3 how many. */
export const newerQuery = `
  select ${messageColumns} from messages t join members m on m.id = t.author_id
  where t.room_id = $1 and t.number > $2 order by t.number limit $3`

/** $2 before this number, $4 the viewer's first. */
export const olderQuery = `
  select ${messageColumns} from messages t join members m on m.id = t.author_id
  where t.room_id = $1 and t.number < $2 and t.number > $4 order by t.number desc limit $3`

/** What changed after the room's change $2, up to number $4. */
export const changedQuery = `
  select ${messageColumns} from messages t join members m on m.id = t.author_id
  where t.room_id = $1 and t.change > $2 and t.number > $4 order by t.change limit $3`

export const oneQuery = `
  select ${messageColumns} from messages t join members m on m.id = t.author_id
  where t.room_id = $1 and t.number = $2`

/** Before number $2, after $3; $4 a pattern for ilike. */
export const containingQuery = `
  select ${messageColumns} from messages t join members m on m.id = t.author_id
  where t.room_id = $1 and t.number < $2 and t.number > $3 and t.body ilike $4 order by t.number desc limit $5`

/**
 * Numbers and writes messages of one or many rooms, whose rows the transaction has locked: this statement sees all that
 * was committed before the lock. A message that was sent before keeps its number; who is not in the room, may not write on
 * its board, or is kept away by the other of a pair, gets none. Parallel arrays, one place for each message.
 */
export const sendQuery = `
  with asked as (
    select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $10::text[], $11::bool[])
      with ordinality as a(room_id, author_id, client_id, body, html, reply_to, mentions, posts, levels, moderates, place)
  ), known as (
    select a.place, t.number from asked a join messages t
      on t.room_id = a.room_id and t.author_id = a.author_id and t.client_id = a.client_id
  ), fresh as (
    select a.*, r.last_number + row_number() over (partition by a.room_id order by a.place) as number
    from asked a join rooms r on r.id = a.room_id
    where a.place not in (select place from known) and r.closed_at is null
      and exists (select from room_members x where x.room_id = a.room_id and x.member_id = a.author_id)
      and (r.board_id is null or exists (
        select from boards b where b.id = r.board_id and b.read_by = any(a.levels::text[]) and b.id not in ${archivedIds} and (b.write_by = 'members' or a.moderates)))
      and (r.kind <> 'pair' or not exists (
        select from personal_blocks k where k.kind = 'block'
          and (k.member_id, k.other_id) in ((r.low_id, r.high_id), (r.high_id, r.low_id))))
      and (a.reply_to is null or exists (
        select from messages q where q.room_id = a.room_id and q.number = a.reply_to and q.notice is null
          and not exists (select from personal_blocks k where k.member_id = q.author_id and k.other_id = a.author_id and k.kind = 'block')))
  ), written as (
    insert into messages (room_id, number, author_id, client_id, body, html, reply_to, mentions, posts, created_at)
    select room_id, number, author_id, client_id, body, html, reply_to, mentions::bigint[], posts::bigint[], $9 from fresh
  ), counted as (
    update rooms r set last_number = f.number, active_at = $9
    from (select room_id, max(number) as number from fresh group by room_id) f where r.id = f.room_id
  ), seen as (
    update room_members x set read_number = f.number
    from (select room_id, author_id, max(number) as number from fresh group by room_id, author_id) f
    where x.room_id = f.room_id and x.member_id = f.author_id
  )
  select a.place, coalesce(k.number, f.number) as number, f.number is not null as fresh
  from asked a left join known k on k.place = a.place left join fresh f on f.place = a.place`

/** In room $1, member $2 did $4 with member $5. Who had read all that was before it has read it too, but not a newcomer. */
export const noticeQuery = `
  with room as (
    update rooms set last_number = last_number + 1, active_at = $6 where id = $1 returning last_number as number
  ), written as (
    insert into messages (room_id, number, author_id, client_id, body, html, notice, about_id, created_at)
    select $1, number, $2, $3, '', '', $4, $5, $6 from room
  ), seen as (
    update room_members x set read_number = room.number from room
    where x.room_id = $1 and x.read_number = room.number - 1 and ($4 <> 'added' or x.member_id <> $5)
  )
  select number from room`

/** Whom a message is news for, in rooms with at most $2 members. */
export const earsQuery = `
  select r.id, array(
    select x.member_id from room_members x
    where x.room_id = r.id and not x.muted and (b.read_by is distinct from 'moderators' or exists (
      select from members m where m.id = x.member_id and m.role <> 'member'))
  ) as members
  from rooms r left join boards b on b.id = r.board_id where r.id = any($1) and r.members <= $2`

/** The viewer's rooms ($1, reading levels $2), last active first. $3, $4: those after this one; $5 how many. */
export const listQuery = `
  select r.id, r.kind, coalesce(b.name, r.name) as name, r.members, x.muted, r.active_at as "activeAt",
    r.last_number as "lastNumber", x.read_number as "readNumber", x.from_number as "fromNumber", r.forgotten,
    t.number, t.author_id as "authorId", a.name as "authorName", t.body, t.created_at as at, t.deleted_at is not null as deleted,
    exists (select from personal_blocks k where k.member_id = $1 and k.other_id = t.author_id) as away,
    t.notice, t.about_id as "aboutId", w.name as "aboutName",
    (select coalesce(json_agg(json_build_object('id', o.id, 'name', o.name, 'avatar', o.avatar)), '[]') from (
       select m.id, m.name, m.avatar from room_members y join members m on m.id = y.member_id
       where r.kind <> 'board' and y.room_id = r.id and y.member_id <> $1 and m.name is not null order by y.joined_at, m.id limit 5
     ) o) as people
  from room_members x join rooms r on r.id = x.room_id
  left join boards b on b.id = r.board_id
  left join messages t on t.room_id = r.id and t.number = r.last_number and t.number > x.from_number
  left join members a on a.id = t.author_id
  left join members w on w.id = t.about_id
  where x.member_id = $1 and r.closed_at is null and (b.id is null or b.read_by = any($2))
    and ($3::timestamptz is null or (r.active_at, r.id) < ($3, $4::bigint))
  order by r.active_at desc, r.id desc limit $5`
