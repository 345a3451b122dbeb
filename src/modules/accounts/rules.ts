import { type FieldError, Invalid } from '#platform/errors.ts'
import { cleanLine, cleanText, foldName, isBlank, lengthOf } from '#platform/text.ts'
import { type PasswordOwner, weaknessOf } from './common-passwords.ts'

/** Limits in code points. */
export const limits = {
  name: { min: 2, max: 30 },
  email: 254,
  password: { min: 8, max: 200 },
  about: 2000,
} as const

const nameShape = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_.-]*$/u
/**
 * Alphabets with letters that pass for each other's: a name keeps to one of them, so that nobody is “аdmin” with a
 * Cyrillic а (mixed-script confusables, UTS #39 section 4). Hangul and the other scripts may stand beside any.
 */
const alphabets = ['Latin', 'Greek', 'Cyrillic', 'Armenian', 'Cherokee', 'Coptic', 'Lisu', 'Georgian'].map(
  (script) => new RegExp(`\\p{Script=${script}}`, 'u'),
)
const emailShape = /^[^\s\p{C}@"(),:;<>[\]\\]+@[^\s\p{C}@"(),:;<>[\]\\.]+(\.[^\s\p{C}@"(),:;<>[\]\\.]+)*$/u
/** Names that would read as the site itself, or are part of an address. */
const reserved = new Set([
  'admin',
  'administrator',
  'moderator',
  'system',
  'madang',
  '관리자',
  '운영자',
  '마당',
])

export function checkName(typed: string, allowReserved = false): { name: string; errors: FieldError[] } {
  const name = cleanLine(typed)
  const length = lengthOf(name)
  const error = (code: string, facts?: Record<string, number>): { name: string; errors: FieldError[] } => ({
    name,
    errors: [facts ? { field: 'name', code, facts } : { field: 'name', code }],
  })
  if (isBlank(name)) return error('required')
  if (length < limits.name.min) return error('too-short', { limit: limits.name.min })
  if (length > limits.name.max) return error('too-long', { limit: limits.name.max })
  if (!nameShape.test(name)) return error('name-shape')
  if (alphabets.filter((letter) => letter.test(name)).length > 1) return error('name-alphabets')
  if (!allowReserved && reserved.has(foldName(name))) return error('reserved')
  return { name, errors: [] }
}

export function checkEmail(typed: string): { email: string; key: string; errors: FieldError[] } {
  const email = typed.normalize('NFC').trim()
  const key = email.toLowerCase()
  if (!email) return { email, key, errors: [{ field: 'email', code: 'required' }] }
  const wellFormed = email.length <= limits.email && emailShape.test(email)
  return { email, key, errors: wellFormed ? [] : [{ field: 'email', code: 'email-shape' }] }
}

/**
 * Passwords are taken as typed (NFC), so that a password manager's text always fits. Without an owner only the length
 * counts. `again` is what forms ask for a second time, in the field of the same name with a 2; the API takes one.
 */
export function checkPassword(
  typed: string,
  given: { field?: string; owner: PasswordOwner | null; again?: string | undefined },
): { password: string; errors: FieldError[] } {
  const { field = 'password', owner, again = typed } = given
  const password = typed.normalize('NFC')
  const errors = passwordErrors(password, { field, owner })
  if (again !== typed) errors.push({ field: `${field}2`, code: 'passwords-differ' })
  return { password, errors }
}

function passwordErrors(
  password: string,
  { field, owner }: { field: string; owner: PasswordOwner | null },
): FieldError[] {
  const length = lengthOf(password)
  if (length < limits.password.min) {
    return [{ field, code: 'too-short', facts: { limit: limits.password.min } }]
  }
  if (length > limits.password.max) {
    return [{ field, code: 'too-long', facts: { limit: limits.password.max } }]
  }
  const weakness = owner && weaknessOf(password, owner)
  if (weakness === 'common') return [{ field, code: 'password-common' }]
  if (weakness === 'own-name') return [{ field, code: 'password-own-name' }]
  return []
}

/** @throws Invalid when the text is longer than the limit. */
export function checkAbout(typed: string): string {
  const about = cleanText(typed).trim()
  if (lengthOf(about) <= limits.about) return about
  throw new Invalid('invalid', {
    fields: [{ field: 'about', code: 'too-long', facts: { limit: limits.about } }],
  })
}
