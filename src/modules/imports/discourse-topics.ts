import { Value } from 'typebox/value'
import type { Db } from '#platform/database.ts'
import { renderMarkdown } from '#platform/markdown.ts'
import { isBlank } from '#platform/text.ts'
import { cookedToMarkdown } from './discourse-cooked.ts'
import type { Forum } from './discourse-forum.ts'
import { rawToMarkdown } from './discourse-raw.ts'
import {
  checkPost,
  checkTopic,
  type DiscoursePost,
  type DiscourseTopic,
  isPrivate,
  postIds,
  smallActionShape,
  titleOf,
} from './discourse-shapes.ts'
import { emojiByName } from './emoji.ts'
import { BrokenRow, fitBody, fitTags, fitTitle, readDate, readScore } from './fields.ts'
import { nobody, type Person } from './people.ts'
import { acceptAnswers, type CommentRow, insertComments, insertPosts, markPosts, takeIds } from './writer.ts'

type Text = {
  number: number
  parent: number | null
  author: Person
  body: string
  createdAt: Date
  editedAt: Date | null
  votes: number
}
/** Who pinned or closed a topic, and when. */
type Act = { author: Person; at: Date }
/** A topic that can be written: its first post and those that are not here yet. */
export type ReadTopic = {
  id: string
  categoryId: string
  /** Staff fetched it, who see what others do not. */
  seenByStaff: boolean
  isNew: boolean
  title: string
  tags: string[]
  views: number
  kind: 'question' | 'discussion'
  accepted: number | null
  pin: Act | null
  lock: Act | null
  /** By number; the first is the topic's text when the topic is new. */
  posts: Text[]
}

/** @throws BrokenRow when it is no topic, or has no text. Null: private, deleted, or nothing new in it. */
export function readTopic(forum: Forum, file: string, json: unknown): ReadTopic | null {
  const checked = checkTopic(json)
  if ('problem' in checked) throw new BrokenRow(`not a topic: ${checked.problem}`)
  const topic = checked.value
  const { report } = forum.run
  const id = String(topic.id)
  if (forum.out.has(id)) return null
  const why = whyOut(topic)
  if (why !== null) {
    forum.out.add(id)
    if (why) report.skip(file, 0, why)
    return null
  }
  forum.missing.see(id, file, postIds(topic))
  const known = forum.topics.get(id)
  const found = readPosts(forum, { file, topic })
  const answer = topic.accepted_answer ?? topic.accepted_answers?.[0]
  const accepted = answer?.post_number ?? found.accepted
  const posts = found.posts.filter(({ number }) =>
    number === 1 ? !known : !forum.comments.has(`${id}/${number}`),
  )
  if (posts.length === 0) return null
  if (!known && posts[0]?.number !== 1) throw new BrokenRow('its first post is missing')
  const given = known?.title ?? withEmoji(titleOf(topic))
  const title = fitTitle(given, () => report.note(file, 0, 'the title was shortened'))
  if (isBlank(title)) throw new BrokenRow('title is missing')
  return {
    id,
    categoryId: topic.category_id ? String(topic.category_id) : 'none',
    seenByStaff: topic.details?.can_move_posts === true,
    isNew: !known,
    title,
    tags: fitTags(
      (topic.tags ?? []).map((tag) => (typeof tag === 'string' ? tag : tag.name)),
      () => report.note(file, 0, 'only five of the tags came in'),
    ),
    views: Math.max(0, topic.views ?? 0),
    kind: (accepted && accepted > 1) || topic.is_post_voting ? 'question' : 'discussion',
    accepted: accepted && accepted > 1 ? accepted : null,
    pin: topic.pinned || topic.pinned_globally ? actOf(forum, { topic, posts: found.posts }, pinning) : null,
    lock: topic.closed || topic.archived ? actOf(forum, { topic, posts: found.posts }, closing) : null,
    posts,
  }
}

/** What the report says of a topic that stays out, nothing of one that was deleted; null: it comes in. */
function whyOut(topic: DiscourseTopic): string | null {
  if (isPrivate(topic)) return 'a private message, or nothing says that it is none'
  if (topic.deleted_at) return ''
  return topic.visible === false ? 'unlisted: only those who had its address could read it' : null
}

const pinning = /^pinned(_globally)?\.enabled$/
const closing = /^(autoclosed|closed|archived)\.enabled$/

