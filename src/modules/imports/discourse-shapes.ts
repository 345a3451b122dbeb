import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

// What is needed of a Discourse server's answers; everything else in them is let be, versions differ.
const maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))
const id = Type.Integer({ minimum: 0, maximum: 1e12 })
const text = (maxLength: number) => Type.String({ maxLength })

const postShape = Type.Object({
  post_number: Type.Integer({ minimum: 1, maximum: 1e9 }),
  created_at: text(60),
  updated_at: maybe(text(60)),
  cooked: maybe(Type.String()),
  raw: maybe(Type.String()),
  username: maybe(text(200)),
  name: maybe(text(500)),
  post_type: maybe(Type.Integer()),
  action_code: maybe(text(100)),
  reply_to_post_number: maybe(Type.Integer()),
  version: maybe(Type.Integer()),
  deleted_at: maybe(text(60)),
  user_deleted: maybe(Type.Boolean()),
  hidden: maybe(Type.Boolean()),
  accepted_answer: maybe(Type.Boolean()),
  post_voting_vote_count: maybe(Type.Integer()),
  actions_summary: maybe(
    Type.Array(Type.Object({ id: maybe(Type.Integer()), count: maybe(Type.Integer()) })),
  ),
  polls: maybe(
    Type.Array(
      Type.Object({
        name: maybe(text(200)),
        options: maybe(
          Type.Array(Type.Object({ html: maybe(text(2000)), votes: maybe(Type.Integer()) }), {
            maxItems: 200,
          }),
        ),
      }),
    ),
  ),
})
export const smallActionShape = Type.Object({ action_code: Type.String() })
export type DiscoursePost = Static<typeof postShape>

const acceptedShape = Type.Object({ post_number: maybe(Type.Integer()) })
const topicShape = Type.Object({
  id,
  /** Missing where only further posts are given. */
  title: maybe(text(2000)),
  created_at: maybe(text(60)),
  category_id: maybe(id),
  views: maybe(Type.Integer()),
  archetype: maybe(text(100)),
  visible: maybe(Type.Boolean()),
  closed: maybe(Type.Boolean()),
  archived: maybe(Type.Boolean()),
  pinned: maybe(Type.Boolean()),
  pinned_globally: maybe(Type.Boolean()),
  deleted_at: maybe(text(60)),
  tags: maybe(
    Type.Array(Type.Union([Type.String(), Type.Object({ name: Type.String() })]), { maxItems: 1000 }),
  ),
  accepted_answer: maybe(acceptedShape),
  /** Newer servers may accept several. */
  accepted_answers: maybe(Type.Array(acceptedShape)),
  is_post_voting: maybe(Type.Boolean()),
  details: maybe(
    Type.Object({
      allowed_users: maybe(Type.Array(Type.Unknown())),
      allowed_groups: maybe(Type.Array(Type.Unknown())),
      can_move_posts: maybe(Type.Boolean()),
    }),
  ),
  post_stream: Type.Object({ posts: Type.Array(Type.Unknown()), stream: maybe(Type.Array(id)) }),
})
export type DiscourseTopic = Static<typeof topicShape>

/** Where the archetype is left out, readers of its own or no category (as posts by themselves tell it) say that it is a message. */
export function isPrivate({ archetype, category_id, details }: DiscourseTopic): boolean {
  if (archetype === 'regular' || archetype === 'banner') return false
  const readers = [...(details?.allowed_users ?? []), ...(details?.allowed_groups ?? [])]
  return archetype === 'private_message' || category_id === null || readers.length > 0
}

const categoryShape = Type.Object({
  id,
  name: text(500),
  slug: maybe(text(500)),
  description_text: maybe(Type.String()),
  description: maybe(Type.String()),
  parent_category_id: maybe(id),
  read_restricted: maybe(Type.Boolean()),
  subcategory_list: maybe(Type.Array(Type.Unknown(), { maxItems: 10_000 })),
  /** Some of which may be described nowhere. */
  subcategory_ids: maybe(Type.Array(id, { maxItems: 10_000 })),
})
export type DiscourseCategory = Static<typeof categoryShape>

const categoriesShape = Type.Object({
  category_list: Type.Optional(Type.Object({ categories: Type.Array(Type.Unknown(), { maxItems: 10_000 }) })),
  categories: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 10_000 })),
  /** One, as /c/ID/show.json gives it. */
  category: Type.Optional(Type.Unknown()),
})

const personShape = Type.Object({
  username: text(200),
  email: maybe(text(500)),
  bio_raw: maybe(text(100_000)),
})
export type Profile = { email: string; about: string }

/** What documents tell of people, by user name (in lower case): a user, or an administrator's list of users. */
export function readProfiles(json: unknown): Map<string, Profile> {
  const people = Array.isArray(json)
    ? json
    : [json && typeof json === 'object' && 'user' in json && json.user]
  const found = people.filter((person) => Value.Check(personShape, person))
  return new Map(
    found.map(({ username, email, bio_raw }) => [
      username.toLowerCase(),
      { email: email ?? '', about: bio_raw ?? '' },
    ]),
  )
}

/**
 * What a JSON document is: a topic with its first post, more posts of one, posts that tell themselves which topic they are of,
 * something else that Discourse serves, or nothing of it.
 */
