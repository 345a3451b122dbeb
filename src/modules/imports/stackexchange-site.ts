import type { Db } from '#platform/database.ts'
import { cleanLine, isBlank } from '#platform/text.ts'
import { BrokenRow, readOptionalNumber } from './fields.ts'
import { nobody, type People, type Person } from './people.ts'
import { batchLimits, type ImportRun } from './run.ts'
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
  /** Posts of other kinds (tag wikis, nominations), which do not come in. */
  others: Set<string>
  host: string | null
}

/**
 * Who did what a row tells. Someone who left the site has no id there, but often a name, and the licence asks that it
 * stays; an id without a row in Users.xml is made up from it.
 */
export function personOf(
  values: Record<string, string>,
  fields: { id: string; name: string },
  createdAt: Date,
): Person {
  const id = readOptionalNumber(values[fields.id], fields.id)
  if (id !== null) return { id: String(id), name: `user${Math.abs(id)}`, about: '', createdAt }
  const name = cleanLine(values[fields.name] ?? '').slice(0, 100)
  return isBlank(name) ? nobody(createdAt) : { id: `named ${name}`, name, about: '', createdAt }
}

/**
 * Reads a file's rows in batches: `read` turns a row into what is to be written, null for one that is not wanted;
 * `write` writes a batch in its transaction. Broken rows go to the report, with `once` also those whose Id came before.
 */
export async function eachBatch<T>(
  run: ImportRun,
  file: SourceFile,
  work: {
    phase: string
    readBefore?: boolean
    once?: boolean
    read: (row: Row) => T | null
    write: (tx: Db, items: T[]) => Promise<void>
  },
): Promise<void> {
  const taken = new Set<number>()
  let items: T[] = []
  let characters = 0
  let bytes = 0
  const flush = async () => {
    const full = items
    items = []
    characters = 0
    await run.batch(work.phase, (tx) => work.write(tx, full))
    run.show(work.phase, Math.min(bytes, file.bytes), file.bytes)
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
    const id = Number(row.values['Id'])
    if (taken.has(id)) {
      run.report.skip(file.name, row.line, `Id ${id} stands in the file twice`)
      continue
    }
    const item = readRow(run, { file, row, read: work.read })
    if (item === null) continue
    if (work.once) taken.add(id)
    items.push(item)
    for (const value of Object.values(row.values)) characters += value.length
    if (items.length >= batchLimits.rows || characters >= batchLimits.characters) await flush()
  }
  bytes = file.bytes
  await flush()
}

type Reading<T> = { file: SourceFile; row: Row; read: (row: Row) => T | null }

function readRow<T>(run: ImportRun, { file, row, read }: Reading<T>): T | null {
  try {
    const item = read(row)
    if (item !== null && Object.values(row.values).some((value) => value.includes('\ufffd')))
      run.report.note(file.name, row.line, 'characters that could not be read became \ufffd')
    return item
  } catch (error) {
    if (!(error instanceof BrokenRow)) throw error
    run.report.skip(file.name, row.line, error.message)
    return null
  }
}
