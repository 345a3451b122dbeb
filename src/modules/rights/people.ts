import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db } from '#platform/database.ts'
import { invalid, NotFound } from '#platform/errors.ts'

/** `mute` folds what they write away; `block` also keeps them from answering. */
export type BlockKind = 'mute' | 'block'
export type PersonalBlock = { id: number; name: string; kind: BlockKind; since: Date }

/** A member keeps at most this many; more is a sign of something that staff should settle. */
const most = 1000

/** Mutes or blocks a member; again changes the kind. They are not told. @throws NotFound, Invalid for oneself */
export async function blockPerson(
  db: Db,
  viewer: Viewer,
  input: { memberId: number; kind: BlockKind; now: Date },
): Promise<void> {
  if (input.memberId === viewer.id) throw invalid('member', 'own-self')
  const rows = await ask(
    db,
    `insert into personal_blocks (member_id, other_id, kind, created_at)
     select $1, id, $3, $4 from members
     where id = $2 and name is not null and (select count(*) from personal_blocks where member_id = $1) < ${most}
     on conflict (member_id, other_id) do update set kind = excluded.kind
     returning other_id`,
    [viewer.id, input.memberId, input.kind, input.now],
  )
  if (rows.length === 0) throw new NotFound()
}

/** Takes it back; when there is nothing to take back, nothing changes. */
export async function unblockPerson(db: Db, viewer: Viewer, memberId: number): Promise<void> {
  await ask(db, 'delete from personal_blocks where member_id = $1 and other_id = $2', [viewer.id, memberId])
}

/** Whom the viewer muted or blocked, newest first; only they see it. */
export function listPersonalBlocks(db: Db, viewer: Viewer): Promise<PersonalBlock[]> {
  return ask<PersonalBlock>(
    db,
    `select m.id, m.name, x.kind, x.created_at as since from personal_blocks x join members m on m.id = x.other_id
     where x.member_id = $1 and m.name is not null order by x.created_at desc limit ${most}`,
    [viewer.id],
  )
}

/** How the viewer keeps a member away: null, not at all. */
export async function personalBlock(
  db: Db,
  viewer: Viewer | null,
  memberId: number,
): Promise<BlockKind | null> {
  if (!viewer || viewer.id === memberId) return null
  const [row] = await ask<{ kind: BlockKind }>(
    db,
    'select kind from personal_blocks where member_id = $1 and other_id = $2',
    [viewer.id, memberId],
  )
  return row?.kind ?? null
}
