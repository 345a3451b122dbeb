import { kinds, newcomerDays, type Span, spans } from './kinds.ts'

/** Past this many acts in a day, what one person does weighs nothing. */
const actsPerDay = 1000

/** Codes of one address: itself, and so many browsers below it. */
const lastBrowser = 8_388_607

const { vote, comment, answer, bookmark } = kinds

/** What has a row of its own is looked up: acts taken back, refused or removed do not count. */
const isThere = `case g.kind
  when ${vote} then exists (select from post_votes v where v.post_id = g.post_id and v.member_id = g.person and v.value > 0)
  when ${bookmark} then exists (select from bookmarks k where k.post_id = g.post_id and k.member_id = g.person)
  when ${comment} then exists (select from comments c where c.author_id = g.person and c.post_id = g.post_id
    and c.created_at > g.at - interval '1 minute' and c.deleted_at is null and not c.is_answer)
  when ${answer} then exists (select from comments c where c.author_id = g.person and c.post_id = g.post_id
    and c.created_at > g.at - interval '1 minute' and c.deleted_at is null and c.is_answer)
  else true end`

/** Seconds since 2026-01-01, whole: what moments are made of. */
const secondsOf = (at: string) => `floor(date_part('epoch', ${at}) - 1767225600)::bigint`

/** Rows `changes (post_id, kind, at, weight, sign)` added to the sums of those spans that they are in. */
function addToSums(changes: string): string {
  const columns = spans.flatMap((span) => [`${span}_people`, `${span}_weight`, `${span}_moment`])
  const sums = spans.map((span) => {
    const inside = `filter (where c.at > e.${span}_until)`
    return `coalesce(sum(c.sign) ${inside}, 0), coalesce(sum(c.sign * c.weight) ${inside}, 0),
      coalesce(sum(c.sign * c.weight * ${secondsOf('c.at')}) ${inside}, 0)`
  })
  return `insert into act_sums as s (post_id, kind, ${columns.join(', ')})
    select c.post_id, c.kind, ${sums.join(', ')} from ${changes} c, act_expiry e group by 1, 2 order by 1, 2
    on conflict (post_id, kind) do update set ${columns.map((name) => `${name} = s.${name} + excluded.${name}`).join(', ')}`
}

/** Taken by writers together, by the expiry alone: what one takes out of the sums the other must not have seen inside. */
export const shareSums = 'select pg_advisory_xact_lock_shared(726163746)'
export const ownSums = 'select pg_advisory_xact_lock(726163746)'

/**
 * Writes acts of one day: a row for each person, post and kind, once a day, and the views of posts with it. All or
 * nothing. Values: posts, kinds, persons, codes of addresses, times, the day.
 *
 * What an act weighs (percent): 100 for members; for members of less than a week 10 growing to 100, for guests 50, and
 * of these only the first from an address; 0 at own posts (for the address of the author as well), for blocked members
 * and past `actsPerDay`. An address that counted leaves a row with no weight, its code as the person.
 */
