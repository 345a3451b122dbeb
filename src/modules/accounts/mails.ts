import { paths } from '#paths.ts'
import { siteAddress } from '#platform/address.ts'
import type { Db } from '#platform/database.ts'
import { compose, type Letter, type MailSettings, plainName, sendMail } from '#platform/mail.ts'
import { isLanguage, type Language, languages, type Words } from '#words/words.ts'
import { startReset } from './emails.ts'
import { tokenOf, toPurpose } from './links.ts'
import { securityEvents } from './security-events.ts'

/** What the jobs need that write to people; `key` signs the links in what they write. */
export type MailDeps = {
  db: Db
  config: {
    mail: MailSettings | null
    baseUrl: string | null
    host: string
    port: number
    defaultLanguage: Language
  }
  site: { current: (now: Date) => Promise<{ name: string }> }
  key: Uint8Array
  clock: () => Date
}

/** The jobs that send something. */
export const mailJobs = [
  'send-link',
  'tell-old-address',
  'tell-decision',
  'send-invitation',
  'mail-notifications',
  'mail-digest',
] as const

type Payload = { number: (name: string) => number; text: (name: string) => string }

/** Thrown so that the queue tries again later; the message stands in the job's row. */
class MailNotSent extends Error {
  override readonly name = 'MailNotSent'
}

type Reader = { to: string; language: string | null }
type Draft = { subject: string } & Omit<Letter, 'language'>

/** Writes one mail in its reader's language. Without mail settings nothing is sent. @throws MailNotSent */
async function write(
  deps: MailDeps,
  reader: Reader,
  draft: (words: Words, site: string) => Draft,
): Promise<boolean> {
  const { mail, defaultLanguage } = deps.config
  if (!mail) return false
  const language = isLanguage(reader.language) ? reader.language : defaultLanguage
  const { name } = await deps.site.current(deps.clock())
  const { subject, ...letter } = draft(languages[language], plainName(name))
  const sent = await sendMail(mail, {
    to: reader.to,
    fromName: name,
    subject,
    ...compose({ language, ...letter }),
  })
  if (!sent.ok) throw new MailNotSent(`${sent.problem}: ${sent.answer}`)
  return true
}

/** Sends a link that confirms an address, sets a password or claims an account; notes on it when it went, or why not. */
export async function sendLink(deps: MailDeps, payload: Payload): Promise<void> {
  const { db, key } = deps
  const id = payload.number('link')
  const row = await db
    .selectFrom('member_links as l')
    .innerJoin('members as m', 'm.id', 'l.member_id')
    .select(['l.seed', 'l.purpose', 'l.email', 'm.email as own', 'm.name', 'm.language'])
    .where('l.id', '=', id)
    .where('l.expires_at', '>', deps.clock())
    .executeTakeFirst()
  const to = row?.email ?? row?.own
  if (!row?.seed || !row.name || !to) return
  const purpose = toPurpose(row.purpose)
  const token = tokenOf(row.seed, key)
  const href = siteAddress(deps.config) + (purpose === 'confirm' ? paths.confirm(token) : paths.claim(token))
  const name = plainName(row.name)
  try {
    const went = await write(deps, { to, language: row.language }, ({ mails: t }, site) => ({
      subject: t.subjects[purpose]({ site }),
      lines: [t.hello({ name }), t.texts[purpose]({ site })],
      link: { href, label: t.buttons[purpose] },
      after: [t.lives[purpose], t.ignore],
    }))
    if (went)
      await db
        .updateTable('member_links')
        .set({ sent_at: deps.clock(), failure: '' })
        .where('id', '=', id)
        .execute()
  } catch (error) {
    const failure = error instanceof MailNotSent ? error.message : 'other'
    await db.updateTable('member_links').set({ failure }).where('id', '=', id).execute()
    throw error
  }
}

/** Makes the link that somebody who forgot a password asked for. */
export async function resetPassword(deps: MailDeps, payload: Payload): Promise<void> {
  const { db, key, config } = deps
  await startReset(db, {
    login: payload.text('login'),
    canSend: config.mail !== null,
    key,
    now: deps.clock(),
  })
}

/** Tells the address that a member had until now that it is another one. */
export async function tellOldAddress(deps: MailDeps, payload: Payload): Promise<void> {
  const row = await findReader(deps.db, payload.number('member'))
  if (!row) return
  await write(deps, { to: payload.text('to'), language: row.language }, ({ mails: t }, site) => ({
    subject: t.emailChanged({ site }),
    lines: [t.hello({ name: plainName(row.name) }), t.emailChangedText({ site })],
    after: [t.emailChangedHelp],
  }))
}

