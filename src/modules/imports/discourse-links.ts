import { paths } from '#paths.ts'
import type { Forum } from './discourse-forum.ts'
import { type Resolve, rewriteAll } from './links.ts'

const shape = /^\/t\/(?:([^/]+)\/)?(\d+)(?:\/(\d+))?\/?$/

/** Links between the forum's topics and posts lead to the posts and comments here. */
export async function rewriteTopicLinks(forum: Forum): Promise<void> {
  const base = forum.source.base ? new URL(forum.source.base) : null
  const titles = new Map([...forum.topics.values()].map((topic) => [topic.id, topic.title]))
  const resolve: Resolve = (address, isRelative) => {
    if (!isRelative && address.hostname !== base?.hostname) return null
    const [, slug, id = '', number] = shape.exec(address.pathname) ?? []
    // /t/57/3 is post 3 of topic 57, not topic 3 with the name 57.
    const isBareId =
      slug !== undefined && /^\d+$/.test(slug) && number === undefined && forum.topics.has(slug)
    const topicId = isBareId ? slug : id
    const postNumber = isBareId ? id : (number ?? '1')
    const topic = forum.topics.get(topicId)
    if (!topic) return null
    const comment = forum.comments.get(`${topicId}/${postNumber}`)
    const path = comment ? paths.comment(comment.id) : paths.post(topic)
    return { path, title: titles.get(topic.id) ?? '' }
  }
  const { again, added } = forum.run
  // Somebody may be mentioned before the first topic in which they write.
  const pattern = !again || added.members > 0 ? '/t/[^\\s/]|@[[:alnum:]_]' : '/t/[^\\s/]'
  await rewriteAll(forum.run, { pattern, resolve, mentions: forum.people.mentions })
}