export const writeActs = `
  with given as (
    select g.post_id, g.kind, g.person, g.address, min(g.at) as at
    from unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
      as g (post_id, kind, person, address, at)
    group by 1, 2, 3, 4
  ), checked as (
    select g.*, p.author_id = g.person as own, ${isThere} as there,
      case when g.person > 0 then g.person else g.address end as actor,
      extract(epoch from g.at - m.created_at)::float8 / ${newcomerDays * 86_400} as age
    from given g join posts p on p.id = g.post_id left join members m on m.id = g.person
  ), placed as (
    select c.*, coalesce(c.age, 0) < 1 as newcomer,
      row_number() over (partition by c.post_id, c.kind, c.address, coalesce(c.age, 0) < 1 and not c.own
        order by c.person) as nth,
      coalesce(t.acts, 0) + row_number() over (partition by actor) as busy
    from checked c left join act_totals t on t.day = $6::date and t.person = c.actor
    where c.there
  ), weighed as (
    select w.*, case
      when own or busy > ${actsPerDay} then 0
      when exists (select from member_blocks b where b.member_id = w.person and b.lifted_at is null
        and (b.until is null or b.until > w.at)) then 0
      when not newcomer then 100
      when nth > 1 or exists (select from acts a where a.post_id = w.post_id and a.kind = w.kind
        and a.person between w.address - ${lastBrowser} and w.address) then 0
      when person < 0 then 50
      else 10 + 90 * greatest(age, 0) end as weight
    from placed w
  ), old as materialized (
    select a.* from acts a join checked c on c.post_id = a.post_id and c.kind = a.kind and c.person = a.person
  ), written as (
    insert into acts as a (post_id, kind, person, at, day, weight)
    select * from (
      select post_id, kind, person, at, $6::date, weight from weighed
      union all
      select post_id, kind, address, min(at), $6::date, 0 from weighed
        where person > 0 and (own or newcomer and weight > 0) group by 1, 2, 3
    ) x order by 1, 2, 3
    on conflict (post_id, kind, person) do update set at = excluded.at, day = excluded.day, weight = excluded.weight
      where a.day < excluded.day
    returning a.post_id, a.kind, a.person, a.at, a.weight
  ), taken_back as (
    delete from acts a using checked c
    where not c.there and c.kind in (${vote}, ${bookmark})
      and a.post_id = c.post_id and a.kind = c.kind and a.person = c.person
    returning a.post_id, a.kind, a.at, a.weight
  ), real as materialized (
    select * from written where person > 0 or person % ${lastBrowser + 1} <> 0
  ), changes as (
    select post_id, kind, at, weight, 1 as sign from real where weight > 0
    union all
    select o.post_id, o.kind, o.at, o.weight, -1 from old o join real r using (post_id, kind, person) where o.weight > 0
    union all
    select post_id, kind, at, weight, -1 from taken_back where weight > 0
  ), sums as (
    ${addToSums('changes')}
  ), totals as (
    insert into act_totals as t (day, person, acts)
    select $6::date, case when person > 0 then person else person - person % ${lastBrowser + 1} end, count(*) from real
    group by 2 order by 2
    on conflict (day, person) do update set acts = t.acts + excluded.acts
  ), seen as materialized (
    select post_id, count(*)::int as views from real where kind = ${kinds.view} group by 1 order by 1
  ), daily as (
    insert into post_views_daily as d (post_id, day, views) select post_id, $6::date, views from seen
    on conflict (post_id, day) do update set views = d.views + excluded.views
  )
  insert into post_views_pending as p (post_id, views) select post_id, views from seen
  on conflict (post_id) do update set views = p.views + excluded.views`

/** Acts that one step of the expiry takes out at most. */
const expiryStep = 20_000

/**
 * Takes acts that left a span out of its sums, oldest first and so many at a time; those that left the week are deleted.
 * Value: the end of the span. Answers whether it has come there.
 */
export function expireStep(span: Span): string {
  const gone = `from acts a, upto u where a.at <= u.at and a.at > (select ${span}_until from act_expiry)`
  const rows =
    span === 'week'
      ? 'delete from acts a using upto u where a.at <= u.at returning a.post_id, a.kind, a.at, a.weight'
      : `select a.post_id, a.kind, a.at, a.weight ${gone}`
  return `
    with upto as materialized (
      select least($1::timestamptz, (select a.at from acts a
        where a.at > (select ${span}_until from act_expiry) order by a.at offset ${expiryStep} limit 1)) as at
    ), gone as (
      ${rows}
    ), less as (
      select post_id, kind, count(*)::int as people, sum(weight) as weight, sum(weight * ${secondsOf('at')}) as moment
      from gone where weight > 0 group by 1, 2
    ), taken as (
      update act_sums s set ${span}_people = ${span}_people - l.people, ${span}_weight = ${span}_weight - l.weight,
        ${span}_moment = ${span}_moment - l.moment
      from less l where s.post_id = l.post_id and s.kind = l.kind
    )
    update act_expiry set ${span}_until = greatest(${span}_until, u.at) from upto u
    returning ${span}_until >= $1::timestamptz as done`
}

/** Moves what was counted into posts.views; what is being counted this moment stays for the next time. */
export const settleViews = `
  with due as materialized (
    select post_id from post_views_pending order by post_id for update skip locked
  ), taken as (
    delete from post_views_pending p using due where p.post_id = due.post_id returning p.post_id, p.views
  )
  update posts p set views = p.views + t.views from taken t where p.id = t.post_id`

/** What posts.views lacks, and whether this person's view of the day is in it. */
export const viewsAhead = `
  select coalesce((select views from post_views_pending where post_id = $1), 0) as pending,
    exists (select from acts where post_id = $1 and kind = ${kinds.view} and person = $2::bigint and day = $3::date) as counted`

/** The views of a post by day. Values: the post, the first day. */
export const viewsByDay = `
  select day::text, views from post_views_daily where post_id = $1 and day >= $2::date order by day desc`

/** How many people did what at a post in the last week. */
export const peopleByKind =
  'select kind, week_people as people from act_sums where post_id = $1 and week_people > 0'

export const viewsNow = `
  select p.views + coalesce(n.views, 0) as views from posts p left join post_views_pending n on n.post_id = p.id where p.id = $1`
