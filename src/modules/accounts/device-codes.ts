import { createHmac, randomInt } from 'node:crypto'
import { ask, type Db } from '#platform/database.ts'
import { NotFound, TooMany } from '#platform/errors.ts'
import { addressKey } from '#platform/http/limits.ts'
import type { Limits } from '#platform/limits/limits.ts'
import { hashToken, newToken } from '#platform/token.ts'
import type { Viewer } from './viewer.ts'

/** How long a code works, in milliseconds. */
const life = 300_000
// 32 signs that are not taken for one another: 8 of them are 40 bits.
const signs = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
export const codeLength = 8

/**
 * Forty bits are enough only because tries are few: from one address five in five minutes, from all together 300, while a
 * code works for five minutes and once. Whoever guesses finds one of 1,000 open codes in 3.7 million times five minutes.
 */
// The limit counts the try that is refused, too.
const addressRule = { limit: 6, seconds: 300, lockSeconds: 900 } as const
const siteRule = { limit: 300, seconds: 300, lockSeconds: 300 } as const
const siteKey = 'device-code'

/** Kept as an HMAC with the site's key: a copy of the database does not give 40 bits away to a patient machine. */
function codeHash(code: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update('device code ').update(code).digest()
}

/** Letters as they were typed: in lower case, with spaces or a hyphen between. */
function readCode(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '').slice(0, 40)
}

export type DeviceCode = {
  /** For typing. */
  code: string
  /** 256 bits, for the QR code. */
  token: string
  expiresAt: Date
}

/** A code by which the viewer signs in on a second device; a newer one takes the older one's place. */
export async function makeDeviceCode(
  db: Db,
  viewer: Viewer,
  { key, now }: { key: Uint8Array; now: Date },
): Promise<DeviceCode> {
  const code = Array.from({ length: codeLength }, () => signs[randomInt(signs.length)]).join('')
  const token = newToken()
  const expiresAt = new Date(now.getTime() + life)
  await ask(
    db,
    `insert into sign_in_codes (member_id, session_id, code_hash, token_hash, expires_at) values ($1, $2, $3, $4, $5)
     on conflict (member_id) do update set session_id = excluded.session_id, code_hash = excluded.code_hash,
       token_hash = excluded.token_hash, expires_at = excluded.expires_at`,
    [viewer.id, viewer.sessionId, codeHash(code, key), hashToken(token), expiresAt],
  )
  return { code, token, expiresAt }
}

/** Whose token this is, before it is used. @throws NotFound */
export async function findDeviceToken(db: Db, token: string, now: Date): Promise<{ name: string }> {
  const [row] = await ask<{ name: string }>(
    db,
    `select m.name from sign_in_codes c join members m on m.id = c.member_id where c.token_hash = $1 and c.expires_at > $2`,
    [hashToken(token), now],
  )
  if (!row) throw new NotFound('code-gone')
  return row
}

/** Uses the token of a QR code. One statement takes it, so it works once. @throws NotFound */
export async function useDeviceToken(db: Db, token: string, now: Date): Promise<{ memberId: number }> {
  const [row] = await ask<{ memberId: number }>(
    db,
    'delete from sign_in_codes where token_hash = $1 and expires_at > $2 returning member_id as "memberId"',
    [hashToken(token), now],
  )
  if (!row) throw new NotFound('code-gone')
  return row
}

/** Uses a typed code, within the number of tries. @throws NotFound, TooMany('code-locked') */
export async function useDeviceCode(
  deps: { db: Db; limits: Limits; key: Uint8Array },
  input: { code: string; address: string; now: Date },
): Promise<{ memberId: number }> {
  const { limits } = deps
  const nowMs = input.now.getTime()
  const own = `device-code:${addressKey(input.address)}`
  // Counted before it is looked at, so that many at the same moment are not all looked at.
  const locked =
    Math.max(await limits.lockedFor(own, nowMs), await limits.lockedFor(siteKey, nowMs)) ||
    Math.max(
      await limits.noteFailure(own, addressRule, nowMs),
      await limits.noteFailure(siteKey, siteRule, nowMs),
    )
  if (locked > 0) throw new TooMany('code-locked', locked)
  const [row] = await ask<{ memberId: number }>(
    deps.db,
    'delete from sign_in_codes where code_hash = $1 and expires_at > $2 returning member_id as "memberId"',
    [codeHash(readCode(input.code), deps.key), input.now],
  )
  if (row) {
    await limits.forgetFailures(own)
    return row
  }
  throw new NotFound('code-gone')
}
