import { BadRequest } from './errors.ts'

/**
 * A keyset cursor: the sort value and the id of the last row shown, packed so that nobody builds on its inside.
 * A cursor that was tampered with is refused, never passed to the database.
 */
export type Cursor = { value: string; id: string }

const number = /^-?\d{1,19}(\.\d{1,20})?(e[+-]?\d{1,3})?$/
// PostgreSQL has no year 0.
const instant = /^(?!0000)\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/

export function packCursor(cursor: Cursor): string {
  return Buffer.from(`${cursor.value}|${cursor.id}`).toString('base64url')
}

type Kind = 'integer' | 'number' | 'instant' | 'word'

/** @throws BadRequest('bad-cursor') when its value is not of the column's kind, or too large for it. */
export function unpackCursor(packed: string, kind: Kind): Cursor {
  if (packed.length > 100 || !/^[A-Za-z0-9_-]+$/.test(packed)) throw new BadRequest('bad-cursor')
  const [value = '', id = '', ...rest] = Buffer.from(packed, 'base64url').toString().split('|')
  if (!fits[kind](value) || rest.length > 0 || !/^\d{1,18}$/.test(id)) throw new BadRequest('bad-cursor')
  return { value, id }
}

/** What a page shows of rows of which one more than `limit` was asked for, and the cursor to go on from, if there is more. */
export function cutPage<Row extends { id: number }>(
  rows: readonly Row[],
  limit: number,
  valueAt: (last: Row) => string,
): { shown: Row[]; next: string | null } {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { shown, next: last ? packCursor({ value: valueAt(last), id: String(last.id) }) : null }
}

/** A page of what is counted down, such as versions: what stands below the cursor, one more than asked for to see whether there is more. */
export function countdownPage(query: { after?: string | undefined; limit?: number | undefined }) {
  const { after, limit = 20 } = query
  const before = after === undefined ? null : Number(unpackCursor(after, 'integer').value)
  return {
    before,
    limit: limit + 1,
    pageOf: <T extends { version: number }>(found: readonly T[]) => {
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      const at = String(last?.version)
      return { items, next: last ? packCursor({ value: at, id: at }) : null }
    },
  }
}

const fits: Record<Kind, (value: string) => boolean> = {
  integer: (value) => /^-?\d{1,10}$/.test(value) && Math.abs(Number(value)) < 2 ** 31,
  // Below 1e-300 a double becomes 0, which PostgreSQL takes for an error.
  number: (value) => number.test(value) && Number.isFinite(Number(value)) && !/e-[3-9]\d\d/.test(value),
  instant: isInstant,
  word: (value) => /^[a-z]{1,20}$/.test(value),
}

/** Date.parse takes February 30 for March 2; PostgreSQL does not. */
function isInstant(text: string): boolean {
  const date = new Date(instant.test(text) ? text : Number.NaN)
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text.slice(0, 10)
}
