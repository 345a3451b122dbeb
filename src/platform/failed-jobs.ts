import { ask, type Db } from './database.ts'

export type FailedJob = { name: string; tries: number; most: number; error: string; nextAt: Date; at: Date }

/** Jobs of these names (null: of any) that failed at least once and were not done since, newest first; at most 50. */
export async function failedJobs(db: Db, names: readonly string[] | null): Promise<FailedJob[]> {
  return ask(
    db,
    `select task_identifier as name, attempts::int as tries, max_attempts::int as most, last_error as error,
            run_at as "nextAt", created_at as at
     from graphile_worker.jobs where last_error is not null and ($1::text[] is null or task_identifier = any($1)) order by id desc limit 50`,
    [names],
  )
}
