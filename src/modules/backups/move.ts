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
  await using target = await connectForTables(to)
  await requirePlace(target, false)
  let done = 0
  await inTransaction(source, 'begin isolation level repeatable read read only', () =>
    inTransaction(target, 'begin', () =>
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
    ),
  )
  await target.query('analyze')
  return done
}
