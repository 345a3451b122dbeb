import { tendSearch } from '#modules/search/reindex.ts'
import { ask, type Db } from '#platform/database.ts'
import type { Step } from '#platform/progress.ts'
import { Names } from './names.ts'
import { ImportProblem } from './problem.ts'
import { ImportReport } from './report.ts'

export type ImportOptions = {
  now: Date
  /** Where the report of broken rows is written. */
  reportFolder: string
  onProgress?: (step: Step) => void
  /** Stops after the batch that is being written; the next start goes on. */
  signal?: AbortSignal
}

export type Added = {
  members: number
  boards: number
  posts: number
  comments: number
  versions: number
  links: number
}
export type ImportResult = {
  /** False: stopped by the signal. */
  finished: boolean
  added: Added
  /** Rows left out, and rows that came in changed (shortened). */
  skipped: number
  changed: number
  /** Path of the report; null when nothing was left out. */
  report: string | null
  /** The slug of the board, where the source becomes one. */
  board?: string
}

/**
 * What is kept in `imports.progress`. `revisions`: how many of PostHistory.xml are written; `mark`: tells sources apart;
 * `open`: the topic of which only a part is written.
 */
export type Progress = { phase: string; revisions?: number; mark?: string; open?: string }

/** A batch is written when it has so many rows, or so many characters. */
export const batchLimits = { rows: 500, characters: 3_000_000 }

class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** One import under way: what all its phases share. */
export class ImportRun {
  readonly report = new ImportReport()
  readonly added: Added = { members: 0, boards: 0, posts: 0, comments: 0, versions: 0, links: 0 }
  readonly db: Db
  readonly source: string
  readonly names: Names
  readonly options: ImportOptions
  readonly progress: Progress
  /** A former run came to its end. */
  readonly again: boolean

  constructor(
    db: Db,
    source: string,
    state: { names: Names; options: ImportOptions; progress: Progress; again: boolean },
  ) {
    this.db = db
    this.source = source
    this.names = state.names
    this.options = state.options
    this.progress = state.progress
    this.again = state.again
  }

  /** The key under which a thing of the source is known here. */
  key(kind: string, id: string | number): string {
    return `${this.source}:${kind}:${id}`
  }

  show(phase: string, done: number, total: number | null): void {
    this.options.onProgress?.({ phase, done, total })
  }

  /** One batch: all of it or nothing, with the progress. */
  async batch<T>(phase: string, work: (tx: Db) => Promise<T>): Promise<T> {
    if (this.options.signal?.aborted) throw new Stopped()
    // Not tried again after a deadlock: what the work remembers of its rows would be wrong. The next start goes on.
    return this.db.transaction().execute((tx) => this.#write(tx, phase, work))
  }

  async #write<T>(tx: Db, phase: string, work: (tx: Db) => Promise<T>): Promise<T> {
    // On a busy machine long texts take longer than what a page may ask for.
    await ask(
      tx,
      `select set_config('statement_timeout', '5min', true), set_config('idle_in_transaction_session_timeout', '5min', true)`,
      [],
    )
    const result = await work(tx)
    this.progress.phase = phase
    await ask(tx, 'update imports set progress = $2 where source = $1', [
      this.source,
      JSON.stringify(this.progress),
    ])
    return result
  }
}

/**
 * Runs an import so that it can be stopped at any moment: every batch is a transaction, things of the source are known by
 * their keys, and a second start adds what is missing. One import at a time.
 * @throws ImportProblem when it cannot go on; what came in stays
 */
export async function runImport(
  db: Db,
  options: ImportOptions & { source: string },
  work: (run: ImportRun) => Promise<void>,
): Promise<ImportResult> {
  return db.connection().execute(async (held) => {
    const [lock] = await ask<{ held: boolean }>(held, 'select pg_try_advisory_lock($1) as held', [lockNumber])
    if (!lock?.held)
      throw new ImportProblem('Another import is running on this database; wait for it or stop it')
    try {
      return await runLocked(db, options, work)
    } finally {
      // Where the connection broke the lock is gone with it, and why it broke is what should be told.
      await ask(held, 'select pg_advisory_unlock($1)', [lockNumber]).catch(() => {})
    }
  })
}

const lockNumber = 7_273_266

async function runLocked(
  db: Db,
  options: ImportOptions & { source: string },
  work: (run: ImportRun) => Promise<void>,
): Promise<ImportResult> {
  const { source } = options
  const [before] = await ask<{ progress: Progress; finished: boolean }>(
    db,
    `insert into imports (source, progress, started_at) values ($1, '{"phase": "start"}', $2)
     on conflict (source) do update set started_at = excluded.started_at
     returning progress, finished_at is not null as finished`,
    [source, options.now],
  )
  const progress = before?.progress ?? { phase: 'start' }
  const names = await Names.load(db)
  const run = new ImportRun(db, source, { names, options, progress, again: before?.finished ?? false })
  let finished = true
  try {
    await work(run)
    await finish(run)
  } catch (error) {
    if (!(error instanceof Stopped)) {
      const written = await run.report.write(options.reportFolder, { source, now: options.now })
      if (!(error instanceof ImportProblem) || !written) throw error
      throw new ImportProblem(`${error.message}\nWhat was left out until then stands in ${written}`)
    }
    finished = false
  }
  const report = await run.report.write(options.reportFolder, { source, now: options.now })
  return { finished, added: run.added, skipped: run.report.skipped, changed: run.report.changed, report }
}

/** Where the source does not tell when people came: no later than they wrote. */
const joinedBeforeTheyWrote = `
  update members m set created_at = n.first
  from (select author_id, min(created_at) as first
        from (select author_id, created_at from posts where starts_with(imported_from, $1)
              union all select author_id, created_at from comments where starts_with(imported_from, $1)) t
        group by 1) n
  where m.id = n.author_id and starts_with(m.imported_from, $1) and n.first < m.created_at`

async function finish(run: ImportRun): Promise<void> {
  const { now, signal } = run.options
  run.show('analyze', 0, null)
  await run.batch('finished', async (tx) => {
    await ask(tx, 'update imports set finished_at = $2 where source = $1', [run.source, now])
    await ask(tx, 'set local statement_timeout = 0', [])
    await ask(tx, joinedBeforeTheyWrote, [`${run.source}:`])
    await ask(tx, 'analyze members, boards, posts, post_versions, comments, comment_versions, tags', [])
  })
  // How frequent words are, so that the next search ranks and guesses by what is here now.
  await tendSearch(run.db, { now, ...(signal && { signal }) })
}
