import type { MailDeps } from '#modules/accounts/mails.ts'
import { paths } from '#paths.ts'
import { siteAddress } from '#platform/address.ts'
import { ask, type Db } from '#platform/database.ts'
import { compose, plainName, sendMail } from '#platform/mail.ts'
import type { Words } from '#words/words.ts'
import type { Kind } from './kinds.ts'
import { type Notification, type Waiting, waitingFor } from './list.ts'
import { sentenceOf, wordsFor } from './sentences.ts'
import { unsubscribeToken } from './unsubscribe.ts'

type NotificationMailDeps = MailDeps & { config: { timeZone: string } }

/** Thrown so that the queue tries again later; the message stands in the job's row. */
class MailNotSent extends Error {
  override readonly name = 'MailNotSent'
}

/** Sends what waits to be mailed at once, as one mail. */
export async function mailNow(deps: NotificationMailDeps, memberId: number): Promise<void> {
  await mail(deps, memberId, { way: 'mail' })
}

/** Eight in the morning where the member is, the latest one before now: today's or yesterday's, and Monday's. */
const boundaries = `
  (date_trunc('day', z.local - interval '8 hours') + interval '8 hours') at time zone z.zone as daily,
  (date_trunc('week', z.local - interval '8 hours') + interval '8 hours') at time zone z.zone as weekly
  from members m
  cross join lateral (
    select coalesce(m.time_zone, $2) as zone, $1::timestamptz at time zone coalesce(m.time_zone, $2) as local
  ) z`

const enqueueQuery = `
  select graphile_worker.add_job('mail-digest', json_build_object('member', due.id), max_attempts := 8,
    job_key := 'mail-digest:' || due.id)
  from (
    select distinct d.id from notifications n
    join (select m.id, ${boundaries}) d on d.id = n.member_id
    where n.mail is not null and n.read_at is null
      and (n.mail = 'daily' and n.at < d.daily or n.mail = 'weekly' and n.at < d.weekly)
  ) due`

/** Finds for whom it is morning, and has a digest to get. Run every quarter of an hour, for zones of all sorts. */
export async function startDigests({ db, config, clock }: NotificationMailDeps): Promise<void> {
  await ask(db, enqueueQuery, [clock(), config.timeZone])
}

/** Sends one member's digest: what came until the morning and was not read. */
export async function mailDigest(deps: NotificationMailDeps, memberId: number): Promise<void> {
  const { db, config, clock } = deps
  const [due] = await ask<{ daily: Date; weekly: Date }>(db, `select ${boundaries} where m.id = $3`, [
    clock(),
    config.timeZone,
    memberId,
  ])
  if (!due) return
  await mail(deps, memberId, { way: 'digest', ...due })
  // What nobody may see any more, or was too much for one mail, does not wait for the next quarter of an hour.
  await ask(
    db,
    `update notifications set mail = null
     where member_id = $1 and (mail = 'daily' and at < $2 or mail = 'weekly' and at < $3)`,
    [memberId, due.daily, due.weekly],
  )
}

type Reader = { id: number; name: string; email: string; language: string | null }

async function findReader(db: Db, id: number): Promise<Reader | null> {
  const [row] = await ask<Reader>(
    db,
    `select id, name, email, language from members
     where id = $1 and name is not null and email is not null and email_confirmed_at is not null`,
    [id],
  )
  return row ?? null
}

async function mail(deps: NotificationMailDeps, memberId: number, waiting: Waiting): Promise<void> {
  const { db, config } = deps
  if (!config.mail) return
  const reader = await findReader(db, memberId)
  const found = reader ? await waitingFor(db, memberId, waiting) : []
  const claimed = await claim(db, found, deps.clock())
  if (!reader || claimed.length === 0) return
  const sent = await sendMail(config.mail, await letterTo(deps, reader, claimed))
  if (sent.ok) return
  await giveBack(db, claimed)
  throw new MailNotSent(`${sent.problem}: ${sent.answer}`)
}

type Claimed = Notification & { mail: string }

/** Takes them out of the queue before they are sent, so that no other job sends them, too. */
async function claim(db: Db, found: readonly Notification[], now: Date): Promise<Claimed[]> {
  const rows = await ask<{ id: number; mail: string }>(
    db,
    `update notifications n set mail = null, mailed_at = $2
     from (select id, mail from notifications where id = any($1) and mail is not null for update) old
     where n.id = old.id returning n.id, old.mail`,
    [found.map((one) => one.id), now],
  )
  const mailOf = new Map(rows.map((row) => [row.id, row.mail]))
  return found.flatMap((one) => {
    const way = mailOf.get(one.id)
    return way === undefined ? [] : [{ ...one, mail: way }]
  })
}

async function giveBack(db: Db, claimed: readonly Claimed[]): Promise<void> {
  await ask(
    db,
    `update notifications n set mail = w.mail, mailed_at = null from unnest($1::bigint[], $2::text[]) w (id, mail)
     where n.id = w.id and n.read_at is null`,
    [claimed.map((one) => one.id), claimed.map((one) => one.mail)],
  )
}

async function letterTo(deps: NotificationMailDeps, reader: Reader, told: readonly Notification[]) {
  const { config, site, key, clock } = deps
  const { words, language } = wordsFor(reader.language, config.defaultLanguage)
  const { name } = await site.current(clock())
  const origin = siteAddress(config)
  const t = words.notificationMails
  const ending = (what: Kind | 'all') =>
    origin + paths.unsubscribe(unsubscribeToken({ memberId: reader.id, what }, key))
  const kinds = [...new Set(told.map((one) => one.kind))]
  const letter = compose({
    language,
    lines: [words.mails.hello({ name: plainName(reader.name) }), t.text({ site: plainName(name) })],
    items: told.map((one) => ({
      text: plainName(sentenceOf(words, one)),
      href: origin + paths.notification(one.id),
      ...(one.note === '' ? {} : { note: plainName(words.notifications.reason({ reason: one.note })) }),
    })),
    link: { href: origin + paths.notifications(), label: t.all },
    after: [t.why],
    ways: [
      ...kinds.map((kind) => ({ href: ending(kind), label: t.stop({ kind: words.notifyBy.kinds[kind] }) })),
      { href: ending('all'), label: t.stopAll },
      { href: origin + paths.settingsPart('notifications'), label: words.notifyBy.title },
    ],
  })
  return {
    to: reader.email,
    fromName: name,
    subject: subjectOf(words, { told, site: plainName(name) }),
    unsubscribe: ending(kinds.length === 1 && kinds[0] ? kinds[0] : 'all'),
    ...letter,
  }
}

function subjectOf(words: Words, given: { told: readonly Notification[]; site: string }): string {
  const { told, site } = given
  const [first] = told
  const what = told.length === 1 && first ? plainName(sentenceOf(words, first)).replace(/\.$/, '') : null
  return `${site}: ${what ?? words.notificationMails.several({ count: told.length })}`
}
