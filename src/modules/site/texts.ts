import { emit } from '#events.ts'
import { ask, type Db } from '#platform/database.ts'
import { NotFound } from '#platform/errors.ts'
import { type Language, languages } from '#words/words.ts'

/** What a site tells everybody, members or not, each in Markdown; none has to be there. */
export const textNames = ['rules', 'terms', 'privacy', 'contact'] as const
export type TextName = (typeof textNames)[number]

/** Characters of one text. */
export const textLimit = 50_000

/** `since`: from when on it stands as it is. */
export type SiteText = { name: TextName; body: string; since: Date }

/** @throws NotFound for what is no name of one */
export function textNamed(name: string): TextName {
  const found = textNames.find((one) => one === name)
  if (!found) throw new NotFound()
  return found
}

/** What one may begin with, in the site's language; null where every site has to find its own words. */
export function startingText(name: TextName, language: Language): string | null {
  return name === 'rules' ? languages[language].start.rules : null
}

/** Those that are published, in the order in which they are shown. */
export async function publishedTexts(db: Db): Promise<TextName[]> {
  const rows = await ask<{ name: string }>(db, 'select name from site_texts', [])
  return textNames.filter((name) => rows.some((row) => row.name === name))
}

/** For everybody, also where all boards are closed. Null when it is not published. */
export async function findText(db: Db, name: TextName): Promise<SiteText | null> {
  const [row] = await ask<SiteText>(
    db,
    'select name, body, changed_at as since from site_texts where name = $1',
    [name],
  )
  return row ?? null
}

/** Publishes a text, or takes it back where nothing is left of it. Needs a transaction; who may, its caller asks. */
export async function writeText(
  tx: Db,
  { name, body, byId, now }: { name: TextName; body: string; byId: number; now: Date },
): Promise<void> {
  if (body === '') await ask(tx, 'delete from site_texts where name = $1', [name])
  else
    await ask(
      tx,
      `insert into site_texts (name, body, changed_at, changed_by_id) values ($1, $2, $3, $4)
       on conflict (name) do update set body = excluded.body, changed_at = excluded.changed_at, changed_by_id = excluded.changed_by_id`,
      [name, body, now, byId],
    )
  await emit(tx, { type: 'site.changed' })
}
