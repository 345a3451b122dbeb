import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reindex } from '#modules/search/reindex.ts'
import { ask } from '#platform/database.ts'
import { wrongCounters } from '#test/support/counters.ts'
import { makeTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { dumpFile, makeFolder, sampleFolder } from '#test/support/import-files.ts'
import { importStackExchange, type StackExchangeOptions } from './stackexchange.ts'

let database: TestDatabase
const folders: string[] = []
const reportFolder = makeFolder({})
folders.push(reportFolder)
beforeAll(async () => {
  database = await makeTestDatabase()
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const now = new Date('2026-11-21T00:00:00Z')
const at = (day: number) => `2020-01-${String(day).padStart(2, '0')}T10:00:00.123`
type Row = Record<string, string | number>
const question = (Id: number, more: Row = {}): Row => ({
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
const answer = (Id: number, ParentId: number, more: Row = {}): Row => ({
  Id,
  PostTypeId: 2,
  ParentId,
  CreationDate: at(2),
  Score: 1,
  Body: `<p>Answer ${Id}</p>`,
  OwnerUserId: 2,
  ...more,
})
const remark = (Id: number, PostId: number, more: Row = {}): Row => ({
  Id,
  PostId,
  Score: 0,
  Text: `Remark ${Id}`,
  CreationDate: at(3),
  UserId: 1,
  ...more,
})
const users: Row[] = [
  { Id: 1, DisplayName: 'Ann', CreationDate: at(1) },
  { Id: 2, DisplayName: 'Ann', CreationDate: at(1), AboutMe: '<p>Hi <b>you</b></p>' },
]

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
  folders.push(folder)
  return folder
}

const run = (folder: string, more: Partial<StackExchangeOptions> = {}) =>
  importStackExchange(database.db, { folder, now, reportFolder, ...more })

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

describe('a dump becomes a board', () => {
  test('questions, answers and comments stand where they belong, with votes, views, tags and who wrote them', async () => {
    const folder = dump(1, {
      posts: [
        answer(20, 10, { Score: 7 }),
        question(10, { AcceptedAnswerId: 20, Score: -2 }),
        { Id: 30, PostTypeId: 5, CreationDate: at(1) },
      ],
      comments: [remark(1, 10), remark(2, 20, { UserId: '' }), remark(3, 20, { Text: '# not a heading' })],
    })
    const result = await run(folder)
    expect(result).toMatchObject({ finished: true, skipped: 0, report: null })
    const post = (await postsOf(folder))[1]
    expect(post).toMatchObject({
      title: 'Question 10',
      votes: -2,
      views: 40,
      answers: 1,
      comments: 4,
      tags: ['a', 'b-c'],
      body: 'Text 10',
      author: 'Ann',
    })
    const comments = await commentsOf(post?.id ?? 0)
    const [first] = comments
    expect(comments.map(({ id, ...comment }) => comment)).toEqual([
      { parent: null, answer: true, body: 'Answer 20', author: 'Ann-2' },
      { parent: first?.id, answer: false, body: 'Remark 2', author: null },
      { parent: first?.id, answer: false, body: '\\# not a heading', author: 'Ann' },
      { parent: null, answer: false, body: 'Remark 1', author: 'Ann' },
    ])
    expect(post?.accepted).toBe(first?.id)
    const members = await ask(
      database.db,
      "select name from members where password_hash is not null or about = 'Hi you'",
      [],
    )
    expect(members).toEqual([{ name: 'Ann-2' }])
  })

  test('who left the site keeps the name that the dump tells, and is one and the same wherever it stands', async () => {
    const folder = dump(20, {
      posts: [
        question(10, { OwnerUserId: '', OwnerDisplayName: 'user39' }),
        answer(20, 10, { OwnerUserId: '', OwnerDisplayName: 'user39' }),
      ],
      comments: [remark(1, 10, { UserId: '', UserDisplayName: 'user39' })],
    })
    await run(folder)
    const post = (await postsOf(folder))[1]
    expect([post?.author, ...(await commentsOf(post?.id ?? 0)).map(({ author }) => author)]).toEqual([
      'user39',
      'user39',
      'user39',
    ])
  })

  test('tag wikis and nominations stay out with their comments, and nobody is bothered with them', async () => {
    const others = [3, 4, 5, 6, 7, 8].map((PostTypeId) => ({
      Id: 100 + PostTypeId,
      PostTypeId,
      CreationDate: at(1),
    }))
    const comments = others.map(({ Id }) => remark(Id, Id))
    expect(await run(dump(21, { posts: others, comments }))).toMatchObject({
      skipped: 0,
      added: { posts: 1, comments: 0 },
    })
  })

  test('characters outside the first plane come in and are found', async () => {
    const folder = dump(22, { posts: [question(10, { Title: '𠮷野家 😀', Body: '<p>田𠮷 𠮷</p>' })] })
    await run(folder)
    expect((await postsOf(folder))[1]).toMatchObject({ title: '𠮷野家 😀', body: '田𠮷 𠮷' })
  })

  test('the search finds what came in, by the words of links as they read now', async () => {
    const folder = dump(26, {
      posts: [
        question(10, { Title: 'Where to buy good rope', Body: '<p>https://s.example/q/1</p>' }),
        answer(20, 10),
      ],
      comments: [remark(1, 10, { Text: 'see https://s.example/q/10' })],
    })
    await run(folder, { host: 's.example' })
    expect((await postsOf(folder))[1]?.body).toContain('[Site 26](')
    const indexed = () =>
      ask(
        database.db,
        `select post_id as id, 0 as comment, tokens::text from search_posts
         union all select post_id, comment_id, tokens::text from search_comments order by 1, 2`,
        [],
      )
    const before = await indexed()
    await reindex(database.db, { now, all: true })
    expect(await indexed()).toEqual(before)
    const [sample] = await ask<{ docs: number }>(database.db, 'select docs from search_sample', [])
    expect(sample?.docs).toBeGreaterThan(1)
  })

  test('a name that a newcomer takes in the meantime gets a number', async () => {
    const folder = dump(23, { posts: [question(10)], users: [{ ...users[0], DisplayName: 'Racer' }] })
    const [written, decided] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const newcomer = database.db.transaction().execute(async (tx) => {
      await ask(tx, "insert into members (name, name_key) values ('racer', 'racer')", [])
      written.resolve()
      await decided.promise
    })
    await written.promise
    await run(folder, { onProgress: (step) => step.phase === 'members' && decided.resolve() })
    await newcomer
    expect((await postsOf(folder))[1]?.author).toBe('Racer-2')
  })

  test('without Users.xml people are known by their number', async () => {
    const folder = dump(2, { posts: [question(10, { OwnerUserId: 77 })], users: [] })
    await run(folder)
    expect((await postsOf(folder)).at(-1)?.author).toBe('user77')
  })

  test('links between its posts lead to the posts here; the site shows its host by its own titles', async () => {
    const link = (path: string) => `<p><a href="https://s.example/${path}">x</a></p>`
    const folder = dump(3, {
      posts: [
        question(10, {
          Title: 'How to tie a knot?',
          Body: link('questions/11/where-to-buy-good-rope') + link('a/20') + link('questions/99/gone'),
        }),
        question(11, {
          Title: 'Where to buy good rope',
          Body: `${link('questions/10/how-to-tie-a-knot')}<p><a href="/q/10">y</a></p>`,
        }),
        question(12, { Body: '<p><a href="https://other.example/questions/10/something-else">z</a></p>' }),
        answer(20, 11),
      ],
      comments: [remark(1, 10, { Text: 'see https://s.example/q/11' })],
    })
    await run(folder)
    const [, knot, rope, other] = await postsOf(folder)
    const [bought] = await commentsOf(rope?.id ?? 0)
    expect(knot?.body).toBe(
      `[x](/p/${rope?.id}/where-to-buy-good-rope)\n\n[x](/c/${bought?.id})\n\n[x](https://s.example/questions/99/gone)`,
    )
    expect(knot?.html).toContain(`href="/c/${bought?.id}"`)
    expect(rope?.body).toBe(`[x](/p/${knot?.id}/how-to-tie-a-knot)\n\n[y](/p/${knot?.id}/how-to-tie-a-knot)`)
    expect(other?.body).toContain('https://other.example/questions/10')
    expect((await commentsOf(knot?.id ?? 0))[0]?.body).toBe(
      `see [Where to buy good rope](/p/${rope?.id}/where-to-buy-good-rope)`,
    )
  })

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
    const folder = dump(4, {
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
    expect((await run(folder)).added.versions).toBe(4)
    const id = (await postsOf(folder)).at(-1)?.id
    const versions = await ask(
      database.db,
      'select version, title, body, note, m.name from post_versions v join members m on m.id = v.by_id where post_id = $1 order by version',
      [id],
    )
    expect(versions.map((version) => Object.values(version as object).slice(0, 4))).toEqual([
      [1, 'Old title', 'first text', ''],
      [2, 'Old title', 'second **text**', 'clearer'],
      [3, 'New title', 'second **text**', ''],
    ])
    expect(await run(folder)).toMatchObject({ added: { versions: 0, posts: 0 } })
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
      database.db,
      'select version, title, body from post_versions where post_id = $1 order by version',
      [id],
    )

  test('rows of revisions that stand mixed in the file are put together', async () => {
    const folder = dump(24, {
      posts: [question(10), question(11)],
      history: [
        revision('a', 10, 2, 'first of 10'),
        revision('b', 11, 2, 'first of 11'),
        revision('a', 10, 1, 'Old 10'),
        revision('b', 11, 1, 'Old 11'),
        revision('c', 10, 5, 'Text 10'),
      ],
    })
    await run(folder)
    const [, ten, eleven] = await postsOf(folder)
    expect(await versionsOf(ten?.id)).toEqual([
      { version: 1, title: 'Old 10', body: 'first of 10' },
      { version: 2, title: 'Question 10', body: 'Text 10' },
    ])
    expect(await versionsOf(eleven?.id)).toEqual([{ version: 1, title: 'Question 11', body: 'Text 11' }])
  })

  test('a post that a member edited here before its history came stays as the member left it', async () => {
    const folder = dump(25, { posts: [question(10)] })
    await run(folder)
    const id = (await postsOf(folder))[1]?.id
    await ask(
      database.db,
      `with edit as (update posts set version = 2 where id = $1 returning *)
       insert into post_versions (post_id, version, title, tags, body, html, renderer, by_id)
       select id, 2, title, tags, 'edited here', '<p>edited here</p>', 1, author_id from edit`,
      [id],
    )
    const before = await ask(database.db, 'select * from post_versions where post_id = $1', [id])
    writeFileSync(
      join(folder, 'PostHistory.xml'),
      dumpFile('posthistory', [revision('a', 10, 2, 'first'), revision('b', 10, 5, 'second')]),
    )
    expect((await run(folder)).added.versions).toBe(0)
    expect(await ask(database.db, 'select * from post_versions where post_id = $1', [id])).toEqual(before)
  })
})

describe('broken rows', () => {
  test('are left out and reported with file and line; the rest comes in', async () => {
    const folder = dump(5, {
      posts: [
        question(10),
        question(11, { CreationDate: '2020-02-31T00:00:00' }),
        question(12, { CreationDate: '2031-01-01T00:00:00' }),
        question(13, { Title: '\u200b' }),
        question(14, { Score: 'many' }),
        { PostTypeId: 1 },
        answer(20, 999),
        answer(21, 10),
        question(15, { Title: 'x'.repeat(300) }),
      ],
      comments: [remark(1, 555), remark(2, 21), remark(3, 10, { Text: ' ' })],
    })
    const result = await run(folder)
    expect(result).toMatchObject({ finished: true, skipped: 8, changed: 1, added: { posts: 3, comments: 2 } })
    const report = readFileSync(result.report ?? '', 'utf8')
    expect(report.split('\n').slice(3, -1)).toEqual([
      'Posts.xml:5: CreationDate is no date: 2020-02-31T00:00:00',
      'Posts.xml:6: CreationDate lies in the future: 2031-01-01T00:00:00',
      'Posts.xml:7: Title is missing',
      'Posts.xml:8: Score is no number: many',
      'Posts.xml:9: Id is missing',
      'Posts.xml:12: the title was shortened',
      'Posts.xml:10: its question 999 is not there',
      'Comments.xml:3: its post 555 is not there',
      'Comments.xml:5: Text is missing',
    ])
    expect(await wrongCounters(database.db)).toEqual([])
  })

  test('hostile HTML does nothing', async () => {
    const Body =
      '<p onclick="x()">a<script>alert(1)</script><img src="x" onerror="alert(1)"><a href="javascript:alert(1)">b</a></p>'
    const folder = dump(6, { posts: [question(10, { Body, Title: '<script>alert(1)</script>' })] })
    await run(folder)
    expect((await postsOf(folder)).at(-1)?.html).toBe('<p>ab</p>\n')
  })

  test('a folder without Posts.xml, an archive, and a link out of the folder are refused with advice', async () => {
    const empty = makeFolder({ 'site.7z': '' })
    const linked = makeFolder({})
    folders.push(empty, linked)
    symlinkSync('/etc/passwd', join(linked, 'Posts.xml'))
    await expect(run(empty)).rejects.toThrow(/unpack it first/)
    await expect(run(join(empty, 'site.7z'))).rejects.toThrow(/archives are not read/)
    await expect(run(linked)).rejects.toThrow(/out of the folder/)
  })
})

describe('stopping and starting', () => {
  const many = () =>
    dump(7, {
      posts: [
        ...Array.from({ length: 1300 }, (_, i) => question(i + 10)),
        ...Array.from({ length: 1300 }, (_, i) => answer(i + 5000, i + 10)),
      ],
      comments: Array.from({ length: 1300 }, (_, i) => remark(i + 1, i + 5000)),
    })

  test('whenever it is stopped, the counters are right and the next start goes on; a whole second run changes nothing', async () => {
    const folder = many()
    for (const phase of ['questions', 'answers', 'comments']) {
      const stop = new AbortController()
      const onProgress = (step: { phase: string; done: number }) => {
        if (step.phase === phase && step.done > 0) stop.abort()
      }
      expect(await run(folder, { signal: stop.signal, onProgress })).toMatchObject({ finished: false })
      expect(await wrongCounters(database.db)).toEqual([])
    }
    expect(await run(folder)).toMatchObject({ finished: true })
    expect(await postsOf(folder)).toHaveLength(1301)
    expect((await run(folder)).added).toEqual({
      members: 0,
      boards: 0,
      posts: 0,
      comments: 0,
      versions: 0,
      links: 0,
    })
    expect(await wrongCounters(database.db)).toEqual([])
  })

  test('two imports at once: the second is told', async () => {
    const folder = dump(8, { posts: [question(10)] })
    const both = await Promise.allSettled([run(folder), run(folder)])
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('a moved folder is known again; another site of the same folder name is not taken for it', async () => {
    const folder = dump(9, { posts: [question(10)] })
    const copy = makeFolder({ 'Posts.xml': readFileSync(join(folder, 'Posts.xml'), 'utf8') })
    folders.push(copy)
    await run(folder)
    expect((await run(copy)).added.posts).toBe(0)
  })
})

const sample = sampleFolder('stackexchange-history-meta')
test.skipIf(!sample)('the real site comes in whole within seconds', async () => {
  const start = performance.now()
  const result = await run(sample ?? '')
  expect(performance.now() - start).toBeLessThan(10_000)
  expect(result).toMatchObject({
    finished: true,
    skipped: 0,
    // 2,295 of Users.xml, and 19 names of people who left.
    added: { posts: 556, comments: 1095 + 3454, members: 2295 + 19 },
  })
  const [accepted] = await ask<{ count: number }>(
    database.db,
    "select count(*) from posts p join boards b on b.id = p.board_id where accepted_id is not null and b.slug like 'stackexchange%'",
    [],
  )
  expect(accepted?.count).toBe(181)
  expect(await wrongCounters(database.db)).toEqual([])
  expect((await run(sample ?? '')).added).toMatchObject({ posts: 0, comments: 0, members: 0, links: 0 })
})