export function kindOf(
  json: unknown,
): 'topic' | 'more posts' | 'loose posts' | 'categories' | 'other' | 'unknown' {
  if (readLoosePosts(json).length > 0) return 'loose posts'
  if (Array.isArray(json) && json.some((one) => Value.Check(userShape, one))) return 'other'
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'unknown'
  if ('post_stream' in json) {
    const posts = readMorePosts(json)
    const isBeginning = 'title' in json && posts.some((post) => Value.Check(firstPostShape, post))
    return isBeginning || posts.length === 0 ? 'topic' : 'more posts'
  }
  if (readCategories(json).length > 0 || 'category_list' in json || 'categories' in json) return 'categories'
  return others.some((key) => key in json) ? 'other' : 'unknown'
}

/** Each stands in documents of a server that hold nothing to take, but for people. */
const others =
  'topic_list latest_posts private_posts user users user_badges user_actions user_summary directory_items poll tags groups badges about body_changes grouped_search_result'.split(
    ' ',
  )

const loosePostShape = Type.Object({
  topic_id: id,
  topic_title: maybe(text(2000)),
  topic_slug: maybe(text(2000)),
  category_id: maybe(id),
  post_number: Type.Integer(),
  created_at: text(60),
  updated_at: maybe(text(60)),
  can_edit: maybe(Type.Boolean()),
  cooked: Type.String(),
})
export type LoosePost = Static<typeof loosePostShape>

const postList = Type.Optional(Type.Array(Type.Unknown()))
const postListShape = Type.Object({ latest_posts: postList, private_posts: postList })

/** A post as /posts/ID.json gives it, or a list of such posts. */
export function readLoosePosts(json: unknown): LoosePost[] {
  const list = Value.Check(postListShape, json) ? (json.latest_posts ?? json.private_posts ?? json) : json
  return (Array.isArray(list) ? list : [list]).filter((post) => Value.Check(loosePostShape, post))
}

export type Checked<T> = { value: T } | { problem: string }

export function checkTopic(json: unknown): Checked<DiscourseTopic> {
  return Value.Check(topicShape, json) ? { value: json } : { problem: firstProblem(topicShape, json) }
}

export function checkPost(json: unknown): Checked<DiscoursePost> {
  return Value.Check(postShape, json) ? { value: json } : { problem: firstProblem(postShape, json) }
}

function firstProblem(schema: typeof topicShape | typeof postShape, json: unknown): string {
  const [first] = Value.Errors(schema, json)
  return first ? `${first.instancePath || 'the whole'} ${first.message}` : 'of an unknown shape'
}

/** All categories of a document, those inside others too, each with its parent; of some no more is told than their number. */
export function readCategories(json: unknown): DiscourseCategory[] {
  if (!Value.Check(categoriesShape, json)) return []
  const waiting = [
    ...(json.category_list?.categories ?? []),
    ...(json.categories ?? []),
    ...(json.category ? [json.category] : []),
  ].map((one) => ({ one, parent: null as number | null }))
  const found: DiscourseCategory[] = []
  for (let next = waiting.shift(); next && found.length < 10_000; next = waiting.shift()) {
    const { one, parent } = next
    if (!Value.Check(categoryShape, one)) continue
    found.push({ ...one, parent_category_id: one.parent_category_id ?? parent })
    for (const child of one.subcategory_list ?? []) waiting.push({ one: child, parent: one.id })
  }
  const described = new Set(found.map((category) => category.id))
  const numbers = found.flatMap(({ id, subcategory_ids }) =>
    (subcategory_ids ?? [])
      .filter((child) => !described.has(child))
      .map((child) => ({ id: child, name: `category-${child}`, parent_category_id: id })),
  )
  return [...found, ...numbers]
}

const topicListShape = Type.Object({
  topic_list: Type.Object({
    topics: Type.Array(Type.Object({ id }), { maxItems: 1000 }),
    more_topics_url: maybe(Type.String()),
  }),
})

/** Ids on a page of a topic list; null when it is none. */
export function readTopicIds(json: unknown): { ids: number[]; more: boolean } | null {
  if (!Value.Check(topicListShape, json)) return null
  const { topics, more_topics_url } = json.topic_list
  return { ids: topics.map((topic) => topic.id), more: Boolean(more_topics_url) && topics.length > 0 }
}

const morePostsShape = Type.Object({
  post_stream: Type.Object({ posts: Type.Array(Type.Unknown(), { maxItems: 100_000 }) }),
})
const withSlugShape = Type.Object({ topic_slug: text(2000) })
const withIdShape = Type.Object({ id })
const userShape = Type.Object({ username: Type.String() })
const firstPostShape = Type.Object({ post_number: Type.Literal(1) })

export function readMorePosts(json: unknown): unknown[] {
  return Value.Check(morePostsShape, json) ? json.post_stream.posts : []
}

/** Posts by themselves tell of their topic's title what stands in its address. */
export function titleOf({ title, post_stream }: DiscourseTopic): string {
  const told = post_stream.posts.find((post) => Value.Check(withSlugShape, post))
  return title ?? told?.topic_slug.replaceAll('-', ' ') ?? ''
}

/** Ids of the topic's posts that its document holds, and of those that it only names. */
export function postIds({ post_stream }: DiscourseTopic): { present: number[]; missing: number[] } {
  const present = post_stream.posts.flatMap((post) => (Value.Check(withIdShape, post) ? [post.id] : []))
  const held = new Set(present)
  return { present, missing: (post_stream.stream ?? []).filter((postId) => !held.has(postId)) }
}
