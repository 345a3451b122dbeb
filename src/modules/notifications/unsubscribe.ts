import { createHmac, timingSafeEqual } from 'node:crypto'
import { NotFound } from '#platform/errors.ts'
import { isKind, type Kind } from './kinds.ts'

/** Which mails a link ends. */
export type Unsubscription = { memberId: number; what: Kind | 'all' }

const shape = /^(\d{1,15})-([a-z]{1,20})-([\w-]{43})$/

/** A link's token: whoever has the mail may end such mails, and do nothing else. It does not expire, as old mails do not. */
export function unsubscribeToken({ memberId, what }: Unsubscription, key: Uint8Array): string {
  return `${memberId}-${what}-${signatureOf(memberId, what, key)}`
}

function signatureOf(memberId: number, what: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(`unsubscribe ${memberId} ${what}`).digest('base64url')
}

/** @throws NotFound for a token that this site did not make */
export function readUnsubscribeToken(token: string, key: Uint8Array): Unsubscription {
  const [, id = '', what = '', signature = ''] = shape.exec(token) ?? []
  const memberId = Number(id)
  if (what !== 'all' && !isKind(what)) throw new NotFound('link-gone')
  const expected = Buffer.from(signatureOf(memberId, what, key))
  if (!timingSafeEqual(Buffer.from(signature), expected)) throw new NotFound('link-gone')
  return { memberId, what }
}
