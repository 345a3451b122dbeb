import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ask } from '#platform/database.ts'
import { wrongCounters } from '#test/support/counters.ts'
import { discourseArchives, type Json, post, topic } from '#test/support/discourse-archives.ts'
import { sampleFolder } from '#test/support/import-files.ts'

const archives = discourseArchives()
const { run, folderOf, threadOf } = archives

const categories = {
  category_list: {
    categories: [
      { id: 6, name: 'Inner', slug: 'inner', parent_category_id: 5 },
      { id: 5, name: 'Outer room', slug: 'outer', description_text: 'All <b>about</b> it' },
      { id: 7, name: 'Staff', slug: 'staff', read_restricted: true },
      { id: 8, name: 'Below', slug: 'staff-below', parent_category_id: 7 },
    ],
  },
}

describe('a folder of topics', () => {
  test('categories become boards, posts a tree below what they reply to', async () => {
    const posts = [
      post(1, { actions_summary: [{ id: 2, count: 4 }] }),
      post(2),
      post(3, { reply_to_post_number: 2 }),
      post(4, { reply_to_post_number: 3, username: 'PERSON1' }),
      post(5, { reply_to_post_number: 1 }),
      post(6, { post_type: 3, action_code: 'closed.enabled' }),
      post(7, { post_type: 4 }),
      post(8, { user_deleted: true }),
      post(9, { reply_to_post_number: 8, username: null }),
    ]
    const folder = folderOf({
      'categories.json': categories,
      'topics/1.json': topic(1, posts, { pinned: true, closed: true }),
    })
    expect(await run(folder, { name: 'first' })).toMatchObject({
      finished: true,
      skipped: 0,
      added: { boards: 4, posts: 1, comments: 5 },
    })
    expect((await threadOf('first:comment:1')).map(({ id, ...row }) => row)).toEqual([
      { number: '2', depth: 0, answer: false, body: 'text 2', votes: 0, author: 'person2' },
      { number: '3', depth: 1, answer: false, body: 'text 3', votes: 0, author: 'person3' },
      { number: '4', depth: 2, answer: false, body: 'text 4', votes: 0, author: 'person1' },
      { number: '5', depth: 0, answer: false, body: 'text 5', votes: 0, author: 'person5' },
      { number: '9', depth: 0, answer: false, body: 'text 9', votes: 0, author: null },
    ])
    const boards = await ask(
      archives.db(),
      `select b.slug, b.name, b.about, a.slug as above, b.read_by as "readBy", b.posts from boards b left join boards a on a.id = b.parent_id
       where b.imported_from like 'discourse:first:%' order by b.slug`,
      [],
    )
    expect(boards).toEqual([
      { slug: 'inner', name: 'Inner', about: '', above: 'outer', readBy: 'everyone', posts: 0 },
      { slug: 'outer', name: 'Outer room', about: 'All about it', above: null, readBy: 'everyone', posts: 1 },
      { slug: 'staff', name: 'Staff', about: '', above: null, readBy: 'moderators', posts: 0 },
      { slug: 'staff-below', name: 'Below', about: '', above: 'staff', readBy: 'moderators', posts: 0 },
    ])
    const [row] = await ask(
      archives.db(),
      `select kind, votes, views, tags, comments, exists (select from post_pins where post_id = p.id) as pinned,
         exists (select from post_locks where post_id = p.id) as locked from posts p where imported_from = 'discourse:first:topic:1'`,
      [],
    )
    expect(row).toEqual({
      kind: 'discussion',
      votes: 4,
      views: 9,
      tags: ['one', 'two'],
      comments: 5,
      pinned: true,
      locked: true,
    })
    const [lock] = await ask(
      archives.db(),
      `select m.name, l.created_at as at from post_locks l join members m on m.id = l.by_id
       join posts p on p.id = l.post_id where p.imported_from = 'discourse:first:topic:1'`,
      [],
    )
    expect(lock).toEqual({ name: 'person6', at: new Date('2020-01-01T00:06:00Z') })
    expect(await wrongCounters(archives.db())).toEqual([])
  })

  test('a solved topic is a question; the accepted reply stands as an answer', async () => {
    const posts = [post(1), post(2), post(3, { reply_to_post_number: 2, accepted_answer: true })]
    await run(folderOf({ '2.json': topic(2, posts) }), { name: 'solved' })
    expect(
      (await threadOf('solved:comment:2')).map(({ number, depth, answer }) => ({ number, depth, answer })),
    ).toEqual([
      { number: '2', depth: 0, answer: true },
      { number: '3', depth: 0, answer: true },
    ])
    const [row] = await ask(
      archives.db(),
      `select p.kind, c.imported_from as accepted from posts p join comments c on c.id = p.accepted_id where p.imported_from = 'discourse:solved:topic:2'`,
      [],
    )
    expect(row).toEqual({ kind: 'question', accepted: 'discourse:solved:comment:2/3' })
  })

  test('links between topics and to posts lead here; the host is known from links called internal', async () => {
    const links = { details: { links: [{ url: 'https://f.example/t/topic-3/3', internal: true }] } }
    const cooked =
      '<p><a href="https://f.example/t/topic-4/4/2">a</a> <a href="/t/4">b</a> <a href="/u/ann">c</a> <a href="https://else.example/t/topic-4/4">d</a></p>'
    await run(
      folderOf({ '3.json': topic(3, [post(1, { cooked })], links), '4.json': topic(4, [post(1), post(2)]) }),
    )
    const rows = await ask<{ key: string; id: number; body: string }>(
      archives.db(),
      `select imported_from as key, id, v.body from posts p join post_versions v on v.post_id = p.id where imported_from like 'discourse:f.example:%' order by id`,
      [],
    )
    const [comment] = await ask<{ id: number }>(
      archives.db(),
      "select id from comments where imported_from = 'discourse:f.example:comment:4/2'",
      [],
    )
    const fourth = rows.find((row) => row.key.endsWith(':4'))
    expect(rows[0]?.body).toBe(
      `[a](/c/${comment?.id}) [b](/p/${fourth?.id}/topic-4) [c](https://f.example/u/ann) [d](https://else.example/t/topic-4/4)`,
    )
  })

  test('a chain of a hundred and fifty replies stays a tree that the database takes', async () => {
    const posts = Array.from({ length: 150 }, (_, i) =>
      post(i + 1, { reply_to_post_number: i === 0 ? null : i }),
    )
    await run(folderOf({ '5.json': topic(5, posts) }), { name: 'deep' })
    const depths = (await threadOf('deep:comment:5')).map((row) => row.depth)
    expect(depths).toHaveLength(149)
    expect(Math.max(...depths)).toBeLessThanOrEqual(80)
    expect(await wrongCounters(archives.db())).toEqual([])
  })

  test('what is private or broken stays out and is reported; a second run changes nothing', async () => {
    const folder = folderOf({
      'a.json': '{\n"id": 1,\n oops',
      'b.json': { some: 'thing' },
      'c.json': topic(11, [post(2)]),
      'd.json': topic(12, [
        post(1),
        post(2, { created_at: 'yesterday' }),
        post(3, { cooked: '' }),
        { post_number: 'x' },
      ]),
      'e.json': topic(13, [post(1)], { archetype: 'private_message' }),
      'f.json': topic(14, [post(1)], { title: 5 }),
      'g.json': topic(15, [post(1)], { post_stream: { posts: [post(1)], stream: [1001, 1002] } }),
      'h.json': '['.repeat(100_000) + ']'.repeat(100_000),
      'latest.json': { topic_list: { topics: [] } },
    })
    symlinkSync('/etc/hostname', join(folder, 'z.json'))
    const result = await run(folder, { name: 'broken' })
    expect(result).toMatchObject({
      finished: true,
      skipped: 10,
      changed: 1,
      added: { posts: 2, comments: 0 },
    })
    const report = readFileSync(result.report ?? '', 'utf8')
      .split('\n')
      .slice(3, -1)
    expect(
      report.map((line) =>
        line
          .split(/: (?=[a-z0-9])/i)
          .slice(0, 2)
          .join(': '),
      ),
    ).toEqual([
      'a.json:3: no JSON',
      'b.json: not a document that Discourse gives',
      'd.json: post 2',
      'd.json: post 3',
      'd.json: post 4 of the file',
      'e.json: a private message, or nothing says that it is none',
      'f.json: not a topic: /title must be string',
      'h.json: not a document that Discourse gives',
      'z.json: a symbolic link out of the folder; copy the file into it',
      'c.json: its first post is missing',
      "g.json: 1 of the topic's posts could not be had",
    ])
    expect((await run(folder, { name: 'broken' })).added).toEqual({
      members: 0,
      boards: 0,
      posts: 0,
      comments: 0,
      versions: 0,
      links: 0,
    })
  })

  test('further posts of a long topic are found whatever their files are called', async () => {
    const folder = folderOf({
      '6-more.json': { id: 6, post_stream: { posts: [post(4), post(5, { reply_to_post_number: 4 })] } },
      '6-page-2.json': topic(6, [post(3, { reply_to_post_number: 2 })]),
      '6.json': topic(6, [post(1), post(2)]),
    })
    expect(await run(folder, { name: 'parts' })).toMatchObject({
      skipped: 0,
      added: { posts: 1, comments: 4 },
    })
    expect((await threadOf('parts:comment:6')).map(({ number, depth }) => [number, depth])).toEqual([
      ['2', 0],
      ['3', 1],
      ['4', 0],
      ['5', 1],
    ])
    expect((await run(folder, { name: 'parts' })).added).toMatchObject({ posts: 0, comments: 0 })
  })

  test('Korean slugs are read as people write them; a hidden post stays out; emoji of a title are shown', async () => {
    const list = [
      { id: 21, name: '공지', slug: encodeURIComponent('공지-사항') },
      { id: 22, name: '자유 게시판', slug: '22-category' },
      { id: 23, name: '%zz', slug: '%zz' },
    ]
    const posts = [post(1), post(2, { hidden: true }), post(3)]
    await run(
      folderOf({
        'site.json': { categories: list },
        't.json': topic(7, posts, { category_id: 22, title: 'Hi :wave: 10:30:00 :nothing:' }),
      }),
      { name: 'korean' },
    )
    const boards = await ask<{ slug: string }>(
      archives.db(),
      "select slug from boards where imported_from like 'discourse:korean:%' order by id",
      [],
    )
    expect(boards.map((board) => board.slug)).toEqual(['공지-사항', '자유-게시판', 'zz'])
    expect((await threadOf('korean:comment:7')).map(({ number }) => number)).toEqual(['3'])
    const [row] = await ask<{ title: string }>(
      archives.db(),
      "select title from posts where imported_from = 'discourse:korean:topic:7'",
      [],
    )
    expect(row?.title).toBe('Hi 👋 10:30:00 :nothing:')
  })

  test('names that no database takes as they are do not end the import', async () => {
    const names = ['\u0000nul', 'half\ud83d', '\u200b', 'x'.repeat(200), 'ADMIN', '..', '홍길동']
    const posts = names.map((username, i) => post(i + 1, { username }))
    expect(await run(folderOf({ 'n.json': topic(8, posts) }), { name: 'names' })).toMatchObject({
      finished: true,
      skipped: 0,
      added: { members: 7, comments: 6 },
    })
    expect((await run(folderOf({ 'n.json': topic(8, posts) }), { name: 'names' })).added.members).toBe(0)
  })

  test('people are mentioned by a link, also where they write later', async () => {
    const folder = folderOf({
      '1.json': topic(41, [post(1, { cooked: '<p>Ask <a class="mention" href="/u/later">@later</a></p>' })]),
      '2.json': topic(
        42,
        Array.from({ length: 600 }, (_, i) => post(i + 1)),
      ),
      '3.json': topic(43, [post(1, { username: 'later' })]),
    })
    await run(folder, { name: 'mentions' })
    const [row] = await ask<{ html: string }>(
      archives.db(),
      "select v.html from posts p join post_versions v on v.post_id = p.id where imported_from = 'discourse:mentions:topic:41'",
      [],
    )
    expect(row?.html).toContain('<a class="mention" href="/m/later">@later</a>')
    expect((await run(folder, { name: 'mentions' })).added.links).toBe(0)
  })

  test('who had to take another name here is still mentioned by the one they had', async () => {
    const cooked = '<p><a class="mention" href="/u/twin">@twin</a></p>'
    const archive = { '1.json': topic(1, [post(1, { username: 'Twin', cooked })]) }
    await run(folderOf(archive), { name: 'twins' })
    await run(folderOf(archive), { name: 'others' })
    const rows = await ask<{ html: string }>(
      archives.db(),
      `select v.html from posts p join post_versions v on v.post_id = p.id
       where imported_from in ('discourse:twins:topic:1', 'discourse:others:topic:1') order by p.id`,
      [],
    )
    expect(rows.map(({ html }) => /href="([^"]*)"/.exec(html)?.[1])).toEqual(['/m/Twin', '/m/Twin-2'])
  })

  test('addresses of people and what they say of themselves come along where documents tell it', async () => {
    const folder = folderOf({
      'active.json': [
        { id: 3, username: 'Person1', email: 'one@e.example' },
        { id: 4, username: 'stranger', email: 'two@e.example' },
      ],
      't.json': topic(9, [post(1, { username: 'person1' }), post(2, { username: 'mailer' })]),
      'user.json': { user: { username: 'mailer', email: 'three@e.example', bio_raw: 'I *write*' } },
    })
    expect(await run(folder, { name: 'mails' })).toMatchObject({ skipped: 0 })
    const rows = await ask<{ email: string | null }>(
      archives.db(),
      "select email from members where imported_from like 'discourse:mails:%' order by email",
      [],
    )
    expect(rows.map((row) => row.email)).toEqual(['one@e.example', 'three@e.example'])
    const [mailer] = await ask(archives.db(), 'select about from members where email = $1', [
      'three@e.example',
    ])
    expect(mailer).toEqual({ about: 'I write' })
  })

  test('nobody joined later than they wrote, in whatever order topics are read', async () => {
    const late = post(1, { username: 'early', created_at: '2021-01-01T00:00:00Z' })
    const folder = folderOf({
      '1.json': topic(1, [late]),
      '2.json': topic(2, [post(1), post(2, { username: 'early' })]),
    })
    await run(folder, { name: 'joined' })
    const [row] = await ask<{ at: Date }>(
      archives.db(),
      "select created_at as at from members where imported_from = 'discourse:joined:member:early'",
      [],
    )
    expect(row?.at).toEqual(new Date('2020-01-01T00:02:00Z'))
  })

  test('folders without topics and archives are refused with advice', async () => {
    await expect(run(folderOf({ 'backup.tar.gz': 'x' }))).rejects.toThrow(/unpack it first/)
    await expect(run(join(folderOf({ 'backup.zip': 'x' }), 'backup.zip'))).rejects.toThrow(
      /archives are not read/,
    )
  })
})

