import { Logger, runOnce } from 'graphile-worker'
import { vi } from 'vitest'
import { tasks } from '#roles/worker.ts'
import type { TestApp } from './app.ts'

/** Works off every job that is due now, as the worker does; failed ones stay for their next try. */
export async function workOff(site: TestApp): Promise<void> {
  await runOnce({
    pgPool: site.database.pool,
    taskList: tasks(site.deps),
    noHandleSignals: true,
    noPreparedStatements: true,
    logger: new Logger(() => () => {}),
  })
  // It answers before the last job has said how it ended.
  await vi.waitUntil(async () => {
    const { rows } = await site.database.pool.query(
      'select from graphile_worker._private_jobs where locked_at is not null',
    )
    return rows.length === 0
  }, 10_000)
}
