import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** What a page would be on: the address that the browser writes into what is signed. */
export type At = { origin: string; rpId?: string }
/** How this answer differs from an honest one. */
export type Lie = { verified?: boolean; counter?: number; type?: string; userHandle?: string }

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest()

/** The head of a CBOR item (RFC 8949): its kind and its length or value. */
function head(kind: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(kind << 5) | value])
  if (value < 256) return Buffer.from([(kind << 5) | 24, value])
  return Buffer.from([(kind << 5) | 25, value >> 8, value & 255])
}
const cborInt = (value: number) => (value < 0 ? head(1, -1 - value) : head(0, value))
const cborText = (text: string) => Buffer.concat([head(3, text.length), Buffer.from(text)])
const cborBytes = (bytes: Uint8Array) => Buffer.concat([head(2, bytes.length), bytes])
const cborMap = (pairs: [Buffer, Buffer][]) => Buffer.concat([head(5, pairs.length), ...pairs.flat()])

/** A device with one passkey (ES256), as honest as it is told to be. */
export class Authenticator {
  readonly id = randomBytes(16)
  readonly #key: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
  })
  #userHandle = ''
  counter = 0

  create(options: { challenge: string; user: { id: string } }, at: At, lie: Lie = {}) {
    this.#userHandle = options.user.id
    const clientDataJSON = clientData(lie.type ?? 'webauthn.create', options.challenge, at)
    const idLength = Buffer.from([0, this.id.length])
    const attested = Buffer.concat([Buffer.alloc(16), idLength, this.id, this.#publicKey()])
    const authData = Buffer.concat([this.#data(at, lie, 0x40), attested])
    const attestation = cborMap([
      [cborText('fmt'), cborText('none')],
      [cborText('attStmt'), cborMap([])],
      [cborText('authData'), cborBytes(authData)],
    ])
    return {
      ...this.#named(),
      response: {
        clientDataJSON: base64(clientDataJSON),
        attestationObject: base64(attestation),
        transports: ['internal'],
      },
    }
  }

  get(options: { challenge: string }, at: At, lie: Lie = {}) {
    this.counter = lie.counter ?? this.counter + 1
    const clientDataJSON = clientData(lie.type ?? 'webauthn.get', options.challenge, at)
    const authenticatorData = this.#data(at, lie, 0)
    const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)])
    return {
      ...this.#named(),
      response: {
        clientDataJSON: base64(clientDataJSON),
        authenticatorData: base64(authenticatorData),
        signature: base64(sign('sha256', signed, this.#key.privateKey)),
        userHandle: lie.userHandle ?? this.#userHandle,
      },
    }
  }

  #named() {
    return { id: base64(this.id), rawId: base64(this.id), type: 'public-key' }
  }

  #data(at: At, lie: Lie, flags: number): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(this.counter)
    const present = 1 | ((lie.verified ?? true) ? 4 : 0) | flags
    return Buffer.concat([sha256(at.rpId ?? new URL(at.origin).hostname), Buffer.from([present]), counter])
  }

  #publicKey(): Buffer {
    const { x = '', y = '' } = this.#key.publicKey.export({ format: 'jwk' })
    return cborMap([
      [cborInt(1), cborInt(2)],
      [cborInt(3), cborInt(-7)],
      [cborInt(-1), cborInt(1)],
      [cborInt(-2), cborBytes(Buffer.from(x, 'base64url'))],
      [cborInt(-3), cborBytes(Buffer.from(y, 'base64url'))],
    ])
  }
}

function clientData(type: string, challenge: string, at: At): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin: at.origin, crossOrigin: false }))
}
