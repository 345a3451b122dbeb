import { emit } from '#events.ts'
import { type SignUpMode, signUpModes } from '#modules/accounts/joining.ts'
import type { MemberRole } from '#modules/accounts/viewer.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { type FieldError, invalid, refuse } from '#platform/errors.ts'
import { cleanLine, isBlank, lengthOf, textErrors } from '#platform/text.ts'
import { publishedTexts, type TextName } from './texts.ts'

/** What administrators decide in the web instead of the environment. */
export type Site = {
  name: string
  /** What it is for, in a sentence or two; empty where nobody said it. */
  description: string
  /** The name of a stored file. */
  logo: string | null
  signUp: SignUpMode
  /** The least role that may invite. */
  invite: MemberRole
  /** Whether those who sign up confirm their address before they write; null: where mails can be sent. */
  confirmEmail: boolean | null
  /** Whether the API's sign-up and sign-in take only requests that an app client signed. */
  signedApps: boolean
  /** Whether search engines may show the site's pages. */
  searchable: boolean
  /** Which programs that read for language models are asked in. */
  aiCrawlers: AiCrawlers
}

/** The site as its pages show it. */
export type ShownSite = Site & { texts: readonly TextName[] }

/** `answers`: those that fetch a page to answer somebody now, not those that gather texts to train with. */
export const aiCrawlerChoices = ['all', 'answers', 'none'] as const
export type AiCrawlers = (typeof aiCrawlerChoices)[number]

/** A site's name as typed, at most 60 characters. @throws Invalid for `field` */
export function checkSiteName(typed: string, field: string): string {
  const name = cleanLine(typed)
  refuse(siteNameErrors(name, field))
  return name
}

export function siteNameErrors(name: string, field: string): FieldError[] {
  return textErrors(name, { field, limit: 60 })
}

/** One line of at most 300 characters, or nothing. @throws Invalid for `field` */
export function checkDescription(typed: string, field: string): string {
  const description = cleanLine(typed)
  refuse(descriptionErrors(description, field))
  return isBlank(description) ? '' : description
}

const mostDescription = 300

export function descriptionErrors(description: string, field: string): FieldError[] {
  const tooLong = lengthOf(description) > mostDescription
  return tooLong ? [{ field, code: 'too-long', facts: { limit: mostDescription } }] : []
}

export const inviters = ['member', 'moderator', 'administrator'] as const

/** One of `known`. @throws Invalid for `field` */
export function oneOf<T extends string>(known: readonly T[], typed: unknown, field: string): T {
  const found = known.find((one) => one === typed)
  if (found === undefined) throw invalid(field, 'type')
  return found
}

function yesOrNo(value: unknown, field: string): boolean {
  if (typeof value === 'boolean') return value
  throw invalid(field, 'type')
}

/** Each setting: what holds until somebody decides, and how a stored or typed value is read. @throws Invalid */
const table: { [Name in keyof Site]: { fallback: Site[Name]; read: (value: unknown) => Site[Name] } } = {
  name: { fallback: '마당', read: (value) => checkSiteName(String(value), 'name') },
  description: { fallback: '', read: (value) => checkDescription(String(value), 'description') },
  logo: {
    fallback: null,
    read: (value) => {
      if (value === null || (typeof value === 'string' && /^[0-9a-f]{32}$/.test(value))) return value
      throw invalid('logo', 'type')
    },
  },
  signUp: { fallback: 'open', read: (value) => oneOf(signUpModes, value, 'signUp') },
  invite: { fallback: 'moderator', read: (value) => oneOf(inviters, value, 'invite') },
  confirmEmail: {
    fallback: null,
    read: (value) => {
      if (value === null || typeof value === 'boolean') return value
      throw invalid('confirmEmail', 'type')
    },
  },
  signedApps: { fallback: false, read: (value) => yesOrNo(value, 'signedApps') },
  searchable: { fallback: true, read: (value) => yesOrNo(value, 'searchable') },
  aiCrawlers: { fallback: 'all', read: (value) => oneOf(aiCrawlerChoices, value, 'aiCrawlers') },
}

