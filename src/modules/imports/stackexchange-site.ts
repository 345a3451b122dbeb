import type { Db } from '#platform/database.ts'
import { BrokenRow } from './fields.ts'
import type { People } from './people.ts'
import type { ImportRun } from './run.ts'
import type { SourceFile } from './source-files.ts'
import type { KnownComment } from './writer.ts'
import { type Row, readRows } from './xml-rows.ts'

export type Question = { id: number; title: string }
/** What the phases share: things of the dump by their ids there. */
export type Site = {
  run: ImportRun
  files: {
    posts: SourceFile
    users: SourceFile | null
    comments: SourceFile | null
    history: SourceFile | null
  }
  boardId: number
  people: People
  questions: Map<string, Question>
  answers: Map<string, KnownComment>
  host: string | null
}

/**
 * Reads a file's rows in batches: `read` turns a row into what is to be written, null for one that is not wanted;
 * `write` writes a batch in its transaction. Broken rows go to the report.
 */
export async function eachBatch<T>(
  run: ImportRun,
  file: SourceFile,
  work: {
    phase: string
    readBefore?: boolean
    read: (row: Row) => T | null
    write: (tx: Db, items: T[]) => Promise<void>
  },
): Promise<void> {
  let items: T[] = []
  let bytes = 0
  const flush = async () => {
    run.show(work.phase, Math.min(bytes, file.bytes), file.bytes)
    const full = items
    items = []
    await run.batch(work.phase, (tx) => work.write(tx, full))
  }
  run.show(work.phase, 0, file.bytes)
  const on = {
    read: (more: number) => {
      bytes += more
    },
    broken: (line: number, why: string) => {
      if (!work.readBefore) run.report.skip(file.name, line, why)
    },
  }
  for await (const row of readRows(file, on)) {
    const item = readRow(run, { file, row, read: work.read })
    if (item !== null) items.push(item)
    if (items.length >= batchSize) await flush()
  }
  bytes = file.bytes
  await flush()
}

const batchSize = 500

type Reading<T> = { file: SourceFile; row: Row; read: (row: Row) => T | null }

function readRow<T>(run: ImportRun, { file, row, read }: Reading<T>): T | null {
  try {
    return read(row)
  } catch (error) {
    if (!(error instanceof BrokenRow)) throw error
    run.report.skip(file.name, row.line, error.message)
    return null
  }
}
