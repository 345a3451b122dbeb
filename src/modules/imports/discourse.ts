import { ask, type Db } from '#platform/database.ts'
import { plainText } from '#platform/markdown.ts'
import { insertBoard } from './boards.ts'
import { openTopicFolder } from './discourse-folder.ts'
import type { Forum } from './discourse-forum.ts'
import { rewriteTopicLinks } from './discourse-links.ts'
import type { DiscourseCategory } from './discourse-shapes.ts'
import { openSite } from './discourse-site.ts'
import type { DiscourseSource } from './discourse-source.ts'
import { type ReadTopic, readTopic, writeTopics } from './discourse-topics.ts'
import { BrokenRow } from './fields.ts'
import { htmlToMarkdown } from './html-markdown.ts'
import { decoded } from './links.ts'
import { MissingPosts } from './missing-posts.ts'
import { People } from './people.ts'
import { ImportReport } from './report.ts'
import { batchLimits, type ImportOptions, type ImportResult, type ImportRun, runImport } from './run.ts'
import { knownComments, knownIds } from './writer.ts'

export type DiscourseOptions = ImportOptions & {
  /** A folder with topics as JSON, or the address of a server. */
  from: string
  /** What the source is called in keys; else its host or the folder's name. */
  name?: string
  /** Between two requests to a server. */
  pauseMs?: number
  /** For one answer of a server. */
  timeoutMs?: number
}

/**
 * Imports a Discourse forum: categories are boards, topics posts (questions, where an answer was accepted), posts
 * comments below what they reply to. Can be stopped and started again; what is here already is left as it is.
 * @throws ImportProblem for a folder that cannot be read and an address that is no Discourse server
 */
export async function importDiscourse(db: Db, options: DiscourseOptions): Promise<ImportResult> {
  const early = new ImportReport()
  let report = early
  const skip = (file: string, line: number, why: string) => report.skip(file, line, why)
  const source = await openSource(options, skip)
  return runImport(db, { ...options, source: `discourse:${options.name ?? source.name}` }, async (run) => {
    report = run.report
    const people = await People.load(run, { idsAreNames: true })
    const boards = await knownIds(db, 'boards', run.key('board', ''))
    const comments = await knownComments(db, run.key('comment', ''))
    const forum: Forum = {
      run,
      source,
      people,
      boards,
      topics: await knownTopics(run),
      comments,
      out: new Set(),
      missing: new MissingPosts(),
    }
    await importCategories(forum, await source.categories())
    await importTopics(forum)
    forum.missing.tell((file, count) =>
      run.report.note(file, 0, `${count} of the topic's posts could not be had`),
    )
    await run.batch('people', (tx) => tellOfPeople(tx, forum))
    await rewriteTopicLinks(forum)
  })
}

