import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Decrypter, Encrypter } from 'age-encryption'
import { BackupProblem } from './problem.ts'

/** How an archive that is encrypted (age-encryption.org, version 1) begins. */
const encryptedBeginning = 'age-encryption.org/'

/** A passphrase below this length is found by trying. */
const shortest = 12

/** What encrypts and opens archives; `open` null: a public key, which only encrypts. */
export type BackupKey = { encrypter: Encrypter; open: Decrypter | null }

/**
 * Reads a key file: a public key (`age1…`), which encrypts alone, a secret key (`AGE-SECRET-KEY-…`) as age-keygen writes
 * it, or a passphrase in its first line. @throws BackupProblem
 */
export async function readKeyFile(path: string): Promise<BackupKey> {
  const given = keyIn(path)
  // 26 MB, which the server does without.
  const { Decrypter, Encrypter, identityToRecipient } = await import('age-encryption')
  const encrypter = new Encrypter()
  if (isPublic(given)) {
    await requireKeyOfAge(path, async () => encrypter.addRecipient(given))
    return { encrypter, open: null }
  }
  const open = new Decrypter()
  if (isSecret(given)) {
    await requireKeyOfAge(path, async () => {
      encrypter.addRecipient(await identityToRecipient(given))
      open.addIdentity(given)
    })
  } else {
    encrypter.setPassphrase(given)
    open.addPassphrase(given)
  }
  return { encrypter, open }
}

/** Whether what the key in a file encrypts can be opened with it. A file that holds none says so when it is used. */
export function canOpen(path: string): boolean {
  try {
    return !isPublic(keyIn(path))
  } catch {
    return true
  }
}

const isPublic = (key: string) => key.startsWith('age1')
const isSecret = (key: string) => key.startsWith('AGE-SECRET-KEY-')

/** The only line that is a key, else the first that is no comment. @throws BackupProblem */
function keyIn(path: string): string {
  const lines = textOf(path)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const keys = lines.filter((line) => isPublic(line) || isSecret(line))
  if (keys.length > 1) throw new BackupProblem(`${path} holds ${keys.length} keys: name a file with one.`)
  const [given = ''] = lines
  // Their first line is the same for everybody, or public.
  if (/^(-----BEGIN |ssh-|ecdsa-|AGE-PLUGIN-)/.test(given))
    throw new BackupProblem(
      `${path} holds a key of another kind: a passphrase, or a key of age (age-keygen) is needed.`,
    )
  if (given.length < shortest)
    throw new BackupProblem(
      `${path} holds no key: a passphrase of ${shortest} characters or more, or a key of age.`,
    )
  return given
}

/** The library's own words repeat the key. */
async function requireKeyOfAge(path: string, use: () => Promise<void>): Promise<void> {
  try {
    await use()
  } catch {
    throw new BackupProblem(`${path} holds a key of age that is not whole: a letter is missing or another.`)
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new BackupProblem(`The key file cannot be read: ${error instanceof Error ? error.message : path}`)
  }
}

/** Whether an archive is encrypted. @throws BackupProblem when it cannot be read */
export async function isEncrypted(path: string): Promise<boolean> {
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(encryptedBeginning.length), 0)
    return buffer.toString('latin1', 0, bytesRead) === encryptedBeginning
  } catch (error) {
    throw new BackupProblem(
      `The backup cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
