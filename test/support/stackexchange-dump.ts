import { rmSync } from 'node:fs'
import { afterAll, beforeAll } from 'vitest'
import { importStackExchange, type StackExchangeOptions } from '#modules/imports/stackexchange.ts'
import { ask } from '#platform/database.ts'
import { makeTestDatabase, type TestDatabase } from './database.ts'
import { dumpFile, makeFolder } from './import-files.ts'

export const now = new Date('2026-11-21T00:00:00Z')
export const at = (day: number) => `2020-01-${String(day).padStart(2, '0')}T10:00:00.123`
export type Row = Record<string, string | number>
export const question = (Id: number, more: Row = {}): Row => ({
  Id,
  PostTypeId: 1,
  CreationDate: at(1),
  Score: 3,
  ViewCount: 40,
  Title: `Question ${Id}`,
  Body: `<p>Text ${Id}</p>`,
  OwnerUserId: 1,
  Tags: '<a><b-c>',
  ...more,
})
export const answer = (Id: number, ParentId: number, more: Row = {}): Row => ({
  Id,
  PostTypeId: 2,
  ParentId,
  CreationDate: at(2),
  Score: 1,
  Body: `<p>Answer ${Id}</p>`,
  OwnerUserId: 2,
  ...more,
})
export const remark = (Id: number, PostId: number, more: Row = {}): Row => ({
  Id,
  PostId,
  Score: 0,
  Text: `Remark ${Id}`,
  CreationDate: at(3),
  UserId: 1,
  ...more,
})
export const users: Row[] = [
  { Id: 1, DisplayName: 'Ann', CreationDate: at(1) },
  { Id: 2, DisplayName: 'Ann', CreationDate: at(1), AboutMe: '<p>Hi <b>you</b></p>' },
]

type Post = {
  id: number
  title: string
  votes: number
  views: number
  answers: number
  comments: number
  tags: string[]
  accepted: number | null
  body: string
  html: string
  author: string | null
}

/** A database for the tests of a file, and what dumps bring into it. */
export function dumpSite() {
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
  /** Removed at the end. */
  const keep = (folder: string) => {
    folders.push(folder)
    return folder
  }

  /** A dump of its own: `site` makes it another site than those of other tests. */
  function dump(
    site: number,
    files: { posts: Row[]; users?: Row[]; comments?: Row[]; history?: Row[] },
  ): string {
    const first = question(1, {
      CreationDate: `2019-01-01T00:00:00.${String(site).padStart(3, '0')}`,
      Title: `Site ${site}`,
    })
    const folder = makeFolder({
      'Posts.xml': dumpFile('posts', [first, ...files.posts]),
      'Users.xml': dumpFile('users', files.users ?? users),
      ...(files.comments && { 'Comments.xml': dumpFile('comments', files.comments) }),
      ...(files.history && { 'PostHistory.xml': dumpFile('posthistory', files.history) }),
    })
    return keep(folder)
  }
  const run = (folder: string, more: Partial<StackExchangeOptions> = {}) =>
    importStackExchange(database.db, { folder, now, reportFolder, ...more })
  const postsOf = (folder: string) =>
    ask<Post>(
      database.db,
      `select p.id, p.title, p.votes, p.views, p.answers, p.comments, p.tags, p.accepted_id as accepted, v.body, v.html, m.name as author
       from posts p join post_versions v on v.post_id = p.id and v.version = p.version join members m on m.id = p.author_id
       join boards b on b.id = p.board_id where b.name = $1 order by p.id`,
      [folder.split('/').at(-1)],
    )
  const commentsOf = (postId: number) =>
    ask<{ id: number; parent: number | null; answer: boolean; body: string; author: string | null }>(
      database.db,
      `select c.id, c.parent_id as parent, c.is_answer as answer, v.body, m.name as author from comments c
       join comment_versions v on v.comment_id = c.id and v.version = c.version join members m on m.id = c.author_id
       where post_id = $1 order by path`,
      [postId],
    )
  return { dump, run, postsOf, commentsOf, keep, db: () => database.db }
}
