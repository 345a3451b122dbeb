import { amongTagged } from '#modules/posts/tagged.ts'
import type { Cursor } from '#platform/cursor.ts'
import { ask, type Db } from '#platform/database.ts'
import { epochBits, epochMark, isInitials, pairsOf } from './analyse.ts'
import { sharesOfBeginnings } from './frequencies.ts'
import type { Part, Query } from './query.ts'
import { allParts, toTsquery } from './query.ts'
import type { Frequencies } from './ranking.ts'
import { authorConditions, commentConditions, postConditions, type Scope } from './scope.ts'

// Which posts may be an answer: a bounded number, never every match of a frequent word. Rare words come from the index
// whole; of frequent ones the newest; of very frequent ones posts are walked from the newest on, for each few has them.

/** A post, or a comment that leads to its post. */
export type Candidate = { postId: number; commentId: number | null }

const bounds = {
  posts: 150,
  /** The same where a joined word (1학년) is asked for: of texts with its parts fewer have it. */
  joined: 400,
  titles: 50,
  /** Matches whose titles are looked at for that. */
  titled: 500,
  comments: 50,
  /** Of the wide search for long questions, which brings them by their worth; not all of them are read. */
  wide: 300,
  wideComments: 40,
  /** Matches up to which the index is asked for all of them. */
  whole: 1500,
  /** Matches for which the newest part of the index is asked, where there are more. */
  collected: 800,
  /** The same of all terms of a long question together. */
  gathered: 4000,
  /** From this share of all posts on, walking from the newest finds enough sooner. */
  walked: 0.15,
  /** The same where the newest are wanted: then the index would have to bring every match. */
  walkedByTime: 0.006,
  walkedPosts: 20_000,
  /** Of which only the titles are looked at. */
  walkedTitles: 4000,
}

/** Every value that is bound must stand in the text: PostgreSQL refuses one whose type nothing tells. */
function binder() {
  const values: unknown[] = []
  return { values, bind: (value: unknown) => `$${values.push(value)}` }
}

/**
 * The share of posts that may have every word: the rarest word's (its rarest pair's), less for every other one. Words
 * come together, so each counts by the root of its share only.
 */
export async function shareOf(db: Db, query: Query, frequencies: Frequencies): Promise<number> {
  const parts = allParts(query).slice(0, 24)
  if (parts.length === 0) return 1
  const isWhole = ({ stem, paired }: Part) => paired === stem.length > 1
  const begun = parts.filter((part) => !isWhole(part)).map((part) => part.stem)
  const beginnings = await sharesOfBeginnings(db, begun)
  const whole = parts
    .filter(isWhole)
    .map(({ stem, paired }) => (paired ? pairsOf(stem).slice(0, 6) : [stem]))
    .map((terms) => Math.min(...terms.map(frequencies.shareOf)))
  const rarest = [...beginnings, ...whole].sort((one, two) => one - two)
  return rarest.reduce((sum, share, at) => sum * (at === 0 ? share : Math.sqrt(share)), 1)
}

type Found = { candidates: Candidate[]; more: boolean }

/** Candidates that have every word, newest first; titles with every word besides, and comments. */
export async function findCandidates(
  db: Db,
  { query, scope, share }: { query: Query; scope: Scope; share: number },
): Promise<Found> {
  const wanted = toTsquery(query)
  if (wanted === null) return { candidates: [], more: false }
  const most = query.words.some((word) => word.parts.length > 1) ? bounds.joined : bounds.posts
  const asked = { wanted, titled: wordsOfTitles(query), scope, share, most }
  if (share > bounds.walked || isNarrow(scope, share)) return collect(db, asked, walkArms)
  const part = newestPart(scope.last.posts, asked)
  const found = await collect(db, asked, indexArms(part))
  if (part === null || found.more) return found
  // Where the newest part of the index brings little: all of it.
  return collect(db, asked, indexArms(null))
}

/** Few posts to look at, fewer than the index would bring: go through them. */
function isNarrow(scope: Scope, share: number): boolean {
  return scope.size <= 2000 && share * scope.size > 100
}

