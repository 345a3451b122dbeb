import { indexComments, indexPosts } from '#modules/search/documents.ts'
import { paths } from '#paths.ts'
import { ask, type Db } from '#platform/database.ts'
import { rendererVersion, renderMarkdown } from '#platform/markdown.ts'
import { databaseJson } from '#platform/text.ts'
import { fitTags } from './fields.ts'
import type { People } from './people.ts'
import type { ImportRun } from './run.ts'

/** `title` takes the place of an address in running text; where not everybody may know it, it is empty and that address stays. */
export type Target = { path: string; title: string }
/** Where an address of the source leads here; null: nowhere, it stays. */
export type Resolve = (address: URL, isRelative: boolean) => Target | null

export async function tagsHere(db: Db): Promise<ReadonlySet<string>> {
  const rows = await ask<{ name: string }>(db, 'select name from tags', [])
  return new Set(rows.map((row) => row.name))
}

/** The page of a tag that posts here have. One of digits alone keeps its old address: ours would read as a topic's. */
export function tagTarget(tags: ReadonlySet<string>, written: string): Target | null {
  const [tag] = fitTags([decoded(written)], () => {})
  return tag && tags.has(tag) && !/^\d+$/.test(tag) ? { path: paths.tag(tag), title: `#${tag}` } : null
}

export function memberTarget(people: People, id: string): Target | null {
  const name = people.nameOf(id)
  return name === null ? null : { path: paths.member(name), title: name }
}

/** A part of an address as people read it; as it stands where it is not encoded as it should be. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const place = 'https://relative.invalid'
// Code and escaped characters stay as they are; else the address of a link or image, or an address in running text.
const fence =
  /^(?:[ \t>]|[-*+] |\d+[.)] )*(?<fence>`{3,}|~{3,})[^\n]*[\s\S]*?(?:\n[ \t>]*\k<fence>|(?![\s\S]))/
const span = /(?<ticks>`+)(?!`)[^\n]*?[^`\n]\k<ticks>(?!`)/
const target = /\]\(<?(?<target>(?:https?:\/\/|\/)[^\s<>)]+)>?\)/
const bare = /<?(?<bare>https?:\/\/[^\s<>()[\]"'`]*[^\s<>()[\]"'`.,:;!?])>?/
const addresses = new RegExp(
  `\\\\[\\s\\S]|${[fence, span, target, bare].map((one) => one.source).join('|')}`,
  'gm',
)

/** Puts our addresses in the place of those that `resolve` knows. */
export function rewriteLinks(body: string, resolve: Resolve): string {
  let rewritten = ''
  let end = 0
  for (const match of body.matchAll(addresses)) {
    const { target, bare } = match.groups ?? {}
    const address = URL.parse(target ?? bare ?? '', place)
    const found = address && (target ?? bare) ? resolve(address, address.origin === place) : null
    if (!found || (target === undefined && !found.title)) continue
    const words = target === undefined ? `[${found.title.replace(/[\\[\]`*_<]/g, '\\$&')}` : ''
    rewritten += `${body.slice(end, match.index)}${words}](${found.path})`
    end = match.index + match[0].length
  }
  return rewritten + body.slice(end)
}

/** Rewrites the newest versions of everything that came from the source and holds an address that `pattern` finds. */
export async function rewriteAll(
  run: ImportRun,
  options: { pattern: string; resolve: Resolve; mentions: ReadonlyMap<string, string> },
): Promise<void> {
  for (const kind of ['post', 'comment'] as const) {
    run.show('links', kind === 'post' ? 0 : 1, 2)
    for (let after = 0; ; ) {
      const rows = await candidates(run, { kind, after, pattern: options.pattern })
      const last = rows.at(-1)
      if (!last) break
      after = last.id
      await run.batch('links', (tx) => rewriteRows(tx, run, { ...options, kind, rows }))
    }
  }
  run.show('links', 2, 2)
}

/** `postId` is a comment's, title and tags are a post's. */
type Candidate = {
  id: number
  version: number
  body: string
  html: string
  postId: number
  title: string
  tags: string[]
}
const tables = {
  post: {
    things: 'posts',
    versions: 'post_versions',
    key: 'post_id',
    columns: 't.id as "postId", t.title, t.tags',
  },
  comment: {
    things: 'comments',
    versions: 'comment_versions',
    key: 'comment_id',
    columns: `t.post_id as "postId", '' as title, '{}'::text[] as tags`,
  },
} as const

function candidates(
  run: ImportRun,
  input: { kind: 'post' | 'comment'; after: number; pattern: string },
): Promise<Candidate[]> {
  const { things, versions, key, columns } = tables[input.kind]
  return ask<Candidate>(
    run.db,
    `select t.id, v.version, v.body, v.html, ${columns} from ${things} t join ${versions} v on v.${key} = t.id and v.version = t.version
     where starts_with(t.imported_from, $1) and t.id > $2 and v.body ~ $3 order by t.id limit 300`,
    [`${run.source}:`, input.after, input.pattern],
  )
}

async function rewriteRows(
  tx: Db,
  run: ImportRun,
  input: {
    kind: 'post' | 'comment'
    rows: readonly Candidate[]
    resolve: Resolve
    mentions: ReadonlyMap<string, string>
  },
): Promise<void> {
  const { versions, key } = tables[input.kind]
  const changed = input.rows.flatMap((row) => {
    const body = rewriteLinks(row.body, input.resolve)
    const html = renderMarkdown(body, { mentions: input.mentions })
    // What was edited is left as it is but for its links: members may mention others than the source knows.
    const isSame = body === row.body && (html === row.html || row.version > 1)
    return isSame ? [] : [{ ...row, body, html }]
  })
  if (changed.length === 0) return
  await ask(
    tx,
    `update ${versions} v set body = r.body, html = r.html, renderer = $2
     from json_to_recordset($1) as r(id bigint, version int, body text, html text)
     where v.${key} = r.id and v.version = r.version`,
    [
      databaseJson(changed.map(({ id, version, body, html }) => ({ id, version, body, html }))),
      rendererVersion,
    ],
  )
  await (input.kind === 'post' ? indexPosts(tx, changed) : indexComments(tx, changed))
  run.added.links += changed.length
}
