import { BadRequest } from './errors.ts'

/** A keyset cursor: the sort value and the id of the last row shown. */
export type Cursor = { value: string; id: string }

type Kind = 'integer' | 'number' | 'instant' | 'none'

const number = /^-?\d{1,19}(\.\d{1,20})?(e[+-]?\d{1,3})?$/
// PostgreSQL has no year 0.
const instant = /^(?!0000)\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/

/**
 * The cursors of one order of rows, packed so that nobody builds on their inside. `name` tells the order, so that a
 * cursor of another one is refused instead of leading somewhere; `kind` what its sort value is, `none` where the id alone
 * is the place. What was tampered with is never passed to the database.
 */
export class Order {
  readonly #name: string
  readonly #kind: Kind

  constructor(name: string, kind: Kind) {
    this.#name = name
    this.#kind = kind
  }

  pack(id: number, value = ''): string {
    return Buffer.from(`${this.#name}|${value}|${id}`).toString('base64url')
  }

  /** @throws BadRequest('bad-cursor') for one of another order, or whose value is not of the kind or too large for it. */
  unpack(packed: string): Cursor {
    const [name, value = '', id = '', ...rest] = partsOf(packed)
    if (name !== this.#name || !fits[this.#kind](value) || rest.length > 0 || !/^\d{1,18}$/.test(id))
      throw new BadRequest('bad-cursor')
    return { value, id }
  }

  /** Whether a cursor says that it is of this order: for lists that are read on in several. */
  made(packed: string): boolean {
    return partsOf(packed)[0] === this.#name
  }

  /** What a page shows of rows of which one more than `limit` was asked for, and the cursor to go on from, if there is more. */
  cut<Row extends { id: number }>(
    rows: readonly Row[],
    limit: number,
    valueAt: (last: Row) => string = () => '',
  ): { shown: Row[]; next: string | null } {
    const shown = rows.slice(0, limit)
    const last = rows.length > limit ? shown.at(-1) : undefined
    return { shown, next: last ? this.pack(last.id, valueAt(last)) : null }
  }
}

function partsOf(packed: string): string[] {
  if (packed.length > 100 || !/^[A-Za-z0-9_-]+$/.test(packed)) return []
  return Buffer.from(packed, 'base64url').toString().split('|')
}

const byVersion = new Order('version', 'none')

/** A page of versions, counted down: what stands below the cursor, one more than asked for to see whether there is more. */
export function countdownPage(query: { after?: string | undefined; limit?: number | undefined }) {
  const { after, limit = 20 } = query
  const before = after === undefined ? null : versionIn(after)
  return {
    before,
    limit: limit + 1,
    pageOf: <T extends { version: number }>(found: readonly T[]) => {
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      return { items, next: last ? byVersion.pack(last.version) : null }
    },
  }
}

function versionIn(packed: string): number {
  const { id } = byVersion.unpack(packed)
  if (!fits.integer(id)) throw new BadRequest('bad-cursor')
  return Number(id)
}

const fits: Record<Kind, (value: string) => boolean> = {
  integer: (value) => /^-?\d{1,10}$/.test(value) && Math.abs(Number(value)) < 2 ** 31,
  // Below 1e-300 a double becomes 0, which PostgreSQL takes for an error.
  number: (value) => number.test(value) && Number.isFinite(Number(value)) && !/e-[3-9]\d\d/.test(value),
  instant: isInstant,
  none: (value) => value === '',
}

/** Date.parse takes February 30 for March 2; PostgreSQL does not. */
function isInstant(text: string): boolean {
  const date = new Date(instant.test(text) ? text : Number.NaN)
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text.slice(0, 10)
}