/** Settings as they are stored, from values as they were sent. @throws Invalid for a value that is none */
export function checkSettings(sent: Partial<Site>): Partial<Site> {
  const checked: Partial<Site> = {}
  const check = <Name extends keyof Site>(name: Name) => {
    if (Object.hasOwn(sent, name)) checked[name] = table[name].read(sent[name])
  }
  for (const name of Object.keys(table)) if (isSetting(name)) check(name)
  return checked
}

export const defaults: Site = {
  name: table.name.fallback,
  description: table.description.fallback,
  logo: table.logo.fallback,
  signUp: table.signUp.fallback,
  invite: table.invite.fallback,
  confirmEmail: table.confirmEmail.fallback,
  signedApps: table.signedApps.fallback,
  searchable: table.searchable.fallback,
  aiCrawlers: table.aiCrawlers.fallback,
}

/** The site's settings, read again every 10 seconds so that other processes' changes arrive. */
export class SiteSettings {
  #site: ShownSite = { ...defaults, texts: [] }
  /** What was decided, also in safe mode. */
  #stored: Site = defaults
  #readAt = 0
  /** Changes heard of, and how many of them what was read last knows. */
  #heard = 0
  #known = 0
  readonly #db: Db
  readonly #safe: boolean
  /** `safe`: what was set in the web does not count, what the site says about itself aside, and nobody signs up. */
  constructor(db: Db, options: { safe?: boolean } = {}) {
    this.#db = db
    this.#safe = options.safe ?? false
  }

  /** What was read last, without asking the database. */
  get last(): ShownSite {
    return this.#site
  }

  /** What is stored, read anew, for whoever is about to change it: safe mode is there to put it right. */
  async fresh(): Promise<Site> {
    await this.#read()
    return this.#stored
  }

  /** It was changed, maybe by another process: who asks from now on waits until it is read. */
  forget(): void {
    this.#heard++
  }

  async current(now: Date): Promise<ShownSite> {
    if (this.#heard !== this.#known) await this.#read()
    if (now.getTime() - this.#readAt > 10_000) {
      this.#readAt = now.getTime()
      await this.#read()
    }
    return this.#site
  }

  /** Changes the settings given; `also` runs in the same transaction. @throws Invalid for a value that is none */
  async change(site: Partial<Site>, also?: (tx: Db) => Promise<void>): Promise<void> {
    await transact(this.#db, async (tx) => {
      for (const [name, value] of Object.entries(site)) {
        await ask(
          tx,
          'insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value',
          [`site.${name}`, JSON.stringify(isSetting(name) ? table[name].read(value) : value)],
        )
      }
      await also?.(tx)
      await emit(tx, { type: 'site.changed' })
    })
    await this.#read()
  }

  async #read(): Promise<void> {
    const heard = this.#heard
    const rows = await ask<{ name: string; value: unknown }>(
      this.#db,
      `select substr(name, 6) as name, value from settings where name like 'site.%'`,
      [],
    )
    const texts = await publishedTexts(this.#db)
    // A later question may have been answered before.
    if (heard < this.#known) return
    this.#known = heard
    const stored = new Map(rows.map((row) => [row.name, row.value]))
    this.#stored = {
      name: readOr('name', stored),
      description: readOr('description', stored),
      logo: readOr('logo', stored),
      signUp: readOr('signUp', stored),
      invite: readOr('invite', stored),
      confirmEmail: readOr('confirmEmail', stored),
      signedApps: readOr('signedApps', stored),
      searchable: readOr('searchable', stored),
      aiCrawlers: readOr('aiCrawlers', stored),
    }
    const { name, description, logo, searchable } = this.#stored
    const counts = this.#safe
      ? { ...defaults, name, description, logo, searchable, signUp: 'closed' as const }
      : this.#stored
    this.#site = { ...counts, texts }
  }
}

function isSetting(name: string): name is keyof Site {
  return Object.hasOwn(table, name)
}

/** What is stored, or the fallback where there is nothing or nothing that can be read. */
function readOr<Name extends keyof Site>(name: Name, stored: ReadonlyMap<string, unknown>): Site[Name] {
  const { read, fallback } = table[name]
  try {
    return stored.has(name) ? read(stored.get(name)) : fallback
  } catch {
    return fallback
  }
}
