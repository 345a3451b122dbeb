import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { ask, type Db } from '#platform/database.ts'
import { fileNamesIn } from './names.ts'
import { recordInMessage } from './queries.ts'

type Place = { roomId: number; number: number }

/** Notes which pictures a message of the chat shows, in the writer's transaction: from then on the room's members may see them. */
export async function recordMessageFiles(
  tx: Db,
  viewer: Viewer,
  place: Place & { body: string },
): Promise<void> {
  const names = fileNamesIn(place.body)
  if (names.length === 0) return
  const reader = [readLevels(viewer), viewer.id, isModerator(viewer)]
  await ask(tx, recordInMessage, [...reader, names, place.roomId, place.number])
}

/** What the message shows no more; all of it without `body`. */
export async function forgetMessageFiles(tx: Db, place: Place & { body: string }): Promise<void> {
  await ask(
    tx,
    `delete from message_files u using files f
     where f.id = u.file_id and u.room_id = $1 and u.number = $2 and f.name <> all($3::text[])`,
    [place.roomId, place.number, fileNamesIn(place.body)],
  )
}
