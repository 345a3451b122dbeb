import { paths } from '#paths.ts'
import { ask } from '#platform/database.ts'
import type { Forum } from './discourse-forum.ts'
import { decoded, memberTarget, type Resolve, rewriteAll, type Target, tagsHere, tagTarget } from './links.ts'

const shape = /^\/t\/(?:([^/]+)\/)?(\d+)(?:\/(\d+))?\/?$/
// With a name before the number: a number alone is a comment's address here.
const category = /^\/c\/(?:[^/]+\/){0,3}[^/]*[^/\d][^/]*\/(\d+)(?:\/[a-z]+){0,2}\/?$/
const tagged = /^\/tags?\/([^/]+)(?:\/\d+)?\/?$/
const person = /^\/(?:u|users)\/([^/]+)(?:\/[a-z]+)?\/?$/

/** Links between the forum's topics and posts lead to those here, links to categories, tags and people to their pages. */
export async function rewriteTopicLinks(forum: Forum): Promise<void> {
  const base = forum.source.base ? new URL(forum.source.base) : null
  // A forum may live below a path of its server: /forum/t/12.
  const root = base?.pathname.replace(/\/$/, '') ?? ''
  const titles = await openTitles(forum)
  const boards = await boardsHere(forum)
  const tags = await tagsHere(forum.run.db)
  const resolve: Resolve = (address, isRelative) => {
    if (!isRelative && address.hostname !== base?.hostname) return null
    if (!address.pathname.startsWith(`${root}/`)) return null
    const path = address.pathname.slice(root.length)
    const [, categoryId] = category.exec(path) ?? []
    if (categoryId) return boards.get(categoryId) ?? null
    const [, tag] = tagged.exec(path) ?? []
    if (tag) return tagTarget(tags, tag)
    const [, name] = person.exec(path) ?? []
    if (name) return memberTarget(forum.people, decoded(name).toLowerCase())
    return topicTarget(forum, titles, path)
  }
  const { again, added } = forum.run
  const links = '/(t|c|tags?|u|users)/[^\\s/]'
  // Somebody may be mentioned before the first topic in which they write.
  const pattern = !again || added.members > 0 ? `${links}|@[[:alnum:]_]` : links
  await rewriteAll(forum.run, { pattern, resolve, mentions: forum.people.mentions })
}

function topicTarget(forum: Forum, titles: ReadonlyMap<number, string>, old: string): Target | null {
  const [, slug, id = '', number] = shape.exec(old) ?? []
  // /t/57/3 is post 3 of topic 57, not topic 3 with the name 57.
  const isBareId = slug !== undefined && /^\d+$/.test(slug) && number === undefined && forum.topics.has(slug)
  const topicId = isBareId ? slug : id
  const postNumber = isBareId ? id : (number ?? '1')
  const topic = forum.topics.get(topicId)
  if (!topic) return null
  const comment = forum.comments.get(`${topicId}/${postNumber}`)
  const title = titles.get(topic.id)
  // An address may tell no more than its words.
  const path = title === undefined ? paths.postShort(topic.id) : paths.post({ id: topic.id, title })
  return { path: comment ? paths.comment(comment.id) : path, title: title ?? '' }
}

/** Titles by post, but for those on boards that not everybody reads. */
async function openTitles(forum: Forum): Promise<Map<number, string>> {
  const rows = await ask<{ id: number; title: string }>(
    forum.run.db,
    `select p.id, p.title from posts p join boards b on b.id = p.board_id
     where starts_with(p.imported_from, $1) and b.read_by = 'everyone'`,
    [forum.run.key('topic', '')],
  )
  return new Map(rows.map((row) => [row.id, row.title]))
}

/** By the category's id there. */
async function boardsHere(forum: Forum): Promise<Map<string, Target>> {
  const rows = await ask<{ id: number; slug: string; name: string }>(
    forum.run.db,
    `select id, slug, case read_by when 'everyone' then name else '' end as name from boards where id = any($1)`,
    [[...forum.boards.values()]],
  )
  const byId = new Map(rows.map(({ id, slug, name }) => [id, { path: paths.board(slug), title: name }]))
  return new Map(
    [...forum.boards].flatMap(([categoryId, id]) => {
      const board = byId.get(id)
      return board ? [[categoryId, board]] : []
    }),
  )
}
