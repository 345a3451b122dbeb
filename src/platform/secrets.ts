import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of a secret. */
export const secretBytes = 32

export class DamagedSecret extends Error {
  override readonly name = 'DamagedSecret'
}

/** A secret of 32 random bytes, made at the first start and kept in DATA_DIR for its owner alone. @throws DamagedSecret */
export function loadSecret(dataDir: string, name: string): Uint8Array {
  const folder = join(dataDir, 'secrets')
  const file = join(folder, name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) makeSecret(file)
  const secret = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url')
  // With an empty key everybody could sign.
  if (secret.length !== secretBytes)
    throw new DamagedSecret(`${file} is damaged: put the right one back from a backup`)
  return secret
}

/** Puts a secret of a backup in place of the one there is. */
export function keepSecret(dataDir: string, name: string, secret: Uint8Array): void {
  const folder = join(dataDir, 'secrets')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `${name}.${randomUUID()}`)
  writeFileSync(draft, Buffer.from(secret).toString('base64url'), { mode: 0o600, flush: true })
  renameSync(draft, join(folder, name))
}

/** The file is there whole or not at all, after a power cut and between processes that start at once, too. */
function makeSecret(file: string): void {
  const draft = `${file}.${randomUUID()}`
  writeFileSync(draft, randomBytes(secretBytes).toString('base64url'), { mode: 0o600, flush: true })
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(draft)
  }
}
