import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isAdministrator, type Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
import { Forbidden } from '#platform/errors.ts'
import type { FileTools } from '#platform/file-tools.ts'
import { keyOf } from './names.ts'
import { markUnused, retireUnused } from './queries.ts'

const hour = 3_600_000
/** What nothing shows is kept so long: somebody may be writing about it still. */
export const unusedLife = 24 * hour
/** Files of one run. */
const most = 5000

/**
 * Removes what nothing has shown for a day, and what a stopped upload left behind. Works in steps that may be repeated:
 * first a row counts as removed, then its contents go, then the row. Stops after `most` files; the next run goes on.
 * @returns how many files went
 */
export async function removeUnused(db: Db, given: { tools: FileTools; now: Date }): Promise<number> {
  const { tools, now } = given
  await ask(db, markUnused, [now])
  const before = new Date(now.getTime() - unusedLife)
  for (let retired = 0; retired < most; ) {
    const rows = await ask(db, retireUnused, [before, now])
    if (rows.length === 0) break
    retired += rows.length
  }
  await removeOldUploads(tools.folder, now)
  return removeContents(db, given)
}

/** An upload under way counts as removed as well, so the newest are left alone. */
async function removeContents(db: Db, { tools, now }: { tools: FileTools; now: Date }): Promise<number> {
  const rows = await ask<{ id: number; name: string; sizes: number[] }>(
    db,
    `select id, name, sizes from files
     where removed_at <= $1 or removed_at > unused_since order by id limit $2`,
    [new Date(now.getTime() - hour), most],
  )
  for (const { id, name, sizes } of rows) {
    for (const size of sizes) await tools.storage.remove(keyOf(name, size))
    await ask(db, 'delete from files where id = $1 and removed_at is not null', [id])
  }
  return rows.length
}

/** Folders of uploads that a crash cut off; by their own time, not the site's. */
async function removeOldUploads(folder: string, now: Date): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((one) => one.startsWith('up-')).slice(0, 1000)) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => null)
    if (found && now.getTime() - found.mtimeMs > hour) await rm(path, { recursive: true, force: true })
  }
}

export type StorageFigures = {
  files: number
  bytes: number
  avatars: number
  /** Shown by nothing, so that the clean-up will take them; and already taken out of use. */
  unused: { files: number; bytes: number }
  biggest: { id: number; name: string | null; files: number; bytes: number }[]
}

/** What is stored and by whom. Administrators only. @throws Forbidden */
export async function storageFigures(db: Db, viewer: Viewer | null): Promise<StorageFigures> {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  const [total] = await ask<Record<'files' | 'bytes' | 'avatars' | 'unusedFiles' | 'unusedBytes', number>>(
    db,
    `select count(*) as files, coalesce(sum(bytes), 0)::bigint as bytes, count(*) filter (where kind = 'avatar') as avatars,
       count(*) filter (where unused_since is not null) as "unusedFiles",
       coalesce(sum(bytes) filter (where unused_since is not null), 0)::bigint as "unusedBytes"
     from files`,
    [],
  )
  const biggest = await ask<StorageFigures['biggest'][number]>(
    db,
    `select m.id, m.name, f.files, f.bytes from (
       select uploader_id, count(*) as files, sum(bytes)::bigint as bytes from files
       group by uploader_id order by sum(bytes) desc, uploader_id limit 20
     ) f join members m on m.id = f.uploader_id order by f.bytes desc, m.id`,
    [],
  )
  return {
    files: total?.files ?? 0,
    bytes: total?.bytes ?? 0,
    avatars: total?.avatars ?? 0,
    unused: { files: total?.unusedFiles ?? 0, bytes: total?.unusedBytes ?? 0 },
    biggest,
  }
}
