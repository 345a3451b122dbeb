import { ask, type Db, transact } from '#platform/database.ts'
import { invalid } from '#platform/errors.ts'
import { cleanLine, isBlank, lengthOf } from '#platform/text.ts'

/** What administrators decide in the web instead of the environment. */
export type Site = { name: string }

const defaults: Site = { name: '마당' }

/** A site's name as typed, at most 60 characters. @throws Invalid for `field` */
export function checkSiteName(typed: string, field: string): string {
  const name = cleanLine(typed)
  if (isBlank(name)) throw invalid(field, 'required')
  if (lengthOf(name) > 60) throw invalid(field, 'too-long', { limit: 60 })
  return name
}

/** The site's settings, read again every 10 seconds so that other processes' changes arrive. */
export class SiteSettings {
  #site: Site = defaults
  #readAt = 0
  readonly #db: Db
  constructor(db: Db) {
    this.#db = db
  }

  /** What was read last, without asking the database. */
  get last(): Site {
    return this.#site
  }

  async current(now: Date): Promise<Site> {
    if (now.getTime() - this.#readAt > 10_000) {
      this.#readAt = now.getTime()
      await this.#read()
    }
    return this.#site
  }

  /** Changes the settings given; `also` runs in the same transaction. */
  async change(site: Partial<Site>, also?: (tx: Db) => Promise<void>): Promise<void> {
    await transact(this.#db, async (tx) => {
      for (const [name, value] of Object.entries(site)) {
        await ask(
          tx,
          'insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value',
          [`site.${name}`, JSON.stringify(value)],
        )
      }
      await also?.(tx)
    })
    await this.#read()
  }

  async #read(): Promise<void> {
    const [row] = await ask<{ value: unknown }>(this.#db, 'select value from settings where name = $1', [
      'site.name',
    ])
    this.#site = { name: typeof row?.value === 'string' && row.value ? row.value : defaults.name }
  }
}
