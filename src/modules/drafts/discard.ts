import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'

/** A draft as a form knows it; without a version, whatever it holds by now. */
export type KnownDraft = { id: number; version: number | null }

/** Of a request's fields. */
export function knownDraft(given: {
  draft?: number | undefined
  draftVersion?: number | undefined
}): KnownDraft | null {
  return given.draft ? { id: given.draft, version: given.draftVersion ?? null } : null
}

/**
 * Removes a draft of the viewer's, once it is published or given up; when there is none, nothing happens. What another
 * window saved over it meanwhile was neither, and stays.
 */
export async function discardDraft(db: Db, viewer: Viewer, { id, version }: KnownDraft): Promise<void> {
  await ask(db, 'delete from drafts where id = $1 and member_id = $2 and ($3::int is null or version = $3)', [
    id,
    viewer.id,
    version,
  ])
}
