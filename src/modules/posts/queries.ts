import { on } from '#freshness.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import type { PostKind, ReadBy } from '#modules/boards/shapes.ts'
import { remember } from '#platform/cache.ts'
import { type Cursor, Order } from '#platform/cursor.ts'
import { ask, askFresh, type Db, lookUp } from '#platform/database.ts'
import type { ListedPost, PostList, PostSort, TopPeriod } from './shapes.ts'
import { amongTagged, findTag, type Tag } from './tagged.ts'

export type Row = {
  id: number
  title: string
  kind: PostKind
  tags: string[]
  createdAt: Date
  activeAt: Date
  votes: number
  comments: number
  answers: number
  views: number
  hot: number
  accepted: boolean
  pinned: boolean
  locked: boolean
  boardId: number
  slug: string
  boardName: string
  authorId: number
  authorName: string | null
  avatar: string | null
  picture: string | null
  seen: number | null
}

/** The first that was uploaded of those its text shows. */
const firstPicture = `(select f.name from file_uses u join files f on f.id = u.file_id
    where u.post_id = p.id and coalesce(u.comment_id, 0) = 0 and f.removed_at is null order by f.id limit 1)`

export const columns = `p.id, p.title, p.kind, p.tags, p.created_at as "createdAt", p.active_at as "activeAt", p.votes, p.comments,
  p.answers, p.views, p.hot, p.accepted_id is not null as accepted,
  exists (select from post_pins x where x.post_id = p.id) as pinned,
  exists (select from post_locks x where x.post_id = p.id) as locked,
  b.id as "boardId", b.slug, b.name as "boardName", p.author_id as "authorId", m.name as "authorName", m.avatar,
  ${firstPicture} as picture, r.comments as seen`

/** Column, type and cursors of each order; all are indexed together with the id, alone and under the board. */
const orders = {
  latest: {
    column: 'created_at',
    type: 'timestamptz',
    cursors: new Order('latest', 'instant'),
    value: (row: Row) => row.createdAt.toISOString(),
  },
  active: {
    column: 'active_at',
    type: 'timestamptz',
    cursors: new Order('active', 'instant'),
    value: (row: Row) => row.activeAt.toISOString(),
  },
  hot: {
    column: 'hot',
    type: 'double precision',
    cursors: new Order('hot', 'number'),
    value: (row: Row) => String(row.hot),
  },
  top: {
    column: 'votes',
    type: 'integer',
    cursors: new Order('top', 'integer'),
    value: (row: Row) => String(row.votes),
  },
} as const

const periods: Record<TopPeriod, string | null> = {
  day: '1 day',
  week: '7 days',
  month: '30 days',
  year: '365 days',
  all: null,
}

/** A board's branch past this many boards is read from the common index and filtered. */
const branchLimit = 200

export type ListScope =
  | { in: 'everywhere' }
  | { in: 'boards'; ids: readonly number[] }
  | { in: 'tag'; tag: string }
  | { in: 'author'; memberId: number }
  | { in: 'bookmarks' }

export type ListOptions = {
  scope: ListScope
  sort: PostSort
  period?: TopPeriod
  after: string | null
  limit: number
  now: Date
}

/** One statement a list, whatever its length: the rows, their boards, authors, marks and what the viewer has read. */
export async function listPosts(db: Db, viewer: Viewer | null, options: ListOptions): Promise<PostList> {
  if (options.scope.in === 'bookmarks') return readList(db, { viewer }, options)
  // What everybody of the same rights sees; a member's own marks are laid over it.
  const levels = readLevels(viewer)
  const shared = await remember(
    db,
    { key: keyOf(levels.length, options), tags: (list) => shownInList(options.sort, list.posts) },
    () => readList(db, { viewer: null, levels }, options),
  )
  if (!viewer || shared.posts.length === 0) return shared
  const marks = await findMarks(db, viewer, shared.posts)
  if (marks.keptAway && options.scope.in !== 'author') return readList(db, { viewer }, options)
  const posts = shared.posts.map((post) => {
    const seen = marks.read.get(post.id)
    return seen === undefined ? post : { ...post, read: { newComments: Math.max(0, post.comments - seen) } }
  })
  return { ...shared, posts }
}

