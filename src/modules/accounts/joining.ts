import { type Db, transact } from '#platform/database.ts'
import { Conflict, Forbidden, Invalid } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { cleanText, textErrors } from '#platform/text.ts'
import { insertMember, type NewMember, prepareMember } from './accounts.ts'
import { askToConfirm } from './emails.ts'
import { findInvitation, takeInvitation } from './invitations.ts'
import { hashPassword } from './passwords.ts'
import { checkEmail } from './rules.ts'

export const signUpModes = ['open', 'invitation', 'approval', 'closed'] as const
export type SignUpMode = (typeof signUpModes)[number]

/** What the site asks of those who sign up. */
export type JoinRules = { mode: SignUpMode; confirmEmail: boolean; canSend: boolean; key: Uint8Array }

/** Somebody whom an issuer knows: whether it confirmed the address, and what keeps them known here. */
export type JoinedArrival = { confirmed: boolean; keep: (tx: Db, memberId: number) => Promise<void> }

export type Joining = Omit<NewMember, 'role' | 'byOperator' | 'wrong'> & {
  /** The token of an invitation, or null. */
  invitation: string | null
  /** To whoever approves; asked for where sign-ups are approved and there is no invitation. */
  message: string
}

/** `board`: the address name of the one that the invitation leads to. */
export type Joined = { id: number; name: string; board: string | null }

export const messageLimit = 1000

/**
 * Signs somebody up as the site allows it. An invitation opens every site that is not closed, and spares the approval.
 * @throws Forbidden('sign-up-closed' | 'invitation-needed'), NotFound('invitation-gone'), Invalid, Conflict
 */
export async function join(
  db: Db,
  input: Joining,
  { rules, now, arrival }: { rules: JoinRules; now: Date; arrival?: JoinedArrival },
): Promise<Joined> {
  const { invitation } = input
  if (rules.mode === 'closed') throw new Forbidden('sign-up-closed')
  if (rules.mode === 'invitation' && invitation === null) throw new Forbidden('invitation-needed')
  // Looked at before the costly hash; taken, and so decided, with the member's row.
  const invited = invitation === null ? null : await findInvitation(db, { token: invitation, now })
  const asks = rules.mode === 'approval' && !invited
  const confirmed = arrival?.confirmed ?? false
  const message = cleanText(input.message).trim()
  const wrong = asks ? textErrors(message, { field: 'message', limit: messageLimit }) : []
  const { name, email, password, passwordAgain, language } = input
  const prepared = await prepareMember(
    db,
    {
      name,
      email,
      password,
      passwordAgain,
      wrong,
      ...(language ? { language } : {}),
      ...(invited ? { role: invited.role } : {}),
    },
    now,
  )
  return transact(db, async (tx) => {
    const taken = invitation === null ? null : await takeInvitation(tx, { token: invitation, email, now })
    const member = await insertMember(tx, {
      ...prepared,
      role: taken?.role ?? 'member',
      must_confirm: rules.confirmEmail,
      email_confirmed_at: confirmed ? now : null,
      approval: asks ? 'waiting' : null,
    })
    if (asks || taken) {
      const row = {
        member_id: member.id,
        invitation_id: taken?.id ?? null,
        message: asks ? message : '',
        created_at: now,
      }
      await tx.insertInto('sign_ups').values(row).execute()
    }
    await arrival?.keep(tx, member.id)
    if (!confirmed && (rules.confirmEmail || rules.canSend)) {
      await askToConfirm(tx, { memberId: member.id, email: prepared.email, key: rules.key, now })
    }
    return { ...member, board: taken?.board?.slug ?? null }
  })
}

/**
 * Signs somebody up where a mail confirms the address. That it is taken is told to its owner alone: here the same is
 * done and answered for everyone. A name is public, and a taken one is said. @throws as `join`, never for the address
 */
export async function joinQuietly(
  deps: { db: Db; limits: Limits },
  input: Joining,
  given: { rules: JoinRules; now: Date },
): Promise<void> {
  try {
    await join(deps.db, input, given)
  } catch (error) {
    const isTaken = error instanceof Conflict && error.code === 'taken'
    if (!isTaken && !(error instanceof Invalid)) throw error
    const others = error.fields.filter(({ field, code }) => field !== 'email' || code !== 'taken')
    if (!isTaken) throw new Invalid('invalid', { fields: others })
    if (others.length > 0) throw new Conflict('taken', { fields: others })
    // What a sign-up costs, so that time tells nothing either.
    await hashPassword(input.password ?? '')
    await tellOwner(deps, { email: checkEmail(input.email).key, now: given.now })
  }
}

/** A few times an hour, so that nobody fills another's letter box from here. */
async function tellOwner(
  { db, limits }: { db: Db; limits: Limits },
  { email, now }: { email: string; now: Date },
): Promise<void> {
  const rule = { limit: 3, seconds: 3600, cost: 1 }
  const { allowed } = await limits.countInWindow(`taken:${email}`, rule, now.getTime())
  if (allowed) await enqueue(db, { name: 'tell-taken', payload: { email }, tries: 5 })
}

/** Members who signed up while an address had to be confirmed need it no longer. */
export async function releaseUnconfirmed(tx: Db): Promise<void> {
  await tx.updateTable('members').set({ must_confirm: false }).where('must_confirm', '=', true).execute()
}
