import type { Db } from '#platform/database.ts'
import { foldName } from '#platform/text.ts'
import type { ImportRun } from './run.ts'
import { insertMembers, type KnownMember, knownMembers, type MemberRow } from './writer.ts'

export type Person = { id: string; name: string; about: string; createdAt: Date }

/** The source's people as members here. */
export class People {
  readonly #run: ImportRun
  readonly #ids: Map<string, number>
  /** Folded names of the members that came from the source, for mentions. */
  readonly mentions = new Map<string, string>()

  private constructor(run: ImportRun, known: readonly KnownMember[]) {
    this.#run = run
    this.#ids = new Map(known.map((member) => [member.id, member.memberId]))
    for (const member of known) this.#mention(member.name)
  }

  static async load(run: ImportRun): Promise<People> {
    return new People(run, await knownMembers(run.db, run.key('member', '')))
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  idOf(id: string): number {
    const found = this.#ids.get(id)
    if (found === undefined) throw new Error(`member ${id} was not added before`)
    return found
  }

  /**
   * Adds those that are not here yet. `sourceId` deleted: whoever left the source is one member without a name, as
   * after a withdrawal.
   */
  async add(tx: Db, people: readonly Person[]): Promise<void> {
    const missing = new Map<string, Person>()
    for (const person of people) {
      if (!this.#ids.has(person.id) && !missing.has(person.id)) missing.set(person.id, person)
    }
    // Again for those whose name a newcomer of these very seconds took: they get the next one.
    while (missing.size > 0) {
      const rows = [...missing.values()].map((person) => this.#row(person))
      const ids = await insertMembers(tx, rows, this.#run.options.now)
      for (const [index, key] of [...missing.keys()].entries()) {
        const id = ids[index] ?? null
        if (id === null) continue
        this.#ids.set(key, id)
        this.#mention(rows[index]?.name ?? null)
        missing.delete(key)
        this.#run.added.members++
      }
    }
  }

  /** The name as it is now, and as mentions elsewhere write a name of several words. */
  #mention(name: string | null): void {
    if (name === null) return
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
