import type { Subscriber } from '#events.ts'
import { newcomerShare, type Span, spanSeconds, spans } from '#modules/acts/kinds.ts'
import { expireActs } from '#modules/acts/upkeep.ts'
import type { ReadBy } from '#modules/boards/shapes.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { excerptOf } from '#platform/excerpt.ts'
import { Pace } from '#platform/pace.ts'
import { weightColumns } from './formula.ts'
import {
  clearRanked,
  clearWords,
  countTagsAgain,
  forgetCounted,
  lastRun,
  noteRun,
  rank,
  writtenTexts,
} from './queries.ts'
import { readWeights } from './weights.ts'
import { WordTrends } from './words.ts'

type Ranked = 'posts' | 'words'

/** One ranking at a time, in whatever process. */
const lock = 'select pg_try_advisory_xact_lock(726163747, hashtext($1)) as mine'

/** Ranks posts and tags anew, in one transaction; leaves it to another process that just does it. */
export async function rankPosts(db: Db, now: Date): Promise<void> {
  const began = performance.now()
  await expireActs(db, now)
  await transact(db, async (tx) => {
    const [row] = await ask<{ mine: boolean }>(tx, lock, ['posts'])
    if (!row?.mine) return
    // Millions of acts take longer than what a page may ask for.
    await ask(tx, `set local statement_timeout = '60s'`, [])
    await ask(tx, `set local work_mem = '32MB'`, [])
    for (const clear of clearRanked) await ask(tx, clear, [])
    await ask(tx, rank, [...weightColumns(await readWeights(tx)), now])
    await ask(tx, noteRun, ['posts', now, Math.round(performance.now() - began)])
  })
}

/**
 * A board that was closed takes what was counted over it along, in the same transaction: the next ranking counts anew.
 * Who could read it neither before nor after must not see by a new ranking that something happened, so theirs stays:
 * what is behind other readers' tags is counted over the posts that were ranked last.
 */
export const rankingSubscriber: Subscriber = {
  wants: (type) => type === 'boards.changed',
  take: async (tx, event) => {
    if (event.type !== 'boards.changed') return
    const rest = event.readBy === 'everyone' ? forgetCounted : countTagsAgain
    for (const text of rest)
      await ask(tx, text, event.readBy === 'everyone' ? [] : [levelsFrom(event.readBy)])
  },
}

/** Groups of readers who see what these readers see. */
function levelsFrom(readBy: ReadBy): ReadBy[] {
  return readBy === 'members' ? ['members', 'moderators'] : ['moderators']
}

/** Readers wait for a ranking at most this long (as the last one took), and then see none older than `fresh` (ms). */
const quick = 300
const fresh = 10_000
const running = new WeakMap<Db, Map<Ranked, Promise<void>>>()

/** Before reading: where ranking is quick, one that is older than 10 s is made anew; elsewhere the schedule does it. */
export async function freshen(db: Db, what: Ranked, now: Date): Promise<void> {
  const [last] = await ask<{ at: Date; tookMs: number }>(db, lastRun, [what])
  const age = last ? Math.abs(now.getTime() - last.at.getTime()) : Number.POSITIVE_INFINITY
  if (last && (age < fresh || last.tookMs > quick)) return
  const runs = running.get(db) ?? new Map<Ranked, Promise<void>>()
  running.set(db, runs)
  const ranking = what === 'posts' ? rankPosts : rankWords
  const run = runs.get(what) ?? ranking(db, now).finally(() => runs.delete(what))
  runs.set(what, run)
  await run
}

const mostTexts = 10_000
const chunk = 200

type Row = { title: string; html: string; authorId: number; at: Date; daysHere: number }

/** Finds the words of each span from the newest texts of the last two weeks, at most 10,000, a few at a time. */
export async function rankWords(db: Db, now: Date): Promise<void> {
  const began = performance.now()
  const since = new Date(now.getTime() - 2 * spanSeconds.week * 1000)
  const trends = new WordTrends(now)
  const pace = new Pace()
  let before = new Date(now.getTime() + 1)
  for (let read = 0; read < mostTexts; read += chunk) {
    const rows = await ask<Row>(db, writtenTexts, [before, since, chunk, now])
    for (const { title, html, authorId, at, daysHere } of rows) {
      trends.add({ text: `${title}\n${excerptOf(html, 1500)}`, authorId, at, share: newcomerShare(daysHere) })
      await pace.step()
    }
    const last = rows.at(-1)
    if (!last || rows.length < chunk) break
    before = last.at
  }
  await transact(db, async (tx) => {
    const [row] = await ask<{ mine: boolean }>(tx, lock, ['words'])
    if (!row?.mine) return
    await ask(tx, clearWords, [])
    for (const span of spans) await writeWords(tx, span, trends)
    await ask(tx, noteRun, ['words', now, Math.round(performance.now() - began)])
  })
}

async function writeWords(tx: Db, span: Span, trends: WordTrends): Promise<void> {
  const words = trends.of(span)
  const columns = [
    words.map((one) => one.word),
    words.map((one) => one.score),
    words.map((one) => one.people),
    words.map((one) => one.before),
  ]
  await ask(
    tx,
    `insert into trending_words (span, word, score, people, people_before)
     select $1, w.* from unnest($2::text[], $3::float8[], $4::int[], $5::int[]) w`,
    [span, ...columns],
  )
}
