import { emit } from '#events.ts'
import { ask, type Db } from '#platform/database.ts'
import type { Viewer } from './viewer.ts'

/** The name of the file that shows the viewer; null: the generated picture. Whose file it is, files know. */
export async function setAvatarName(tx: Db, viewer: Viewer, name: string | null): Promise<void> {
  await ask(tx, 'update members set avatar = $2 where id = $1 and withdrawn_at is null', [viewer.id, name])
  await emit(tx, { type: 'member.changed', memberId: viewer.id })
}
