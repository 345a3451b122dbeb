import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Layout } from './layout.ts'

/** The password of the roles `madang` and `postgres`, or null when there is no such file. */
export function readPassword(layout: Layout): string | null {
  try {
    return readFileSync(layout.password, 'utf8').trim() || null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

export function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** Stores the password, readable for nobody else, so that a crash leaves either the old file or the new one. */
export function writePassword(layout: Layout, password: string): void {
  mkdirSync(layout.secrets, { recursive: true, mode: 0o700 })
  chmodSync(layout.secrets, 0o700)
  const draft = `${layout.password}.new`
  writeFileSync(draft, `${password}\n`, { mode: 0o600, flush: true })
  renameSync(draft, layout.password)
}
