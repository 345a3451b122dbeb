import { readFileSync } from 'node:fs'
import { Decrypter, Encrypter, identityToRecipient } from 'age-encryption'
import { BackupProblem } from './problem.ts'

/** How an archive that is encrypted (age-encryption.org, version 1) begins. */
export const encryptedBeginning = 'age-encryption.org/'

/** A passphrase below this length is found by trying. */
const shortest = 12

/** What encrypts and opens archives; `open` null: a public key, which only encrypts. */
export type BackupKey = { encrypter: () => Promise<Encrypter>; open: (() => Decrypter) | null }

/**
 * Reads a key file: a public key (`age1…`), which encrypts alone, a secret key (`AGE-SECRET-KEY-…`) as age-keygen writes
 * it, or a passphrase in its first line. @throws BackupProblem
 */
export function readKeyFile(path: string): BackupKey {
  const lines = textOf(path).split(/\r?\n/)
  const given = lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#')) ?? ''
  const known = lines.filter((line) => /^\s*(age1|AGE-SECRET-KEY-)/.test(line))
  if (known.length > 1) throw new BackupProblem(`${path} holds ${known.length} keys: name a file with one.`)
  // Their first line is the same for everybody, or public.
  if (/^(-----BEGIN |ssh-|ecdsa-|AGE-PLUGIN-)/.test(given))
    throw new BackupProblem(
      `${path} holds a key of another kind: a passphrase, or a key of age (age-keygen) is needed.`,
    )
  if (known.length === 1) requireKeyOfAge(given, path)
  if (given.startsWith('age1')) return { encrypter: () => encrypterFor(given), open: null }
  if (given.startsWith('AGE-SECRET-KEY-')) {
    return {
      encrypter: async () => encrypterFor(await identityToRecipient(given)),
      open: () => {
        const decrypter = new Decrypter()
        decrypter.addIdentity(given)
        return decrypter
      },
    }
  }
  if (given.length < shortest)
    throw new BackupProblem(
      `${path} holds no key: a passphrase of ${shortest} characters or more, or a key of age.`,
    )
  return {
    encrypter: async () => {
      const encrypter = new Encrypter()
      encrypter.setPassphrase(given)
      return encrypter
    },
    open: () => {
      const decrypter = new Decrypter()
      decrypter.addPassphrase(given)
      return decrypter
    },
  }
}

/** Here and now, since the library's own words repeat the key. */
function requireKeyOfAge(given: string, path: string): void {
  try {
    if (given.startsWith('age1')) new Encrypter().addRecipient(given)
    else new Decrypter().addIdentity(given)
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

async function encrypterFor(recipient: string): Promise<Encrypter> {
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  return encrypter
}
