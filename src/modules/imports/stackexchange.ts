import { basename, dirname, join } from 'node:path'
import { ask, type Db } from '#platform/database.ts'
import { boardSlug, insertBoard } from './boards.ts'
import { People } from './people.ts'
import { ImportProblem } from './problem.ts'
import { type ImportOptions, type ImportResult, type ImportRun, runImport } from './run.ts'
import { archiveIn, findFile, listFiles, openFolder, type SourceFile } from './source-files.ts'
import { rewriteSiteLinks } from './stackexchange-links.ts'
import { importComments, importMembers, importPosts } from './stackexchange-phases.ts'
import { importRevisions } from './stackexchange-revisions.ts'
import type { Question, Site } from './stackexchange-site.ts'
import { knownComments, knownIds } from './writer.ts'
import { readRows } from './xml-rows.ts'

export type StackExchangeOptions = ImportOptions & {
  /** Folder with Posts.xml and, where there are, Users.xml, Comments.xml and PostHistory.xml; each may be gzipped. */
  folder: string
  /** The site's host (history.stackexchange.com); else the folder's name, when it is one, and the hosts found in links. */
  host?: string
  /** The board that the site becomes; else named after the folder. */
  board?: { slug?: string; name?: string }
}

/**
 * Imports a site of the Stack Exchange dump as one board: questions are posts, answers their root comments, comments
 * hang below what they comment. Can be stopped and started again; what is here already is left as it is.
 * @throws ImportProblem for a folder that cannot be read and for hostile XML
 */
export async function importStackExchange(db: Db, options: StackExchangeOptions): Promise<ImportResult> {
  const folder = await findSite(await openFolder(options.folder))
  const files = await findDump(folder)
  await refuseHostile(files)
  const name = options.board?.name ?? basename(folder)
  const slug = boardSlug(options.board?.slug ?? basename(folder))
  // An address does as well as a host.
  const given = options.host?.toLowerCase().replace(/^https?:\/\/|\/.*$/g, '')
  const host = given || (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(basename(folder)) ? basename(folder) : null)
  const { source, mark } = await findSource(db, files.posts, { host, name: boardSlug(basename(folder)) })
  let board = slug
  const result = await runImport(db, { ...options, source }, async (run) => {
    run.progress.mark = mark
    const boardId = await findOrAddBoard(run, { slug, name })
    board = await slugOf(db, boardId)
    const people = await People.load(run)
    const questions = await knownQuestions(run)
    const answers = await knownComments(db, run.key('answer', ''))
    const site: Site = { run, files, boardId, people, questions, answers, others: new Set(), host }
    await importMembers(site)
    await importPosts(site, 'questions')
    await importPosts(site, 'answers')
    await importComments(site)
    await importRevisions(site)
    await rewriteSiteLinks(site)
  })
  return { ...result, board }
}

/** The folder itself, or the only one below it that holds a Posts.xml: archives often unpack to a folder in a folder. */
async function findSite(folder: string): Promise<string> {
  if (await findFile(folder, ['Posts.xml', 'Posts.xml.gz'])) return folder
  const sites = [...new Set((await listFiles(folder, /^Posts\.xml(\.gz)?$/i)).map(dirname))]
  const [first = '.'] = sites
  if (sites.length > 1) {
    const names = sites.slice(0, 10).join(', ')
    throw new ImportProblem(
      `${folder}: there are several sites (${names}); give one of these folders at a time`,
    )
  }
  return join(folder, first)
}

async function adviceFor(folder: string): Promise<string> {
  const archive = await archiveIn(folder)
  if (archive) return `, but ${archive}; archives are not read, unpack it first (7z x ${archive})`
  const [json] = await listFiles(folder, /\.json$/i)
  return json ? `, but ${json}: for a Discourse site use "import discourse"` : ''
}

async function findDump(folder: string): Promise<Site['files']> {
  const find = (name: string) => findFile(folder, [`${name}.xml`, `${name}.xml.gz`])
  const posts = await find('Posts')
  if (!posts) throw new ImportProblem(`${folder}: there is no Posts.xml${await adviceFor(folder)}`)
  return {
    posts,
    users: await find('Users'),
    comments: await find('Comments'),
    history: await find('PostHistory'),
  }
}

/** What the beginning of any of them gives away is refused before anything comes in. */
async function refuseHostile(files: Site['files']): Promise<void> {
  for (const file of Object.values(files)) {
    if (!file) continue
    for await (const _ of readRows(file, { read: () => {}, broken: () => {} })) break
  }
}

/**
 * The name under which this very site was imported before, wherever its folder lay; else a free one like the wanted one.
 * Its host tells a site, else its oldest post: two in folders of the same name would take each other's posts for their own.
 */
async function findSource(
  db: Db,
  posts: SourceFile,
  wanted: { host: string | null; name: string },
): Promise<{ source: string; mark: string }> {
  const mark = await oldestPost(posts)
  const rows = await ask<{ source: string; mark: string | null }>(
    db,
    "select source, progress->>'mark' as mark from imports where starts_with(source, 'stackexchange:')",
    [],
  )
  const asHost = `stackexchange:${wanted.host}`
  const known = rows.find((row) => row.source === asHost) ?? rows.find((row) => row.mark === mark)
  if (known) return { source: known.source, mark }
  const first = wanted.host === null ? `stackexchange:${wanted.name}` : asHost
  let source = first
  for (let number = 2; rows.some((row) => row.source === source); number++) source = `${first}-${number}`
  return { source, mark }
}

async function oldestPost(posts: SourceFile): Promise<string> {
  for await (const { values } of readRows(posts, { read: () => {}, broken: () => {} })) {
    if (values['Id'] && values['CreationDate']) return `${values['Id']} ${values['CreationDate']}`
  }
  throw new ImportProblem(
    `${posts.path}: there is no post in it; is it the Posts.xml of a Stack Exchange dump?`,
  )
}

async function findOrAddBoard(run: ImportRun, board: { slug: string; name: string }): Promise<number> {
  const known = await knownIds(run.db, 'boards', run.key('board', ''))
  const id = known.get('site')
  if (id !== undefined) return id
  run.added.boards++
  const key = run.key('board', 'site')
  const createdAt = run.options.now
  return run.batch('board', (tx) =>
    insertBoard(tx, { ...board, key, kind: 'question', downvotes: true, createdAt }),
  )
}

/** Not always the one that was asked for: it may have been taken, or the board made by an earlier run. */
async function slugOf(db: Db, id: number): Promise<string> {
  const [row] = await ask<{ slug: string }>(db, 'select slug from boards where id = $1', [id])
  return row?.slug ?? ''
}

async function knownQuestions(run: ImportRun): Promise<Map<string, Question>> {
  const prefix = run.key('post', '')
  const rows = await ask<Question & { key: string }>(
    run.db,
    'select imported_from as key, id, title from posts where starts_with(imported_from, $1)',
    [prefix],
  )
  return new Map(rows.map(({ key, id, title }) => [key.slice(prefix.length), { id, title }]))
}
