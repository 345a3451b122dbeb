import type { Viewer } from '#modules/accounts/viewer.ts'
import { findListed } from '#modules/posts/by-id.ts'
import type { ListedPost } from '#modules/posts/shapes.ts'
import { type Cursor, Order } from '#platform/cursor.ts'
import type { Db } from '#platform/database.ts'
import { fold, isInitials, pairsOf } from './analyse.ts'
import { commentsOf, findByTerms, findCandidates, findLatest, shareOf, type Term } from './candidates.ts'
import { countFacets, type Facets } from './facets.ts'
import { frequenciesFor } from './frequencies.ts'
import { type Marked, makeSnippet, markWhole, needlesOf } from './highlight.ts'
import { otherLayout, retypeWords } from './keyboard.ts'
import { hasPhrases, hasWordOfInitials, isMatch, isWanted } from './matching.ts'
import { inTime } from './patience.ts'
import {
  allParts,
  type Filters,
  joinedWords,
  type Note,
  parseQuery,
  type Query,
  termQuery,
  textOfQuery,
} from './query.ts'
import { type Frequencies, Ranker, shareOfToken, termsOf } from './ranking.ts'
import { areKnown, findScope, isBy, type Scope } from './scope.ts'
import { respell } from './spelling.ts'
import { type Loaded, loadTexts, loadWorthiest, type Source } from './texts.ts'

export type SearchSort = 'relevance' | 'latest'
export type SearchInput = {
  q: string
  /** Besides operators in `q`, which count when both are given. */
  filters?: Filters
  sort: SearchSort
  after: string | null
  limit: number
  timeZone: string
}
export type Found = {
  post: ListedPost
  title: Marked
  snippet: Marked
  /** The comment in which it was found, when it is not the post itself. */
  commentId: number | null
}
export type SearchResult = {
  items: Found[]
  next: string | null
  /** How many have every word of what was asked. */
  whole: number
  /** How many were looked at and hold what was asked; `more`: there are others that were not looked at. */
  count: { found: number; more: boolean }
  /** Where few had all the words: those with most of them stand here, too. */
  relaxed: boolean
  facets: Facets | null
  didYouMean: string | null
  notes: Note[]
  query: Query
}

/** From so few posts with every word on something else may have been meant. */
const few = 2

/** Posts that hold what was asked, and that the viewer may read. Whatever `q` holds, there is an answer. */
export async function search(db: Db, viewer: Viewer | null, input: SearchInput): Promise<SearchResult> {
  const query = parseQuery(input.q)
  query.filters = { ...input.filters, ...query.filters }
  if (Object.keys(query.filters).length > 0)
    query.notes = query.notes.filter((note) => note !== 'nothing' && note !== 'only-minus')
  const order = orderOf(input.sort, query)
  const cursor = input.after === null ? null : order.unpack(input.after)
  const empty = emptyResult(query)
  if (query.notes.includes('nothing') || query.notes.includes('only-minus')) return empty
  const { filters, excluded } = query
  const scope = await findScope(db, viewer, { filters, excluded, timeZone: input.timeZone })
  if (!scope)
    return (await areKnown(db, viewer, filters)) ? empty : { ...empty, notes: [...query.notes, 'no-name'] }
  const asked = { query, scope, input, order, cursor }
  const found = await inTime(db, (tx) => find(tx, asked))
  if (found === 'too slow') return { ...empty, notes: [...query.notes, 'too-slow'] }
  const { page, ...result } = found
  const items = await present(db, viewer, { query, found: page })
  const isThere = result.whole > few || input.after !== null
  const didYouMean = isThere ? null : await findMeant(db, { ...asked, whole: result.whole })
  return { ...empty, ...result, items, didYouMean }
}

function emptyResult(query: Query): SearchResult {
  return {
    items: [],
    next: null,
    count: { found: 0, more: false },
    whole: 0,
    relaxed: false,
    facets: null,
    didYouMean: null,
    notes: query.notes,
    query,
  }
}

type Asked = { query: Query; scope: Scope; input: SearchInput; order: Order; cursor: Cursor | null }

const byScore = new Order('score', 'number')
const byTime = new Order('found', 'instant')

/** Where only filters were given there is nothing to rank by. */
function orderOf(sort: SearchSort, { words, phrases }: Query): Order {
  return sort === 'latest' || words.length + phrases.length === 0 ? byTime : byScore
}

/** What was found, its page still to be presented. */
type Outcome = { page: Source[] } & Omit<SearchResult, 'items' | 'didYouMean' | 'notes' | 'query'>