/** First consonants are in the index of titles alone. */
const wordsOfTitles = (query: Query) =>
  allParts(query).flatMap(({ stem }) => (isInitials(stem) ? [] : [stem]))

type Bind = (value: unknown) => string
type Asked = { wanted: string; titled: readonly string[]; scope: Scope; share: number; most: number }

/**
 * The part of a table in which the newest matches stand, as something to ask the index for besides them; null: all of
 * it, for there are not many.
 */
function newestPart(last: number, { scope, share }: { scope: Scope; share: number }): string | null {
  if (share * last <= bounds.whole) return null
  // In a board that holds a part of all posts a part of the matches is to be seen.
  const part = Math.min(1, Math.max(0.02, scope.size / last))
  const floor = Math.floor(last - bounds.collected / (share * part))
  if (floor <= 0) return null
  const [from, to] = [floor >> epochBits, (last >> epochBits) + 1]
  return Array.from({ length: to - from + 1 }, (_, at) => `'${epochMark}${from + at}'`).join('|')
}

const within = (wanted: string, part: string | null) => (part === null ? wanted : `(${wanted})&(${part})`)

/**
 * SQL for the newest matches (`posts`), for those of them that have every word in the title (`titles`), and what both
 * read from; `enough`: so many posts say that there may be older ones.
 */
type Arms = { with: string; posts: string; titles: string; enough: number }

/** One statement for the posts, their titles where there are more of them, and comments. */
async function collect(db: Db, asked: Asked, toArms: (asked: Asked, bind: Bind) => Arms): Promise<Found> {
  const { values, bind } = binder()
  const arms = toArms(asked, bind)
  const text = `with ${arms.with} newest as materialized (${arms.posts} limit ${asked.most})
    select 'post' as of, id as "postId", null::bigint as "commentId" from newest
    union all select * from (
      select 'title', t.id, null::bigint from (${arms.titles}) t
      where (select count(*) from newest) >= ${arms.enough} limit ${bounds.titles}
    ) t union all ${commentsArm(asked, bind)}`
  const rows = await ask<Candidate & { of: 'post' | 'title' | 'comment' }>(db, text, values)
  const seen = new Set<number>()
  const candidates = rows.filter(
    ({ of, postId }) => of === 'comment' || (!seen.has(postId) && seen.add(postId)),
  )
  return { candidates, more: rows.filter(({ of }) => of === 'post').length >= arms.enough }
}

/** A post's row, when the viewer may see it. `titled`: words that must stand in its title or tags. */
function visible(id: string, { scope, titled }: Pick<Asked, 'scope' | 'titled'>, bind: Bind): string {
  const conditions = postConditions(scope, bind, { byAuthor: true }) + inTitle(titled, bind)
  return `lateral (select p.id from posts p where p.id = ${id} and ${conditions} offset 0) p`
}

function inTitle(words: readonly string[], bind: Bind): string {
  const head = `lower(p.title || ' ' || array_to_string(p.tags, ' '))`
  return words.map((word) => ` and position(${bind(word)}::text in ${head}) > 0`).join('')
}

/** The same of a comment. */
const visibleComment = (id: string, scope: Scope, bind: Bind) => `lateral (
    select c.id, c.post_id from comments c join posts p on p.id = c.post_id
    where c.id = ${id} and ${commentConditions(scope, bind)} and ${postConditions(scope, bind, { byAuthor: false })} offset 0
  ) c`

/** Materialized, and ordered by a sum: else PostgreSQL may walk the ids from the newest on instead of asking the index. */
const matches = (wanted: string, bind: Bind) => `m as materialized (
    select s.post_id from search_posts s where s.tokens @@ ${bind(wanted)}::tsquery order by s.post_id + 0 desc
  )`
const titledOf = (most: number, { scope, titled }: Asked, bind: Bind) =>
  `select p.id from (select post_id from m limit ${most}) s cross join ${visible('s.post_id', { scope, titled }, bind)}`

function indexArms(part: string | null) {
  return (asked: Asked, bind: Bind): Arms => ({
    with: `${matches(within(asked.wanted, part), bind)},`,
    posts: `select p.id from (select post_id from m offset 0) s cross join ${visible('s.post_id', { scope: asked.scope, titled: [] }, bind)}`,
    titles: titledOf(bounds.titled, asked, bind),
    enough: part === null ? asked.most : asked.most / 2,
  })
}

