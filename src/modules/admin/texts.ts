import { isAdministrator, type Viewer } from '#modules/accounts/viewer.ts'
import { fileNamesIn } from '#modules/files/names.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { findText, type TextName, textLimit, writeText } from '#modules/site/texts.ts'
import { type Db, transact } from '#platform/database.ts'
import { Forbidden, invalid } from '#platform/errors.ts'
import { cleanText, isBlank, lengthOf } from '#platform/text.ts'

/** Publishes one of the site's texts, changes it, or takes it back when it is blank; with a line in the log. @throws Forbidden, Invalid */
export async function changeText(
  db: Db,
  viewer: Viewer,
  { name, typed, now }: { name: TextName; typed: string; now: Date },
): Promise<void> {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  const body = checkText(typed)
  await transact(db, async (tx) => {
    const before = (await findText(tx, name))?.body ?? ''
    if (body === before) return
    await writeText(tx, { name, body, byId: viewer.id, now })
    const act = before === '' ? 'text.publish' : body === '' ? 'text.remove' : 'text.change'
    await recordAct(tx, { byId: viewer.id, act, reason: name, now })
  })
}

/** Pictures are refused: everybody reads these texts, and a picture is read only where it stands. @throws Invalid */
function checkText(typed: string): string {
  const body = cleanText(typed).replace(/\s+$/u, '')
  if (isBlank(body)) return ''
  if (lengthOf(body) > textLimit) throw invalid('body', 'too-long', { limit: textLimit })
  if (fileNamesIn(body).length > 0) throw invalid('body', 'no-pictures')
  return body
}
