import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask } from '#platform/database.ts'
import { dumpFile } from '#test/support/import-files.ts'
import { answer, at, dumpSite, question, type Row } from '#test/support/stackexchange-dump.ts'

const site = dumpSite()

test('edit history becomes versions, the newest as Posts.xml has it', async () => {
  const edit = (type: number, guid: string, day: number, Text: string, more: Row = {}): Row => ({
    Id: 1,
    PostHistoryTypeId: type,
    PostId: 10,
    RevisionGUID: guid,
    CreationDate: at(day),
    UserId: 1,
    Text,
    ...more,
  })
  const folder = site.dump(4, {
    posts: [
      question(10, { Title: 'New title', Body: '<p>second <b>text</b></p>', LastEditDate: at(6) }),
      answer(20, 10),
    ],
    history: [
      edit(1, 'g1', 1, 'Old title'),
      edit(2, 'g1', 1, 'first text'),
      edit(3, 'g1', 1, '<a><b-c>'),
      edit(5, 'g2', 5, 'second **text**', { UserId: 2, Comment: 'clearer' }),
      edit(5, 'g9', 5, 'better answer', { PostId: 20 }),
      edit(10, 'g5', 5, 'closed'),
      edit(4, 'g3', 6, 'New title'),
    ],
  })
  expect((await site.run(folder)).added.versions).toBe(4)
  const id = (await site.postsOf(folder)).at(-1)?.id
  const versions = await ask(
    site.db(),
    'select version, title, body, note, m.name from post_versions v join members m on m.id = v.by_id where post_id = $1 order by version',
    [id],
  )
  expect(versions.map((version) => Object.values(version as object).slice(0, 4))).toEqual([
    [1, 'Old title', 'first text', ''],
    [2, 'Old title', 'second **text**', 'clearer'],
    [3, 'New title', 'second **text**', ''],
  ])
  expect(await site.run(folder)).toMatchObject({ added: { versions: 0, posts: 0 } })
})

const revision = (guid: string, PostId: number, type: number, Text: string): Row => ({
  Id: 1,
  PostHistoryTypeId: type,
  PostId,
  RevisionGUID: guid,
  CreationDate: at(4),
  UserId: 1,
  Text,
})
const versionsOf = (id: number | undefined) =>
  ask<{ version: number; title: string; body: string }>(
    site.db(),
    'select version, title, body from post_versions where post_id = $1 order by version',
    [id],
  )

test('rows of revisions that stand mixed in the file are put together', async () => {
  const folder = site.dump(24, {
    posts: [question(10), question(11)],
    history: [
      revision('a', 10, 2, 'first of 10'),
      revision('b', 11, 2, 'first of 11'),
      revision('a', 10, 1, 'Old 10'),
      revision('b', 11, 1, 'Old 11'),
      revision('c', 10, 5, 'Text 10'),
    ],
  })
  await site.run(folder)
  const [, ten, eleven] = await site.postsOf(folder)
  expect(await versionsOf(ten?.id)).toEqual([
    { version: 1, title: 'Old 10', body: 'first of 10' },
    { version: 2, title: 'Question 10', body: 'Text 10' },
  ])
  expect(await versionsOf(eleven?.id)).toEqual([{ version: 1, title: 'Question 11', body: 'Text 11' }])
})

test('a post that a member edited here before its history came stays as the member left it', async () => {
  const folder = site.dump(25, { posts: [question(10)] })
  await site.run(folder)
  const id = (await site.postsOf(folder))[1]?.id
  await ask(
    site.db(),
    `with edit as (update posts set version = 2 where id = $1 returning *)
     insert into post_versions (post_id, version, title, tags, body, html, renderer, by_id)
     select id, 2, title, tags, 'edited here', '<p>edited here</p>', 1, author_id from edit`,
    [id],
  )
  const before = await ask(site.db(), 'select * from post_versions where post_id = $1', [id])
  writeFileSync(
    join(folder, 'PostHistory.xml'),
    dumpFile('posthistory', [revision('a', 10, 2, 'first'), revision('b', 10, 5, 'second')]),
  )
  expect((await site.run(folder)).added.versions).toBe(0)
  expect(await ask(site.db(), 'select * from post_versions where post_id = $1', [id])).toEqual(before)
})
