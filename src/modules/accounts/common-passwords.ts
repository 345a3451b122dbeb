import { readFileSync } from 'node:fs'
import { foldName } from '#platform/text.ts'

let known: Set<string> | null = null

function readList(): Set<string> {
  const text = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8')
  return new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('# ')))
}

/** Whom the password is for: it is not to be their name or address. */
export type PasswordOwner = { name?: string | null; email?: string | null }

/**
 * Why a password would be among the first that are tried: one that many have, a date or one character again and again,
 * or the owner's name or address, also with digits around it. Null when it is none of these.
 */
export function weaknessOf(password: string, owner: PasswordOwner): 'common' | 'own-name' | null {
  const folded = foldName(password)
  known ??= readList()
  if (known.has(folded) || /^\d{8}$/.test(folded) || new Set(folded).size <= 2) return 'common'
  const bare = folded.replace(/^[\d\W_]+|[\d\W_]+$/gu, '')
  const email = foldName(owner.email ?? '')
  const names = [foldName(owner.name ?? ''), email, email.split('@')[0] ?? ''].filter(
    (name) => name.length > 2,
  )
  return names.some((name) => folded === name || bare === name) ? 'own-name' : null
}