function keyOf(level: number, { scope, sort, period, after, limit }: ListOptions): string {
  return JSON.stringify(['list', level, scope, sort, period ?? 'all', after, limit])
}

/** What a list of posts depends on: which posts there are, in which order, and each row with its author. */
export function* shownInList(sort: PostSort, posts: readonly ListedPost[]): Iterable<string> {
  yield on.posts
  if (sort !== 'latest') yield on.order(sort)
  for (const post of posts) {
    yield on.row(post.id)
    if (post.author) yield on.member(post.author.id)
  }
}

/** How far the viewer read each post, and whether they keep somebody of the list away. */
async function findMarks(
  db: Db,
  viewer: Viewer,
  posts: readonly ListedPost[],
): Promise<{ read: Map<number, number>; keptAway: boolean }> {
  const text = `select post_id as id, comments from post_reads where member_id = $1 and post_id = any($2)
    union all
    (select other_id, null from personal_blocks where member_id = $1 and other_id = any($3) limit 1)`
  const authors = posts.flatMap(({ author }) => (author ? [author.id] : []))
  const rows = await lookUp<{ id: number; comments: number | null }>(db, text, [
    viewer.id,
    posts.map(({ id }) => id),
    authors,
  ])
  const read = new Map<number, number>()
  for (const { id, comments } of rows) if (comments !== null) read.set(id, comments)
  return { read, keptAway: rows.some(({ comments }) => comments === null) }
}

/** Whose marks the rows carry, and what they may read when that is not all that the viewer may. */
type Reader = { viewer: Viewer | null; levels?: readonly ReadBy[] }

async function readList(
  db: Db,
  { viewer, levels = readLevels(viewer) }: Reader,
  options: ListOptions,
): Promise<PostList> {
  const order = orders[options.sort]
  const cursor = options.after ? order.cursors.unpack(options.after) : null
  const asked = { ...options, levels, cursor }
  const joins = `join boards b on b.id = p.board_id join members m on m.id = p.author_id
    left join post_reads r on r.post_id = p.id and r.member_id =`
  const tail = `order by p.${order.column} desc, p.id desc`
  const { values, bind } = binder()
  // A tag or a period can hold three posts or a third of all: each wants another plan, which is made for ids alone.
  const varies = options.scope.in === 'tag' || (options.period ?? 'all') !== 'all'
  // Else the page's rows first, out of one table: its index gives them in order. With the joins beside them PostgreSQL
  // thinks that few rows follow a cursor among equal votes, and sorts all of them.
  const picked = varies
    ? `select * from posts where id = any(${bind(await pickIds(db, viewer, asked))}::bigint[])`
    : pick('p.*', { viewer, bind, ...asked })
  const text = `select ${columns} from (${picked}) p ${joins} ${bind(viewer?.id ?? null)}::bigint ${tail}`
  const { shown, next } = order.cursors.cut(await ask<Row>(db, text, values), options.limit, order.value)
  return { posts: shown.map((row) => toListed(row, viewer)), next }
}

type Asked = ListOptions & { levels: readonly ReadBy[]; cursor: Cursor | null }

async function pickIds(db: Db, viewer: Viewer | null, asked: Asked): Promise<number[]> {
  const { values, bind } = binder()
  const { scope, sort } = asked
  const tag = scope.in === 'tag' && sort !== 'latest' ? await findTag(db, scope.tag) : null
  const text = pick('p.id', { viewer, bind, tag, ...asked })
  return (await askFresh<{ id: number }>(db, text, values)).map((row) => row.id)
}

function binder() {
  const values: unknown[] = []
  return { values, bind: (value: unknown) => `$${values.push(value)}` }
}

/** `tag`: that of the scope, except in the order of time, in which its posts are there already sorted. */
type Picking = Asked & { viewer: Viewer | null; bind: (value: unknown) => string; tag?: Tag | null }

