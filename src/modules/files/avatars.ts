import { setAvatarName } from '#modules/accounts/avatar.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { type StoredImage, storeImage, type Upload } from './files.ts'

/** Takes an uploaded picture, cut to a square, as the viewer's own. @throws as `storeImage` */
export async function setAvatar(
  db: Db,
  viewer: Viewer | null,
  upload: Omit<Upload, 'shape' | 'title'>,
): Promise<StoredImage> {
  const image = await storeImage(db, viewer, { ...upload, title: '', shape: 'square' })
  if (viewer) await changeAvatar(db, viewer, { name: image.name, now: upload.now })
  return image
}

/** Goes back to the generated one. */
export async function removeAvatar(db: Db, viewer: Viewer, input: { now: Date }): Promise<void> {
  await changeAvatar(db, viewer, { name: null, now: input.now })
}

/** The one before is gone at once for everybody, its contents with the next clean-up. */
async function changeAvatar(
  db: Db,
  viewer: Viewer,
  { name, now }: { name: string | null; now: Date },
): Promise<void> {
  await transact(db, async (tx) => {
    await setAvatarName(tx, viewer, name)
    await ask(
      tx,
      `update files set unused_since = case when name = $2 then null else coalesce(unused_since, $3) end,
         removed_at = case when name = $2 then null else $3::timestamptz + interval '1 millisecond' end
       where uploader_id = $1 and kind = 'avatar' and removed_at is null`,
      [viewer.id, name, now],
    )
  })
}
