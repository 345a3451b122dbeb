import { on } from '#freshness.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { remember } from '#platform/cache.ts'
import { Order } from '#platform/cursor.ts'
import { type Db, lookUp } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import { gathered } from '#platform/gathered.ts'
import type { CommentOrder, CommentPage, MoreBelow, ShownComment } from './shapes.ts'

type Row = {
  id: number
  parentId: number | null
  depth: number
  authorId: number
  authorName: string | null
  avatar: string | null
  html: string
  version: number
  createdAt: Date
  editedAt: Date | null
  votes: number
  deleted: boolean
  answer: boolean
  myVote?: -1 | 1 | null
  muted?: boolean
}

/** What a thread needs to know of its post; the caller found it for the viewer. */
export type ThreadPost = { id: number; kind: 'discussion' | 'question'; acceptedId: number | null }
export type ThreadOptions = { post: ThreadPost; order: CommentOrder; after: string | null; limit: number }

const columns = `c.id, c.parent_id as "parentId", cardinality(c.path) - 1 as depth, c.author_id as "authorId",
  m.name as "authorName", m.avatar, v.html, c.version, c.created_at as "createdAt", c.edited_at as "editedAt", c.votes,
  c.deleted_at is not null as deleted, c.is_answer as answer`
const joins = `join members m on m.id = c.author_id
  join comment_versions v on v.comment_id = c.id and v.version = c.version`
/** What only members have: their own votes, and which authors they keep away. */
const marksQuery = `select comment_id as id, value from comment_votes where member_id = $1 and comment_id = any($2)
  union all
  select other_id, null from personal_blocks where member_id = $1 and other_id = any($3)`
const marksOf = gathered<{ id: number; value: -1 | 1 | null }>(['bigint', 'bigint[]', 'bigint[]'], marksQuery)
const shows = '(c.deleted_at is null or c.replies > 0)'

/** How many comments of one answer's branch, and how many remarks, a page shows at most: the rest has pages of its own. */
export const branchLimits = { below: 300, remarks: 50 } as const

const treeQuery = (after: boolean) => `
  select ${columns} from comments c ${joins}
  where c.post_id = $1 and ${shows} and ${after ? 'c.path > (select path from comments where id = $3 and post_id = $1)' : '$3::bigint is null'}
  order by c.path limit $2`

/** A page of a thread. `remarks`: where the comments end that are no answers' branches. */
type Found = { rows: Row[]; remarks: number; more: MoreBelow[]; next: string | null; previous: boolean }
/** The same as all readers share it; `shown`: as a guest sees it. */
type Shared = Found & { shown: ShownComment[] }

/**
 * A page of a discussion's tree, or of a question's answers with all that stands below each. What all readers share
 * comes from memory; a member's own is laid over it.
 */
export async function readThread(
  db: Db,
  viewer: Viewer | null,
  options: ThreadOptions,
): Promise<CommentPage> {
  const { post, order, after, limit } = options
  const key = JSON.stringify(['thread', post.id, post.kind, post.acceptedId, order, after, limit])
  const tags = ({ rows }: Shared) => [on.post(post.id), ...rows.map((row) => on.member(row.authorId))]
  // Each comment as it looked last, in characters of two bytes.
  const beside = ({ rows }: Shared) => rows.reduce((bytes, { html }) => bytes + 2 * (html.length + 1000), 0)
  const shared = await remember<Shared>(db, { key, tags, beside }, async () => {
    const found = post.kind === 'question' ? await readAnswers(db, options) : await readTree(db, options)
    return { ...found, shown: found.rows.map((row) => toShown(row, null, post)) }
  })
  const shown = viewer ? await shownTo(db, viewer, { ...shared, post }) : shared.shown
  return {
    comments: shown.slice(0, shared.remarks),
    remarks: shown.slice(shared.remarks),
    more: shared.more,
    next: shared.next,
    previous: shared.previous,
  }
}

/** Those that differ for the viewer are made anew; the others stay what they are for all, and are known again by it. */
async function shownTo(
  db: Db,
  viewer: Viewer,
  { rows, shown, post }: Shared & { post: ThreadPost },
): Promise<ShownComment[]> {
  const marks = await findMarks(db, viewer, rows)
  return shown.map((one, place) => {
    const row = rows[place]
    const own = row && marks(row)
    return row && (own || row.deleted) ? toShown({ ...row, ...own }, viewer, post) : one
  })
}

/** One comment by itself; the caller found it and its post for the viewer. */
export async function readComment(
  db: Db,
  viewer: Viewer | null,
  { post, id }: { post: ThreadPost; id: number },
): Promise<ShownComment & { body: string }> {
  const query = `select ${columns}, v.body from comments c ${joins} where c.id = $1 and c.post_id = $2`
  const rows = await lookUp<Row & { body: string }>(db, query, [id, post.id])
  const marks = viewer ? await findMarks(db, viewer, rows) : null
  const [row] = rows
  if (!row) throw new NotFound()
  return { ...toShown({ ...row, ...marks?.(row) }, viewer, post), body: row.body }
}

