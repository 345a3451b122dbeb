import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { archivedIds } from '#modules/boards/archived.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { Order } from '#platform/cursor.ts'
import { ask, type Db } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import { canRestore, type RuledPost } from './policy.ts'
import type { Author, BoardName } from './shapes.ts'

/** Whether somebody is shown which posts of a member were deleted. */
export function canListDeleted(viewer: Viewer | null, memberId: number): viewer is Viewer {
  return viewer !== null && (viewer.id === memberId || isModerator(viewer))
}

export type DeletedPost = {
  id: number
  title: string
  board: BoardName
  createdAt: Date
  deleted: { at: Date; by: Author }
  /** The viewer may bring it back. */
  restorable: boolean
}

type Row = Pick<DeletedPost, 'id' | 'title' | 'createdAt'> &
  RuledPost & {
    deletedAt: Date
    byName: string | null
    boardId: number
    slug: string
    boardName: string
  }

/** Of those that moderators deleted, `canSeeDeleted` shows the author none. */
const query = `
  select p.id, p.title, p.created_at as "createdAt", p.author_id as "authorId", p.deleted_at as "deletedAt",
         p.deleted_by_id as "deletedById", d.name as "byName", b.id as "boardId", b.slug, b.name as "boardName",
         b.read_by as "readBy", b.write_by as "writeBy", b.id in ${archivedIds} as archived,
         exists (select from post_locks l where l.post_id = p.id) as locked
  from posts p join boards b on b.id = p.board_id and b.read_by = any($2) left join members d on d.id = p.deleted_by_id
  where p.author_id = $1 and p.deleted_at is not null and ($3 or p.deleted_by_id = $1)
    and ($4::timestamptz is null or (p.deleted_at, p.id) < ($4, $5::bigint))
  order by p.deleted_at desc, p.id desc limit $6`

const byTime = new Order('deleted', 'instant')

/** A member's deleted posts, as far as the viewer may see them, last deleted first. @throws NotFound, BadRequest('bad-cursor') */
export async function listDeleted(
  db: Db,
  viewer: Viewer | null,
  options: { memberId: number; after: string | null; limit: number },
): Promise<{ posts: DeletedPost[]; next: string | null }> {
  const { memberId, after, limit } = options
  if (!canListDeleted(viewer, memberId)) throw new NotFound()
  const cursor = after ? byTime.unpack(after) : null
  const place = [cursor?.value ?? null, cursor?.id ?? null]
  const values = [memberId, readLevels(viewer), isModerator(viewer), ...place, limit + 1]
  const rows = await ask<Row>(db, query, values)
  const { shown, next } = byTime.cut(rows, limit, (last) => last.deletedAt.toISOString())
  return { posts: shown.map((row) => toDeleted(row, viewer)), next }
}

function toDeleted(row: Row, viewer: Viewer): DeletedPost {
  const { id, title, createdAt, boardId, slug, boardName, deletedAt, deletedById, byName } = row
  return {
    id,
    title,
    createdAt,
    board: { id: boardId, slug, name: boardName },
    deleted: {
      at: deletedAt,
      by: byName === null || deletedById === null ? null : { id: deletedById, name: byName },
    },
    restorable: canRestore(viewer, row),
  }
}
