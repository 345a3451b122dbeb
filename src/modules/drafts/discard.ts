import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'

/** Removes a draft of the viewer's, once it is published or given up; when there is none, nothing happens. */
export async function discardDraft(db: Db, viewer: Viewer, id: number): Promise<void> {
  await ask(db, 'delete from drafts where id = $1 and member_id = $2', [id, viewer.id])
}
