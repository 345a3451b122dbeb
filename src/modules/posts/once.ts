import { requireWriter } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { discardDraft } from '#modules/drafts/discard.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { type NewPost, publishPost } from './posts.ts'
import { checkBody, checkTitle } from './rules.ts'

/** Minutes within which a form that says the same is the same one: sent by Back, by a double press, from a second window. */
const sameFor = 10

/** Since when what says the same counts. */
export const repeatedSince = (now: Date) => new Date(now.getTime() - sameFor * 60_000)

/** One form of a member at a time, on all nodes: of two at once the second finds what became of the first. */
export async function takeTurn(tx: Db, viewer: Viewer): Promise<void> {
  await ask(tx, 'select pg_advisory_xact_lock(712, $1::int)', [viewer.id % 2_147_483_647])
}

/** What was published, though it was edited since; not what its author has deleted to write it anew. */
const findQuery = `
  select p.id, p.title from posts p
  join boards b on b.id = p.board_id and b.slug = $3 and b.read_by = any($4)
  join post_versions v on v.post_id = p.id and v.version = 1 and v.title = $5 and v.body = $6
  where p.author_id = $1 and p.created_at > $2 and p.deleted_at is null
  order by p.id desc limit 1`

/**
 * Publishes what a form sends, or finds the post that it has become already. Programs, which mean what they repeat, call
 * `publishPost`. @throws as that does
 */
export async function publishOnce(
  db: Db,
  viewer: Viewer | null,
  input: NewPost,
): Promise<{ id: number; title: string; isAgain: boolean }> {
  requireWriter(viewer)
  return transact(db, async (tx) => {
    await takeTurn(tx, viewer)
    const [there] = await ask<{ id: number; title: string }>(tx, findQuery, [
      viewer.id,
      repeatedSince(input.now),
      input.board.normalize('NFC').toLowerCase(),
      readLevels(viewer),
      checkTitle(input.title).title,
      checkBody(input.body).body,
    ])
    if (!there) return { ...(await publishPost(tx, viewer, input)), isAgain: false }
    if (input.draft) await discardDraft(tx, viewer, input.draft)
    return { ...there, isAgain: true }
  })
}
