import { ask, type Db, lookUp, transact } from '#platform/database.ts'
import { Pace, type PaceOptions } from '#platform/pace.ts'
import { plainText } from './plain-text.ts'
import { countable, type Frequencies, wordOfTerm } from './ranking.ts'
import { isSpelled, lettersOf } from './spelling.ts'

// How frequent terms are is counted over a sample of the posts that everyone may read: what is private changes nobody's
// ranking, nor how long a search takes.

const limits = { sample: 10_000, terms: 100_000, counted: 400_000, words: 50_000 }

type Sample = { docs: number; pairs: number; words: number; takenAt: Date }

export async function findSample(db: Db): Promise<Sample | null> {
  const [row] = await lookUp<Sample>(
    db,
    'select docs, pairs, words, taken_at as "takenAt" from search_sample',
    [],
  )
  return row ?? null
}

type Counted = { docs: number; pairs: number; words: number; term: string | null; count: number | null }

/** How frequent these terms are; before the first sample every term counts alike. */
export async function frequenciesFor(db: Db, terms: readonly string[]): Promise<Frequencies> {
  const rows = await ask<Counted>(
    db,
    `select s.docs, s.pairs, s.words, t.term, t.docs as count
     from search_sample s left join search_terms t on t.term = any($1::text[])`,
    [terms],
  )
  const sample = rows[0]
  if (!sample) return { docs: 1000, pairs: 100, words: 40, of: () => 1, shareOf: () => 0 }
  const { docs, pairs, words } = sample
  const known = new Map(rows.map((row) => [row.term, row.count ?? 0]))
  const of = (term: string) => known.get(term) ?? 0
  return { docs, pairs, words, of, shareOf: (term) => Math.min(1, of(term) / Math.max(1, docs)) }
}

/** For each of these, the share of texts in which a term stands that begins so; 0 when nobody knows. */
export async function sharesOfBeginnings(db: Db, beginnings: readonly string[]): Promise<number[]> {
  if (beginnings.length === 0) return []
  const rows = await ask<{ share: number }>(
    db,
    `select coalesce((
         select sum(s.docs) from search_terms s where s.term >= t.term and s.term < t.term || chr(1114111)
       ) / (select nullif(docs, 0) from search_sample)::float8, 0) as share
     from unnest($1::text[]) with ordinality as t (term, n) order by n`,
    [beginnings],
  )
  return rows.map((row) => Math.min(1, row.share))
}

type Counts = ReadonlyMap<string, number>
type Text = { id: number; title: string; tags: string[]; html: string }

const sampleQuery = `
  select p.id, p.title, p.tags, left(v.html, 20000) as html
  from posts p join post_versions v on v.post_id = p.id and v.version = p.version
  where p.id > $1 and p.deleted_at is null and p.id % $2::int = 0
    and p.board_id = any(array(select id from boards where read_by = 'everyone'))
  order by p.id limit 200`

/** Counts anew how frequent terms are, unless it is stopped. Reads at most some 10,000 posts; searches go on meanwhile. */
export async function countFrequencies(db: Db, options: PaceOptions & { now: Date }): Promise<void> {
  const pace = new Pace(options)
  const [size] = await ask<{ posts: number }>(
    db,
    `select coalesce(sum(posts), 0)::int as posts from boards where read_by = 'everyone'`,
    [],
  )
  const step = Math.max(1, Math.floor((size?.posts ?? 0) / limits.sample))
  const counts = new Map<string, number>()
  const sum = { docs: 0, pairs: 0, words: 0 }
  for (let after = 0; ; ) {
    if (options.signal?.aborted) return
    const texts = await ask<Text>(db, sampleQuery, [after, step])
    for (const text of texts) {
      addText(counts, sum, text)
      await pace.step()
    }
    if (counts.size > limits.counted) dropRare(counts)
    const last = texts.at(-1)
    if (!last || sum.docs > 2 * limits.sample) break
    after = last.id
  }
  await keep(db, { counts, sum, now: options.now })
}

