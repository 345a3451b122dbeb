import { ask, type Db, transact } from '#platform/database.ts'
import { type Span, spanSeconds, spans } from './kinds.ts'
import { expireStep, ownSums } from './queries.ts'

/** Takes what left the hour, the day and the week out of the sums, in short steps between which acts are written. */
export async function expireActs(db: Db, now: Date): Promise<void> {
  for (const span of spans) {
    const end = new Date(now.getTime() - spanSeconds[span] * 1000)
    while (!(await expireOnce(db, span, end)));
  }
}

function expireOnce(db: Db, span: Span, end: Date): Promise<boolean> {
  return transact(db, async (tx) => {
    await ask(tx, ownSums, [])
    const [row] = await ask<{ done: boolean }>(tx, expireStep(span), [end])
    return row?.done ?? true
  })
}

/** Forgets what days need no more: how much each person did, the keys of codes, sums of nothing. `today`: `2026-11-21`. */
export async function forgetDays(db: Db, today: string): Promise<void> {
  await ask(db, `delete from act_totals where day < $1::date - 1`, [today])
  await ask(db, `delete from visitor_keys where day < $1::date - 1`, [today])
  await ask(db, 'delete from act_sums where week_people = 0', [])
}
