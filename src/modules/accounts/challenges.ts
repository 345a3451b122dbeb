import type { Db } from '#platform/database.ts'
import { hashToken, newToken } from '#platform/token.ts'

/** How long each may take, in milliseconds. */
const life = {
  /** A sign-in whose password was right and whose second factor is asked for. */
  'second-factor': 300_000,
  'passkey-use': 300_000,
  'passkey-add': 300_000,
  /** On the way to the issuer and back. */
  oidc: 600_000,
  /** The issuer has said who it is; the name for this site is asked for. */
  'oidc-sign-up': 1_800_000,
} as const
export type ChallengeKind = keyof typeof life

/** How long a browser has for a step, in seconds: the age of the cookie that holds its token. */
export const secondsFor = (kind: ChallengeKind) => life[kind] / 1000

type Data = Record<string, string>
export type Challenge = { memberId: number | null; data: Data }

/** Begins something that is to be finished once and soon. @returns the token (256 bits) for whoever began it */
export async function openChallenge(
  db: Db,
  input: { kind: ChallengeKind; memberId?: number; data?: Data; now: Date },
): Promise<string> {
  const token = newToken()
  const row = {
    token_hash: hashToken(token),
    kind: input.kind,
    member_id: input.memberId ?? null,
    data: JSON.stringify(input.data ?? {}),
    expires_at: new Date(input.now.getTime() + life[input.kind]),
  }
  await db.insertInto('challenges').values(row).execute()
  return token
}

type Asked = { kind: ChallengeKind; token: string; now: Date }

/** What the token stands for, left as it is; null when it is over, used, or never was. */
export async function findChallenge(db: Db, asked: Asked): Promise<Challenge | null> {
  const row = await db
    .selectFrom('challenges')
    .select(['member_id', 'data'])
    .where('token_hash', '=', hashToken(asked.token))
    .where('kind', '=', asked.kind)
    .where('expires_at', '>', asked.now)
    .executeTakeFirst()
  return row ? { memberId: row.member_id, data: textsOf(row.data) } : null
}

/** As `findChallenge`, and nobody can take it again: of two at the same moment one gets it. */
export async function takeChallenge(db: Db, asked: Asked): Promise<Challenge | null> {
  const row = await db
    .deleteFrom('challenges')
    .where('token_hash', '=', hashToken(asked.token))
    .where('kind', '=', asked.kind)
    .where('expires_at', '>', asked.now)
    .returning(['member_id', 'data'])
    .executeTakeFirst()
  return row ? { memberId: row.member_id, data: textsOf(row.data) } : null
}

/** Ends what a member has begun: the password changed, or the person left. */
export async function endChallenges(tx: Db, memberId: number): Promise<void> {
  await tx.deleteFrom('challenges').where('member_id', '=', memberId).execute()
}

export async function forgetOldChallenges(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('challenges').where('expires_at', '<', now).execute()
}

function textsOf(value: unknown): Data {
  const texts: Data = {}
  if (typeof value !== 'object' || value === null) return texts
  for (const [name, text] of Object.entries(value)) if (typeof text === 'string') texts[name] = text
  return texts
}
