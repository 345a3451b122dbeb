import {
  createCipheriv,
  createECDH,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { SignJWT } from 'jose'
import { type FetchOptions, safeFetch } from './safe-fetch.ts'

/** Messages for browsers without an open page, over the push services of their makers. */

const curve = 'prime256v1'
/** A record holds all: longer messages push services refuse. Bytes of plain text. */
export const longestPush = 3000
/** Seconds for which the service keeps a message that the device does not fetch. */
const keepFor = 86_400

/** What a browser says when it subscribes: an address of its maker's, and its keys (base64url). */
export type PushSubscription = { endpoint: string; p256dh: string; auth: string }

export type PushIdentity = {
  /** For browsers: they take messages of this site alone (base64url). */
  publicKey: string
  privateKey: KeyObject
  /** Where the service's people reach the site's: https: or mailto:. */
  contact: string
}

/** The site's key pair from 32 secret bytes. */
export function pushIdentity(secret: Uint8Array, contact: string): PushIdentity {
  const pair = createECDH(curve)
  pair.setPrivateKey(secret)
  const point = pair.getPublicKey()
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: Buffer.from(secret).toString('base64url'),
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  }
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  return { publicKey: point.toString('base64url'), privateKey, contact }
}

/** Whether these are an address and keys that a message can be sent to. */
export function isPushSubscription({ endpoint, p256dh, auth }: PushSubscription): boolean {
  if (endpoint.length > 1000 || URL.parse(endpoint)?.protocol !== 'https:') return false
  if (Buffer.from(auth, 'base64url').length !== 16) return false
  try {
    const own = createECDH(curve)
    own.generateKeys()
    // Fails for what is no point of the curve.
    own.computeSecret(Buffer.from(p256dh, 'base64url'))
    return Buffer.from(p256dh, 'base64url').length === 65
  } catch {
    return false
  }
}

/** A message that only the browser can read: RFC 8291, one record of RFC 8188. `chosen` is for the RFC's example. */
export function encryptPush(
  text: Buffer,
  { p256dh, auth }: Pick<PushSubscription, 'p256dh' | 'auth'>,
  chosen: { salt: Buffer; secret: Buffer } | null = null,
): Buffer {
  const theirs = Buffer.from(p256dh, 'base64url')
  const own = createECDH(curve)
  if (chosen) own.setPrivateKey(chosen.secret)
  else own.generateKeys()
  const salt = chosen?.salt ?? randomBytes(16)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, own.getPublicKey()])
  const derive = (secret: Uint8Array, from: Uint8Array, wanted: { info: Buffer; bytes: number }) =>
    Buffer.from(hkdfSync('sha256', secret, from, wanted.info, wanted.bytes))
  const shared = derive(own.computeSecret(theirs), Buffer.from(auth, 'base64url'), { info, bytes: 32 })
  const key = derive(shared, salt, { info: Buffer.from('Content-Encoding: aes128gcm\0'), bytes: 16 })
  const nonce = derive(shared, salt, { info: Buffer.from('Content-Encoding: nonce\0'), bytes: 12 })
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(4096)
  head.writeUInt8(65, 4)
  // 2 ends the last record.
  const sealed = Buffer.concat([cipher.update(text), cipher.update(Buffer.from([2])), cipher.final()])
  return Buffer.concat([salt, head, own.getPublicKey(), sealed, cipher.getAuthTag()])
}

/** Who sends, for the push service: RFC 8292. Valid for twelve hours, for that service alone. */
async function authorization(endpoint: string, identity: PushIdentity, now: Date): Promise<string> {
  const seconds = Math.floor(now.getTime() / 1000)
  const token = await new SignJWT()
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
    .setAudience(new URL(endpoint).origin)
    .setExpirationTime(seconds + 43_200)
    .setSubject(identity.contact)
    .sign(identity.privateKey)
  return `vapid t=${token}, k=${identity.publicKey}`
}

/** `gone`: the browser does not want any more. What goes wrong outside is a value. */
export type Pushed = { ok: true } | { ok: false; gone: boolean; problem: string }

/**
 * Sends one message. `topic` (at most 32 letters of base64url): a newer one replaces what was not fetched yet.
 * `reach` is for tests, whose push service is on this machine.
 */
export async function sendPush(
  subscription: PushSubscription,
  given: {
    identity: PushIdentity
    text: string
    topic: string
    now: Date
    reach?: Pick<FetchOptions, 'allowPrivate' | 'resolve'>
  },
): Promise<Pushed> {
  const { identity, text, topic, now, reach } = given
  const body = encryptPush(Buffer.from(text), subscription)
  const outcome = await safeFetch(subscription.endpoint, {
    ...reach,
    method: 'POST',
    body,
    timeoutMs: 7000,
    maxBytes: 100_000,
    maxRedirects: 0,
    headers: {
      authorization: await authorization(subscription.endpoint, identity, now),
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      'content-length': String(body.length),
      ttl: String(keepFor),
      urgency: 'normal',
      topic,
    },
  })
  if (!outcome.ok) return { ok: false, gone: false, problem: outcome.reason }
  const { status } = outcome
  if (status >= 200 && status < 300) return { ok: true }
  return { ok: false, gone: status === 404 || status === 410, problem: String(status) }
}
