import { ask, type Db } from '#platform/database.ts'

const day = 86_400_000
/** Messages that one statement removes. */
const atOnce = 5000
/** Messages of one run. */
const most = 500_000

/**
 * Removes messages that are older than the site keeps them, oldest first, with their history, reactions and pictures;
 * what is reported and open stays. The numbers that are left go on as they were. Stops after `most`; the next run goes on.
 * @returns how many went
 */
export async function forgetOldMessages(db: Db, given: { days: number; now: Date }): Promise<number> {
  if (given.days === 0) return 0
  const before = new Date(given.now.getTime() - given.days * day)
  for (let gone = 0; ; ) {
    const rows = await ask<{ count: number }>(db, forgetQuery, [before, atOnce])
    const count = rows[0]?.count ?? 0
    gone += count
    if (count < atOnce || gone >= most) return gone
  }
}

/** A room's numbers go from the front, so that nothing is missing between two that are there. */
const forgetQuery = `
  with old as (
    select room_id, number from messages t
    where created_at < $1 and not exists (
      select from message_reports r where r.room_id = t.room_id and r.outcome is null and r.number <= t.number)
    order by created_at, room_id, number limit $2
  ), counted as (
    update rooms r set forgotten = greatest(r.forgotten, o.number)
    from (select room_id, max(number) as number from old group by room_id) o where r.id = o.room_id
  ), gone as (
    delete from messages t using old where t.room_id = old.room_id and t.number = old.number returning 1
  )
  select count(*) as count from gone`