/** The last such small action ("Ann closed this") of a topic; nobody's, at its last post, where it tells none. */
function actOf(
  forum: Forum,
  { topic, posts }: { topic: DiscourseTopic; posts: readonly Text[] },
  code: RegExp,
): Act {
  const told = topic.post_stream.posts.findLast(
    (post) => Value.Check(smallActionShape, post) && code.test(post.action_code),
  )
  const latest = new Date(posts.reduce((last, post) => Math.max(last, post.createdAt.getTime()), 0))
  const checked = checkPost(told)
  if ('problem' in checked) return { author: nobody(latest), at: latest }
  try {
    const at = readDate(checked.value.created_at, 'created_at', forum.run.options.now)
    return { author: authorOf(checked.value, at), at }
  } catch {
    return { author: authorOf(checked.value, latest), at: latest }
  }
}

function authorOf({ username }: DiscoursePost, createdAt: Date): Person {
  return username ? { id: username.toLowerCase(), name: username, about: '', createdAt } : nobody(createdAt)
}

function withEmoji(title: string): string {
  return title.replace(/:([\w+-]+):/g, (whole, name: string) => emojiByName.get(name) ?? whole)
}

function readPosts(
  forum: Forum,
  input: { file: string; topic: DiscourseTopic },
): { posts: Text[]; accepted: number | null } {
  const { report } = forum.run
  const posts = new Map<number, Text>()
  let accepted: number | null = null
  let gone: DiscoursePost | null = null
  for (const [index, json] of input.topic.post_stream.posts.entries()) {
    const checked = checkPost(json)
    if ('problem' in checked) {
      report.skip(input.file, 0, `post ${index + 1} of the file: ${checked.problem}`)
      continue
    }
    const post = checked.value
    if (!isShown(post) && post.post_number === 1) gone = post
    if (!isShown(post) || posts.has(post.post_number)) continue
    try {
      posts.set(post.post_number, readPost(forum, { ...input, post }))
      if (post.accepted_answer) accepted = post.post_number
    } catch (error) {
      if (!(error instanceof BrokenRow)) throw error
      report.skip(input.file, 0, `post ${post.post_number}: ${error.message}`)
    }
  }
  const isKnown = forum.topics.has(String(input.topic.id))
  if (gone && !isKnown && posts.size > 0 && !posts.has(1)) posts.set(1, inPlaceOf(forum, gone, input.file))
  return { posts: [...posts.values()].sort((one, other) => one.number - other.number), accepted }
}

/** What others replied outlives a first post that was hidden or deleted, or that nobody saved. */
function inPlaceOf(forum: Forum, gone: DiscoursePost, file: string): Text {
  forum.run.report.note(file, 0, 'its first post is hidden or missing; three dots stand in its place')
  const createdAt = readDate(gone.created_at, 'created_at', forum.run.options.now)
  const author = authorOf(gone, createdAt)
  return { number: 1, parent: null, author, body: '…', createdAt, editedAt: null, votes: 0 }
}

/** Small actions ("closed the topic") and whispers are not for readers; deleted posts and those hidden after reports are gone. */
function isShown(post: DiscoursePost): boolean {
  const isText = (post.post_type ?? 1) === 1 || post.post_type === 2
  const isGone = Boolean(post.deleted_at) || post.user_deleted === true || post.hidden === true
  return isText && !post.action_code && !isGone
}

function readPost(forum: Forum, input: { file: string; topic: DiscourseTopic; post: DiscoursePost }): Text {
  const { post, file } = input
  const { now } = forum.run.options
  const createdAt = readDate(post.created_at, 'created_at', now)
  const isEdited = (post.version ?? 1) > 1 && typeof post.updated_at === 'string'
  const note = () => forum.run.report.note(file, 0, `post ${post.post_number}: the text was shortened`)
  const source = post.cooked || (post.raw ?? '')
  if (source.length > longestHtml) note()
  const context = { base: forum.source.base, topicId: String(input.topic.id), polls: post.polls ?? null }
  const toMarkdown = post.cooked ? cookedToMarkdown : rawToMarkdown
  const markdown = toMarkdown(source.slice(0, longestHtml), context)
  const body = fitBody(markdown, note)
  if (isBlank(body)) throw new BrokenRow('it has no text')
  const likes = Math.max(0, post.actions_summary?.find((action) => action.id === 2)?.count ?? 0)
  return {
    number: post.post_number,
    parent: post.reply_to_post_number ?? null,
    author: authorOf(post, createdAt),
    body,
    createdAt,
    editedAt: isEdited ? readDate(post.updated_at ?? '', 'updated_at', now) : null,
    votes: readScore(String(post.post_voting_vote_count ?? likes)),
  }
}

