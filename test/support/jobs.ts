import { Logger, runOnce } from 'graphile-worker'
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
}
