import { on } from '#freshness.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { archivedIds } from '#modules/boards/archived.ts'
import { readLevels } from '#modules/boards/policy.ts'
import type { PostKind, ReadBy, WriteBy } from '#modules/boards/shapes.ts'
import { remember } from '#platform/cache.ts'
import { type Db, lookUp } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import { gathered } from '#platform/gathered.ts'
import { canSee } from './policy.ts'
import type { Act, Author, BoardName, ShownPost } from './shapes.ts'

type Row = Omit<ShownPost, 'board' | 'author' | 'pin' | 'lock' | 'deleted' | 'move' | 'mine'> & {
  boardId: number
  slug: string
  boardName: string
  readBy: ReadBy
  writeBy: WriteBy
  downvotes: boolean
  archived: boolean
  authorId: number
  authorName: string | null
  deletedAt: Date | null
  deletedById: number | null
  pinned: boolean
  locked: boolean
  moved: boolean
  kind: PostKind
  myVote?: -1 | 1 | null
  bookmarked?: boolean
  lastRead?: number | null
  readAt?: Date | null
  readComments?: number | null
} & Own

/** With `source` the Markdown, too: pages show only what it became. */
const columns = (source: boolean) => `p.id, p.title, p.kind, p.tags, p.version, v.html,
  ${source ? 'v.body' : "'' as body"}, p.created_at as "createdAt", p.edited_at as "editedAt",
  p.votes, p.comments, p.answers, p.views, p.accepted_id as "acceptedId", p.deleted_at as "deletedAt",
  p.deleted_by_id as "deletedById", p.author_id as "authorId", m.name as "authorName", m.avatar, case when p.kind = 'question' then m.country end as country,
  b.id as "boardId", b.slug, b.name as "boardName", b.read_by as "readBy", b.write_by as "writeBy", b.downvotes, b.id in ${archivedIds} as archived,
  exists (select from post_pins x where x.post_id = p.id) as pinned,
  exists (select from post_locks x where x.post_id = p.id) as locked,
  exists (select from post_moves x where x.post_id = p.id) as moved`
const from = `from posts p
  join boards b on b.id = p.board_id and b.read_by = any($2)
  join members m on m.id = p.author_id
  join post_versions v on v.post_id = p.id and v.version = p.version`
const guestQuery = (source: boolean) => `select ${columns(source)} ${from} where p.id = $1`
const memberQuery = (
  source: boolean,
) => `select ${columns(source)}, pv.value as "myVote", k.post_id is not null as bookmarked, r.last_comment_id as "lastRead",
  r.read_at as "readAt", r.comments as "readComments"
  ${from}
  left join post_votes pv on pv.post_id = p.id and pv.member_id = $3
  left join bookmarks k on k.post_id = p.id and k.member_id = $3
  left join post_reads r on r.post_id = p.id and r.member_id = $3
  where p.id = $1`

/** The viewer's own, and the views, of which no event tells. */
const mineQuery = `select p.views, pv.value as "myVote", k.post_id is not null as bookmarked,
  r.last_comment_id as "lastRead", r.read_at as "readAt", r.comments as "readComments",
  (select jsonb_build_object('id', d.id, 'version', d.version, 'body', d.body) from drafts d
    where d.member_id = $2 and d.target = 'reply:' || p.id order by d.updated_at desc, d.id desc limit 1) as begun,
  (select level from follows f where f.member_id = $2 and f.board_id is null and f.post_id = p.id) as follow,
  exists (select from notifications n
    where n.post_id = p.id and n.member_id = $2 and n.read_at is null) as "tellsOf"
  from posts p
  left join post_votes pv on pv.post_id = p.id and pv.member_id = $2
  left join bookmarks k on k.post_id = p.id and k.member_id = $2
  left join post_reads r on r.post_id = p.id and r.member_id = $2
  where p.id = $1`
