import { hash, randomBytes } from 'node:crypto'

/** 256 random bits, as they stand in addresses, cookies and headers. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of such a token, so that a copy of the database opens nothing. Not for what people choose: that is guessed. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}
