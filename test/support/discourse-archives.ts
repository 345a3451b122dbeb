import { rmSync } from 'node:fs'
import { afterAll, beforeAll } from 'vitest'
import { type DiscourseOptions, importDiscourse } from '#modules/imports/discourse.ts'
import { ask } from '#platform/database.ts'
import { makeTestDatabase, type TestDatabase } from './database.ts'
import { makeFolder } from './import-files.ts'

export type Json = Record<string, unknown>
export const post = (post_number: number, more: Json = {}): Json => ({
  id: 1000 + post_number,
  post_number,
  username: `person${post_number}`,
  created_at: `2020-01-01T00:${String(post_number % 60).padStart(2, '0')}:00.000Z`,
  cooked: `<p>text ${post_number}</p>`,
  post_type: 1,
  reply_to_post_number: null,
  ...more,
})
export const topic = (id: number, posts: Json[], more: Json = {}): Json => ({
  id,
  title: `Topic ${id}`,
  category_id: 5,
  views: 9,
  tags: ['one', { name: 'two' }],
  post_stream: { posts },
  ...more,
})

/** A database for the tests of a file, and what archives of forums bring into it. */
export function discourseArchives() {
  let database: TestDatabase
  const reportFolder = makeFolder({})
  const folders = [reportFolder]
  beforeAll(async () => {
    database = await makeTestDatabase()
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    for (const folder of folders) rmSync(folder, { recursive: true })
  })
  const run = (from: string, more: Partial<DiscourseOptions> = {}) =>
    importDiscourse(database.db, {
      from,
      now: new Date('2026-11-21T00:00:00Z'),
      reportFolder,
      pauseMs: 0,
      ...more,
    })
  function folderOf(files: Record<string, unknown>): string {
    const folder = makeFolder(
      Object.fromEntries(
        Object.entries(files).map(([name, json]) => [
          name,
          typeof json === 'string' ? json : JSON.stringify(json),
        ]),
      ),
    )
    folders.push(folder)
    return folder
  }
  const threadOf = (key: string) =>
    ask<{
      id: number
      number: string
      depth: number
      answer: boolean
      body: string
      votes: number
      author: string | null
    }>(
      database.db,
      `select c.id, split_part(c.imported_from, '/', -1) as number, cardinality(path) - 1 as depth, is_answer as answer, v.body, votes,
         m.name as author
       from comments c join comment_versions v on v.comment_id = c.id join members m on m.id = c.author_id
       where c.imported_from like $1 order by path`,
      [`discourse:${key}/%`],
    )
  const postsOf = (name: string) =>
    ask<{
      id: number
      topic: string
      title: string
      kind: string
      body: string
      votes: number
      board: string
      readBy: string
    }>(
      database.db,
      `select p.id, split_part(p.imported_from, ':', -1) as topic, p.title, p.kind, v.body, p.votes, b.name as board, b.read_by as "readBy"
       from posts p join post_versions v on v.post_id = p.id join boards b on b.id = p.board_id
       where p.imported_from like $1 order by p.id`,
      [`discourse:${name}:topic:%`],
    )
  return { run, folderOf, threadOf, postsOf, db: () => database.db }
}
