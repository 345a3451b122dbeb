import { ask, type Db } from '#platform/database.ts'

/** A search that takes longer is given up: what was asked was too wide. Milliseconds for a statement. */
const patience = 2000

/**
 * One transaction whose statements end after two seconds, planned for the very values that they get. None reads a table
 * from end to end: PostgreSQL takes that for cheap where a table is small, and does not count the tokens out of line.
 */
export async function inTime<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T | 'too slow'> {
  try {
    return await db.transaction().execute(async (tx) => {
      await ask(
        tx,
        `select set_config('statement_timeout', $1, true), set_config('jit', 'off', true),
           set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '16MB', true),
           set_config('enable_seqscan', 'off', true)`,
        [String(patience)],
      )
      return work(tx)
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '57014') return 'too slow'
    throw error
  }
}