async function find(db: Db, asked: Asked): Promise<Outcome> {
  const question = textOfQuery(asked.query)
  const frequencies = await frequenciesFor(db, termsOf(question))
  const share = await shareOf(db, asked.query, frequencies)
  if (asked.order === byTime) return findNewest(db, { ...asked, share })
  const { ranked, ...counts } = await rank(db, { ...asked, share, question, frequencies })
  const after = asked.cursor ? { score: Number(asked.cursor.value), id: Number(asked.cursor.id) } : null
  const rest = after
    ? ranked.filter((one) => one.score < after.score || (one.score === after.score && one.postId < after.id))
    : ranked
  const page = rest.slice(0, asked.input.limit)
  const last = rest.length > page.length ? page.at(-1) : undefined
  return {
    page,
    next: last ? byScore.pack(last.postId, String(last.score)) : null,
    count: { found: ranked.length, more: counts.more },
    whole: counts.whole,
    relaxed: counts.relaxed,
    facets: countFacets(ranked, { boards: asked.scope.boards, timeZone: asked.input.timeZone }),
  }
}

export type Ranked = Source & { score: number }

type Weighing = { share: number; question: string; frequencies: Frequencies }

async function rank(db: Db, { query, scope, share, question, frequencies }: Asked & Weighing) {
  const ranker = new Ranker(question, frequencies)
  const { strict, more } = await findStrict(db, { query, scope, share })
  const words = query.words.length + query.phrases.join(' ').split(' ').filter(Boolean).length
  const isThin = strict.length < (words >= 4 ? 40 : words >= 2 ? 10 : 1)
  const ranked = bestOfEach(strict, { ranker, query })
  const whole = ranked.length
  if (!isThin || (words < 2 && question.length < 4) || words === 0)
    return { ranked, whole, relaxed: false, more }
  const terms = wideTerms(query, frequencies)
  const wide = await loadWorthiest(db, await findByTerms(db, { terms, scope }))
  const wanted = wide.filter((one) => isWanted(query, one.folded))
  const phrased = wanted.filter((one) => hasPhrases(query, one.folded))
  // A quotation within a long question, which stands nowhere: better its other words than nothing.
  const kept = words >= 4 && phrased.length === 0 && strict.length === 0 ? wanted : phrased
  const all = bestOfEach([...strict, ...kept], { ranker, query })
  // What shares only a common word with a long question is no answer to it.
  const least = Math.max((all[0]?.score ?? 0) * 0.2, ranker.total * (words >= 4 ? 0.08 : 0.15))
  const holding = new Set(ranked.map((one) => one.postId))
  const near = all
    .filter((one) => holding.has(one.postId) || one.score >= least)
    .map((one) => (holding.has(one.postId) ? { ...one, score: one.score * (words < 4 ? holdsAll : 1) } : one))
    .sort(byWorth)
  return { ranked: near, whole, relaxed: near.length > whole, more }
}

/** What matches without a word that counts (first consonants of a title) is ordered by votes and age. */
const leastScore = 0.01
/** One word very often is less than all two or three; of long questions a text that answers them seldom has all. */
const holdsAll = 1.5
/** C++ is asked for as the word c: what has the signs, too, comes before what has the word more often. So it is with 1학년. */
const asTyped = 2

/** Each post once, by the better of itself and its comments; the best first. */
function bestOfEach(
  loaded: readonly Loaded[],
  { ranker, query }: { ranker: Ranker; query: Query },
): Ranked[] {
  const joined = query.words.length < 4 ? joinedWords(query) : []
  const initials = query.words.map((word) => word.text).filter(isInitials)
  const best = new Map<number, Ranked>()
  for (const one of loaded) {
    const { folded } = one
    const begins = initials.some((word) => hasWordOfInitials(folded.title, word))
    const isAsTyped =
      joined.length > 0 &&
      joined.every((word) => `${folded.title}\n${folded.text}`.includes(word)) &&
      isMatch(query, folded)
    const worth = (begins ? 2 : 1) * leastScore + ranker.score(folded)
    const score = Number((worth * quality(one) * (isAsTyped ? asTyped : 1)).toFixed(6))
    const known = best.get(one.postId)
    if (!known || score > known.score || (score === known.score && one.commentId === null))
      best.set(one.postId, { ...one, score })
  }
  return [...best.values()].sort(byWorth)
}

const byWorth = (one: Ranked, two: Ranked) => two.score - one.score || two.postId - one.postId

const year = 365 * 86_400_000

/** Small factors: they order what the words leave equal. */
function quality(one: Loaded): number {
  const votes = 1 + 0.03 * Math.log10(1 + Math.max(0, one.votes))
  const age = 1 + 0.01 * ((one.createdAt.getTime() - Date.UTC(2000, 0)) / year)
  const place = one.commentId === null ? (one.solved ? 1.05 : 1) : one.accepted ? 1.1 : 0.85
  return votes * age * place
}

/** What holds every word that was asked for, of a bounded number of candidates. */
async function findStrict(
  db: Db,
  { query, scope, share }: { query: Query; scope: Scope; share: number },
): Promise<{ strict: Loaded[]; more: boolean }> {
  const { candidates, more } = await findCandidates(db, { query, scope, share })
  const loaded = await loadTexts(db, candidates)
  return { strict: loaded.filter((one) => isMatch(query, one.folded) && isWanted(query, one.folded)), more }
}

