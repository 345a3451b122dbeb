import type { Db } from '#platform/database.ts'
import { cleanLine, foldName } from '#platform/text.ts'
import { checkEmail, checkName, limits } from './rules.ts'

/** A free name near what somebody is called elsewhere, or nothing: they choose it themselves. */
export async function suggestName(db: Db, called: string): Promise<string> {
  // Of an e-mail address the part before the @.
  const near = (cleanLine(called).split('@')[0] ?? '')
    .replace(/\s+/g, '_')
    .replace(/[^\p{L}\p{M}\p{N}_.-]/gu, '')
  const start = Array.from(near)
    .slice(0, limits.name.max - 1)
    .join('')
  const names = [start, ...Array.from({ length: 8 }, (_, index) => `${start}${index + 2}`)]
  const fit = names.filter((name) => checkName(name).errors.length === 0)
  if (fit.length === 0) return ''
  const taken = await db
    .selectFrom('members')
    .select('name_key')
    .where('name_key', 'in', fit.map(foldName))
    .execute()
  const known = new Set(taken.map((row) => row.name_key))
  return fit.find((name) => !known.has(foldName(name))) ?? ''
}

/** The address when it can be the member's: well-formed, and nobody has it. Never a reason to link anything. */
export async function suggestEmail(db: Db, given: string): Promise<string | null> {
  const { email, key, errors } = checkEmail(given)
  if (errors.length > 0) return null
  const row = await db.selectFrom('members').select('id').where('email_key', '=', key).executeTakeFirst()
  return row ? null : email
}
