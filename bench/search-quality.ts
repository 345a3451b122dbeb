import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { insertBoard } from '#modules/boards/boards.ts'
import { insertMembers, insertPosts } from '#modules/imports/writer.ts'
import { countFrequencies, frequenciesFor } from '#modules/search/frequencies.ts'
import { search } from '#modules/search/search.ts'
import { likeness } from '#modules/search/similar.ts'
import { type Db, openDatabase, transact } from '#platform/database.ts'
import { renderMarkdown } from '#platform/markdown.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'
import { table } from './report.ts'
import { type Pair, readKorquad, readPairs } from './search-data.ts'

const usage = `node bench/search-quality.ts --korquad FILE [--titles] [--step N] [--pairs TRAIN --pairs-test TEST]
Measures how good the search's answers are, with the product's own search over posts in a PostgreSQL of its own.
  --korquad FILE   KorQuAD 1.0 in SQuAD form (.json or .json.gz): every paragraph becomes a post, every question is asked
  --titles         posts are titled with their article's title instead of a number
  --step N         only every Nth question
  --pairs, --pairs-test   Question_pair: the threshold is chosen on the first, F1 is measured on the second`

const { values } = parseArgs({
  options: {
    korquad: { type: 'string' },
    titles: { type: 'boolean', default: false },
    step: { type: 'string', default: '1' },
    pairs: { type: 'string' },
    'pairs-test': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const say = (text: string) => process.stdout.write(`${text}\n`)
const now = new Date()

async function addPosts(db: Db, texts: readonly { title: string; text: string }[]): Promise<number[]> {
  return transact(db, async (tx) => {
    const board = await insertBoard(tx, { slug: 'bench', name: 'Bench' })
    const [authorId = 0] = await insertMembers(
      tx,
      [{ key: 'bench:1', name: 'bench', nameKey: 'bench', about: '', createdAt: now }],
      now,
    )
    const ids: number[] = []
    for (let at = 0; at < texts.length; at += 200) {
      const rows = texts.slice(at, at + 200).map(({ title, text }, index) => ({
        key: `bench:${at + index}`,
        boardId: board.id,
        authorId,
        kind: 'discussion' as const,
        title: title.slice(0, 200),
        tags: [],
        body: text,
        html: renderMarkdown(text),
        createdAt: now,
        editedAt: null,
        votes: 0,
        views: 0,
      }))
      ids.push(...(await insertPosts(tx, rows)))
    }
    return ids
  })
}

async function measureKorquad(db: Db, path: string): Promise<void> {
  const { docs, questions } = readKorquad(path)
  const ids = await addPosts(
    db,
    docs.map(({ title, text }, index) => ({ title: values.titles ? title : `글 ${index + 1}`, text })),
  )
  await countFrequencies(db, { now })
  const step = Number(values.step)
  const times: number[] = []
  let [asked, gain, first, inTen] = [0, 0, 0, 0]
  for (let at = 0; at < questions.length; at += step) {
    const question = questions[at]
    if (!question) continue
    const begin = performance.now()
    const input = { q: question.text, sort: 'relevance', after: null, limit: 10, timeZone: 'UTC' } as const
    const { items } = await search(db, null, input)
    times.push(performance.now() - begin)
    const rank = items.findIndex((item) => item.post.id === ids[question.doc]) + 1
    asked++
    if (rank === 0) continue
    inTen++
    if (rank === 1) first++
    gain += 1 / Math.log2(1 + rank)
  }
  times.sort((one, two) => one - two)
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1)
  say(
    table(
      ['posts', 'questions', 'nDCG@10', 'recall@10', 'R@1', 'p50 ms', 'p95 ms', 'p99 ms'],
      [
        [
          String(docs.length),
          String(asked),
          (gain / asked).toFixed(4),
          (inTen / asked).toFixed(4),
          (first / asked).toFixed(4),
          at(0.5),
          at(0.95),
          at(0.99),
        ],
      ],
    ),
  )
}

/** Precision and recall of "is a duplicate" at a threshold, as F1. */
function f1(scores: readonly { score: number; same: boolean }[], threshold: number): number {
  let [hits, wrong, missed] = [0, 0, 0]
  for (const { score, same } of scores) {
    if (score >= threshold && same) hits++
    else if (score >= threshold) wrong++
    else if (same) missed++
  }
  return (2 * hits) / (2 * hits + wrong + missed)
}

async function measurePairs(db: Db, paths: { train: string; test: string }): Promise<void> {
  const [train, test] = [readPairs(paths.train), readPairs(paths.test)]
  const texts = [...new Set(train.flatMap((pair) => [pair.one, pair.two]))]
  await addPosts(
    db,
    texts.map((text) => ({ title: text, text })),
  )
  await countFrequencies(db, { now })
  const score = async (pairs: readonly Pair[]) => {
    const scores: { score: number; same: boolean }[] = []
    for (const { one, two, same } of pairs) {
      const frequencies = await frequenciesFor(db, `${one} ${two}`)
      scores.push({ score: (likeness(one, two, frequencies) + likeness(two, one, frequencies)) / 2, same })
    }
    return scores
  }
  const known = await score(train)
  const thresholds = Array.from({ length: 90 }, (_, index) => index / 100)
  const best = thresholds.reduce((one, two) => (f1(known, two) > f1(known, one) ? two : one))
  const unknown = await score(test)
  const always = f1(
    unknown.map((one) => ({ ...one, score: 1 })),
    0.5,
  )
  say(
    table(
      ['pairs', 'threshold', 'F1', 'F1 of the training half', 'F1 of always yes'],
      [
        [
          String(test.length),
          String(best),
          f1(unknown, best).toFixed(3),
          f1(known, best).toFixed(3),
          always.toFixed(3),
        ],
      ],
    ),
  )
}

async function withDatabase(work: (db: Db) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-quality-'))
  try {
    await using server = await startPostgres({ dataDir, log: () => {}, settings: { fsync: 'off' } })
    await migrate(server.url)
    await using database = openDatabase({ url: server.url, size: 4 })
    await work(database.db)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

if (values.help || !(values.korquad || values.pairs)) say(usage)
else {
  const { korquad, pairs, 'pairs-test': pairsTest } = values
  if (korquad) await withDatabase((db) => measureKorquad(db, korquad))
  if (pairs && pairsTest) await withDatabase((db) => measurePairs(db, { train: pairs, test: pairsTest }))
}
