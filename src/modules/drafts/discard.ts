import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
import { cleanText } from '#platform/text.ts'

/** A draft as a form knows it; without a version, whatever it holds by now. `body`: what the form sends. */
export type KnownDraft = { id: number; version: number | null; body?: string } | UnknownDraft
/** One whose first saving had no answer yet when its form was sent: it is known by what it holds. */
type UnknownDraft = { id: null; target: string; title: string; body: string }

/** Of a request's fields. */
export function knownDraft(given: {
  draft?: number | undefined
  draftVersion?: number | undefined
  body: string
}): KnownDraft | null {
  const { draft: id, draftVersion: version = null, body } = given
  return id ? { id, version, body } : null
}

/**
 * Removes a draft of the viewer's, once it is published or given up; when there is none, nothing happens. What another
 * window saved over it meanwhile was neither, and stays. The same text came from the same window, over a slow network.
 */
export async function discardDraft(db: Db, viewer: Viewer, draft: KnownDraft): Promise<void> {
  if (draft.id === null) {
    await ask(db, 'delete from drafts where member_id = $1 and target = $2 and title = $3 and body = $4', [
      viewer.id,
      draft.target,
      cleanText(draft.title),
      cleanText(draft.body),
    ])
    return
  }
  const { id, version, body = null } = draft
  await ask(
    db,
    `delete from drafts where id = $1 and member_id = $2 and ($3::int is null or version = $3 or body = $4)`,
    [id, viewer.id, version, body?.replaceAll('\r\n', '\n') ?? null],
  )
}
