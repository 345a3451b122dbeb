import { createHash, randomInt } from 'node:crypto'
import type { Db } from '#platform/database.ts'

/** Without signs that are read for each other; the same letters that Crockford's base 32 keeps. */
const signs = '0123456789abcdefghjkmnpqrstvwxyz'
const count = 10
const groups = 4
const perGroup = 4

/** 80 random bits: `abcd-efgh-jkmn-pqrs`. */
function newCode(): string {
  const letter = () => signs[randomInt(signs.length)] ?? ''
  return Array.from({ length: groups }, () => Array.from({ length: perGroup }, letter).join('')).join('-')
}

/** As typed: case, spaces and hyphens do not matter, nor does o for 0, i and l for 1. */
function plain(code: string): string {
  return code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1')
}

function hashOf(memberId: number, code: string): Buffer {
  return createHash('sha256')
    .update(`recovery ${memberId} ${plain(code)}`)
    .digest()
}

/** Makes ten new codes in place of those there are. They are shown once: only their hashes stay. */
export async function newRecoveryCodes(tx: Db, memberId: number): Promise<string[]> {
  const codes = Array.from({ length: count }, newCode)
  await tx.deleteFrom('recovery_codes').where('member_id', '=', memberId).execute()
  const rows = codes.map((code) => ({ member_id: memberId, code_hash: hashOf(memberId, code) }))
  await tx.insertInto('recovery_codes').values(rows).execute()
  return codes
}

/** @returns whether there was such a code; there is not any more. */
export async function useRecoveryCode(
  db: Db,
  { memberId, code }: { memberId: number; code: string },
): Promise<boolean> {
  const result = await db
    .deleteFrom('recovery_codes')
    .where('member_id', '=', memberId)
    .where('code_hash', '=', hashOf(memberId, code.slice(0, 100)))
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}