type Marks = Pick<Row, 'myVote' | 'muted'>
type MarksOf = (row: Row) => Marks | undefined

async function findMarks(db: Db, viewer: Viewer, rows: readonly Row[]): Promise<MarksOf> {
  if (rows.length === 0) return () => undefined
  const ids = rows.map(({ id }) => id)
  const authors = [...new Set(rows.map(({ authorId }) => authorId))]
  const found = await marksOf(db, [viewer.id, ids, authors])
  const votes = new Map<number, -1 | 1>()
  const muted = new Set<number>()
  for (const { id, value } of found) {
    if (value === null) muted.add(id)
    else votes.set(id, value)
  }
  if (found.length === 0) return () => undefined
  return ({ id, authorId }) =>
    votes.has(id) || muted.has(authorId)
      ? { myVote: votes.get(id) ?? null, muted: muted.has(authorId) }
      : undefined
}

/** A discussion's tree, a question's answers, the end of one branch, the remarks past the first ones. */
const inTree = new Order('tree', 'none')
const inAnswers = { votes: new Order('answers', 'integer'), date: new Order('by-date', 'integer') }
const inBranch = new Order('below', 'none')
const inRemarks = new Order('remarks', 'none')

const ofTree = ['bigint', 'bigint', 'bigint']
const treeStart = gathered<Row>(ofTree, treeQuery(false))
const treeAfter = gathered<Row>(ofTree, treeQuery(true))

async function readTree(db: Db, { post, after, limit }: ThreadOptions): Promise<Found> {
  const afterId = after ? inTree.unpack(after).id : null
  const rows = await (afterId ? treeAfter : treeStart)(db, [post.id, limit + 1, afterId])
  const { shown, next } = inTree.cut(rows, limit)
  return { rows: shown, remarks: shown.length, more: [], next, previous: afterId !== null }
}

/** The answers of one page, the accepted one first. `$5`/`$6`: sort value and id of the last one before. */
const answersQuery = {
  votes: `select c.id, c.votes as value from comments c
    where c.post_id = $1 and c.is_answer and ${shows} and c.id is distinct from $3::bigint
      and ($4::int is null or c.votes < $4 or (c.votes = $4 and c.id > $5::bigint))
    order by c.votes desc, c.id limit $2`,
  date: `select c.id, 0 as value from comments c
    where c.post_id = $1 and c.is_answer and ${shows} and c.id is distinct from $3::bigint
      and ($4::int is null or c.id > $5::bigint)
    order by c.id limit $2`,
}

const branches = `
  select ${columns}
  from unnest($2::bigint[]) with ordinality as root(id, place)
  cross join lateral (
    select * from comments c where c.post_id = $1 and c.path >= array[root.id] and c.path < array[root.id + 1] and ${shows}
    order by c.path limit $3
  ) c ${joins}
  order by root.place, c.path`

/** The end of one branch, or the remarks past the first ones, which have cursors of their own. */
async function readRest(db: Db, post: ThreadPost, after: string): Promise<Found> {
  if (inRemarks.made(after)) return readMoreRemarks(db, post, inRemarks.unpack(after).id)
  const { id } = inBranch.unpack(after)
  const limit = branchLimits.below
  const rows = await lookUp<Row>(db, restOfBranch, [post.id, id, limit + 1])
  const { shown, next } = inBranch.cut(rows, limit)
  return { rows: shown, remarks: shown.length, more: [], next, previous: true }
}

const restOfBranch = `
  select ${columns} from comments c ${joins}, (select path from comments where id = $2::bigint and post_id = $1) own
  where c.post_id = $1 and ${shows} and c.path > own.path and c.path < array[own.path[1] + 1] order by c.path limit $3`

async function readMoreRemarks(db: Db, post: ThreadPost, after: string): Promise<Found> {
  const found = await findRemarks(db, post.id, after)
  const { rows, more } = await readBranches(db, post.id, found.ids)
  return { rows, remarks: rows.length, more, next: found.next, previous: true }
}

/** Each branch from its root on, and where those go on that are longer than a page shows. */
async function readBranches(db: Db, postId: number, ids: readonly number[]) {
  const limit = branchLimits.below
  const found = ids.length > 0 ? await lookUp<Row>(db, branches, [postId, ids, limit + 1]) : []
  const rows: Row[] = []
  const more: MoreBelow[] = []
  let [root, count] = [0, 0]
  for (const row of found) {
    if (row.parentId === null) [root, count] = [row.id, 0]
    if (++count <= limit) rows.push(row)
    else more.push({ below: root, after: inBranch.pack(rows.at(-1)?.id ?? root) })
  }
  return { rows, more }
}

