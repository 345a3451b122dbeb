import { changeProfile } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { enqueue } from '#platform/jobs.ts'
import { defaults, isKind, type Kind, kinds, type MailTime, type Ways } from './kinds.ts'

export type NotificationSettings = {
  ways: Record<Kind, Ways>
  /** Where the member's day begins, for digests; null: as the site's. */
  timeZone: string | null
}

type Row = { kind: string; page: boolean; mail: MailTime; push: boolean }

/** How the viewer wants to hear of each kind. */
export async function findSettings(db: Db, viewer: Viewer): Promise<NotificationSettings> {
  const rows = await ask<Row>(
    db,
    'select kind, page, mail, push from notification_settings where member_id = $1',
    [viewer.id],
  )
  const [member] = await ask<{ timeZone: string | null }>(
    db,
    'select time_zone as "timeZone" from members where id = $1',
    [viewer.id],
  )
  const ways = { ...defaults }
  for (const { kind, page, mail, push } of rows) if (isKind(kind)) ways[kind] = { page, mail, push }
  return { ways, timeZone: member?.timeZone ?? null }
}

/**
 * Saves what is given and leaves the rest. What waits to be mailed follows the new choice.
 * @throws Invalid('timeZone') for a zone that nobody knows
 */
export async function saveSettings(
  db: Db,
  viewer: Viewer,
  input: { ways?: Partial<Record<Kind, Ways>>; timeZone?: string | null; now: Date },
): Promise<void> {
  await transact(db, async (tx) => {
    if (input.timeZone !== undefined) await changeProfile(tx, viewer, { timeZone: input.timeZone })
    for (const kind of kinds) {
      const ways = input.ways?.[kind]
      if (ways) await saveWays(tx, viewer.id, { kind, ways })
    }
    if (input.ways) await moveWaiting(tx, viewer.id, input.now)
  })
}

async function saveWays(tx: Db, memberId: number, { kind, ways }: { kind: Kind; ways: Ways }): Promise<void> {
  await ask(
    tx,
    `insert into notification_settings (member_id, kind, page, mail, push) values ($1, $2, $3, $4, $5)
     on conflict (member_id, kind) do update set page = excluded.page, mail = excluded.mail, push = excluded.push`,
    [memberId, kind, ways.page, ways.mail, ways.push],
  )
}

async function moveWaiting(tx: Db, memberId: number, now: Date): Promise<void> {
  const rows = await ask<{ mail: string | null }>(
    tx,
    `update notifications n set mail = nullif(s.mail, 'never') from notification_settings s
     where n.member_id = $1 and n.mail is not null and s.member_id = $1 and s.kind = n.kind and s.mail <> n.mail
     returning n.mail`,
    [memberId],
  )
  if (rows.some((row) => row.mail === 'now')) {
    const name = 'mail-notifications'
    await enqueue(tx, { name, payload: { member: memberId }, key: `${name}:${memberId}`, at: now, tries: 8 })
  }
}

/** No mails of one kind any more, or of none at all; whoever holds a link from a mail may do it. */
export async function stopMails(db: Db, memberId: number, what: Kind | 'all'): Promise<void> {
  const stopped = what === 'all' ? kinds : [what]
  await transact(db, async (tx) => {
    for (const kind of stopped) {
      const { page, push } = defaults[kind]
      await ask(
        tx,
        `insert into notification_settings (member_id, kind, page, mail, push)
         select id, $2, $3, 'never', $4 from members where id = $1 and name is not null
         on conflict (member_id, kind) do update set mail = 'never'`,
        [memberId, kind, page, push],
      )
    }
    await ask(tx, 'update notifications set mail = null where member_id = $1 and kind = any($2)', [
      memberId,
      stopped,
    ])
  })
}