const longestHtml = 500_000
const deepest = 80

export async function writeTopics(tx: Db, forum: Forum, read: readonly ReadTopic[]): Promise<void> {
  const topics = read.filter((topic, index) => read.findIndex((other) => other.id === topic.id) === index)
  await forum.people.add(
    tx,
    topics.flatMap(({ posts, pin, lock }) => [...posts, pin, lock].flatMap((act) => act?.author ?? [])),
  )
  await writeFirstPosts(
    tx,
    forum,
    topics.filter((topic) => topic.isNew),
  )
  const ids = await takeIds(
    tx,
    'comments',
    topics.reduce((count, topic) => count + commentsOf(topic).length, 0),
  )
  const rows = topics.flatMap((topic) => commentRows(forum, topic, ids))
  await insertComments(tx, rows)
  forum.run.added.comments += rows.length
  await acceptAnswers(
    tx,
    topics.flatMap((topic) => acceptedOf(forum, topic)),
  )
}

function commentsOf(topic: ReadTopic): Text[] {
  return topic.posts.filter((post) => post.number > 1)
}

async function writeFirstPosts(tx: Db, forum: Forum, topics: readonly ReadTopic[]): Promise<void> {
  const { run, people } = forum
  const rows = topics.flatMap((topic) => {
    const [first] = topic.posts
    if (!first) return []
    const { title, tags, views, kind } = topic
    const { body, createdAt, editedAt, votes } = first
    const html = renderMarkdown(body, { mentions: people.mentions })
    const boardId = forum.boards.get(topic.categoryId) ?? 0
    const authorId = people.idOf(first.author.id)
    return [
      {
        key: run.key('topic', topic.id),
        boardId,
        authorId,
        kind,
        title,
        tags,
        views,
        body,
        html,
        createdAt,
        editedAt,
        votes,
      },
    ]
  })
  const ids = await insertPosts(tx, rows)
  for (const [index, topic] of topics.entries()) {
    forum.topics.set(topic.id, { id: ids[index] ?? 0, title: topic.title, kind: topic.kind })
  }
  run.added.posts += rows.length
  await writeActs(tx, forum, { table: 'post_pins', ids, acts: topics.map((topic) => topic.pin) })
  await writeActs(tx, forum, { table: 'post_locks', ids, acts: topics.map((topic) => topic.lock) })
}

type Acts = { table: 'post_pins' | 'post_locks'; ids: readonly number[]; acts: readonly (Act | null)[] }
async function writeActs(tx: Db, { people }: Forum, { table, ids, acts }: Acts): Promise<void> {
  const rows = acts.flatMap((act, index) =>
    act ? [{ postId: ids[index] ?? 0, byId: people.idOf(act.author.id), at: act.at }] : [],
  )
  await markPosts(tx, table, rows)
}

/** Takes an id off `ids` for each comment; below what it replies to, else a root. */
function commentRows(forum: Forum, topic: ReadTopic, ids: number[]): CommentRow[] {
  const post = forum.topics.get(topic.id)
  if (!post) return []
  return commentsOf(topic).map((text) => {
    const id = ids.shift() ?? 0
    const path = [...pathAbove(forum, topic, text), id]
    forum.comments.set(`${topic.id}/${text.number}`, { id, postId: post.id, path })
    const { body, createdAt, editedAt, votes } = text
    return {
      id,
      key: forum.run.key('comment', `${topic.id}/${text.number}`),
      postId: post.id,
      path,
      isAnswer: post.kind === 'question' && path.length === 1,
      authorId: forum.people.idOf(text.author.id),
      body,
      html: renderMarkdown(body, { mentions: forum.people.mentions }),
      createdAt,
      editedAt,
      votes,
    }
  })
}

function pathAbove(forum: Forum, topic: ReadTopic, text: Text): number[] {
  // An answer that was accepted stands by itself, even where it was written as a reply.
  if (
    text.parent === null ||
    text.parent <= 1 ||
    text.parent >= text.number ||
    text.number === topic.accepted
  )
    return []
  const path = forum.comments.get(`${topic.id}/${text.parent}`)?.path ?? []
  return path.slice(0, deepest)
}

function acceptedOf(forum: Forum, topic: ReadTopic): { postId: number; commentId: number }[] {
  const post = forum.topics.get(topic.id)
  const comment = forum.comments.get(`${topic.id}/${topic.accepted}`)
  if (post?.kind !== 'question' || comment?.path.length !== 1) return []
  return [{ postId: post.id, commentId: comment.id }]
}
