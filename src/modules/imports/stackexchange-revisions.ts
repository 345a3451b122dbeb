import { ask, type Db } from '#platform/database.ts'
import { rendererVersion, renderMarkdown } from '#platform/markdown.ts'
import { cleanLine, isBlank } from '#platform/text.ts'
import { fitBody, fitTags, fitTitle, readDate, readNumber } from './fields.ts'
import { parseHtml, textOf } from './html-tree.ts'
import type { Person } from './people.ts'
import { Closings } from './stackexchange-closings.ts'
import { eachBatch, personOf, type Site } from './stackexchange-site.ts'
import { type Row, readRows } from './xml-rows.ts'

type Place = { table: 'post' | 'comment'; id: number }
/** One act of editing: rows that share a revision, for one post. */
type Revision = {
  place: Place
  /** The how-maniest of its post, and of all groups of the file. */
  nth: number
  order: number
  author: Person
  at: Date
  title: string | null
  tags: string[] | null
  body: string | null
  note: string
}
type State = { title: string; tags: string[]; body: string; html: string; version: number }

const parts: Record<number, 'title' | 'body' | 'tags'> = {
  1: 'title',
  2: 'body',
  3: 'tags',
  4: 'title',
  5: 'body',
  6: 'tags',
  7: 'title',
  8: 'body',
  9: 'tags',
}

/**
 * Edit history, where the dump has it. The text of Posts.xml is the newest version; as many numbers as PostHistory.xml
 * has earlier revisions are made free before it, and the file is read a second time to fill them. It also tells why
 * questions were closed.
 */
export async function importRevisions(site: Site): Promise<void> {
  const { files, run } = site
  if (!files.history) return
  const { counts, closings } = await readAhead(site)
  const reader = new RevisionReader(site, (line) =>
    run.report.note(files.history?.name ?? '', line, 'the text was shortened'),
  )
  const done = run.progress.revisions ?? 0
  await eachBatch(run, files.history, {
    phase: 'history',
    read: (row) => reader.take(row),
    write: async (tx, revisions) => {
      const fresh = revisions.filter((revision) => revision.order > done)
      await writeRevisions(tx, site, { revisions: fresh, counts })
      const last = revisions.at(-1)
      if (last && last.order > (run.progress.revisions ?? 0)) run.progress.revisions = last.order
    },
  })
  const rest = reader.rest().filter((revision) => revision.order > done)
  const last = rest.at(-1)
  if (last) run.progress.revisions = last.order
  await run.batch('history', async (tx) => {
    await writeRevisions(tx, site, { revisions: rest, counts })
    await closings.write(tx)
  })
}

async function readAhead(site: Site): Promise<{ counts: Map<string, number>; closings: Closings }> {
  const file = site.files.history
  const counts = new Map<string, number>()
  const closings = new Closings(site)
  if (!file) return { counts, closings }
  const reader = new RevisionReader(site, () => {})
  const count = (revision: Revision) => counts.set(nameOf(revision.place), revision.nth)
  for await (const row of readRows(file, { read: () => {}, broken: () => {} })) {
    try {
      const revision = reader.take(row)
      if (revision) count(revision)
      closings.take(row)
    } catch {
      // Broken rows are reported when the file is read for writing.
    }
  }
  reader.rest().forEach(count)
  return { counts, closings }
}

function nameOf(place: Place): string {
  return `${place.table}:${place.id}`
}

/** So many revisions wait for further rows: rows of several people who wrote at once stand mixed in the file. */
const mostOpen = 50

/** Puts the rows of the file together to revisions, and gives each once enough others have begun after it. */
class RevisionReader {
  readonly #site: Site
  readonly #onCut: (line: number) => void
  readonly #seen = new Map<string, number>()
  readonly #open = new Map<string, Revision>()
  #order = 0

  constructor(site: Site, onCut: (line: number) => void) {
    this.#site = site
    this.#onCut = onCut
  }

  take({ values, line }: Row): Revision | null {
    const part = parts[readNumber(values['PostHistoryTypeId'], 'PostHistoryTypeId')]
    if (!part) return null
    const place = this.#placeOf(String(readNumber(values['PostId'], 'PostId')))
    if (!place) return null
    const at = readDate(values['CreationDate'], 'CreationDate', this.#site.run.options.now)
    const key = `${values['RevisionGUID'] || line} ${nameOf(place)}`
    const open = this.#open.get(key)
    const revision = open ?? this.#begin({ place, at, values })
    const note = () => this.#onCut(line)
    const text = values['Text'] ?? ''
    if (part === 'title') revision.title = fitTitle(text, note)
    else if (part === 'tags') revision.tags = fitTags(text.split(/[<>|]/), note)
    else revision.body = fitBody(text, note)
    if (open) return null
    this.#open.set(key, revision)
    return this.#open.size > mostOpen ? this.#takeEldest() : null
  }

  /** What is still open when the file has ended. */
  rest(): Revision[] {
    const rest = [...this.#open.values()]
    this.#open.clear()
    return rest
  }

  #takeEldest(): Revision | null {
    for (const [key, revision] of this.#open) {
      this.#open.delete(key)
      return revision
    }
    return null
  }

  #placeOf(sourceId: string): Place | null {
    const question = this.#site.questions.get(sourceId)
    if (question) return { table: 'post', id: question.id }
    const answer = this.#site.answers.get(sourceId)
    return answer ? { table: 'comment', id: answer.id } : null
  }

