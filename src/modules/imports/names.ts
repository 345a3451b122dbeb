import { checkName, limits } from '#modules/accounts/rules.ts'
import { ask, type Db } from '#platform/database.ts'
import { cleanLine, foldName } from '#platform/text.ts'

/** Names that are taken here, and the next free one for a name from elsewhere. */
export class Names {
  readonly #taken: Set<string>
  readonly #next = new Map<string, number>()

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken)
  }

  static async load(db: Db): Promise<Names> {
    const rows = await ask<{ key: string }>(
      db,
      'select name_key as key from members where name_key is not null',
      [],
    )
    return new Names(rows.map((row) => row.key))
  }

  /** Takes a name as near to the wanted one as our rules allow: "John Doe" -> "John_Doe", then "John_Doe-2". */
  take(wanted: string, fallback: string): string {
    const name = readable(wanted) ?? readable(fallback) ?? 'member'
    if (checkName(name).errors.length === 0 && this.#takeKey(name)) return name
    const series = foldName(name)
    for (let number = this.#next.get(series) ?? 2; ; number++) {
      const ending = `-${number}`
      const numbered =
        Array.from(name)
          .slice(0, limits.name.max - ending.length)
          .join('') + ending
      if (!this.#takeKey(numbered)) continue
      this.#next.set(series, number + 1)
      return numbered
    }
  }

  #takeKey(name: string): boolean {
    const key = foldName(name)
    if (this.#taken.has(key)) return false
    this.#taken.add(key)
    return true
  }
}

/** Letters, digits, `_`, `-` and `.` of any script; the rest folded to one `_`; null when too little is left. */
function readable(wanted: string): string | null {
  const name = cleanLine(wanted)
    .replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, '_')
    .replace(/^[^\p{L}\p{N}]+|[_.-]+$/gu, '')
  const short = Array.from(name)
    .slice(0, limits.name.max)
    .join('')
    .replace(/[_.-]+$/, '')
  return Array.from(short).length >= limits.name.min ? short : null
}