type Mine = Required<
  Pick<Row, 'views' | 'myVote' | 'bookmarked' | 'lastRead' | 'readAt' | 'readComments' | keyof Own>
>

const mineOf = gathered<Mine>(['bigint', 'bigint'], mineQuery)

const queries = {
  page: guestQuery(false),
  source: { guest: guestQuery(true), member: memberQuery(true) },
}

const pageOf = gathered<Row>(['bigint', 'text[]'], queries.page)

/** What only its page needs of the viewer's own. */
type Own = {
  /** The newest draft of a comment there. */
  begun?: { id: number; version: number; body: string } | null
  /** How the viewer follows it. */
  follow?: 'everything' | 'nothing' | null
  /** Whether a notification that they have not read is about it or its comments. */
  tellsOf?: boolean
}

/** What the post page's rules and its form need beside what it shows. */
export type PostToShow = ShownPost & {
  authorId: number
  boardId: number
  locked: boolean
  archived: boolean
  deletedAt: Date | null
  deletedById: number | null
  readBy: ReadBy
  writeBy: WriteBy
} & Own

/**
 * A post as all who may read it see it; a member's own is laid over it by `withOwn`. A deleted one that was commented
 * comes as a tombstone: no title, no text.
 * @throws NotFound
 */
export async function showPost(db: Db, viewer: Viewer | null, id: number): Promise<PostToShow> {
  const { row, acts } = await findShared(db, viewer, id)
  return toShown(row, viewer, acts)
}

/** The same with its Markdown and the viewer's own, as its JSON shows it. @throws NotFound */
export async function showSource(db: Db, viewer: Viewer | null, id: number): Promise<PostToShow> {
  const { row, acts } = await findSource(db, viewer, id)
  return toShown(row, viewer, acts)
}

/** What of a post is one member's own: to be asked beside whatever else is. @throws NotFound */
export async function ownOf(db: Db, viewer: Viewer, id: number): Promise<Mine> {
  const [mine] = await mineOf(db, [id, viewer.id])
  if (!mine) throw new NotFound()
  return mine
}

/** A tombstone stays nobody's: nothing on it is voted on or kept. */
export function withOwn(post: PostToShow, own: Mine): PostToShow {
  return { ...post, ...own, mine: post.mine && mineFrom(own) }
}

type Found = { row: Row; acts: Acts }

async function withActs(db: Db, row: Row | undefined): Promise<Found> {
  if (!row) throw new NotFound()
  const marked = row.pinned || row.locked || row.moved || row.deletedAt
  return { row, acts: marked ? await findActs(db, row.id) : noActs }
}

async function findForReaders(db: Db, id: number, levels: readonly ReadBy[]): Promise<Found> {
  const [row] = await pageOf(db, [id, levels])
  return withActs(db, row)
}

async function findSource(db: Db, viewer: Viewer | null, id: number): Promise<Found> {
  const levels = readLevels(viewer)
  const { guest, member } = queries.source
  const [row] = viewer
    ? await lookUp<Row>(db, member, [id, levels, viewer.id])
    : await lookUp<Row>(db, guest, [id, levels])
  return withActs(db, row)
}

/** For members it comes from memory; who may read it is decided for each. */
async function findShared(db: Db, viewer: Viewer | null, id: number): Promise<Found> {
  const levels = readLevels(viewer)
  if (!viewer) return findForReaders(db, id, levels)
  const tags = ({ row, acts }: Found) => [on.post(id), ...peopleOf(row, acts).map(on.member)]
  const load = () => findForReaders(db, id, allLevels)
  const found = await remember(db, { key: `post ${id}`, tags }, load)
  if (!levels.includes(found.row.readBy)) throw new NotFound()
  return found
}

const allLevels: readonly ReadBy[] = ['everyone', 'members', 'moderators']

/** Whoever is named on it. */
function peopleOf(row: Row, acts: Acts): number[] {
  const others = [acts.pin?.by, acts.lock?.by, acts.move?.by, acts.deleted?.by]
  return [row.authorId, ...others.flatMap((by) => (by ? [by.id] : []))]
}

