import type { ActLog } from '#modules/acts/act-log.ts'
import type { ActKind } from '#modules/acts/kinds.ts'
import { ask, type Db } from '#platform/database.ts'

const week = 7 * 24 * 3_600_000

/** Notes what the members of the demo did in the last week, so that something is trending there from the start. */
export async function seedDemoActs(db: Db, { acts, now }: { acts: ActLog; now: Date }): Promise<void> {
  const done = await ask<{ kind: ActKind; postId: number; memberId: number; at: Date }>(
    db,
    `with done as (
       select 'vote' as kind, post_id, member_id, created_at from post_votes where value > 0
       union all
       select case when is_answer then 'answer' else 'comment' end, post_id, author_id, created_at from comments
     ), read as (
       select 'view', post_id, member_id, min(created_at) from done group by post_id, member_id
     )
     select kind, post_id as "postId", member_id as "memberId", created_at as at
     from (select * from done union all select * from read) d where created_at > $1 order by created_at`,
    [new Date(now.getTime() - week)],
  )
  for (const act of done) acts.note({ ...act, address: '127.0.0.1', agent: 'demo' })
  await acts.flush()
  await acts.settle()
}
