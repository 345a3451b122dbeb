import { ask, type Db } from '#platform/database.ts'
import { rendererVersion, renderMarkdown } from '#platform/markdown.ts'
import type { ImportRun } from './run.ts'

/** Where an address of the source leads here; null: nowhere, it stays. */
export type Resolve = (address: URL, isRelative: boolean) => { path: string; title: string } | null

const place = 'https://relative.invalid'
// Code stays as it is; else the address of a link or image, or an address in running text.
const addresses =
  /(```[\s\S]*?```|~~~[\s\S]*?~~~|`[^`\n]*`)|\]\(<?((?:https?:\/\/|\/)[^\s<>)]+)>?\)|<?(https?:\/\/[^\s<>()[\]"'`]*[^\s<>()[\]"'`.,:;!?])>?/g

/** Puts our addresses in the place of those that `resolve` knows. */
export function rewriteLinks(body: string, resolve: Resolve): string {
  return body.replace(
    addresses,
    (whole: string, code: string | undefined, target: string | undefined, bare: string | undefined) => {
      if (code !== undefined) return whole
      const address = URL.parse(target ?? bare ?? '', place)
      const found = address ? resolve(address, address.origin === place) : null
      if (!found) return whole
      if (target !== undefined) return `](${found.path})`
      return `[${found.title.replace(/[\\[\]`*_<]/g, '\\$&')}](${found.path})`
    },
  )
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

type Candidate = { id: number; version: number; body: string }
const tables = {
  post: { things: 'posts', versions: 'post_versions', key: 'post_id' },
  comment: { things: 'comments', versions: 'comment_versions', key: 'comment_id' },
} as const

function candidates(
  run: ImportRun,
  input: { kind: 'post' | 'comment'; after: number; pattern: string },
): Promise<Candidate[]> {
  const { things, versions, key } = tables[input.kind]
  return ask<Candidate>(
    run.db,
    `select t.id, v.version, v.body from ${things} t join ${versions} v on v.${key} = t.id and v.version = t.version
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
    return body === row.body
      ? []
      : [{ ...row, body, html: renderMarkdown(body, { mentions: input.mentions }) }]
  })
  if (changed.length === 0) return
  await ask(
    tx,
    `update ${versions} v set body = r.body, html = r.html, renderer = $2
     from json_to_recordset($1) as r(id bigint, version int, body text, html text)
     where v.${key} = r.id and v.version = r.version`,
    [JSON.stringify(changed), rendererVersion],
  )
  run.added.links += changed.length
}
