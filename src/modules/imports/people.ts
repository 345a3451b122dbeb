import { createHash } from 'node:crypto'
import { checkEmail } from '#modules/accounts/rules.ts'
import { ask, type Db } from '#platform/database.ts'
import { foldName } from '#platform/text.ts'
import type { ImportRun } from './run.ts'
import { insertMembers, type KnownMember, knownIds, knownMembers, type MemberRow } from './writer.ts'

export type Person = { id: string; name: string; about: string; createdAt: Date }

/** The source's people as members here. */
export class People {
  readonly #run: ImportRun
  readonly #idsAreNames: boolean
  readonly #ids: Map<string, number>
  /** Those who withdrew here: what they were called at the source is kept as a hash alone, so that nobody makes them anew. */
  readonly #left: ReadonlyMap<string, number>
  readonly #names = new Map<string, string>()
  /** Folded names of the members that came from the source, for mentions. */
  readonly mentions = new Map<string, string>()

  private constructor(
    run: ImportRun,
    known: readonly KnownMember[],
    told: { left: ReadonlyMap<string, number>; idsAreNames: boolean },
  ) {
    const { left, idsAreNames } = told
    this.#run = run
    this.#idsAreNames = idsAreNames
    this.#ids = new Map(known.map((member) => [member.id, member.memberId]))
    this.#left = left
    for (const member of known) this.#learn(member.id, member.name)
  }

  /** `idsAreNames`: mentions there write the ids. */
  static async load(run: ImportRun, { idsAreNames = false } = {}): Promise<People> {
    const known = await knownMembers(run.db, run.key('member', ''))
    return new People(run, known, { left: await knownIds(run.db, 'members', 'left:'), idsAreNames })
  }

  has(id: string): boolean {
    return this.#find(id) !== undefined
  }

  idOf(id: string): number {
    const found = this.#find(id)
    if (found === undefined) throw new Error(`member ${id} was not added before`)
    return found
  }

  #find(id: string): number | undefined {
    const known = this.#ids.get(id)
    if (known !== undefined || this.#left.size === 0) return known
    return this.#left.get(createHash('sha256').update(this.#run.key('member', id)).digest('hex'))
  }

  /**
   * Adds those that are not here yet. `sourceId` deleted: whoever left the source is one member without a name, as
   * after a withdrawal.
   */
  async add(tx: Db, people: readonly Person[]): Promise<void> {
    const missing = new Map<string, Person>()
    for (const person of people) {
      if (!this.has(person.id) && !missing.has(person.id)) missing.set(person.id, person)
    }
    // Again for those whose name a newcomer of these very seconds took: they get the next one.
    while (missing.size > 0) {
      const rows = [...missing.values()].map((person) => this.#row(person))
      const ids = await insertMembers(tx, rows, this.#run.options.now)
      for (const [index, key] of [...missing.keys()].entries()) {
        const id = ids[index] ?? null
        if (id === null) continue
        this.#ids.set(key, id)
        this.#learn(key, rows[index]?.name ?? null)
        missing.delete(key)
        this.#run.added.members++
      }
    }
  }

  /**
   * Where the source tells addresses: by them people claim their accounts without an administrator. Whoever has an
   * address or a password here keeps it, and an address belongs to one member.
   */
  async giveAddresses(tx: Db, addresses: ReadonlyMap<string, string>): Promise<void> {
    const rows = [...addresses].flatMap(([id, typed]) => {
      const { email, key, errors } = checkEmail(typed)
      const memberId = this.#find(id)
      return errors.length > 0 || memberId === undefined ? [] : [{ memberId, email, key }]
    })
    await ask(
      tx,
      `update members m set email = n.email, email_key = n.key
       from (select distinct on (key) * from unnest($1::bigint[], $2::text[], $3::text[]) as n(id, email, key) order by key, id) n
       where m.id = n.id and m.imported_from is not null and m.name is not null
         and m.email is null and m.password_hash is null
         and not exists (select from members o where o.email_key = n.key)`,
      [rows.map((row) => row.memberId), rows.map((row) => row.email), rows.map((row) => row.key)],
    )
  }

  /** Where the source tells it apart from the people themselves, and nobody has claimed them. */
  async giveAbouts(tx: Db, abouts: ReadonlyMap<string, string>): Promise<void> {
    const rows = [...abouts].flatMap(([id, about]) => {
      const memberId = this.#find(id)
      return about === '' || memberId === undefined ? [] : [{ memberId, about }]
    })
    await ask(
      tx,
      `update members m set about = n.about from unnest($1::bigint[], $2::text[]) as n(id, about)
       where m.id = n.id and m.about = '' and m.imported_from is not null and m.name is not null and m.password_hash is null`,
      [rows.map((row) => row.memberId), rows.map((row) => row.about)],
    )
  }

  /** What they are called here; null for those who are not here, or have left. */
  nameOf(id: string): string | null {
    return this.#names.get(id) ?? null
  }

  /** Mentioned by the name as it is now, and as mentions elsewhere write a name of several words. */
  #learn(id: string, name: string | null): void {
    if (name === null) return
    this.#names.set(id, name)
    // Who had to take another name here is meant by the one they had there.
    if (this.#idsAreNames) this.mentions.set(foldName(id), name)
    this.mentions.set(foldName(name), name)
    this.mentions.set(foldName(name.replaceAll('_', '')), name)
  }

  #row(person: Person): MemberRow {
    const name =
      person.id === gone ? null : this.#run.names.take(person.name, `user${person.id.replace(/\W/g, '')}`)
    const nameKey = name === null ? null : foldName(name)
    const key = this.#run.key('member', person.id)
    return { key, name, nameKey, about: person.about, createdAt: person.createdAt }
  }
}

/** The id of everyone who is no longer known at the source. */
export const gone = 'deleted'

/** Whoever did what the source tells of nobody. */
export function nobody(createdAt: Date): Person {
  return { id: gone, name: '', about: '', createdAt }
}