/** The pairs and words of a question, with how rare they are. */
export function wideTerms(query: Query, frequencies: Frequencies): Term[] {
  const parts = allParts(query)
  const texts = new Set(
    parts.flatMap(({ text, stem, paired }) =>
      paired && stem.length > 1 ? pairsOf(stem) : [paired ? stem : text],
    ),
  )
  return [...texts].slice(0, 60).map((text) => {
    const share = shareOfToken(text, frequencies)
    return { token: termQuery(text), weight: Math.log(1 + 1 / (share + 0.0001)), share }
  })
}

function placeOf({ createdAt, postId }: { createdAt: Date; postId: number }): Cursor {
  return { value: createdAt.toISOString(), id: String(postId) }
}

async function findNewest(db: Db, asked: Asked & { share: number }): Promise<Outcome> {
  const { query, scope, input, share } = asked
  const hasText =
    query.words.length + query.phrases.length + query.without.length + query.withoutPhrases.length > 0
  const found: Loaded[] = []
  let cursor = asked.cursor
  let isLast = false
  const batch = input.limit * 3 + 1
  for (let round = 0; round < 4 && found.length <= input.limit && !isLast; round++) {
    const rows = await findLatest(db, { query, scope, share, cursor, limit: batch })
    isLast = rows.length < batch
    found.push(...(await matching(db, { query, scope, hasText, ids: rows.map((row) => row.postId) })))
    const last = rows.at(-1)
    if (last) cursor = placeOf(last)
  }
  const page = found.slice(0, input.limit)
  const last = page.at(-1)
  const isMore = found.length > page.length
  const at = isMore && last ? placeOf(last) : isLast ? null : cursor
  return {
    page,
    next: at === null ? null : byTime.pack(Number(at.id), at.value),
    count: { found: found.length, more: at !== null },
    whole: found.length,
    relaxed: false,
    facets: null,
  }
}

/** Of these posts, in their order, those that hold what was asked in themselves or in a comment. */
async function matching(
  db: Db,
  { query, scope, hasText, ids }: { query: Query; scope: Scope; hasText: boolean; ids: readonly number[] },
): Promise<Loaded[]> {
  const own = await loadTexts(
    db,
    ids.map((postId) => ({ postId, commentId: null })),
  )
  if (!hasText) return own
  const fits = (one: Loaded) => isMatch(query, one.folded) && isWanted(query, one.folded)
  const isIt = (one: Loaded) => fits(one) && isBy(scope, one.authorId)
  const missing = own.filter((one) => !isIt(one)).map((one) => one.postId)
  const comments = (await findMatchingComments(db, { query, scope, postIds: missing })).filter(fits)
  return own.flatMap((one) => {
    if (isIt(one)) return [one]
    const comment = comments.find((other) => other.postId === one.postId)
    return comment ? [comment] : []
  })
}

async function findMatchingComments(
  db: Db,
  asked: { query: Query; scope: Scope; postIds: readonly number[] },
): Promise<Loaded[]> {
  return loadTexts(db, await commentsOf(db, asked))
}

async function present(
  db: Db,
  viewer: Viewer | null,
  { query, found }: { query: Query; found: readonly Source[] },
): Promise<Found[]> {
  const posts = new Map(
    (
      await findListed(
        db,
        viewer,
        found.map((one) => one.postId),
      )
    ).map((post) => [post.id, post]),
  )
  const needles = needlesOf(query)
  return found.flatMap((one) => {
    const post = posts.get(one.postId)
    if (!post) return []
    return [
      {
        post,
        title: markWhole(post.title, needles),
        snippet: makeSnippet(one.text, needles),
        commentId: one.commentId,
      },
    ]
  })
}

/** The same typed on the other keyboard layout, or with the nearest words that are known, when that finds more. */
async function findMeant(
  db: Db,
  { query, scope, input, whole }: { query: Query; scope: Scope; input: SearchInput; whole: number },
): Promise<string | null> {
  const finds = async (text: string) => {
    const count = await inTime(db, (tx) => countWhole(tx, { query: parseQuery(text), scope }))
    return count === 'too slow' ? 0 : count
  }
  const isFound = async (word: string) => (await finds(word)) > few
  const spelled = () => respell(db, { typed: input.q, query, isFound })
  const guesses = [
    async () => otherLayout(input.q),
    // Telephones begin with a capital, which is another Korean letter.
    async () => otherLayout(input.q.replace(/^\p{Lu}(?!\p{Lu})/u, (first) => first.toLowerCase())),
    () => retypeWords(input.q, isFound),
    spelled,
  ]
  const tried = new Set([fold(input.q)])
  for (const guess of guesses) {
    const meant = await guess()
    if (meant === null || tried.has(fold(meant))) continue
    tried.add(fold(meant))
    // What is offered stands in something that this viewer may read now.
    if ((await finds(meant)) > whole) return meant
  }
  return null
}

/** How many posts hold every word, of a bounded number of candidates. */
async function countWhole(db: Db, { query, scope }: { query: Query; scope: Scope }): Promise<number> {
  const share = await shareOf(db, query, await frequenciesFor(db, termsOf(textOfQuery(query))))
  const { strict } = await findStrict(db, { query, scope, share })
  return new Set(strict.map((one) => one.postId)).size
}
