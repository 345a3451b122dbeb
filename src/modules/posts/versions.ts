import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import { findVisiblePost } from './posts.ts'
import type { ListedVersion, Version } from './shapes.ts'

type Row = Omit<Version, 'by'> & { byId: number; byName: string | null }

const columns = `v.version, v.title, v.tags, v.body, v.html, v.by_id as "byId", m.name as "byName", v.created_at as at, v.note`

function toVersion({ byId, byName, ...row }: Row): Version {
  return { ...row, by: byName === null ? null : { id: byId, name: byName } }
}

/** Versions of a post below `before`, newest first, without their texts. @throws NotFound as the post itself. */
export async function listVersions(
  db: Db,
  viewer: Viewer | null,
  { postId, before = null, limit = 1000 }: { postId: number; before?: number | null; limit?: number },
): Promise<ListedVersion[]> {
  await findVisiblePost(db, viewer, { id: postId, deleted: true })
  const rows = await ask<Omit<Row, 'body' | 'html' | 'tags'>>(
    db,
    `select v.version, v.title, v.by_id as "byId", m.name as "byName", v.created_at as at, v.note
     from post_versions v join members m on m.id = v.by_id
     where v.post_id = $1 and ($2::int is null or v.version < $2) order by v.version desc limit $3`,
    [postId, before, limit],
  )
  return rows.map(({ byId, byName, ...row }) => ({
    ...row,
    by: byName === null ? null : { id: byId, name: byName },
  }))
}

/** @throws NotFound when the post or the version is not there or not theirs to see. */
export async function findVersion(
  db: Db,
  viewer: Viewer | null,
  options: { postId: number; version: number },
): Promise<Version> {
  await findVisiblePost(db, viewer, { id: options.postId, deleted: true })
  const [row] = await ask<Row>(
    db,
    `select ${columns} from post_versions v join members m on m.id = v.by_id where v.post_id = $1 and v.version = $2`,
    [options.postId, options.version],
  )
  if (!row) throw new NotFound()
  return toVersion(row)
}

/** All versions with their texts, oldest first, for the download. */
export async function fullVersions(db: Db, viewer: Viewer | null, postId: number): Promise<Version[]> {
  await findVisiblePost(db, viewer, { id: postId, deleted: true })
  const rows = await ask<Row>(
    db,
    `select ${columns} from post_versions v join members m on m.id = v.by_id
     where v.post_id = $1 order by v.version limit 1000`,
    [postId],
  )
  return rows.map(toVersion)
}