function tombstone(row: Row): PostToShow {
  if (row.comments === 0 || !row.deletedAt) throw new NotFound()
  const cleared = { ...row, title: '', html: '', body: '', tags: [], votes: 0 }
  const acts = { ...noActs, deleted: { at: row.deletedAt, by: null } }
  return { ...shownOf(cleared, acts), author: null, avatar: null, country: null }
}

function toShown(row: Row, viewer: Viewer | null, acts: Acts): PostToShow {
  if (!canSee(viewer, row)) return tombstone(row)
  return { ...shownOf(row, acts), mine: viewer && mineFrom(row) }
}

function shownOf(row: Row, acts: Acts): PostToShow {
  const { boardId: id, slug, boardName: name, readBy, downvotes, archived } = row
  return {
    ...row,
    board: { id, slug, name, readBy, downvotes, archived },
    author: row.authorName === null ? null : { id: row.authorId, name: row.authorName },
    ...acts,
    mine: null,
  }
}

function mineFrom(row: Partial<Mine>): NonNullable<ShownPost['mine']> {
  return {
    vote: row.myVote ?? 0,
    bookmarked: row.bookmarked ?? false,
    lastReadCommentId: row.lastRead ?? null,
    readAt: row.readAt ?? null,
    readComments: row.readComments ?? null,
  }
}

type Acts = Pick<ShownPost, 'pin' | 'lock' | 'move' | 'deleted'>
const noActs: Acts = { pin: null, lock: null, move: null, deleted: null }

/** Imports let one member without a name do what the source tells of nobody. */
const elsewhere = "m.name is null and coalesce(m.imported_from like '%:member:deleted', false)"
const actsQuery = `
  select 'pin' as act, x.created_at as at, x.reason, x.by_id as "byId", m.name as "byName", ${elsewhere} as elsewhere, null::bigint as "boardId", null as slug, null as name
    from post_pins x join members m on m.id = x.by_id where x.post_id = $1
  union all
  select 'lock', x.created_at, x.reason, x.by_id, m.name, ${elsewhere}, null, null, null
    from post_locks x join members m on m.id = x.by_id where x.post_id = $1
  union all
  select 'deleted', p.deleted_at, '', p.deleted_by_id, m.name, false, null, null, null
    from posts p join members m on m.id = p.deleted_by_id where p.id = $1
  union all
  (select 'move', x.created_at, x.reason, x.by_id, m.name, false, b.id, b.slug, b.name
    from post_moves x join members m on m.id = x.by_id left join boards b on b.id = x.from_board_id and b.read_by = 'everyone'
    where x.post_id = $1 order by x.id desc limit 1)`

type ActRow = {
  act: keyof Acts
  at: Date
  reason: string
  byId: number
  byName: string | null
  elsewhere: boolean
  boardId: number | null
  slug: string | null
  name: string | null
}

/** Who pinned, locked, moved or deleted, when and why; asked only for the few posts that have such a mark. */
async function findActs(db: Db, postId: number): Promise<Acts> {
  const acts: Acts = { ...noActs }
  for (const row of await lookUp<ActRow>(db, actsQuery, [postId])) {
    const by: Author = row.byName === null ? null : { id: row.byId, name: row.byName }
    const act: Act = { by, at: row.at, reason: row.reason, elsewhere: row.elsewhere }
    if (row.act === 'pin') acts.pin = act
    else if (row.act === 'lock') acts.lock = act
    else if (row.act === 'deleted') acts.deleted = { at: row.at, by }
    else acts.move = { ...act, from: fromBoard(row) }
  }
  return acts
}

/** The board a post came from is named only when everyone may know of it. */
function fromBoard(row: ActRow): BoardName | null {
  return row.boardId === null || row.slug === null || row.name === null
    ? null
    : { id: row.boardId, slug: row.slug, name: row.name }
}