const ofRareTag = ({ tag }: Scope, bind: Bind) => (tag?.isRare ? ` and ${amongTagged(tag, bind)}` : '')
const newest = (most: number, scope: Scope, bind: Bind) => `
  select p.id, p.title, p.tags from posts p where ${postConditions(scope, bind, { byAuthor: true })}${ofRareTag(scope, bind)}
  order by p.created_at desc, p.id desc limit ${most}`
const walkedTitles = ({ scope, titled }: Asked, bind: Bind) =>
  `select p.id from (${newest(bounds.walkedTitles, scope, bind)}) p where true${inTitle(titled, bind)}`

/** Goes through the newest posts and keeps those that match. */
function walkArms(asked: Asked, bind: Bind): Arms {
  return {
    with: '',
    // Without `is true` PostgreSQL would ask the index for every match first.
    posts: `select p.id from (${newest(bounds.walkedPosts, asked.scope, bind)}) p cross join lateral (
        select from search_posts s where s.post_id = p.id and (s.tokens @@ ${bind(asked.wanted)}::tsquery) is true offset 0
      ) s`,
    titles: walkedTitles(asked, bind),
    enough: asked.most,
  }
}

function commentsArm(asked: Asked, bind: Bind): string {
  const { scope, wanted } = asked
  const query = within(wanted, newestPart(scope.last.comments, asked))
  return `select * from (
    select 'comment', c.post_id, c.id from (
      select s.comment_id from search_comments s where s.tokens @@ ${bind(query)}::tsquery order by s.comment_id + 0 desc offset 0
    ) s cross join ${visibleComment('s.comment_id', scope, bind)} limit ${bounds.comments}
  ) c`
}

/** Of the newest posts with every word, so many of them looked at, those that have them in their titles and tags. */
export async function findTitled(
  db: Db,
  {
    query,
    scope,
    share,
    limit,
    of,
  }: { query: Query; scope: Scope; share: number; limit: number; of: number },
): Promise<number[]> {
  const wanted = toTsquery(query)
  if (wanted === null) return []
  const { values, bind } = binder()
  const asked = { wanted, titled: wordsOfTitles(query), scope, share, most: limit }
  const text =
    share > bounds.walked
      ? walkedTitles(asked, bind)
      : `with ${matches(within(wanted, newestPart(scope.last.posts, asked)), bind)} ${titledOf(of, asked, bind)}`
  return (await ask<{ id: number }>(db, `${text} limit ${limit}`, values)).map((row) => row.id)
}

export type Latest = { postId: number; createdAt: Date }

/** Posts with every word, in themselves or in a comment, newest post first from `cursor` on. */
export async function findLatest(
  db: Db,
  asked: { query: Query; scope: Scope; share: number; cursor: Cursor | null; limit: number },
): Promise<Latest[]> {
  const { scope, limit, cursor } = asked
  const wanted = toTsquery(asked.query)
  const { values, bind } = binder()
  const conditions = [postConditions(scope, bind, { byAuthor: false })]
  if (cursor)
    conditions.push(`(p.created_at, p.id) < (${bind(cursor.value)}::timestamptz, ${bind(cursor.id)}::bigint)`)
  const own = authorConditions(scope, 'p.author_id', bind)
    .map((condition) => `and ${condition}`)
    .join(' ')
  const order = `order by p.created_at desc, p.id desc`
  const columns = `p.id as "postId", p.created_at as "createdAt"`
  if (wanted === null) {
    const text = `select ${columns} from posts p where ${conditions.join(' and ')}${ofRareTag(scope, bind)} ${own} ${order} limit ${bind(limit)}`
    return ask<Latest>(db, text, values)
  }
  const q = `${bind(wanted)}::tsquery`
  const byThem = commentConditions(scope, bind)
  if (asked.share > bounds.walkedByTime || isNarrow(scope, asked.share)) {
    const text = `select ${columns} from posts p where ${conditions.join(' and ')} and (
        (exists (select from search_posts s where s.post_id = p.id and (s.tokens @@ ${q}) is true offset 0) ${own})
        or (p.comments > 0 and exists (
          select from search_comments s join comments c on c.id = s.comment_id
          where c.post_id = p.id and (s.tokens @@ ${q}) is true and ${byThem} offset 0
        ))
      ) ${order} limit ${bind(limit)}`
    return ask<Latest>(db, text, values)
  }
  const text = `select ${columns} from (
      select s.post_id, true as own from search_posts s where s.tokens @@ ${q}
      union all select s.post_id, false from search_comments s join comments c on c.id = s.comment_id
      where s.tokens @@ ${q} and ${byThem} offset 0
    ) s cross join lateral (
      select p.id, p.created_at from posts p
      where p.id = s.post_id and ${conditions.join(' and ')} ${own === '' ? '' : `and (not s.own or (true ${own}))`} offset 0
    ) p group by p.id, p.created_at ${order} limit ${bind(limit)}`
  return ask<Latest>(db, text, values)
}

