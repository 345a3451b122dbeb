import { ask, type Db, transact } from '#platform/database.ts'
import { NotFound, TooMany } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import { findByLogin, throwTaken } from './accounts.ts'
import { endLinks, findConfirmation, makeSentLink, spendLink } from './links.ts'
import { requirePassword } from './own-password.ts'
import { checkEmail } from './rules.ts'
import type { Viewer } from './viewer.ts'

const hour = 3_600_000
/** How long an address can be confirmed, in milliseconds. */
const confirmLife = 72 * hour
/** A password link that was sent by mail works for an hour; one that a person hands over, for a day. */
const resetLife = { sent: hour, handed: 24 * hour }
/** Mails that one member, or a forgotten login, may ask for. */
const mailRule = { limit: 5, seconds: 3600, cost: 1 }

/** Puts a link that confirms `email` on its way: by mail, and onto the administrators' desk. */
export async function askToConfirm(
  tx: Db,
  input: { memberId: number; email: string; key: Uint8Array; now: Date },
): Promise<void> {
  const link = await makeSentLink(tx, { ...input, purpose: 'confirm', lifeMs: confirmLife })
  await enqueue(tx, { name: 'send-link', payload: { link }, tries: 10 })
}

/**
 * Changes the address at once or, where addresses are confirmed, once a link that goes to the new one was used. Which
 * addresses others have is not told before. @throws Invalid, Conflict('taken') when it is changed at once
 */
export async function changeEmail(
  { db, limits }: { db: Db; limits: Limits },
  viewer: Viewer,
  input: { email: string; password: string; confirm: boolean; key: Uint8Array; now: Date },
): Promise<void> {
  const { email, key: email_key, errors } = checkEmail(input.email)
  await requirePassword({ db, limits }, viewer, { ...input, wrong: errors })
  if (input.confirm) await limitMails(limits, viewer, input.now)
  await transact(db, async (tx) => {
    if (input.confirm) return askToConfirm(tx, { ...input, memberId: viewer.id, email })
    await tx
      .updateTable('members')
      .set({ email, email_key, email_confirmed_at: null, must_confirm: false })
      .where('id', '=', viewer.id)
      .execute()
    await endLinks(tx, viewer.id)
  }).catch((error: unknown) => throwTaken(error, { email }))
}

/** Five mails an hour to addresses that a member names: nobody floods another's letter box from here. @throws TooMany */
export async function limitMails(limits: Limits, viewer: Viewer, now: Date): Promise<void> {
  const verdict = await limits.countInWindow(`mails:${viewer.id}`, mailRule, now.getTime())
  if (!verdict.allowed) throw new TooMany('too-many', verdict.retryAfter)
}

/** Sends the confirming link again, to the address that waits for it or else the member's own. @throws TooMany, NotFound */
export async function confirmAgain(
  deps: { db: Db; limits: Limits; key: Uint8Array },
  viewer: Viewer,
  now: Date,
): Promise<void> {
  await limitMails(deps.limits, viewer, now)
  await transact(deps.db, async (tx) => {
    const row = await tx
      .selectFrom('members as m')
      .leftJoin('member_links as l', (join) =>
        join.onRef('l.member_id', '=', 'm.id').on('l.purpose', '=', 'confirm'),
      )
      .select(['m.email', 'm.email_confirmed_at', 'l.email as waiting'])
      .where('m.id', '=', viewer.id)
      .executeTakeFirst()
    const email = row?.waiting ?? (row?.email_confirmed_at ? null : row?.email)
    if (!email) throw new NotFound()
    await askToConfirm(tx, { memberId: viewer.id, email, key: deps.key, now })
  })
}

/**
 * Uses a confirming link. When it brings another address, every open link of the member ends and the old address is told.
 * @throws NotFound, Conflict('taken') when somebody else has the address by now
 */
export async function confirmEmail(
  db: Db,
  input: { token: string; now: Date },
): Promise<{ memberId: number; email: string; board: string | null }> {
  const link = await findConfirmation(db, input.token, input.now)
  const { memberId, email, old } = link
  await transact(db, async (tx) => {
    await spendLink(tx, input)
    await tx
      .updateTable('members')
      .set({ email, email_key: email.toLowerCase(), email_confirmed_at: input.now })
      .where('id', '=', memberId)
      .execute()
    if (old === email) return
    await endLinks(tx, memberId)
    if (old === null) return
    await enqueue(tx, { name: 'tell-old-address', payload: { member: memberId, to: old }, tries: 10 })
  }).catch((error: unknown) => throwTaken(error, { email }))
  return { memberId, email, board: await boardOfInvitation(db, memberId) }
}

/** The board to which somebody was invited who is here for the first time. */
async function boardOfInvitation(db: Db, memberId: number): Promise<string | null> {
  const [row] = await ask<{ slug: string }>(
    db,
    `select b.slug from sign_ups s join invitations i on i.id = s.invitation_id join boards b on b.id = i.board_id
     where s.member_id = $1 and not exists (select from sessions x where x.member_id = $1)`,
    [memberId],
  )
  return row?.slug ?? null
}

/**
 * Notes that somebody forgot a password. Whether there is such a member is looked up by a job: here the same is done for
 * everyone, so neither the answer nor its time tells. Too many requests for one login are dropped as quietly.
 */
export async function forgotPassword(
  deps: { db: Db; limits: Limits },
  input: { login: string; now: Date },
): Promise<void> {
  const login = cleanLine(input.login).slice(0, 254)
  const key = `forgot:${foldName(login)}`
  const verdict = await deps.limits.countInWindow(key, mailRule, input.now.getTime())
  if (!verdict.allowed || login === '') return
  await enqueue(deps.db, { name: 'reset-password', payload: { login }, key, tries: 5 })
}

/** The job behind `forgotPassword`: makes the link of the member with this name or address, and sends it on its way. */
export async function startReset(
  db: Db,
  input: { login: string; canSend: boolean; key: Uint8Array; now: Date },
): Promise<void> {
  const member = await findByLogin(db, input.login)
  if (!member) return
  await transact(db, async (tx) => {
    const link = await makeSentLink(tx, {
      memberId: member.id,
      purpose: member.password_hash === null ? 'claim' : 'reset',
      lifeMs: input.canSend && member.email ? resetLife.sent : resetLife.handed,
      key: input.key,
      now: input.now,
    })
    await enqueue(tx, { name: 'send-link', payload: { link }, tries: 5 })
  })
}
