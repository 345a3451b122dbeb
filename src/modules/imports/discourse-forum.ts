import type { DiscourseSource } from './discourse-source.ts'
import type { MissingPosts } from './missing-posts.ts'
import type { People } from './people.ts'
import type { ImportRun } from './run.ts'
import type { KnownComment } from './writer.ts'

/** What the phases share: things of the source by their ids there. Comments are known as TOPIC/NUMBER. */
export type Forum = {
  run: ImportRun
  source: DiscourseSource
  people: People
  boards: Map<string, number>
  topics: Map<string, { id: number; title: string; kind: string }>
  comments: Map<string, KnownComment>
  /** Topics that stay out (private, unlisted, deleted), whatever other documents hold of them. */
  out: Set<string>
  missing: MissingPosts
}
