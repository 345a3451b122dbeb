import { ask, type Db } from '#platform/database.ts'

/** What administrators see of the site at a glance. The week: today and the six days before, in the site's zone. */
export type Figures = {
  members: number
  boards: number
  posts: number
  postsToday: number
  postsOfWeek: number
  commentsToday: number
  commentsOfWeek: number
  waiting: number
  links: number
  bytes: number
}

/**
 * All posts by the boards' counters: counting their rows takes longer the more there are. `since` is not materialized,
 * so that the planner sees how short a week is: else it walked through all posts for it.
 */
const query = `
  with since as (
    select date_trunc('day', $1::timestamptz, $2) as today,
      date_trunc('day', $1::timestamptz - interval '6 days', $2) as week
  )
  select (select count(*) from members where name is not null) as members,
    (select count(*) from boards) as boards, (select coalesce(sum(posts), 0) from boards) as posts,
    p.today as "postsToday", p.week as "postsOfWeek", c.today as "commentsToday", c.week as "commentsOfWeek",
    (select count(*) from members where approval = 'waiting' and name is not null) as waiting,
    (select count(*) from member_links where seed is not null and expires_at > $1) as links,
    (select coalesce(sum(bytes), 0)::bigint from files) as bytes
  from since s
  cross join lateral (select count(*) as week, count(*) filter (where created_at >= s.today) as today
    from posts where created_at >= s.week and deleted_at is null) p
  cross join lateral (select count(*) as week, count(*) filter (where created_at >= s.today) as today
    from comments where created_at >= s.week and deleted_at is null) c`

export async function siteFigures(db: Db, given: { now: Date; timeZone: string }): Promise<Figures> {
  const [row] = await ask<Figures>(db, query, [given.now, given.timeZone])
  if (!row) throw new Error('no row of figures')
  return row
}
