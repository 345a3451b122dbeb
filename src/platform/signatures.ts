import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** How far the clocks of two machines may differ, in seconds. */
export const clockTolerance = 300

export type Signable = {
  /** Unix time in seconds, as it stands in the header. */
  timestamp: string
  method: string
  /** Path and query, as they stand in the request line. */
  target: string
  body: Uint8Array
}

/** Hex HMAC-SHA256 over time, method, target and the body's SHA-256, one a line. The same for requests in and out. */
export function signatureOf(secret: string, request: Signable): string {
  const bodyHash = createHash('sha256').update(request.body).digest('hex')
  const text = `${request.timestamp}\n${request.method}\n${request.target}\n${bodyHash}`
  return createHmac('sha256', secret).update(text).digest('hex')
}

export function sameSignature(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