/** With the weight of the terms that it has. */
export type Worthy = Candidate & { worth: number }

/** A term of a question, for the wide search: what it is worth and in how many texts it stands. */
export type Term = { token: string; weight: number; share: number }

/**
 * For questions of many words, of which seldom all stand in one text: texts with the rarest of them, those with most of
 * their weight first.
 */
export async function findByTerms(
  db: Db,
  { terms, scope }: { terms: readonly Term[]; scope: Scope },
): Promise<Worthy[]> {
  const chosen: Term[] = []
  let collected = 0
  for (const term of terms.toSorted((one, two) => one.share - two.share).slice(0, 16)) {
    const matches = term.share * scope.size
    if (chosen.length >= 3 && collected + matches > bounds.gathered) break
    chosen.push(term)
    collected += matches <= bounds.whole ? matches : bounds.collected
  }
  if (chosen.length === 0) return []
  const { values, bind } = binder()
  const text = `select * from (
      select p.id as "postId", null::bigint as "commentId", worth from (${sumOfTerms(chosen, { scope, of: 'posts', bind })}) s
      cross join ${visible('s.id', { scope, titled: [] }, bind)} limit ${bounds.wide}
    ) p union all select * from (
      select c.post_id, c.id, worth from (${sumOfTerms(chosen, { scope, of: 'comments', bind })}) s
      cross join ${visibleComment('s.id', scope, bind)} limit ${bounds.wideComments}
    ) c`
  return ask<Worthy>(db, text, values)
}

type Indexed = 'posts' | 'comments'

/** Rows with the sum of the weights of their terms; a part for each term, planned for its own values. */
function sumOfTerms(
  chosen: readonly Term[],
  { scope, of, bind }: { scope: Scope; of: Indexed; bind: Bind },
): string {
  const [table, id] = of === 'posts' ? ['search_posts', 'post_id'] : ['search_comments', 'comment_id']
  const parts = chosen.map(({ token, weight, share }) => {
    const wanted = within(token, newestPart(scope.last[of], { scope, share }))
    return `select s.${id} as id, ${bind(weight)}::float8 as weight from ${table} s where s.tokens @@ ${bind(wanted)}::tsquery`
  })
  return `select id, sum(weight) as worth from (${parts.join(' union all ')}) t group by 1 order by 2 desc, 1 desc offset 0`
}

/** Of each of these posts, a few comments that may hold every word. */
export async function commentsOf(
  db: Db,
  { query, scope, postIds }: { query: Query; scope: Scope; postIds: readonly number[] },
): Promise<Candidate[]> {
  const wanted = toTsquery(query)
  if (wanted === null || postIds.length === 0) return []
  const { values, bind } = binder()
  const text = `
    select t.id as "postId", c.id as "commentId" from unnest(${bind(postIds)}::bigint[]) as t (id)
    cross join lateral (
      select c.id from comments c join search_comments s on s.comment_id = c.id
      where c.post_id = t.id and (s.tokens @@ ${bind(wanted)}::tsquery) is true and ${commentConditions(scope, bind)}
      order by c.id limit 3
    ) c`
  return ask<Candidate>(db, text, values)
}