async function readAnswers(db: Db, { post, order, after, limit }: ThreadOptions): Promise<Found> {
  if (after && (inBranch.made(after) || inRemarks.made(after))) return readRest(db, post, after)
  const cursor = after ? inAnswers[order].unpack(after) : null
  const values = [post.id, limit + 1, post.acceptedId, cursor?.value ?? null, cursor?.id ?? null]
  const answers = await lookUp<{ id: number; value: number }>(db, answersQuery[order], values)
  const last = answers.length > limit ? answers[limit - 1] : undefined
  const ids = answers.slice(0, limit).map((answer) => answer.id)
  if (!cursor && post.acceptedId !== null) ids.unshift(post.acceptedId)
  const found = cursor ? { ids: [], next: null } : await findRemarks(db, post.id)
  const { rows, more } = await readBranches(db, post.id, [...ids, ...found.ids])
  if (found.next !== null) more.push({ below: null, after: found.next })
  const remarks = rows.findIndex((row) => row.parentId === null && !row.answer)
  return {
    rows,
    remarks: remarks < 0 ? rows.length : remarks,
    more,
    next: last ? inAnswers[order].pack(last.id, String(last.value)) : null,
    previous: cursor !== null,
  }
}

async function findRemarks(
  db: Db,
  postId: number,
  after = '0',
): Promise<{ ids: number[]; next: string | null }> {
  const text = `select c.id from comments c where c.post_id = $1 and c.parent_id is null and not c.is_answer
    and ${shows} and c.id > $2::bigint order by c.id limit $3`
  const limit = branchLimits.remarks
  const rows = await lookUp<{ id: number }>(db, text, [postId, after, limit + 1])
  const { shown, next } = inRemarks.cut(rows, limit)
  return { ids: shown.map((row) => row.id), next }
}

function toShown(row: Row, viewer: Viewer | null, post: ThreadPost): ShownComment {
  const hidden = row.deleted && !isModerator(viewer)
  return {
    id: row.id,
    parentId: row.parentId,
    depth: row.depth,
    author: hidden || row.authorName === null ? null : { id: row.authorId, name: row.authorName },
    avatar: hidden ? null : row.avatar,
    html: hidden ? '' : row.html,
    version: row.version,
    createdAt: row.createdAt,
    editedAt: row.editedAt,
    votes: row.votes,
    deleted: row.deleted,
    accepted: row.id === post.acceptedId,
    answer: row.answer,
    myVote: row.myVote ?? 0,
    muted: row.muted ?? false,
  }
}

/**
 * The cursor of the page on which a comment stands, so that its permanent address leads to it; null for the first page.
 * On discussions pages are counted from the tree's beginning; on questions the page begins right before the answer.
 */
export async function pageOfComment(
  db: Db,
  options: { post: ThreadPost; path: readonly number[]; limit: number },
): Promise<string | null> {
  const { post, path, limit } = options
  if (post.kind === 'question') return (await pageInBranch(db, post, path)) ?? pageOfAnswer(db, options)
  const text = `select c.id from comments c where c.post_id = $1 and ${shows} and c.path < $2::bigint[]
    order by c.path desc limit $3`
  const before = await lookUp<{ id: number }>(db, text, [post.id, path, limit])
  if (before.length < limit) return null
  // A few comments before it give the context.
  const start = before[Math.min(4, before.length - 1)]
  return start ? inTree.pack(start.id) : null
}

/** The page of a branch's own on which a comment stands; null when it is on the one with its answer or remark. */
async function pageInBranch(db: Db, post: ThreadPost, path: readonly number[]): Promise<string | null> {
  const text = `select c.id from comments c where c.post_id = $1 and ${shows}
    and c.path >= array[($2::bigint[])[1]] and c.path < $2::bigint[] order by c.path desc limit $3`
  const before = await lookUp<{ id: number }>(db, text, [post.id, path, branchLimits.below])
  const start = before[4]
  if (start && before.length === branchLimits.below) return inBranch.pack(start.id)
  const remarks = `select c.id from comments c join comments own on own.id = $2 and not own.is_answer
    where c.post_id = $1 and c.parent_id is null and not c.is_answer and ${shows} and c.id < $2
    order by c.id desc limit $3`
  const earlier = await lookUp<{ id: number }>(db, remarks, [post.id, path[0], branchLimits.remarks])
  const [closest] = earlier
  return closest && earlier.length === branchLimits.remarks ? inRemarks.pack(closest.id) : null
}

async function pageOfAnswer(
  db: Db,
  options: { post: ThreadPost; path: readonly number[]; limit: number },
): Promise<string | null> {
  const [rootId] = options.path
  const text = `select c.id, c.votes from comments c, comments own
    where own.id = $2 and own.is_answer and c.post_id = $1 and c.is_answer and ${shows} and c.id is distinct from $3::bigint
      and (c.votes > own.votes or (c.votes = own.votes and c.id < own.id))
    order by c.votes, c.id desc limit $4`
  const before = await lookUp<{ id: number; votes: number }>(db, text, [
    options.post.id,
    rootId,
    options.post.acceptedId,
    options.limit,
  ])
  const [closest] = before
  if (!closest || before.length < options.limit || rootId === options.post.acceptedId) return null
  return inAnswers.votes.pack(closest.id, String(closest.votes))
}