  #begin(input: { place: Place; at: Date; values: Record<string, string> }): Revision {
    const { place, at, values } = input
    const nth = (this.#seen.get(nameOf(place)) ?? 0) + 1
    this.#seen.set(nameOf(place), nth)
    const author = personOf(values, { id: 'UserId', name: 'UserDisplayName' }, at)
    const note = Array.from(cleanLine(values['Comment'] ?? ''))
      .slice(0, 200)
      .join('')
    return { place, nth, order: ++this.#order, author, at, title: null, tags: null, body: null, note }
  }
}

async function writeRevisions(
  tx: Db,
  site: Site,
  { revisions, counts }: { revisions: readonly Revision[]; counts: Map<string, number> },
): Promise<void> {
  await site.people.add(
    tx,
    revisions.map((revision) => revision.author),
  )
  const states = new Map<string, State>()
  for (const revision of revisions) {
    const name = nameOf(revision.place)
    const total = counts.get(name) ?? 0
    if (revision.nth === 1 && total > 1 && !(await makeRoom(tx, revision.place, total))) {
      // Edited here before its history came: what members did stays as it is.
      counts.delete(name)
      continue
    }
    const imported = await findState(tx, revision.place, total)
    if (!imported) continue
    const before =
      states.get(name) ?? (revision.nth > 1 ? await findState(tx, revision.place, revision.nth - 1) : null)
    const state = next(site, { revision, before, newest: imported })
    if (revision.nth === total) await finishNewest(tx, site, { revision, state, newest: imported })
    else await insertVersion(tx, site, { revision, state })
    states.set(name, state)
    site.run.added.versions++
  }
}

function next(site: Site, input: { revision: Revision; before: State | null; newest: State }): State {
  const { revision, newest } = input
  const before = input.before ?? newest
  const body = revision.body !== null && !isBlank(revision.body) ? revision.body : before.body
  const html = body === before.body ? before.html : renderMarkdown(body, { mentions: site.people.mentions })
  const title = revision.title !== null && !isBlank(revision.title) ? revision.title : before.title
  return { title, tags: revision.tags ?? before.tags, body, html, version: revision.nth }
}

/** The text of Posts.xml, written as version 1, becomes version `total`. @returns false when there are others already */
async function makeRoom(tx: Db, place: Place, total: number): Promise<boolean> {
  const [versions, key, things] =
    place.table === 'post'
      ? ['post_versions', 'post_id', 'posts']
      : ['comment_versions', 'comment_id', 'comments']
  const moved = await ask(
    tx,
    `with moved as (update ${things} set version = $2 where id = $1 and version = 1 returning id)
     update ${versions} v set version = $2 from moved where v.${key} = moved.id and v.version = 1 returning 1`,
    [place.id, total],
  )
  return moved.length > 0
}

async function findState(tx: Db, place: Place, version: number): Promise<State | null> {
  const text =
    place.table === 'post'
      ? 'select title, tags, body, html, version from post_versions where post_id = $1 and version = $2'
      : `select '' as title, '{}'::text[] as tags, body, html, version from comment_versions
         where comment_id = $1 and version = $2`
  const [state] = await ask<State>(tx, text, [place.id, version])
  return state ?? null
}

async function insertVersion(
  tx: Db,
  site: Site,
  { revision, state }: { revision: Revision; state: State },
): Promise<void> {
  const by = site.people.idOf(revision.author.id)
  const shared = [revision.place.id, revision.nth, state.body, state.html, rendererVersion, by, revision.at]
  if (revision.place.table === 'post') {
    await ask(
      tx,
      `insert into post_versions (post_id, version, body, html, renderer, by_id, created_at, title, tags, note)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
      [...shared, state.title, state.tags, revision.nth === 1 ? '' : revision.note],
    )
    return
  }
  await ask(
    tx,
    `insert into comment_versions (comment_id, version, body, html, renderer, by_id, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    shared,
  )
}

/** The newest version keeps the text of Posts.xml; its source is the writer's own where it says the same. */
async function finishNewest(
  tx: Db,
  site: Site,
  { revision, state, newest }: { revision: Revision; state: State; newest: State },
): Promise<void> {
  const by = site.people.idOf(revision.author.id)
  const { body, html } = wordsOf(state.html) === wordsOf(newest.html) ? state : newest
  const isPost = revision.place.table === 'post'
  const note = isPost ? ', note = $7' : ''
  const values = [revision.place.id, newest.version, body, html, by, revision.at]
  await ask(
    tx,
    `update ${isPost ? 'post_versions' : 'comment_versions'} set body = $3, html = $4, by_id = $5, created_at = $6${note}
     where ${isPost ? 'post_id' : 'comment_id'} = $1 and version = $2`,
    isPost ? [...values, revision.nth === 1 ? '' : revision.note] : values,
  )
}

function wordsOf(html: string): string {
  return textOf(parseHtml(html)).replace(/\s+/g, ' ').trim()
}
