import type pg from 'pg'
import { ask, openDatabase } from '#platform/database.ts'
import { prepareJobs } from '#platform/jobs.ts'
import { listMigrations } from '#platform/migrations.ts'
import {
  addRows,
  buildSchema,
  connectForTables,
  inTransaction,
  isAlone,
  lastId,
  listTables,
  rowsOf,
  setLastId,
} from '#platform/tables.ts'
import { schemaOf } from './backup.ts'
import type { Watched } from './load.ts'
import { BackupProblem } from './problem.ts'
import { requirePlace } from './restore.ts'

/**
 * Copies the whole database into an empty one, whole or not at all; files and keys stay where they are.
 * @returns the rows. @throws BackupProblem while Madang runs: what it wrote meanwhile would stay behind
 */
export async function moveDatabase(
  from: string,
  to: string,
  { onProgress, signal }: Watched,
): Promise<number> {
  await using source = await connectForTables(from)
  if (!(await isAlone(source)))
    throw new BackupProblem('Madang runs on this database. Stop it first, so that nothing is left behind.')
  // Rows of an older schema would never meet the migrations that change them.
  await schemaOf(source)
  await using target = await connectForTables(to)
  await requirePlace(target, false, 'Name an empty one.')
  let done = 0
  let jobs: Job[] = []
  await inTransaction(source, 'begin isolation level repeatable read read only', async () => {
    jobs = await listJobs(source)
    await inTransaction(target, 'begin', () =>
      buildSchema(target, listMigrations(), async () => {
        for (const table of await listTables(source)) {
          async function* watched() {
            for await (const lines of rowsOf(source, table)) {
              if (signal.aborted) throw new BackupProblem('Stopped: nothing was moved.')
              yield lines
              done += lines.length
              onProgress({ phase: 'rows', done, total: null, note: table.name })
            }
          }
          await addRows(target, table, watched())
          await setLastId(target, table, await lastId(source, table))
        }
      }),
    )
  })
  await addJobs(to, jobs)
  await target.query('analyze')
  return done
}

type Job = {
  name: string
  payload: string
  queue: string | null
  at: string
  tries: number
  key: string | null
}

/** What waits in the queue, each with the tries that it has left. */
async function listJobs(source: pg.Client): Promise<Job[]> {
  const there = await source.query<{ there: boolean }>(
    `select to_regclass('graphile_worker._private_jobs') is not null as there`,
  )
  if (!there.rows[0]?.there) return []
  const { rows } = await source.query<Job>(
    `select j.task_identifier as name, p.payload::text as payload, j.queue_name as queue, j.run_at::text as at,
            (j.max_attempts - j.attempts)::int as tries, j.key
     from graphile_worker.jobs j join graphile_worker._private_jobs p using (id)
     where j.attempts < j.max_attempts order by j.id`,
  )
  return rows
}

async function addJobs(to: string, jobs: readonly Job[]): Promise<void> {
  await using database = openDatabase({ url: to, size: 2 })
  await prepareJobs(database.pool)
  for (const { name, payload, queue, at, tries, key } of jobs)
    await ask(
      database.db,
      `select from graphile_worker.add_job($1, $2::json, queue_name := $3, run_at := $4::timestamptz, max_attempts := $5, job_key := $6)`,
      [name, payload, queue, at, tries, key],
    )
}