function addText(
  counts: Map<string, number>,
  sum: { docs: number; pairs: number; words: number },
  text: Text,
): void {
  const { terms, pairs, words } = countable(`${text.title}\n${text.tags.join('\n')}\n${plainText(text.html)}`)
  sum.docs++
  sum.pairs += pairs
  sum.words += words
  for (const term of terms) if (term.length <= 40) counts.set(term, (counts.get(term) ?? 0) + 1)
}

/** What stood in one text only is as good as unknown. */
function dropRare(counts: Map<string, number>): void {
  for (const [term, count] of counts) if (count === 1) counts.delete(term)
}

async function keep(
  db: Db,
  { counts, sum, now }: { counts: Counts; sum: Omit<Sample, 'takenAt'>; now: Date },
): Promise<void> {
  await transact(db, async (tx) => {
    // Two counts at once would meet in the same rows.
    await ask(tx, `select pg_advisory_xact_lock(hashtext('search_terms'))`, [])
    await ask(tx, 'delete from search_terms', [])
    const terms = mostFrequent(counts, limits.terms, (_, docs) => docs > 1)
    await insertAll(tx, 'search_terms (term, docs) select * from unnest($1::text[], $2::int[])', terms)
    await ask(tx, 'delete from search_words', [])
    await insertAll(
      tx,
      'search_words (word, docs, letters) select * from unnest($1::text[], $2::int[], $3::text[])',
      wordsOf(counts, sum.docs),
    )
    const mean = (value: number) => (sum.docs === 0 ? 1 : value / sum.docs)
    await ask(
      tx,
      `insert into search_sample (docs, pairs, words, taken_at) values ($1, $2, $3, $4)
       on conflict (one) do update set docs = $1, pairs = $2, words = $3, taken_at = $4`,
      [sum.docs, mean(sum.pairs), mean(sum.words), now],
    )
  })
}

/** The words that may be meant by a mistyped one. What stands once in thousands of texts is mistyped itself. */
function wordsOf(counts: Counts, docs: number): Iterable<[word: string, docs: number, letters: string]> {
  const least = docs < 2000 ? 1 : 2
  const isWord = (term: string, count: number) => {
    const word = count >= least ? wordOfTerm(term) : null
    return word !== null && isSpelled(word)
  }
  return mostFrequent(counts, limits.words, isWord).map(([term, count]) => {
    const word = wordOfTerm(term) ?? term
    return [word, count, lettersOf(word)]
  })
}

/** Of the terms that are wanted the most frequent: sorting hundreds of thousands would keep all requests waiting. */
export function mostFrequent(
  counts: Counts,
  most: number,
  isWanted: (term: string, docs: number) => boolean,
): IteratorObject<[term: string, docs: number]> {
  const wanted = () => counts.entries().filter(([term, docs]) => isWanted(term, docs))
  const sizes: number[] = []
  for (const [, docs] of wanted()) sizes[docs] = (sizes[docs] ?? 0) + 1
  let [least, sum] = [sizes.length, 0]
  while (least > 1 && sum + (sizes[least - 1] ?? 0) <= most) sum += sizes[--least] ?? 0
  let ties = most - sum
  return wanted().filter(([, docs]) => docs >= least || (docs === least - 1 && ties-- > 0))
}

/** By columns, some thousands of rows a statement. */
async function insertAll(tx: Db, into: string, rows: Iterable<readonly (string | number)[]>): Promise<void> {
  let some: (readonly (string | number)[])[] = []
  const insert = async () => {
    const columns = Array.from({ length: some[0]?.length ?? 0 }, (_, column) =>
      some.map((row) => row[column]),
    )
    await ask(tx, `insert into ${into}`, columns)
    some = []
  }
  for (const row of rows) if (some.push(row) === 5000) await insert()
  if (some.length > 0) await insert()
}