/** Tells a member that an administrator removed their app, codes and passkeys. */
export async function tellFactorsRemoved(deps: MailDeps, payload: Payload): Promise<void> {
  const row = await findReader(deps.db, payload.number('member'))
  if (!row?.email) return
  await write(deps, { to: row.email, language: row.language }, ({ factors: t, mails }, site) => ({
    subject: t.mailSubject({ site }),
    lines: [mails.hello({ name: plainName(row.name) }), t.mailText({ site })],
    link: { href: siteAddress(deps.config) + paths.security(), label: site },
    after: [t.mailHelp],
  }))
}

/** Tells whoever has an address that somebody tried to sign up with it. */
export async function tellTaken(deps: MailDeps, payload: Payload): Promise<void> {
  const row = await deps.db
    .selectFrom('members')
    .select(['name', 'email', 'language'])
    .where('email_key', '=', payload.text('email'))
    .executeTakeFirst()
  if (!row?.name || !row.email) return
  const name = plainName(row.name)
  await write(deps, { to: row.email, language: row.language }, ({ mails: t, signIn }, site) => ({
    subject: t.taken({ site }),
    lines: [t.hello({ name }), t.takenText({ site, name })],
    link: { href: siteAddress(deps.config) + paths.signIn(), label: signIn.submit },
    after: [t.takenHelp],
  }))
}

/** Tells a member what changed in how one gets into their account, by whoever it was. */
export async function tellSecurity(deps: MailDeps, payload: Payload): Promise<void> {
  const row = await deps.db
    .selectFrom('security_events as e')
    .innerJoin('members as m', 'm.id', 'e.member_id')
    .select(['e.kind', 'e.by_id', 'm.name', 'm.email', 'm.language'])
    .where('e.id', '=', payload.number('event'))
    .executeTakeFirst()
  const kind = securityEvents.find((one) => one === row?.kind)
  if (!row?.name || !row.email || !kind) return
  const { name, email, by_id } = row
  await write(deps, { to: email, language: row.language }, ({ factors: t, mails }, site) => ({
    subject: mails.security({ site }),
    lines: [
      mails.hello({ name: plainName(name) }),
      mails.securityText({ site }),
      by_id === null ? t.events[kind] : `${t.events[kind]} (${t.byAdministrator})`,
    ],
    link: { href: siteAddress(deps.config) + paths.security(), label: mails.securityLink },
    after: [t.mailHelp],
  }))
}

/** Tells somebody who waited for approval how it was decided. */
export async function tellDecision(deps: MailDeps, payload: Payload): Promise<void> {
  const row = await findReader(deps.db, payload.number('member'))
  if (!row?.email || row.outcome === null) return
  const approved = row.outcome === 'approved'
  await write(deps, { to: row.email, language: row.language }, ({ mails: t }, site) => ({
    subject: approved ? t.approved({ site }) : t.refused({ site }),
    lines: [
      t.hello({ name: plainName(row.name) }),
      approved ? t.approvedText({ site }) : t.refusedText({ site, reason: plainName(row.reason ?? '') }),
    ],
    link: { href: siteAddress(deps.config) + paths.home(), label: site },
    after: [],
  }))
}

async function findReader(db: Db, id: number) {
  const row = await db
    .selectFrom('members as m')
    .leftJoin('sign_ups as s', 's.member_id', 'm.id')
    .select(['m.name', 'm.email', 'm.language', 's.outcome', 's.reason'])
    .where('m.id', '=', id)
    .executeTakeFirst()
  return row?.name ? { ...row, name: row.name } : null
}

/** Sends an invitation to the address it is for; afterwards nobody can make its token again. */
export async function sendInvitation(deps: MailDeps, payload: Payload): Promise<void> {
  const { db, key } = deps
  const row = await db
    .selectFrom('invitations as i')
    .innerJoin('members as m', 'm.id', 'i.by_id')
    .select(['i.id', 'i.seed', 'i.email', 'm.name', 'm.language'])
    .where('i.id', '=', payload.number('invitation'))
    .where('i.expires_at', '>', deps.clock())
    .where('i.revoked_at', 'is', null)
    .executeTakeFirst()
  if (!row?.seed || !row.email || !row.name) return
  const href = siteAddress(deps.config) + paths.join(tokenOf(row.seed, key))
  const name = plainName(row.name)
  // Of somebody who is no member yet only the inviter's language is known.
  await write(deps, { to: row.email, language: row.language }, ({ mails: t }, site) => ({
    subject: t.invitation({ site }),
    lines: [t.invitationText({ name, site })],
    link: { href, label: t.join },
    after: [t.ignore],
  }))
  await db.updateTable('invitations').set({ seed: null }).where('id', '=', row.id).execute()
}
