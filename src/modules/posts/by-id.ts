import type { Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { ask, type Db } from '#platform/database.ts'
import { columns, type Row, toListed } from './queries.ts'
import type { ListedPost } from './shapes.ts'

/** The rows of these posts that the viewer may read, in the order of the ids. */
export async function findListed(
  db: Db,
  viewer: Viewer | null,
  ids: readonly number[],
): Promise<ListedPost[]> {
  if (ids.length === 0) return []
  const text = `select ${columns} from unnest($3::bigint[]) with ordinality as t (id, n)
    join posts p on p.id = t.id join boards b on b.id = p.board_id and b.read_by = any($1)
    join members m on m.id = p.author_id
    left join post_reads r on r.post_id = p.id and r.member_id = $2::bigint
    where p.deleted_at is null order by t.n`
  const rows = await ask<Row>(db, text, [readLevels(viewer), viewer?.id ?? null, ids])
  return rows.map((row) => toListed(row, viewer))
}