function openSource(
  options: DiscourseOptions,
  skip: (file: string, line: number, why: string) => void,
): Promise<DiscourseSource> {
  if (!/^https?:\/\//i.test(options.from)) {
    return openTopicFolder(options.from, options.name ? { name: options.name, skip } : { skip })
  }
  const { signal, onProgress, pauseMs, timeoutMs } = options
  return Promise.resolve(
    openSite(options.from, {
      skip,
      onListed: (done) => onProgress?.({ phase: 'list', done, total: null }),
      onWait: (done) => onProgress?.({ phase: 'wait', done, total: null, note: 's' }),
      ...(signal && { signal }),
      ...(pauseMs !== undefined && { pauseMs }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    }),
  )
}

async function tellOfPeople(tx: Db, { people, source }: Forum): Promise<void> {
  const told = [...source.profiles]
  await people.giveAddresses(tx, new Map(told.map(([user, { email }]) => [user, email])))
  await people.giveAbouts(tx, new Map(told.map(([user, { about }]) => [user, plainText(about, 1000)])))
}

async function knownTopics(run: ImportRun): Promise<Forum['topics']> {
  const prefix = run.key('topic', '')
  const rows = await ask<{ key: string; id: number; title: string; kind: string }>(
    run.db,
    'select imported_from as key, id, title, kind from posts where starts_with(imported_from, $1)',
    [prefix],
  )
  return new Map(rows.map(({ key, ...topic }) => [key.slice(prefix.length), topic]))
}

/** Parents first, so that a board can hang below another; a circle of parents ends at the top. */
async function importCategories(forum: Forum, categories: readonly DiscourseCategory[]): Promise<void> {
  const { run } = forum
  const byId = new Map<number, DiscourseCategory>()
  // What one document describes another may know by its number alone.
  for (const one of categories) if (!byId.has(one.id) || one.slug !== undefined) byId.set(one.id, one)
  run.show('boards', 0, byId.size)
  const add = async (category: DiscourseCategory, above: number): Promise<void> => {
    if (forum.boards.has(String(category.id))) return
    const parent = byId.get(category.parent_category_id ?? -1)
    if (parent && above < 10) await add(parent, above + 1)
    await addBoard(forum, category, { parent, isHidden: isHidden(category, byId) })
  }
  for (const category of byId.values()) await add(category, 0)
}

/** A board is never more open than the boards above it. */
function isHidden(category: DiscourseCategory, byId: ReadonlyMap<number, DiscourseCategory>): boolean {
  let above: DiscourseCategory | undefined = category
  for (let level = 0; above && level < 12; level++) {
    if (above.read_restricted) return true
    above = byId.get(above.parent_category_id ?? -1)
  }
  return false
}

async function addBoard(
  forum: Forum,
  category: DiscourseCategory,
  { parent, isHidden }: { parent: { id: number } | undefined; isHidden: boolean },
): Promise<void> {
  const { run } = forum
  if (forum.boards.has(String(category.id))) return
  const parentId = forum.boards.get(String(parent?.id ?? '')) ?? null
  const about = plainText(htmlToMarkdown(category.description_text ?? category.description ?? ''), 500)
  const board = {
    key: run.key('board', category.id),
    slug: slugOf(category),
    name: category.name,
    about,
    parentId,
    kind: 'discussion' as const,
    // Who may read a restricted category is not told; moderators can open the board.
    readBy: isHidden ? ('moderators' as const) : ('everyone' as const),
    createdAt: run.options.now,
  }
  forum.boards.set(String(category.id), await run.batch('boards', (tx) => insertBoard(tx, board)))
  run.added.boards++
}

/** As it is read: servers that do not write Korean and others in Latin letters give it percent-encoded, or a number. */
function slugOf({ slug, name }: DiscourseCategory): string {
  const given = slug ?? ''
  const words = /^(%[0-9a-f]{2}|[\w-])+$/i.test(given) ? decoded(given) : given
  return /^(\d+-category|-*)$/.test(words) ? name : words
}

async function importTopics(forum: Forum): Promise<void> {
  const { run, source } = forum
  let waiting: ReadTopic[] = []
  let posts = 0
  let characters = 0
  const flush = async () => {
    const full = waiting
    waiting = []
    posts = 0
    characters = 0
    await run.batch('topics', (tx) => writeTopics(tx, forum, full))
  }
  run.show('topics', 0, null)
  // A run that was stopped goes on where it was; one after a finished run looks for new posts everywhere.
  const isKnown = (id: number) =>
    !run.again && forum.topics.has(String(id)) && run.progress.open !== String(id)
  for await (const { name, json, done, total } of source.topics(isKnown)) {
    // What the next document adds to a topic that waits can be seen only when that is written.
    if (waiting.some((topic) => topic.id === idOf(json))) await flush()
    const topic = tryTopic(forum, name, json)
    run.show('topics', done, total)
    if (!topic) continue
    await ensureBoard(forum, topic)
    const parts = partsOf(topic)
    for (const [index, part] of parts.entries()) {
      waiting.push(part)
      posts += part.posts.length
      for (const post of part.posts) characters += post.body.length
      const isLast = index === parts.length - 1
      if (isLast) delete run.progress.open
      else run.progress.open = topic.id
      const isFull = posts >= source.atOnce || characters >= batchLimits.characters
      if (isFull || parts.length > 1) await flush()
      if (!isLast) run.show('topics', done, total)
    }
  }
  await flush()
}

/** Topics may be endless, transactions not. */
function partsOf(topic: ReadTopic): ReadTopic[] {
  const { rows } = batchLimits
  return Array.from({ length: Math.ceil(topic.posts.length / rows) }, (_, index) => ({
    ...topic,
    isNew: topic.isNew && index === 0,
    posts: topic.posts.slice(index * rows, (index + 1) * rows),
  }))
}

function idOf(json: unknown): string {
  return typeof json === 'object' && json && 'id' in json ? String(json.id) : ''
}

function tryTopic(forum: Forum, name: string, json: unknown): ReadTopic | null {
  try {
    return readTopic(forum, name, json)
  } catch (error) {
    if (!(error instanceof BrokenRow)) throw error
    forum.run.report.skip(name, 0, error.message)
    return null
  }
}

/** A category that no document describes is a board under its number. What staff alone may have read there moderators alone read here. */
async function ensureBoard(forum: Forum, topic: ReadTopic): Promise<void> {
  const { run, source } = forum
  const { categoryId, seenByStaff } = topic
  if (forum.boards.has(categoryId)) return nameBoard(forum, topic)
  const isNone = categoryId === 'none'
  const found = isNone ? null : await source.category(categoryId)
  if (found) {
    const parent = { id: found.parent_category_id ?? -1 }
    return addBoard(forum, found, { parent, isHidden: found.read_restricted === true })
  }
  if (seenByStaff)
    run.report.note(
      source.name,
      0,
      `nothing tells who may read category ${categoryId}: its board is for moderators alone`,
    )
  const name = isNone ? source.name : `category-${categoryId}`
  const board = {
    key: run.key('board', categoryId),
    slug: name,
    name,
    kind: 'discussion' as const,
    readBy: seenByStaff ? ('moderators' as const) : ('everyone' as const),
    createdAt: run.options.now,
  }
  forum.boards.set(categoryId, await run.batch('boards', (tx) => insertBoard(tx, board)))
  run.added.boards++
  await nameBoard(forum, topic)
}

/** Every category begins with a topic about itself: a board that has but its number is called by that. */
async function nameBoard(forum: Forum, { categoryId, isNew, title }: ReadTopic): Promise<void> {
  const [, name] = /^About the (.{1,100}) category$/.exec(title) ?? []
  if (!name || !isNew) return
  const id = forum.boards.get(categoryId)
  const named = 'update boards set name = $2 where id = $1 and name = $3'
  await forum.run.batch('boards', (tx) => ask(tx, named, [id, name, `category-${categoryId}`]))
}
