import {
  type DiscourseCategory,
  kindOf,
  type LoosePost,
  type Profile,
  readCategories,
  readLoosePosts,
  readProfiles,
} from './discourse-shapes.ts'
import type { DiscourseSource, FoundTopic, Skip } from './discourse-source.ts'
import { parseHtml, textOf } from './html-tree.ts'
import { ImportProblem } from './problem.ts'
import { batchLimits } from './run.ts'
import {
  archiveIn,
  checkFile,
  listFiles,
  openFolder,
  readLines,
  readText,
  type SourceFile,
} from './source-files.ts'

const largestFile = 200_000_000
/** A copy of the site's pages may have kept what stood behind the question mark. */
const documents = /\.(json|jsonl|ndjson)(\.gz)?(\?[^/]*)?$/i
const ofLines = /\.(jsonl|ndjson)(\.gz)?$/i

/**
 * A folder with the JSON that a server gives at /t/ID.json or /posts/ID.json, in files, lists or lines, and /categories.json or
 * /site.json.
 */
export async function openTopicFolder(
  folder: string,
  options: { name?: string; skip: Skip },
): Promise<DiscourseSource> {
  const path = await openFolder(folder)
  const names = await listFiles(path, documents)
  if (names.length === 0) {
    throw new ImportProblem(`${folder}: there are no .json files${await adviceFor(path)}`)
  }
  const read = (name: string) => readDocuments(path, name, options.skip)
  const base = await findBase(path, names)
  // What is broken is told once.
  const again = (name: string) => readDocuments(path, name, () => {})
  const profiles = new Map<string, Profile>()
  return {
    base,
    atOnce: batchLimits.rows,
    profiles,
    name: options.name ?? (base ? new URL(base).hostname : path.split('/').at(-1) || 'folder'),
    categories: async () => {
      const found: DiscourseCategory[] = []
      for (const name of names.filter((one) => /categor|site|^c\/|\/c\/|show/i.test(one)))
        for await (const { json } of again(name)) found.push(...readCategories(json))
      return found.length > 0 ? found : linkedCategories(path, names)
    },
    category: () => Promise.resolve(null),
    topics: () => topicsOf(names, { read, again, profiles, skip: options.skip }),
  }
}

/** One document tells the address, another what they say of themselves. */
function learn(profiles: Map<string, Profile>, told: ReadonlyMap<string, Profile>): void {
  for (const [user, { email, about }] of told) {
    const before = profiles.get(user)
    profiles.set(user, { email: email || (before?.email ?? ''), about: about || (before?.about ?? '') })
  }
}

async function adviceFor(path: string): Promise<string> {
  const [dump] = await listFiles(path, /^dump\.sql(\.gz)?$/i)
  if (dump)
    return `; ${dump} is a backup, which is not read: fetch the topics as JSON, or give the site's address`
  const [posts] = await listFiles(path, /^Posts\.xml(\.gz)?$/i)
  if (posts) return `; ${posts} is of Stack Exchange: use "import stackexchange"`
  const archive = await archiveIn(path)
  return archive ? `; ${archive} is an archive, unpack it first` : ''
}

type Document = { json: unknown; line: number }
type Read = (name: string) => AsyncGenerator<Document>

async function* topicsOf(
  names: readonly string[],
  { read, again, profiles, skip }: { read: Read; again: Read; profiles: Map<string, Profile>; skip: Skip },
): AsyncGenerator<FoundTopic> {
  const later = new Set<string>()
  const loose = new Map<number, Set<string>>()
  const total = names.length
  let done = 0
  for (const name of names) {
    done++
    for await (const { json, line } of read(name)) {
      const kind = kindOf(json)
      if (kind === 'unknown') skip(name, line, 'not a document that Discourse gives')
      if (kind === 'other') learn(profiles, readProfiles(json))
      if (kind === 'loose posts') {
        for (const { topic_id } of readLoosePosts(json))
          loose.set(topic_id, (loose.get(topic_id) ?? new Set()).add(name))
      }
      if (kind === 'more posts') later.add(name)
      if (kind === 'topic') yield { name, json, done, total }
    }
  }
  // Further posts of long topics, whatever their files are called: after all beginnings.
  for (const name of later) {
    for await (const { json } of again(name))
      if (kindOf(json) === 'more posts') yield { name, json, done, total }
  }
  let gathered = 0
  for (const [id, files] of loose) {
    const [name = ''] = files
    yield { name, json: await gatherTopic(id, files, again), done: ++gathered, total: loose.size }
  }
}

