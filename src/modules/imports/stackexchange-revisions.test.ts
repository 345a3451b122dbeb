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

test('why a question was closed stands at its lock: the last closing, with the titles it repeats, unless it was opened again', async () => {
  const act = (type: number, day: number, PostId: number, more: Row = {}): Row => ({
    Id: 1,
    PostHistoryTypeId: type,
    PostId,
    RevisionGUID: `act-${type}-${day}-${PostId}`,
    CreationDate: at(day),
    ...more,
  })
  const ClosedDate = at(6)
  const originals = JSON.stringify({ OriginalQuestionIds: [11, 999, 'x'], Voters: [{ Id: 1 }] })
  const folder = site.dump(44, {
    posts: [
      question(10, { ClosedDate }),
      question(11, { Title: 'The first & only' }),
      question(12, { ClosedDate }),
      question(13, { ClosedDate }),
      question(14, { ClosedDate }),
      question(15, { ClosedDate }),
    ],
    history: [
      act(10, 2, 10, { Comment: '105' }),
      act(11, 3, 10),
      act(10, 6, 10, { Comment: '101', Text: originals }),
      // Posts.xml does not name it closed.
      act(10, 2, 11, { Comment: '102' }),
      act(10, 6, 12, { Comment: '4', Text: '{"Voters":[]}' }),
      act(10, 6, 13, { Comment: 'constructor' }),
      act(10, 2, 14, { Comment: '103' }),
      act(11, 3, 14),
      act(10, 6, 15, { Comment: '101', Text: '{"OriginalQuestionIds": broken' }),
    ],
  })
  const reasons = async () => {
    const ids = (await site.postsOf(folder)).slice(1).map(({ id }) => id)
    const locks = await ask<{ id: number; reason: string }>(
      site.db(),
      'select post_id as id, reason from post_locks where post_id = any($1)',
      [ids],
    )
    return ids.map((id) => locks.find((lock) => lock.id === id)?.reason)
  }
  await site.run(folder)
  const told = ['duplicate: “The first & only”', undefined, 'not a real question', '', '', 'duplicate']
  expect(await reasons()).toEqual(told)
  await ask(site.db(), `update post_locks set reason = 'ours' where reason = 'not a real question'`, [])
  await site.run(folder)
  expect(await reasons()).toEqual(told.with(2, 'ours'))
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
