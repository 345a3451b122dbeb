import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { insertBoard } from '#modules/boards/boards.ts'
import { insertMembers, insertPosts } from '#modules/imports/writer.ts'
import { countFrequencies, frequenciesFor } from '#modules/search/frequencies.ts'
import { likeness, likenessTerms } from '#modules/search/likeness.ts'
import { search } from '#modules/search/search.ts'
import { type Db, openDatabase, transact } from '#platform/database.ts'
import { renderMarkdown } from '#platform/markdown.ts'
import { migrate } from '#platform/migrations.ts'
import { startPostgres } from '#platform/postgres-server/server.ts'
import { table } from './report.ts'
import { rankPlainly } from './search-baseline.ts'
import {
  type Collection,
  type Pair,
  readEnglish,
  readKorquad,
  readPairs,
  readShort,
  readTitled,
} from './search-data.ts'

const now = new Date()

/**
 * How good the product's own search is, in a PostgreSQL of its own, beside plain BM25 over pairs of characters; and how
 * well it tells questions that ask the same. @returns tables in Markdown
 */
export async function measureRelevance(note: (text: string) => void): Promise<string> {
  const rows: string[][] = []
  for (const collection of [readKorquad(), readTitled(), readEnglish(), ...readShort()]) {
    note(collection.name)
    rows.push(await withDatabase((db) => measureCollection(db, collection)))
  }
  const head = [
    'collection',
    'texts',
    'asked',
    'nDCG@10',
    'recall@10',
    'R@1',
    'plain nDCG@10',
    'plain recall@10',
    'p50 ms',
    'p95',
    'p99',
  ]
  note('Question_pair')
  return `${table(head, rows)}\n\n${await withDatabase(measurePairs)}`
}

async function addPosts(db: Db, texts: readonly { title: string; text: string }[]): Promise<number[]> {
  return transact(db, async (tx) => {
    const board = await insertBoard(tx, { slug: 'bench', name: 'Bench' })
    const [authorId] = await insertMembers(
      tx,
      [{ key: 'bench:1', name: 'bench', nameKey: 'bench', about: '', createdAt: now }],
      now,
    )
    const ids: number[] = []
    for (let at = 0; at < texts.length; at += 200) {
      const rows = texts.slice(at, at + 200).map(({ title, text }, index) => ({
        key: `bench:${at + index}`,
        boardId: board.id,
        authorId: authorId ?? 0,
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

/** One right answer to each question: its rank is what counts. */
function gains(ranks: readonly number[]): { ndcg: string; recall: string; first: string } {
  const mean = (of: (rank: number) => number) =>
    (ranks.reduce((sum, rank) => sum + of(rank), 0) / ranks.length).toFixed(4)
  return {
    ndcg: mean((rank) => (rank === 0 ? 0 : 1 / Math.log2(1 + rank))),
    recall: mean((rank) => Number(rank > 0)),
    first: mean((rank) => Number(rank === 1)),
  }
}

/** Posts are titled with a number: whoever asks must find the text. */
async function measureCollection(db: Db, collection: Collection): Promise<string[]> {
  const { name, docs, questions } = collection
  const ids = await addPosts(
    db,
    docs.map((text, index) => ({ title: `글 ${index + 1}`, text })),
  )
  await countFrequencies(db, { now })
  const times: number[] = []
  const ranks: number[] = []
  for (const { text, doc } of questions) {
    const begin = performance.now()
    const input = { q: text, sort: 'relevance', after: null, limit: 10, timeZone: 'UTC' } as const
    const { items } = await search(db, null, input)
    times.push(performance.now() - begin)
    ranks.push(items.findIndex((item) => item.post.id === ids[doc]) + 1)
  }
  times.sort((one, two) => one - two)
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1)
  const own = gains(ranks)
  const plain = gains(
    rankPlainly(collection).map((list, index) => list.indexOf(questions[index]?.doc ?? -1) + 1),
  )
  return [
    name,
    String(docs.length),
    String(questions.length),
    own.ndcg,
    own.recall,
    own.first,
    plain.ndcg,
    plain.recall,
    at(0.5),
    at(0.95),
    at(0.99),
  ]
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

/** Whether two questions ask the same, by the likeness that names similar posts. */
async function measurePairs(db: Db): Promise<string> {
  const [train, test] = [readPairs('train'), readPairs('test')]
  const texts = [...new Set(train.flatMap((pair) => [pair.one, pair.two]))]
  await addPosts(
    db,
    texts.map((text) => ({ title: text, text })),
  )
  await countFrequencies(db, { now })
  const score = async (pairs: readonly Pair[]) => {
    const scores: { score: number; same: boolean }[] = []
    for (const { one, two, same } of pairs) {
      const frequencies = await frequenciesFor(db, likenessTerms(`${one} ${two}`))
      scores.push({ score: likeness(one, two, frequencies), same })
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
  return table(
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
  )
}

async function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-quality-'))
  try {
    await using server = await startPostgres({ dataDir, log: () => {}, settings: { fsync: 'off' } })
    await migrate(server.url)
    await using database = openDatabase({ url: server.url, size: 4 })
    return await work(database.db)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
