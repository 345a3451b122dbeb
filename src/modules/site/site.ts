import { ask, type Db } from '#platform/database.ts'

/** What administrators decide in the web instead of the environment. */
export type Site = { name: string }

const defaults: Site = { name: '마당' }

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

  async change(site: Partial<Site>): Promise<void> {
    for (const [name, value] of Object.entries(site)) {
      await ask(
        this.#db,
        'insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value',
        [`site.${name}`, JSON.stringify(value)],
      )
    }
    await this.#read()
  }

  async #read(): Promise<void> {
    const [row] = await ask<{ value: unknown }>(this.#db, 'select value from settings where name = $1', ['site.name'])
    this.#site = { name: typeof row?.value === 'string' && row.value ? row.value : defaults.name }
  }
}
