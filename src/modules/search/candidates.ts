import type { Cursor } from '#platform/cursor.ts'
import { ask, type Db } from '#platform/database.ts'
import { epochBits, epochMark, isInitials, pairsOf } from './analyse.ts'
import { sharesOf } from './frequencies.ts'
import type { Query } from './query.ts'
import { allParts, toTsquery } from './query.ts'
import { authorConditions, commentConditions, postConditions, type Scope } from './scope.ts'

// Which posts may be an answer: a bounded number, never every match of a frequent word. Rare words come from the index
// whole; of frequent ones the newest; of very frequent ones posts are walked from the newest on, for each few has them.

/** A post, or a comment that leads to its post. */
export type Candidate = { postId: number; commentId: number | null }

const bounds = {
  posts: 150,
  titles: 50,
  /** Matches whose titles are looked at for that. */
  titled: 500,
  comments: 50,
  /** Of the wide search for long questions, which brings them by their worth. */
  wide: 200,
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
export async function shareOf(db: Db, query: Query): Promise<number> {
  const parts = allParts(query)
  if (parts.length === 0) return 1
  const words = parts.slice(0, 24).map(({ stem, paired }) =>
    paired && stem.length > 1
      ? pairsOf(stem)
          .slice(0, 6)
          .map((term) => ({ term, isBeginning: false }))
      : [{ term: stem, isBeginning: stem.length > 1 || paired }],
  )
  const shares = await sharesOf(db, words.flat())
  const rarest = words
    .map((terms) => Math.min(...shares.splice(0, terms.length)))
    .sort((one, two) => one - two)
  return rarest.reduce((sum, share, at) => sum * (at === 0 ? share : Math.sqrt(share)), 1)
}

/** Candidates that have every word, newest first; titles with every word besides. */
export async function findCandidates(
  db: Db,
  { query, scope, share }: { query: Query; scope: Scope; share: number },
): Promise<{ candidates: Candidate[]; more: boolean }> {
  const wanted = toTsquery(query)
  if (wanted === null) return { candidates: [], more: false }
  const isFrequent = share > bounds.walked || isNarrow(scope, share)
  const { posts, more } = isFrequent
    ? await walk(db, { wanted, scope, limit: bounds.posts })
    : await newestOf(db, { wanted, scope, share, limit: bounds.posts })
  const asked = { query, scope, share, limit: bounds.titles, of: bounds.titled }
  const titles = more ? await findTitled(db, asked) : []
  const comments = await newestComments(db, { wanted, scope, share, limit: bounds.comments })
  const seen = new Set(posts.map((post) => post.postId))
  const others = titles.filter((post) => !seen.has(post.postId))
  return { candidates: [...posts, ...others, ...comments], more }
}

/** Few posts to look at, fewer than the index would bring: go through them. */
function isNarrow(scope: Scope, share: number): boolean {
  return scope.size <= 2000 && share * scope.size > 100
}

type Asked = { wanted: string; scope: Scope; share: number; limit: number }

async function lastId(db: Db, table: Indexed): Promise<number> {
  const [row] = await ask<{ id: number | null }>(db, `select max(id) as id from ${table}`, [])
  return row?.id ?? 0
}

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

type Newest = {
  posts: Candidate[]
  /** Whether there may be others, older ones. */
  more: boolean
}

/** Asks the newest part of the index; where that brings little, all of it. */
async function newestOf(db: Db, asked: Asked): Promise<Newest> {
  const part = newestPart(await lastId(db, 'posts'), asked)
  if (part !== null) {
    const posts = await fromIndex(db, { ...asked, wanted: within(asked.wanted, part) })
    if (posts.length >= asked.limit / 2) return { posts, more: true }
  }
  const posts = await fromIndex(db, asked)
  return { posts, more: posts.length >= asked.limit }
}

/** `titled`: words that must stand in the title; `of`: how many of the newest matches are looked at for that. */
type FromIndex = Omit<Asked, 'share'> & { titled?: readonly string[]; of?: number }

async function fromIndex(db: Db, { wanted, scope, limit, titled = [], of }: FromIndex): Promise<Candidate[]> {
  const { values, bind } = binder()
  const most = of === undefined ? '' : `limit ${bind(of)}`
  // Materialized: a limit within would make PostgreSQL walk the ids from the newest on instead of asking the index.
  const text = `
    with m as materialized (
      select s.post_id from search_posts s where s.tokens @@ ${bind(wanted)}::tsquery order by s.post_id desc
    )
    select p.id as "postId", null::bigint as "commentId" from (select post_id from m ${most} offset 0) s
    cross join lateral (
      select p.id from posts p
      where p.id = s.post_id and ${postConditions(scope, bind, { byAuthor: true })} ${titleConditions(titled, bind)} offset 0
    ) p limit ${bind(limit)}`
  return ask<Candidate>(db, text, values)
}

function titleConditions(words: readonly string[], bind: (value: unknown) => string): string {
  const head = `lower(p.title || ' ' || array_to_string(p.tags, ' '))`
  return words.map((word) => `and position(${bind(word)}::text in ${head}) > 0`).join(' ')
}

/** Of the newest posts with every word, so many of them looked at, those that have them in their titles and tags. */
export async function findTitled(
  db: Db,
  asked: { query: Query; scope: Scope; share: number; limit: number; of: number },
): Promise<Candidate[]> {
  const { query, scope, share, limit, of } = asked
  const wanted = toTsquery(query)
  if (wanted === null) return []
  // First consonants are in the index of titles alone.
  const titled = allParts(query).flatMap(({ stem }) => (isInitials(stem) ? [] : [stem]))
  if (share <= bounds.walked) {
    const part = newestPart(await lastId(db, 'posts'), { scope, share })
    return fromIndex(db, { wanted: within(wanted, part), scope, limit, titled, of })
  }
  const { values, bind } = binder()
  const text = `
    select p.id as "postId", null::bigint as "commentId" from (
      select p.id, p.title, p.tags from posts p where ${postConditions(scope, bind, { byAuthor: true })}
      order by p.created_at desc, p.id desc limit ${bounds.walkedTitles}
    ) p where true ${titleConditions(titled, bind)} limit ${bind(limit)}`
  return ask<Candidate>(db, text, values)
}

async function newestComments(db: Db, asked: Asked): Promise<Candidate[]> {
  const { scope, limit } = asked
  const { values, bind } = binder()
  const wanted = within(asked.wanted, newestPart(await lastId(db, 'comments'), asked))
  const text = `
    select c.post_id as "postId", c.id as "commentId" from (
      select s.comment_id from search_comments s where s.tokens @@ ${bind(wanted)}::tsquery order by s.comment_id desc offset 0
    ) s cross join lateral (
      select c.id, c.post_id from comments c join posts p on p.id = c.post_id
      where c.id = s.comment_id and ${commentConditions(scope, bind)} and ${postConditions(scope, bind, { byAuthor: false })}
      offset 0
    ) c limit ${bind(limit)}`
  return ask<Candidate>(db, text, values)
}

/** Goes through the newest posts and keeps those that match. */
async function walk(db: Db, { wanted, scope, limit }: Omit<Asked, 'share'>): Promise<Newest> {
  const { values, bind } = binder()
  // Without `is true` PostgreSQL would ask the index for every match first.
  const text = `
    select p.id as "postId", null::bigint as "commentId" from (
      select p.id from posts p where ${postConditions(scope, bind, { byAuthor: true })}
      order by p.created_at desc, p.id desc limit ${bounds.walkedPosts}
    ) p cross join lateral (
      select from search_posts s where s.post_id = p.id and (s.tokens @@ ${bind(wanted)}::tsquery) is true offset 0
    ) s limit ${bind(limit)}`
  const posts = await ask<Candidate>(db, text, values)
  return { posts, more: posts.length >= limit }
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
    const text = `select ${columns} from posts p where ${conditions.join(' and ')} ${own} ${order} limit ${bind(limit)}`
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

/** A term of a question, for the wide search: what it is worth and in how many texts it stands. */
export type Term = { token: string; weight: number; share: number }

/**
 * For questions of many words, of which seldom all stand in one text: texts with the rarest of them, those with most of
 * their weight first.
 */
export async function findByTerms(
  db: Db,
  { terms, scope }: { terms: readonly Term[]; scope: Scope },
): Promise<Candidate[]> {
  const chosen: Term[] = []
  let collected = 0
  for (const term of terms.toSorted((one, two) => one.share - two.share).slice(0, 16)) {
    const matches = term.share * scope.size
    if (chosen.length >= 3 && collected + matches > bounds.gathered) break
    chosen.push(term)
    collected += matches <= bounds.whole ? matches : bounds.collected
  }
  const posts = await weighed(db, { chosen, scope, limit: bounds.wide })
  const comments = await weighedComments(db, { chosen, scope, limit: bounds.wideComments })
  return [...posts, ...comments]
}

type Weighed = { chosen: readonly Term[]; scope: Scope; limit: number }
type Indexed = 'posts' | 'comments'

/** Rows with the sum of the weights of their terms; a part for each term, planned for its own values. */
async function sumOfTerms(
  db: Db,
  { chosen, scope, of }: Weighed & { of: Indexed },
  bind: (value: unknown) => string,
): Promise<string> {
  const [table, id] = of === 'posts' ? ['search_posts', 'post_id'] : ['search_comments', 'comment_id']
  const last = await lastId(db, of)
  const parts: string[] = []
  for (const { token, weight, share } of chosen) {
    const wanted = within(token, newestPart(last, { scope, share }))
    parts.push(
      `select s.${id} as id, ${bind(weight)}::float8 as weight from ${table} s where s.tokens @@ ${bind(wanted)}::tsquery`,
    )
  }
  return `select id from (${parts.join(' union all ')}) t group by 1 order by sum(weight) desc, 1 desc offset 0`
}

async function weighed(db: Db, asked: Weighed): Promise<Candidate[]> {
  const { chosen, scope, limit } = asked
  if (chosen.length === 0) return []
  const { values, bind } = binder()
  const text = `
    select p.id as "postId", null::bigint as "commentId" from (
      ${await sumOfTerms(db, { ...asked, of: 'posts' }, bind)}
    ) s cross join lateral (
      select p.id from posts p where p.id = s.id and ${postConditions(scope, bind, { byAuthor: true })} offset 0
    ) p limit ${bind(limit)}`
  return ask<Candidate>(db, text, values)
}

async function weighedComments(db: Db, asked: Weighed): Promise<Candidate[]> {
  const { chosen, scope, limit } = asked
  if (chosen.length === 0) return []
  const { values, bind } = binder()
  const text = `
    select c.post_id as "postId", c.id as "commentId" from (
      ${await sumOfTerms(db, { ...asked, of: 'comments' }, bind)}
    ) s cross join lateral (
      select c.id, c.post_id from comments c join posts p on p.id = c.post_id
      where c.id = s.id and ${commentConditions(scope, bind)} and ${postConditions(scope, bind, { byAuthor: false })}
      offset 0
    ) c limit ${bind(limit)}`
  return ask<Candidate>(db, text, values)
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