/** The topic of posts that were saved one by one. Of one that was saved twice the newer text counts. */
async function gatherTopic(id: number, files: ReadonlySet<string>, read: Read): Promise<unknown> {
  const posts: LoosePost[] = []
  for (const file of files) {
    for await (const { json } of read(file))
      posts.push(...readLoosePosts(json).filter((post) => post.topic_id === id))
  }
  posts.sort((one, other) => (one.updated_at ?? '').localeCompare(other.updated_at ?? ''))
  const newest = posts.at(-1)
  // A post by itself tells no category; whoever may edit it may have had it out of a private message.
  const told = posts.find((post) => post.category_id !== undefined)?.category_id
  const category_id = told ?? (told === null || posts.some((post) => post.can_edit) ? null : undefined)
  // Counts only where no file holds the first post.
  const lost = { post_number: 1, created_at: posts[0]?.created_at, hidden: true }
  const byNumber = new Map<number, unknown>([
    [1, lost],
    ...posts.map((post) => [post.post_number, post] as const),
  ])
  return {
    id,
    title: newest?.topic_title ?? newest?.topic_slug?.replaceAll('-', ' '),
    category_id,
    post_stream: { posts: [...byNumber.values()] },
  }
}

/** What a file holds: a document, a list of topics, or a document a line. */
async function* readDocuments(folder: string, name: string, skip: Skip): AsyncGenerator<Document> {
  try {
    const file = await checkFile(folder, name)
    if (ofLines.test(name)) yield* readLineDocuments(file, skip)
    else {
      const json = parseDocument(await readText(file, largestFile), (line, why) => skip(name, line, why))
      if (json !== undefined) for (const one of apart(json)) yield { json: one, line: 0 }
    }
  } catch (error) {
    if (!(error instanceof ImportProblem)) throw error
    skip(name, 0, error.message.replace(`${name}: `, ''))
  }
}

async function* readLineDocuments(file: SourceFile, skip: Skip): AsyncGenerator<Document> {
  let line = 0
  const cut = (why: string) => skip(file.name, line, `the file cannot be unpacked further: ${why}`)
  for await (const text of readLines(file, '\n', { read: () => {}, cut })) {
    line++
    if (!text.trim()) continue
    const json = parseDocument(text, (_, why) => skip(file.name, line, why))
    if (json !== undefined) yield { json, line }
  }
}

function parseDocument(text: string, onBroken: (line: number, why: string) => void): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    onBroken(lineOf(error, text), `no JSON: ${error.message.slice(0, 120)}`)
    return undefined
  }
}

/** Topics in a list are documents each; posts in a list are one. */
function apart(json: unknown): unknown[] {
  return Array.isArray(json) && json.some((one) => one && typeof one === 'object' && 'post_stream' in one)
    ? json
    : [json]
}

function lineOf(error: SyntaxError, text: string): number {
  const position = /at position (\d+)/.exec(error.message)?.[1]
  const end = position === undefined ? text.length : Number(position)
  return text.slice(0, end).split('\n').length
}

/** What cannot be read is told later. */
function textOfFile(folder: string, name: string): Promise<string> {
  return checkFile(folder, name)
    .then((file) => readText(file, largestFile))
    .catch(() => '')
}

/** Topics do not name their server, but the links that they call internal do, and profiles of pictures of members. */
async function findBase(folder: string, names: readonly string[]): Promise<string | null> {
  const links = new Map<string, number>()
  const pictures = new Map<string, number>()
  const count = (counts: Map<string, number>, one: string) => counts.set(one, (counts.get(one) ?? 0) + 1)
  for (const name of names.slice(0, 300)) {
    const text = await textOfFile(folder, name)
    for (const [, origin = ''] of text.matchAll(internalLink)) count(links, origin)
    for (const [, host = ''] of text.matchAll(memberPicture)) count(pictures, `https://${host}`)
  }
  const [best] = [...(links.size > 0 ? links : pictures)].sort(([, one], [, other]) => other - one)
  return best?.[0] ?? null
}

// The server may live below a path of its host; between the two may stand the title.
const internalLink =
  /"url"\s*:\s*"(https?:\/\/[^"\\\s]{1,300}?)\/t\/[^"]*"\s*,\s*(?:"title"\s*:\s*(?:null|"(?:[^"\\]|\\.){0,500}")\s*,\s*)?"internal"\s*:\s*true/g
const memberPicture = /\/user_avatar\/([a-z0-9.-]{1,253}\.[a-z0-9-]{2,63})\//g

/** Where no document describes the categories: those that posts link to, as above quotes from other topics. */
async function linkedCategories(folder: string, names: readonly string[]): Promise<DiscourseCategory[]> {
  const found = new Map<number, DiscourseCategory>()
  for (const name of names.slice(0, 10_000)) {
    const text = await textOfFile(folder, name)
    if (!text.includes('badge-category')) continue
    const html = text
      .replace(/\\u003c/gi, '<')
      .replace(/\\u003e/gi, '>')
      .replaceAll('\\"', '"')
    for (const [, slug = '', id = '', words = ''] of html.matchAll(categoryLink))
      found.set(Number(id), { id: Number(id), slug, name: textOf(parseHtml(words)).trim() || slug })
  }
  return [...found.values()]
}

// Every repetition has an end: a file may be made to be read for hours.
const categoryLink =
  /href="[^"]{0,200}\/c\/(?:[^"/]{1,200}\/){0,4}([^"/]{1,200})\/(\d{1,9})"[^>]{0,500}>(?:<span[^>]{0,500}><\/span>){0,4}<span[^>]{0,300}badge-category[^>]{0,2000}>(?:<span[^>]{0,500}>)?([^<]{1,500})</g
