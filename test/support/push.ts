import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { importJWK, jwtVerify } from 'jose'

export type ReceivedPush = { path: string; headers: Record<string, string>; text: string; subject: string }

/** A browser's keys and the push service of its maker, on a free port of this machine: checks who sends, and decrypts. */
export type TestPush = {
  /** What the browser gives the site. */
  keys: { p256dh: string; auth: string }
  /** An address of this service. */
  endpoint: (name: string) => string
  received: ReceivedPush[]
  /** What it answers from now on; 201 at first. */
  status: number
} & AsyncDisposable

const { subtle } = crypto
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))
const utf8 = (text: string) => new TextEncoder().encode(text)

/** `site`: the key that messages have to be signed by. */
export async function startPush(site: string): Promise<TestPush> {
  const pair = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const point = new Uint8Array(await subtle.exportKey('raw', pair.publicKey))
  const auth = crypto.getRandomValues(new Uint8Array(16))
  const push: Omit<TestPush, 'endpoint' | typeof Symbol.asyncDispose> = {
    keys: { p256dh: Buffer.from(point).toString('base64url'), auth: Buffer.from(auth).toString('base64url') },
    received: [],
    status: 201,
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, one]) => [name, String(one)]),
      )
      const origin = `http://${request.headers.host}`
      const subject = await senderOf(headers['authorization'] ?? '', { site, origin }).catch(() => null)
      if (subject === null) return response.writeHead(403).end()
      const text = await decrypt(new Uint8Array(Buffer.concat(chunks)), { own: pair.privateKey, point, auth })
      push.received.push({ path: request.url ?? '', headers, text, subject })
      return response.writeHead(push.status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  return Object.assign(push, {
    endpoint: (name: string) => `http://127.0.0.1:${port}/${name}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  })
}

/** RFC 8292: the token is for this service, and signed by the key that the browser subscribed with. */
async function senderOf(
  authorization: string,
  known: { site: string; origin: string },
): Promise<string | null> {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization) ?? []
  if (key !== known.site) return null
  const point = Buffer.from(key, 'base64url')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'))
  const jwk = await importJWK({ kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, 'ES256')
  const { payload } = await jwtVerify(token, jwk, { audience: known.origin, currentDate: new Date(0) })
  return payload.sub ?? null
}

type Keys = { own: CryptoKey; point: Uint8Array; auth: Uint8Array }

/** RFC 8291 from the browser's side, by the platform's other cryptography. */
async function decrypt(body: Uint8Array, { own, point, auth }: Keys): Promise<string> {
  const [salt, theirs] = [body.slice(0, 16), body.slice(21, 86)]
  const params = { name: 'ECDH', namedCurve: 'P-256' }
  const sender = await subtle.importKey('raw', theirs, params, false, [])
  const secret = await subtle.deriveBits({ name: 'ECDH', public: sender }, own, 256)
  const derive = async (from: ArrayBuffer, given: { salt: Uint8Array; info: Uint8Array; bits: number }) => {
    const key = await subtle.importKey('raw', from, 'HKDF', false, ['deriveBits'])
    const wanted = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(given.salt),
      info: new Uint8Array(given.info),
    }
    return subtle.deriveBits(wanted, key, given.bits)
  }
  const info = new Uint8Array([...utf8('WebPush: info\0'), ...point, ...theirs])
  const shared = await derive(secret, { salt: auth, info, bits: 256 })
  const raw = await derive(shared, { salt, info: utf8('Content-Encoding: aes128gcm\0'), bits: 128 })
  const iv = await derive(shared, { salt, info: utf8('Content-Encoding: nonce\0'), bits: 96 })
  const key = await subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt'])
  const plain = new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, key, body.slice(86)))
  if (plain.at(-1) !== 2) throw new Error('not one whole record')
  return new TextDecoder().decode(plain.slice(0, -1))
}

/** The keys of RFC 8291, chapter 5. */
export const example = {
  text: 'When I grow up, I want to be a watermelon',
  secret: bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'),
  salt: bytes('DGv6ra1nlYgDCS1FRnbzlw'),
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  body: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
}