describe('posts that were saved one by one', () => {
  const loose = (topic_id: number, post_number: number, more: Json = {}): Json => ({
    ...post(post_number),
    topic_id,
    topic_title: `Topic ${topic_id}`,
    category_id: 5,
    updated_at: '2020-02-01T00:00:00.000Z',
    ...more,
  })
  const bodies = (name: string) =>
    ask<{ title: string; body: string; author: string | null; at: Date }>(
      archives.db(),
      `select p.title, v.body, m.name as author, p.created_at as at from posts p
       join post_versions v on v.post_id = p.id join members m on m.id = p.author_id
       where p.imported_from like $1 order by p.imported_from`,
      [`discourse:${name}:%`],
    )

  test('they are gathered by topic; of a post that was saved twice the newer text counts', async () => {
    const folder = folderOf({
      '2020/1.json': loose(41, 1, { topic_title: 'Old title' }),
      '2020/2.json': loose(41, 2),
      '2020/3.json': loose(41, 3, { reply_to_post_number: 2 }),
      '2020/a-1.json': loose(41, 1, { updated_at: '2020-03-01T00:00:00.000Z', cooked: '<p>newer</p>' }),
      'posts.json': { latest_posts: [loose(41, 2), loose(42, 1), loose(42, 2)] },
      'untitled.json': loose(47, 1, { topic_title: null, topic_slug: 'what-is-a-yard' }),
      't/42.json': topic(42, [post(1), post(2)]),
    })
    expect(await run(folder, { name: 'loose' })).toMatchObject({
      skipped: 0,
      changed: 0,
      added: { posts: 3, comments: 3, boards: 1 },
    })
    expect((await bodies('loose')).map(({ title, body }) => [title, body])).toEqual([
      ['Topic 41', 'newer'],
      ['Topic 42', 'text 1'],
      ['what is a yard', 'text 1'],
    ])
    expect((await threadOf('loose:comment:41')).map(({ number, depth }) => [number, depth])).toEqual([
      ['2', 0],
      ['3', 1],
    ])
    expect(await wrongCounters(archives.db())).toEqual([])
    expect((await run(folder, { name: 'loose' })).added).toMatchObject({ posts: 0, comments: 0, links: 0 })
  })

  test('replies outlive a first post that is hidden, deleted or missing', async () => {
    const folder = folderOf({
      'hidden.json': topic(43, [post(1, { hidden: true, username: 'starter' }), post(2)]),
      'only.json': topic(44, [post(1, { hidden: true })]),
      '45-2.json': loose(45, 2),
      '46-1.json': loose(46, 1),
      '46-1-later.json': loose(46, 1, {
        updated_at: '2020-03-01T00:00:00.000Z',
        user_deleted: true,
        username: 'starter',
      }),
      '46-2.json': loose(46, 2),
    })
    expect(await run(folder, { name: 'headless' })).toMatchObject({
      changed: 3,
      added: { posts: 3, comments: 3 },
    })
    expect(
      (await bodies('headless')).map(({ body, author, at }) => [body, author, at.toISOString()]),
    ).toEqual([
      ['…', 'starter', '2020-01-01T00:01:00.000Z'],
      ['…', null, '2020-01-01T00:02:00.000Z'],
      ['…', 'starter', '2020-01-01T00:01:00.000Z'],
    ])
    expect(await run(folder, { name: 'headless' })).toMatchObject({
      changed: 0,
      added: { posts: 0, comments: 0 },
    })
  })

  test('pictures of members tell the server, links to categories what boards are called', async () => {
    const badge = (id: number, slug: string, name: string) =>
      `<aside class="quote"><div class="title"><a href="https://old.example/t/x/41">X</a> <a class="badge-category__wrapper" href="/c/above/${slug}/${id}"><span data-category-id="${id}" class="badge-category"><span class="badge-category__name">${name}</span></span></a></div><blockquote>q</blockquote></aside>`
    const picture = { avatar_template: '/user_avatar/old.example/person1/{size}/1_2.png' }
    const folder = folderOf({
      '1.json': loose(41, 1, picture),
      '2.json': loose(42, 1, { cooked: badge(5, 'tea', 'Tea &amp; more'), category_id: 6 }),
      '3.json': loose(43, 1, {
        cooked:
          '<a href="/c/cups/6"><span></span><span class="badge-category clear" title="C">Cups</span></a>',
        category_id: 7,
      }),
    })
    await run(folder)
    const boards = await ask(
      archives.db(),
      "select slug, name, posts from boards where imported_from like 'discourse:old.example:%' order by imported_from",
      [],
    )
    expect(boards).toEqual([
      { slug: 'tea', name: 'Tea & more', posts: 1 },
      { slug: 'cups', name: 'Cups', posts: 1 },
      { slug: 'category-7', name: 'category-7', posts: 1 },
    ])
    const [, second] = await bodies('old.example')
    expect(second?.body).toMatch(/^> \[X\]\(\/p\/\d+/)
  })
})

const sample = sampleFolder('discourse-api')
test.skipIf(!sample)('the real samples: topics and single posts, other documents let be', async () => {
  const result = await run(sample ?? '', { name: 'sample' })
  expect(result).toMatchObject({ finished: true, skipped: 0, added: { posts: 4, comments: 4, boards: 4 } })
  const [row] = await ask<{ title: string; html: string }>(
    archives.db(),
    `select p.title, v.html from posts p join post_versions v on v.post_id = p.id where p.imported_from = 'discourse:sample:topic:57'`,
    [],
  )
  expect(row?.title).toBe('THIS SITE IS A SANDBOX -- it is reset every day')
  expect(row?.html).toContain('<h4>Try is a sandbox')
})
