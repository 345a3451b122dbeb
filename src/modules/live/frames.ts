/** What a client sends: one JSON object a frame, with the properties of one of these and no other. */
export type ClientFrame =
  | { kind: 'token'; token: string }
  | { kind: 'subscribe'; topic: Topic; after: number | null; changes: number | null }
  | { kind: 'unsubscribe'; topic: Topic }
  | { kind: 'typing'; topic: Topic }
  | { kind: 'ping' }

export type Topic = { name: string } & (
  | { kind: 'room' | 'post'; id: number }
  | { kind: 'me' | 'posts'; id: null }
)

/** Bytes of a client's frame; longer ones end the connection before they are kept. */
export const longestFrame = 4096

/** @returns the frame, or why it is none */
export function readFrame(text: string): ClientFrame | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'no JSON'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no object'
  const { token, subscribe, unsubscribe, typing, ping, after, changes, ...other } = own(value)
  if (Object.keys(other).length > 0) return 'unknown properties'
  const verbs = [token, subscribe, unsubscribe, typing, ping].filter((one) => one !== undefined)
  if (verbs.length !== 1) return 'needs one of token, subscribe, unsubscribe, typing, ping'
  if ((after !== undefined || changes !== undefined) && subscribe === undefined) return 'unknown properties'
  if (token !== undefined)
    return typeof token === 'string' && token.length <= 2000 ? { kind: 'token', token } : 'token is no text'
  if (ping !== undefined) return ping === true ? { kind: 'ping' } : 'ping is true'
  const topic = readTopic(verbs[0])
  if (!topic) return 'no such topic'
  if (unsubscribe !== undefined) return { kind: 'unsubscribe', topic }
  if (typing !== undefined) return { kind: 'typing', topic }
  if (!isCursor(after) || !isCursor(changes)) return 'after and changes are whole numbers from 0 on'
  return { kind: 'subscribe', topic, after: after ?? null, changes: changes ?? null }
}

/** Own properties by plain names: what a key such as `__proto__` holds is data like any other. */
function own(value: object): Record<string, unknown> {
  return Object.assign(Object.create(null), value)
}

function isCursor(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
}

function readTopic(value: unknown): Topic | null {
  if (typeof value !== 'string' || value.length > 30) return null
  if (value === 'me' || value === 'posts') return { kind: value, id: null, name: value }
  const [, kind, id] = /^(room|post):([1-9]\d{0,14})$/.exec(value) ?? []
  return kind === 'room' || kind === 'post' ? { kind, id: Number(id), name: value } : null
}

/** A text as one frame of a server (RFC 6455, 5.2): never masked, so the same bytes serve all who get it. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + length)
  frame[0] = 0x81
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, head)
  return frame
}

/** A ping without data. */
export const pingFrame = Buffer.from([0x89, 0x00])
