import type { Viewer } from '#modules/accounts/viewer.ts'
import { isLate, type KeptBackup, listBackups } from '#modules/backups/nightly.ts'
import { ask, type Db } from '#platform/database.ts'
import { failedJobs } from '#platform/failed-jobs.ts'

/** What is worth doing once a site is there, by how it is now. */
export type Checklist = {
  entries: readonly { name: ChecklistName; done: boolean }[]
  backups: { newest: KeptBackup | null; state: 'off' | 'waits' | 'late' | 'failing' | 'kept' }
}
export type ChecklistName =
  | 'address'
  | 'https'
  | 'mail'
  | 'backups'
  | 'boards'
  | 'about'
  | 'people'
  | 'wayBack'

type Settings = {
  baseUrl: string | null
  mail: object | null
  backups: { folder: string } | null
}

const askedQuery = `
  select exists (select from settings where name = 'checklist.hidden') as hidden,
    exists (select from moderation_log where board_id is not null and act like 'board.%')
      or exists (select from boards where imported_from is not null) as boards,
    exists (select from settings where name = 'site.description' and value <> '""')
      and exists (select from site_texts) as about,
    (select count(*) from (select from members where name is not null limit 2) few) > 1
      or exists (select from invitations) as people,
    (select count(*) from (select from members where role = 'administrator' and name is not null limit 2) few) > 1
      or exists (select from passkeys where member_id = $1)
      or exists (select from recovery_codes where member_id = $1) as "wayBack"`

/** @returns 'hidden' when an administrator does not want to see it, null when all is done */
export async function readChecklist(
  db: Db,
  given: { viewer: Viewer; config: Settings; now: Date },
): Promise<Checklist | 'hidden' | null> {
  const { viewer, config, now } = given
  type Asked = Record<'hidden' | 'boards' | 'about' | 'people' | 'wayBack', boolean>
  const [asked] = await ask<Asked>(db, askedQuery, [viewer.id])
  const backups = await backupsOf(db, { config, now })
  const entries = [
    { name: 'address', done: config.baseUrl !== null },
    { name: 'https', done: config.baseUrl?.startsWith('https:') ?? false },
    { name: 'mail', done: config.mail !== null },
    { name: 'backups', done: backups.state === 'kept' },
    { name: 'boards', done: asked?.boards ?? false },
    { name: 'about', done: asked?.about ?? false },
    { name: 'people', done: asked?.people ?? false },
    { name: 'wayBack', done: asked?.wayBack ?? false },
  ] as const
  if (entries.every((one) => one.done)) return null
  return asked?.hidden ? 'hidden' : { entries, backups }
}

async function backupsOf(
  db: Db,
  { config, now }: { config: Settings; now: Date },
): Promise<Checklist['backups']> {
  if (!config.backups) return { newest: null, state: 'off' }
  const [newest = null] = await listBackups(config.backups.folder)
  const failing = await failedJobs(db, ['back-up'])
  if (failing.length > 0) return { newest, state: 'failing' }
  if (!newest) return { newest, state: 'waits' }
  return { newest, state: isLate(newest, now) ? 'late' : 'kept' }
}

/** For all administrators. */
export async function showChecklist(db: Db, show: boolean): Promise<void> {
  const text = show
    ? `delete from settings where name = 'checklist.hidden'`
    : `insert into settings (name, value) values ('checklist.hidden', 'true') on conflict (name) do nothing`
  await ask(db, text, [])
}
