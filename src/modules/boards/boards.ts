import { emit } from '#events.ts'
import { on } from '#freshness.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { remember } from '#platform/cache.ts'
import { ask, type Db, lookUp, transact } from '#platform/database.ts'
import { Conflict, Forbidden, invalid, NotFound, refuse, violatedConstraint } from '#platform/errors.ts'
import { cleanLine, cleanText, lengthOf, textErrors } from '#platform/text.ts'
import { archivedIds, refuseLeaving } from './archived.ts'
import { canArrange, readLevels } from './policy.ts'
import type { Board, BoardBranch, PostKind, ReadBy, WriteBy } from './shapes.ts'

export const boardLimits = { slug: 40, name: 60, about: 500 } as const
const strictness: Record<ReadBy, number> = { everyone: 0, members: 1, moderators: 2 }

const columns = `id, slug, name, about, parent_id as "parentId", kind, read_by as "readBy", write_by as "writeBy",
  downvotes, posts, boards.id in ${archivedIds} as archived, (select r.id from rooms r where r.board_id = boards.id and r.closed_at is null) as room`

/** All boards that the viewer may read, in the order of the tree's levels. */
export function readableBoards(db: Db, viewer: Viewer | null): Promise<Board[]> {
  const levels = readLevels(viewer)
  // How many posts each has is all of it that no change of boards tells of.
  return remember(db, { key: `boards ${levels.length}`, tags: () => [on.posts] }, () =>
    lookUp<Board>(db, `select ${columns} from boards where read_by = any($1) order by position, id`, [
      levels,
    ]),
  )
}

/** The boards as trees. A board is never more open than the board above it, so no readable one hangs below a hidden one. */
export async function boardTree(db: Db, viewer: Viewer | null): Promise<BoardBranch[]> {
  return toTree(await readableBoards(db, viewer))
}

export function toTree(boards: readonly Board[]): BoardBranch[] {
  const branches = new Map<number, BoardBranch>()
  for (const board of boards) branches.set(board.id, { ...board, children: [], total: board.posts })
  const roots: BoardBranch[] = []
  for (const branch of branches.values()) {
    const parent = branch.parentId === null ? undefined : branches.get(branch.parentId)
    if (parent) parent.children.push(branch)
    else roots.push(branch)
  }
  for (const root of roots) addTotals(root)
  return roots
}

function addTotals(branch: BoardBranch): number {
  for (const child of branch.children) branch.total += addTotals(child)
  return branch.total
}

/** @throws NotFound also when the viewer may not read it. */
export async function findBoard(db: Db, viewer: Viewer | null, slug: string): Promise<Board> {
  const [board] = await ask<Board>(
    db,
    `select ${columns} from boards where slug = $1 and read_by = any($2)`,
    [slug.normalize('NFC').toLowerCase(), readLevels(viewer)],
  )
  if (!board) throw new NotFound()
  return board
}

/** A board, the boards above it (outermost first) and all below it that the viewer may read. */
export async function findBranch(
  db: Db,
  viewer: Viewer | null,
  slug: string,
): Promise<{ board: BoardBranch; above: Board[]; ids: number[] }> {
  const boards = await readableBoards(db, viewer)
  const key = slug.normalize('NFC').toLowerCase()
  const own = boards.find((board) => board.slug === key)
  if (!own) throw new NotFound()
  const board = findIn(toTree(boards), own.id)
  const above: Board[] = []
  for (let parentId = own.parentId; parentId !== null; ) {
    const parent = boards.find((candidate) => candidate.id === parentId)
    if (!parent) break
    above.unshift(parent)
    parentId = parent.parentId
  }
  return { board, above, ids: idsOf(board) }
}

function findIn(branches: readonly BoardBranch[], id: number): BoardBranch {
  const waiting = [...branches]
  for (let branch = waiting.pop(); branch; branch = waiting.pop()) {
    if (branch.id === id) return branch
    waiting.push(...branch.children)
  }
  throw new NotFound()
}

function idsOf(branch: BoardBranch): number[] {
  return [branch.id, ...branch.children.flatMap(idsOf)]
}

export type BoardInput = {
  slug: string
  name: string
  about?: string
  parent?: string | null
  kind?: PostKind
  readBy?: ReadBy
  writeBy?: WriteBy
  downvotes?: boolean
  position?: number
}

function checkBoard(input: BoardInput) {
  const slug = input.slug.normalize('NFC').trim().toLowerCase()
  const name = cleanLine(input.name)
  const about = cleanText(input.about ?? '').trim()
  const fields = textErrors(name, { field: 'name', limit: boardLimits.name })
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*$/u.test(slug)) fields.push({ field: 'slug', code: 'slug-shape' })
  else if (lengthOf(slug) > boardLimits.slug) {
    fields.push({ field: 'slug', code: 'too-long', facts: { limit: boardLimits.slug } })
  }
  if (lengthOf(about) > boardLimits.about) {
    fields.push({ field: 'about', code: 'too-long', facts: { limit: boardLimits.about } })
  }
  refuse(fields)
  return { slug, name, about }
}

/**
 * One arranger at a time: moves in opposite directions cannot close a circle, and a slug that was free stays so. Posts and
 * comments that are just being written come first (`closed_boards`). To be taken before any row is locked.
 */
