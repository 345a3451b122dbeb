import type { DiscourseCategory, Profile } from './discourse-shapes.ts'

export type FoundTopic = { name: string; json: unknown; done: number; total: number | null }
/** Where topics come from: files, or a server. `skip` tells the report what could not be read. */
export type DiscourseSource = {
  /** https://forum.example without a slash at its end; null: not known. */
  base: string | null
  /** What things of this source are known under. */
  name: string
  categories: () => Promise<DiscourseCategory[]>
  /** One that `categories` did not hold. */
  category: (id: string) => Promise<DiscourseCategory | null>
  /** `isKnown` topics need not be fetched again. */
  topics: (isKnown: (id: number) => boolean) => AsyncGenerator<FoundTopic>
  /** So many posts are written at once: what was fetched slowly is kept soon. */
  atOnce: number
  /** What is told of people, by user name, as far as `topics` has come across it. */
  profiles: ReadonlyMap<string, Profile>
}
export type Skip = (file: string, line: number, why: string) => void
