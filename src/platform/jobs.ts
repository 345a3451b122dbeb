import type { Pool } from 'pg'
import { ask, type Db } from './database.ts'

export type NewJob = {
  /** A name of the table in roles/worker.ts. */
  name: string
  /** Ids and short texts that the job reads anew; never a secret: the table is plain. */
  payload: Record<string, string | number | null>
  /** One waiting job for each key: a newer one takes the place of the older. */
  key?: string
  /** How often it is tried, with pauses that grow from seconds to hours; 25 without it. */
  tries?: number
  /** Jobs of one queue run one after the other: slow ones then hold up no others. */
  queue?: string
  /** Not before this; at once without it. */
  at?: Date
}

/** Adds a job in the writer's own transaction: it is there when that is committed and never otherwise. */
export async function enqueue(tx: Db, job: NewJob): Promise<void> {
  await ask(
    tx,
    'select from graphile_worker.add_job($1, $2::json, run_at := $3, max_attempts := $4, job_key := $5, queue_name := $6)',
    [
      job.name,
      JSON.stringify(job.payload),
      job.at ?? null,
      job.tries ?? null,
      job.key ?? null,
      job.queue ?? null,
    ],
  )
}

/** Makes the tables of the job queue where they are missing, so that a process without the worker can add jobs. */
export async function prepareJobs(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ there: boolean }>(
    `select to_regclass('graphile_worker._private_jobs') is not null as there`,
  )
  if (rows[0]?.there) return
  const { Logger, runMigrations } = await import('graphile-worker')
  await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) })
}

/** A job's input, read by name and type. @throws Error when it has none of that name: a fault of ours */
export function payloadOf(payload: unknown): {
  number: (name: string) => number
  text: (name: string) => string
} {
  const values: Record<string, unknown> =
    typeof payload === 'object' && payload !== null ? { ...payload } : {}
  const wrong = (name: string) => new Error(`a job without ${name}`)
  return {
    number: (name) => {
      const value = values[name]
      if (typeof value !== 'number') throw wrong(name)
      return value
    },
    text: (name) => {
      const value = values[name]
      if (typeof value !== 'string') throw wrong(name)
      return value
    },
  }
}