export async function lockTree(tx: Db): Promise<void> {
  await ask(tx, 'select pg_advisory_xact_lock(7273265)', [])
}

async function findParent(tx: Db, slug: string | null | undefined): Promise<Board | null> {
  if (!slug) return null
  const [parent] = await ask<Board>(tx, `select ${columns} from boards where slug = $1`, [
    slug.normalize('NFC').toLowerCase(),
  ])
  if (!parent) throw invalid('parent', 'no-such-board')
  await refuseLeaving(tx, parent.id)
  return parent
}

/** @throws Forbidden, Invalid, Conflict('taken' | 'board-leaving') */
export async function createBoard(db: Db, viewer: Viewer | null, input: BoardInput): Promise<Board> {
  if (!canArrange(viewer)) throw new Forbidden('forbidden')
  return transact(db, (tx) => insertBoard(tx, input))
}

/** Creates a board without asking who; for the first start and for imports. */
export async function insertBoard(tx: Db, input: BoardInput): Promise<Board> {
  const { slug, name, about } = checkBoard(input)
  await lockTree(tx)
  const parent = await findParent(tx, input.parent)
  const values = {
    slug,
    name,
    about,
    parent_id: parent?.id ?? null,
    kind: input.kind ?? 'discussion',
    read_by: stricter(input.readBy ?? 'everyone', parent?.readBy),
    write_by: input.writeBy ?? 'members',
    downvotes: input.downvotes ?? false,
    position: input.position ?? 0,
  }
  await tx
    .insertInto('boards')
    .values(values)
    .execute()
    .catch((error: unknown) => throwTaken(error, slug))
  const [board] = await ask<Board>(tx, `select ${columns} from boards where slug = $1`, [slug])
  if (!board) throw new NotFound()
  await emit(tx, { type: 'boards.changed', readBy: board.readBy })
  return board
}

type Named = { name: string; about: string }

/** Gives the board that is named and described like this another name and description; it is no error when none is. */
export async function renameBoard(tx: Db, from: Named, to: Named): Promise<void> {
  if (from.name === to.name && from.about === to.about) return
  const renamed = await ask<{ readBy: ReadBy }>(
    tx,
    'update boards set name = $3, about = $4 where name = $1 and about = $2 returning read_by as "readBy"',
    [from.name, from.about, to.name, to.about],
  )
  for (const { readBy } of renamed) await emit(tx, { type: 'boards.changed', readBy })
}

function stricter(wanted: ReadBy, above: ReadBy | undefined): ReadBy {
  return above && strictness[above] > strictness[wanted] ? above : wanted
}

function throwTaken(error: unknown, slug: string): never {
  if (violatedConstraint(error) !== 'boards_slug_taken') throw error
  throw new Conflict('taken', { fields: [{ field: 'slug', code: 'taken', facts: { value: slug } }] })
}

/** Changes a board; boards below one that becomes stricter become as strict. @throws Forbidden, NotFound, Invalid, Conflict */
export async function changeBoard(
  db: Db,
  viewer: Viewer | null,
  input: { board: string; change: BoardInput },
): Promise<Board> {
  if (!canArrange(viewer)) throw new Forbidden('forbidden')
  return transact(db, async (tx) => {
    await lockTree(tx)
    const board = await findBoard(tx, viewer, input.board)
    await refuseLeaving(tx, board.id)
    const { slug, name, about } = checkBoard(input.change)
    const parent = await findParent(tx, input.change.parent)
    if (parent && (await isBelow(tx, parent.id, board.id))) throw invalid('parent', 'board-circle')
    const change = input.change
    const values = {
      slug,
      name,
      about,
      parent_id: parent?.id ?? null,
      kind: change.kind ?? board.kind,
      read_by: stricter(change.readBy ?? board.readBy, parent?.readBy),
      write_by: change.writeBy ?? board.writeBy,
      downvotes: change.downvotes ?? board.downvotes,
      ...(change.position === undefined ? {} : { position: change.position }),
    }
    await tx
      .updateTable('boards')
      .set(values)
      .where('id', '=', board.id)
      .execute()
      .catch((error: unknown) => throwTaken(error, slug))
    await tightenBelow(tx, board.id, values.read_by)
    const most = strictness[board.readBy] < strictness[values.read_by] ? board.readBy : values.read_by
    await emit(tx, { type: 'boards.changed', readBy: most })
    return findBoard(tx, viewer, slug)
  })
}

const branchOf = `with recursive branch as (
  select id from boards where id = $1
  union all select b.id from boards b join branch on b.parent_id = branch.id
)`

async function isBelow(tx: Db, id: number, above: number): Promise<boolean> {
  const rows = await ask(tx, `${branchOf} select 1 from branch where id = $2`, [above, id])
  return rows.length > 0
}

async function tightenBelow(tx: Db, id: number, readBy: ReadBy): Promise<void> {
  const looser = Object.entries(strictness).filter(([, level]) => level < strictness[readBy])
  const levels = looser.map(([name]) => name)
  await ask(
    tx,
    `${branchOf} update boards set read_by = $2 where id in (select id from branch) and read_by = any($3)`,
    [id, readBy, levels],
  )
}

export async function hasBoards(db: Db): Promise<boolean> {
  const row = await db.selectFrom('boards').select('id').limit(1).executeTakeFirst()
  return row !== undefined
}
