import type { Viewer } from '#modules/accounts/viewer.ts'
import { readableBoards, toTree } from '#modules/boards/boards.ts'
import type { Board, BoardBranch } from '#modules/boards/shapes.ts'
import { findTag, hasTag, type Tag } from '#modules/posts/tagged.ts'
import { ask, type Db, lookUp } from '#platform/database.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import { type Excluded, type Filters, noneExcluded } from './query.ts'

/** What a search may find at all: the viewer's boards, less what the filters leave out. */
export type Scope = {
  boards: Board[]
  boardIds: number[]
  viewerId: number | null
  authorId: number | null
  /** Members whose posts and comments are left out. */
  notBy: number[]
  tag: Tag | null
  notTagged: string[]
  before: Date | null
  after: Date | null
  question: boolean
  solved: boolean
  notQuestion: boolean
  notSolved: boolean
  /** How many posts there are at most, to choose a plan by. */
  size: number
  /** Where the tables of posts and comments end: the ids of the newest. */
  last: { posts: number; comments: number }
}

/** null: the filters name a board or a member that the viewer cannot find, which is the same as not there. */
export async function findScope(
  db: Db,
  viewer: Viewer | null,
  given: { filters?: Filters; excluded?: Excluded; timeZone: string },
): Promise<Scope | null> {
  const { filters = {}, excluded = noneExcluded(), timeZone } = given
  const readable = await readableBoards(db, viewer)
  const outside = new Set(excluded.board.flatMap((asked) => branchOf(readable, asked)))
  const inside = filters.board === undefined ? readable : branchOf(readable, filters.board)
  const boards = inside.filter((board) => !outside.has(board))
  if (boards.length === 0) return null
  const authorId = filters.author === undefined ? null : (await findAuthors(db, [filters.author]))[0]
  if (authorId === undefined) return null
  const [before, after] = await instantsOf(db, [filters.before, filters.after], timeZone)
  return {
    boards,
    boardIds: boards.map((board) => board.id),
    viewerId: viewer?.id ?? null,
    authorId,
    notBy: await findAuthors(db, excluded.author),
    tag: filters.tag === undefined ? null : await findTag(db, tagKey(filters.tag)),
    notTagged: excluded.tag.map(tagKey),
    before: before ?? null,
    after: after ?? null,
    question: filters.question === true,
    solved: filters.solved === true,
    notQuestion: excluded.question,
    notSolved: excluded.solved,
    size: boards.reduce((sum, board) => sum + board.posts, 0),
    last: await lastIds(db),
  }
}

/** Whether the viewer can find the board and the member that are asked for. */
export async function areKnown(db: Db, viewer: Viewer | null, { board, author }: Filters): Promise<boolean> {
  if (board !== undefined && branchOf(await readableBoards(db, viewer), board).length === 0) return false
  return author === undefined || (await findAuthors(db, [author])).length > 0
}

async function lastIds(db: Db): Promise<Scope['last']> {
  const text = `select coalesce((select max(id) from posts), 0) as posts, coalesce((select max(id) from comments), 0) as comments`
  return (await lookUp<Scope['last']>(db, text, []))[0] ?? { posts: 0, comments: 0 }
}

const tagKey = (name: string) => cleanLine(name).toLowerCase()

/** The board and those below it, by its address or its name. */
function branchOf(boards: readonly Board[], asked: string): Board[] {
  const key = asked.normalize('NFC').toLowerCase()
  const own =
    boards.find((board) => board.slug === key) ??
    boards.find((board) => foldName(board.name) === foldName(asked))
  if (!own) return []
  const find = (branches: readonly BoardBranch[]): BoardBranch | undefined => {
    for (const branch of branches) {
      const found = branch.id === own.id ? branch : find(branch.children)
      if (found) return found
    }
    return undefined
  }
  const within = (branch: BoardBranch): number[] => [branch.id, ...branch.children.flatMap(within)]
  const branch = find(toTree(boards))
  const ids = new Set(branch ? within(branch) : [own.id])
  return boards.filter((board) => ids.has(board.id))
}

async function findAuthors(db: Db, names: readonly string[]): Promise<number[]> {
  if (names.length === 0) return []
  const keys = names.map((name) => foldName(cleanLine(name)))
  const rows = await ask<{ id: number }>(db, 'select id from members where name_key = any($1::text[])', [
    keys,
  ])
  return rows.map(({ id }) => id)
}

/** The beginning of a year, month or day in the site's zone. */
async function instantsOf(
  db: Db,
  dates: readonly (string | undefined)[],
  timeZone: string,
): Promise<(Date | null)[]> {
  if (dates.every((date) => date === undefined)) return dates.map(() => null)
  const days = dates.map((date) => {
    if (date === undefined) return null
    const [year = '', month = '1', day = '1'] = date.split('-')
    return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  })
  const rows = await ask<{ at: Date | null }>(
    db,
    `select d::timestamp at time zone $2 as at from unnest($1::text[]) with ordinality as t (d, n) order by n`,
    [days, timeZone],
  )
  return rows.map((row) => row.at)
}

const notKeptAway = (viewer: string, author: string) =>
  `not exists (select from personal_blocks x where x.member_id = ${viewer}::bigint and x.other_id = ${author})`

/** The conditions on who wrote it. */
export function authorConditions(scope: Scope, column: string, bind: (value: unknown) => string): string[] {
  const { authorId, notBy } = scope
  return [
    ...(authorId === null ? [] : [`${column} = ${bind(authorId)}::bigint`]),
    // Whoever left has no id any more.
    ...(notBy.length === 0 ? [] : [`(${column} = any(${bind(notBy)}::bigint[])) is not true`]),
  ]
}

export function isBy({ authorId, notBy }: Scope, writer: number | null): boolean {
  return (authorId === null || writer === authorId) && (writer === null || !notBy.includes(writer))
}

/** The conditions on a post `p`, as SQL with bound values. `byAuthor`: whether the post itself must be the author's. */
export function postConditions(
  scope: Scope,
  bind: (value: unknown) => string,
  { byAuthor }: { byAuthor: boolean },
): string {
  const conditions = ['p.deleted_at is null', `p.board_id = any(${bind(scope.boardIds)}::bigint[])`]
  if (scope.viewerId !== null && (scope.authorId === null || !byAuthor))
    conditions.push(notKeptAway(bind(scope.viewerId), 'p.author_id'))
  if (byAuthor) conditions.push(...authorConditions(scope, 'p.author_id', bind))
  if (scope.tag !== null) conditions.push(hasTag(scope.tag, bind))
  if (scope.notTagged.length > 0) conditions.push(`not p.tags && ${bind(scope.notTagged)}::text[]`)
  if (scope.before) conditions.push(`p.created_at < ${bind(scope.before)}::timestamptz`)
  if (scope.after) conditions.push(`p.created_at >= ${bind(scope.after)}::timestamptz`)
  if (scope.question || scope.solved) conditions.push(`p.kind = 'question'`)
  if (scope.solved) conditions.push('p.accepted_id is not null')
  if (scope.notQuestion) conditions.push(`p.kind <> 'question'`)
  if (scope.notSolved) conditions.push('p.accepted_id is null')
  return conditions.join(' and ')
}

/** The conditions on a comment `c` of such a post. */
export function commentConditions(scope: Scope, bind: (value: unknown) => string): string {
  const conditions = ['c.deleted_at is null', ...authorConditions(scope, 'c.author_id', bind)]
  if (scope.authorId === null && scope.viewerId !== null)
    conditions.push(notKeptAway(bind(scope.viewerId), 'c.author_id'))
  return conditions.join(' and ')
}