/** SQL for a page's posts. Puts constant pieces together: what a person typed is only ever a bound value. */
function pick(what: 'p.*' | 'p.id', asked: Picking): string {
  const { viewer, scope, sort, bind, tag } = asked
  const { column, type } = orders[sort]
  const levels = `any(${bind(asked.levels)}::text[])`
  const conditions = ['p.deleted_at is null']
  // Whom a member keeps away is not in their lists, except where they look at that person.
  if (viewer && scope.in !== 'author')
    conditions.push(`not exists (
      select from personal_blocks x where x.member_id = ${bind(viewer.id)} and x.other_id = p.author_id)`)
  const [place, id] = scope.in === 'tag' && !tag ? ['k.created_at', 'k.post_id'] : [`p.${column}`, 'p.id']
  const { cursor } = asked
  if (cursor)
    conditions.push(`(${place}, ${id}) < (${bind(cursor.value)}::${type}, ${bind(cursor.id)}::bigint)`)
  const window = sort === 'top' ? periods[asked.period ?? 'all'] : null
  if (window) conditions.push(`p.created_at > ${bind(asked.now)}::timestamptz - interval '${window}'`)
  const tail = `order by ${place} desc, ${id} desc limit ${bind(asked.limit + 1)}`
  if (scope.in === 'boards' && scope.ids.length <= branchLimit) {
    // Each board's own index gives its first rows in order; only those few are sorted together.
    return `select ${what} from boards b cross join lateral (
        select * from posts p where p.board_id = b.id and ${conditions.join(' and ')} ${tail}
      ) p where b.id = any(${bind(scope.ids)}) and b.read_by = ${levels} ${tail}`
  }
  let from = 'posts p'
  if (scope.in === 'boards') conditions.push(`p.board_id = any(${bind(scope.ids)})`)
  if (scope.in === 'author') conditions.push(`p.author_id = ${bind(scope.memberId)}`)
  if (scope.in === 'bookmarks')
    from = `bookmarks k join posts p on p.id = k.post_id and k.member_id = ${bind(viewer?.id ?? null)}`
  if (scope.in === 'tag') {
    if (tag) conditions.push(amongTagged(tag, bind))
    else {
      from = 'post_tags k join posts p on p.id = k.post_id'
      conditions.push(`k.tag = ${bind(scope.tag)}`)
    }
  }
  return `select ${what} from ${from} where ${conditions.join(' and ')}
    and p.board_id = any(array(select id from boards where read_by = ${levels})) ${tail}`
}

export function toListed(row: Row, viewer: Viewer | null): ListedPost {
  return {
    id: row.id,
    title: row.title,
    kind: row.kind,
    board: { id: row.boardId, slug: row.slug, name: row.boardName },
    author: row.authorName === null ? null : { id: row.authorId, name: row.authorName },
    avatar: row.avatar,
    picture: row.picture,
    tags: row.tags,
    createdAt: row.createdAt,
    activeAt: row.activeAt,
    votes: row.votes,
    comments: row.comments,
    answers: row.answers,
    views: row.views,
    accepted: row.accepted,
    pinned: row.pinned,
    locked: row.locked,
    read: viewer && row.seen !== null ? { newComments: Math.max(0, row.comments - row.seen) } : null,
  }
}

/** The pinned posts of one board, newest pin first; few by nature, at most 20. */
export async function listPinned(db: Db, viewer: Viewer | null, boardId: number): Promise<ListedPost[]> {
  const text = `select ${columns} from post_pins x join posts p on p.id = x.post_id
    join boards b on b.id = p.board_id and b.read_by = any($1)
    join members m on m.id = p.author_id
    left join post_reads r on r.post_id = p.id and r.member_id = $2::bigint
    where p.board_id = $3 and p.deleted_at is null order by x.created_at desc limit 20`
  const rows = await ask<Row>(db, text, [readLevels(viewer), viewer?.id ?? null, boardId])
  return rows.map((row) => toListed(row, viewer))
}

/** How many posts are newer than `since`, up to 99; by others than the viewer. */
export async function countNews(
  db: Db,
  viewer: Viewer | null,
  options: { boardIds: readonly number[] | null; since: Date },
): Promise<number> {
  const text = `select count(*)::int as count from (
      select from posts p join boards b on b.id = p.board_id and b.read_by = any($1)
      where p.deleted_at is null and p.created_at > $2 and ($3::bigint[] is null or p.board_id = any($3))
        and p.author_id is distinct from $4::bigint
      limit 99) n`
  const [row] = await ask<{ count: number }>(db, text, [
    readLevels(viewer),
    options.since,
    options.boardIds,
    viewer?.id ?? null,
  ])
  return row?.count ?? 0
}
