import type { Viewer } from '#modules/accounts/viewer.ts'
import { readableBoards, toTree } from '#modules/boards/boards.ts'
import type { Board, BoardBranch } from '#modules/boards/shapes.ts'
import { ask, type Db } from '#platform/database.ts'
import { foldName } from '#platform/text.ts'
import type { Filters } from './query.ts'

/** What a search may find at all: the viewer's boards, less what the filters leave out. */
export type Scope = {
  boards: Board[]
  boardIds: number[]
  viewerId: number | null
  authorId: number | null
  tag: string | null
  before: Date | null
  after: Date | null
  question: boolean
  solved: boolean
  /** How many posts there are at most, to choose a plan by. */
  size: number
}

/** null: the filters name a board or a member that the viewer cannot find, which is the same as not there. */
export async function findScope(
  db: Db,
  viewer: Viewer | null,
  { filters, timeZone }: { filters: Filters; timeZone: string },
): Promise<Scope | null> {
  const readable = await readableBoards(db, viewer)
  const boards = filters.board === undefined ? readable : branchOf(readable, filters.board)
  if (boards.length === 0) return null
  const authorId = filters.author === undefined ? null : await findAuthor(db, filters.author)
  if (authorId === undefined) return null
  const [before, after] = await instantsOf(db, [filters.before, filters.after], timeZone)
  return {
    boards,
    boardIds: boards.map((board) => board.id),
    viewerId: viewer?.id ?? null,
    authorId,
    tag: filters.tag === undefined ? null : filters.tag.normalize('NFC').toLowerCase(),
    before: before ?? null,
    after: after ?? null,
    question: filters.question === true,
    solved: filters.solved === true,
    size: boards.reduce((sum, board) => sum + board.posts, 0),
  }
}

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

async function findAuthor(db: Db, name: string): Promise<number | undefined> {
  const [row] = await ask<{ id: number }>(db, 'select id from members where name_key = $1', [foldName(name)])
  return row?.id
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

/** The conditions on a post `p`, as SQL with bound values. `byAuthor`: whether the post itself must be the author's. */
export function postConditions(
  scope: Scope,
  bind: (value: unknown) => string,
  { byAuthor }: { byAuthor: boolean },
): string {
  const conditions = ['p.deleted_at is null', `p.board_id = any(${bind(scope.boardIds)}::bigint[])`]
  if (scope.viewerId !== null && (scope.authorId === null || !byAuthor))
    conditions.push(notKeptAway(bind(scope.viewerId), 'p.author_id'))
  if (byAuthor && scope.authorId !== null) conditions.push(`p.author_id = ${bind(scope.authorId)}::bigint`)
  if (scope.tag !== null) conditions.push(`p.tags @> array[${bind(scope.tag)}]::text[]`)
  if (scope.before) conditions.push(`p.created_at < ${bind(scope.before)}::timestamptz`)
  if (scope.after) conditions.push(`p.created_at >= ${bind(scope.after)}::timestamptz`)
  if (scope.question || scope.solved) conditions.push(`p.kind = 'question'`)
  if (scope.solved) conditions.push('p.accepted_id is not null')
  return conditions.join(' and ')
}

/** The conditions on a comment `c` of such a post. */
export function commentConditions(scope: Scope, bind: (value: unknown) => string): string {
  const conditions = ['c.deleted_at is null']
  if (scope.authorId !== null) conditions.push(`c.author_id = ${bind(scope.authorId)}::bigint`)
  else if (scope.viewerId !== null) conditions.push(notKeptAway(bind(scope.viewerId), 'c.author_id'))
  return conditions.join(' and ')
}
