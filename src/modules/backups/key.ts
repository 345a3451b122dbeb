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
