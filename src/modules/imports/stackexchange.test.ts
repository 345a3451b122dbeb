import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { showPost } from '#modules/posts/show.ts'
import { reindex } from '#modules/search/reindex.ts'
import { ask } from '#platform/database.ts'
import { wrongCounters } from '#test/support/counters.ts'
import { dumpFile, makeFolder, sampleFolder } from '#test/support/import-files.ts'
import { answer, at, dumpSite, now, question, remark } from '#test/support/stackexchange-dump.ts'

const site = dumpSite()

describe('a dump becomes a board', () => {
  test('questions, answers and comments stand where they belong, with votes, views, tags and who wrote them', async () => {
    const folder = site.dump(1, {
      posts: [
        answer(20, 10, { Score: 7 }),
        question(10, { AcceptedAnswerId: 20, Score: -2 }),
        { Id: 30, PostTypeId: 5, CreationDate: at(1) },
      ],
      comments: [remark(1, 10), remark(2, 20, { UserId: '' }), remark(3, 20, { Text: '# not a heading' })],
    })
    const result = await site.run(folder)
    expect(result).toMatchObject({ finished: true, skipped: 0, report: null })
    const post = (await site.postsOf(folder))[1]
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
    const comments = await site.commentsOf(post?.id ?? 0)
    const [first] = comments
    expect(comments.map(({ id, ...comment }) => comment)).toEqual([
      { parent: null, answer: true, body: 'Answer 20', author: 'Ann-2' },
      { parent: first?.id, answer: false, body: 'Remark 2', author: null },
      { parent: first?.id, answer: false, body: '\\# not a heading', author: 'Ann' },
      { parent: null, answer: false, body: 'Remark 1', author: 'Ann' },
    ])
    expect(post?.accepted).toBe(first?.id)
    const members = await ask(
      site.db(),
      "select name from members where password_hash is not null or about = 'Hi you'",
      [],
    )
    expect(members).toEqual([{ name: 'Ann-2' }])
  })

  test('which board that is, is told: an earlier run may have made another than the one that is named now', async () => {
    const folder = site.dump(33, { posts: [question(10)] })
    expect(await site.run(folder, { board: { slug: 'Tea & Cakes' } })).toMatchObject({ board: 'tea-cakes' })
    expect(await site.run(folder, { board: { slug: 'coffee' } })).toMatchObject({ board: 'tea-cakes' })
  })

  test('a question that was closed is locked since then, by nobody here', async () => {
    const folder = site.dump(32, {
      posts: [question(10, { ClosedDate: at(4) }), question(11)],
      users: [],
    })
    await site.run(folder)
    const [, closed, open] = await site.postsOf(folder)
    const locks = await ask(
      site.db(),
      `select l.post_id as id, m.name as by, l.created_at as at from post_locks l join members m on m.id = l.by_id
       where post_id = any($1)`,
      [[closed?.id, open?.id]],
    )
    expect(locks).toEqual([{ id: closed?.id, by: null, at: new Date(`${at(4)}Z`) }])
    const shown = await showPost(site.db(), null, closed?.id ?? 0)
    expect(shown.lock).toMatchObject({ by: null, elsewhere: true })
  })

  test('tag wikis and nominations stay out with their comments, and nobody is bothered with them', async () => {
    const others = [3, 4, 5, 6, 7, 8].map((PostTypeId) => ({
      Id: 100 + PostTypeId,
      PostTypeId,
      CreationDate: at(1),
    }))
    const comments = others.map(({ Id }) => remark(Id, Id))
    expect(await site.run(site.dump(21, { posts: others, comments }))).toMatchObject({
      skipped: 0,
      added: { posts: 1, comments: 0 },
    })
  })

  test('characters outside the first plane come in and are found', async () => {
    const folder = site.dump(22, { posts: [question(10, { Title: '𠮷野家 😀', Body: '<p>田𠮷 𠮷</p>' })] })
    await site.run(folder)
    expect((await site.postsOf(folder))[1]).toMatchObject({ title: '𠮷野家 😀', body: '田𠮷 𠮷' })
  })

  test('the search finds what came in, by the words of links as they read now', async () => {
    const folder = site.dump(26, {
      posts: [
        question(10, {
          Title: 'Where to buy good rope',
          Body: '<p>https://s.example/q/1 <a href="/help">help</a> <a href="/q/1">first</a></p>',
        }),
        answer(20, 10),
      ],
      comments: [remark(1, 10, { Text: 'see https://s.example/q/10' })],
    })
    await site.run(folder, { host: 'https://S.example/questions' })
    expect((await site.postsOf(folder))[1]?.body).toContain('[help](https://s.example/help) [first](/p/')
    expect((await site.postsOf(folder))[1]?.body).toContain('[Site 26](')
    const indexed = () =>
      ask(
        site.db(),
        `select post_id as id, 0 as comment, tokens::text from search_posts
         union all select post_id, comment_id, tokens::text from search_comments order by 1, 2`,
        [],
      )
    const before = await indexed()
    await reindex(site.db(), { now, all: true })
    expect(await indexed()).toEqual(before)
    const [sample] = await ask<{ docs: number }>(site.db(), 'select docs from search_sample', [])
    expect(sample?.docs).toBeGreaterThan(1)
  })

  test('without Users.xml people are known by their number', async () => {
    const folder = site.dump(2, { posts: [question(10, { OwnerUserId: 77 })], users: [] })
    await site.run(folder)
    expect((await site.postsOf(folder)).at(-1)?.author).toBe('user77')
  })

  test('links between its posts lead to the posts here; the site shows its host by its own titles', async () => {
    const link = (path: string) => `<p><a href="https://s.example/${path}">x</a></p>`
    const folder = site.dump(3, {
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
    await site.run(folder)
    const [, knot, rope, other] = await site.postsOf(folder)
    const [bought] = await site.commentsOf(rope?.id ?? 0)
    expect(knot?.body).toBe(
      `[x](/p/${rope?.id}/where-to-buy-good-rope)\n\n[x](/c/${bought?.id})\n\n[x](https://s.example/questions/99/gone)`,
    )
    expect(knot?.html).toContain(`href="/c/${bought?.id}"`)
    expect(rope?.body).toBe(`[x](/p/${knot?.id}/how-to-tie-a-knot)\n\n[y](/p/${knot?.id}/how-to-tie-a-knot)`)
    expect(other?.body).toContain('https://other.example/questions/10')
    expect((await site.commentsOf(knot?.id ?? 0))[0]?.body).toBe(
      `see [Where to buy good rope](/p/${rope?.id}/where-to-buy-good-rope)`,
    )
  })
})

test('links to tags, members and comments lead here; what comments point to without a host is made whole', async () => {
  const hrefs = [
    '/questions/tagged/a',
    '/questions/tagged/none',
    '/users/2/ann',
    '/questions/10/x#comment1_10',
    '/posts/20/revisions',
  ]
  const folder = site.dump(40, {
    posts: [
      question(10, { Body: `<p>${hrefs.map((href) => `<a href="${href}">x</a>`).join(' ')}</p>` }),
      answer(20, 10),
    ],
    comments: [remark(1, 10, { Text: 'a [tag:b-c], [edit] and [help](/help/ask), `[x](/y)`' })],
  })
  await site.run(folder, { host: 'l.example' })
  const [, post] = await site.postsOf(folder)
  const [given, comment] = await site.commentsOf(post?.id ?? 0)
  expect(post?.body.split(' ')).toEqual([
    '[x](/t/a)',
    '[x](https://l.example/questions/tagged/none)',
    `[x](/m/${given?.author})`,
    `[x](/c/${comment?.id})`,
    `[x](/c/${given?.id})`,
  ])
  expect(comment?.body).toBe('a [b-c](/t/b-c), [edit] and [help](https://l.example/help/ask), `[x](/y)`')
  expect((await site.run(folder, { host: 'l.example' })).added.links).toBe(0)
})

test('links that stayed without a host get it from a second run that is told it', async () => {
  const folder = site.dump(41, {
    posts: [
      question(10, {
        Body: '<p><a href="/help/ask">x</a> <a href="/questions/99">y</a> <a href="/q/1">z</a></p>',
      }),
    ],
  })
  await site.run(folder)
  const [first, before] = await site.postsOf(folder)
  const here = `[z](/p/${first?.id}/site-41)`
  expect(before?.body).toBe(`[x](/help/ask) [y](/questions/99) ${here}`)
  await site.run(folder, { host: 'late.example' })
  expect((await site.postsOf(folder))[1]?.body).toBe(
    `[x](https://late.example/help/ask) [y](https://late.example/questions/99) ${here}`,
  )
})

test('a trick in any of the files lets nothing of the others come in', async () => {
  const folder = site.dump(42, { posts: [question(10)] })
  writeFileSync(
    join(folder, 'Comments.xml'),
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><comments/>',
  )
  await expect(site.run(folder)).rejects.toThrow('Comments.xml: its DOCTYPE declares entities')
  expect(await site.postsOf(folder)).toEqual([])
})

test('a dump in a folder in the folder is found; of several one has to be named', async () => {
  const file = (id: number) => dumpFile('posts', [question(id, { CreationDate: at(id) })])
  const one = site.keep(makeFolder({ 'x/nested-site/posts.XML': file(20) }))
  expect(await site.run(one)).toMatchObject({ added: { posts: 1 } })
  const several = site.keep(makeFolder({ 'a/Posts.xml': file(21), 'b/Posts.xml': file(22) }))
  await expect(site.run(several)).rejects.toThrow(/several sites \(a, b\); give one/)
  const none = site.keep(makeFolder({ 'latest.json': '{}' }))
  await expect(site.run(none)).rejects.toThrow(/no Posts.xml, but latest.json: .* "import discourse"/)
})

describe('broken rows', () => {
  test('are left out and reported with file and line; the rest comes in', async () => {
    const folder = site.dump(5, {
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
        question(10, { Title: 'The same again' }),
        { ...answer(21, 10), Id: '0021' },
      ],
      comments: [remark(1, 555), remark(2, 21), remark(3, 10, { Text: ' ' }), remark(2, 10)],
    })
    const result = await site.run(folder)
    expect(result).toMatchObject({
      finished: true,
      skipped: 11,
      changed: 1,
      added: { posts: 3, comments: 2 },
    })
    const report = readFileSync(result.report ?? '', 'utf8')
    expect(report.split('\n').slice(3, -1)).toEqual([
      'Posts.xml:5: CreationDate is no date: 2020-02-31T00:00:00',
      'Posts.xml:6: CreationDate lies in the future: 2031-01-01T00:00:00',
      'Posts.xml:7: Title is missing',
      'Posts.xml:8: Score is no number: many',
      'Posts.xml:9: Id is missing',
      'Posts.xml:12: the title was shortened',
      'Posts.xml:13: Id 10 stands in the file twice',
      'Posts.xml:10: its question 999 is not there',
      'Posts.xml:14: Id 21 stands in the file twice',
      'Comments.xml:3: its post 555 is not there',
      'Comments.xml:5: Text is missing',
      'Comments.xml:6: Id 2 stands in the file twice',
    ])
    expect(await wrongCounters(site.db())).toEqual([])
  })

  test('hostile HTML does nothing', async () => {
    const Body =
      '<p onclick="x()">a<script>alert(1)</script><img src="x" onerror="alert(1)"><a href="javascript:alert(1)">b</a></p>'
    const folder = site.dump(6, { posts: [question(10, { Body, Title: '<script>alert(1)</script>' })] })
    await site.run(folder)
    expect((await site.postsOf(folder)).at(-1)?.html).toBe('<p>ab</p>\n')
  })

  test.each(['', '<!doctype html><html><body>Not found</body></html>', '<posts></posts>'])(
    'a Posts.xml without a post is refused, and no board is made: %s',
    async (text) => {
      const folder = site.keep(makeFolder({ 'Posts.xml': text }))
      const boards = async () => (await ask(site.db(), 'select id from boards', [])).length
      const before = await boards()
      await expect(site.run(folder)).rejects.toThrow(/there is no post in it/)
      expect(await boards()).toBe(before)
    },
  )

  test('a folder without Posts.xml, an archive, and a link out of the folder are refused with advice', async () => {
    const empty = makeFolder({ 'site.7z': '' })
    const linked = makeFolder({})
    for (const one of [empty, linked]) site.keep(one)
    symlinkSync('/etc/passwd', join(linked, 'Posts.xml'))
    await expect(site.run(empty)).rejects.toThrow(/unpack it first/)
    await expect(site.run(join(empty, 'site.7z'))).rejects.toThrow(/archives are not read/)
    await expect(site.run(linked)).rejects.toThrow(/out of the folder/)
  })
})

describe('stopping and starting', () => {
  const many = () =>
    site.dump(7, {
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
      expect(await site.run(folder, { signal: stop.signal, onProgress })).toMatchObject({ finished: false })
      expect(await wrongCounters(site.db())).toEqual([])
    }
    expect(await site.run(folder)).toMatchObject({ finished: true })
    expect(await site.postsOf(folder)).toHaveLength(1301)
    expect((await site.run(folder)).added).toEqual({
      members: 0,
      boards: 0,
      posts: 0,
      comments: 0,
      versions: 0,
      links: 0,
    })
    expect(await wrongCounters(site.db())).toEqual([])
  })

  test('two imports at once: the second is told', async () => {
    const folder = site.dump(8, { posts: [question(10)] })
    const both = await Promise.allSettled([site.run(folder), site.run(folder)])
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('a moved folder is known again; another site of the same folder name is not taken for it', async () => {
    const folder = site.dump(9, { posts: [question(10)] })
    const copy = makeFolder({ 'Posts.xml': readFileSync(join(folder, 'Posts.xml'), 'utf8') })
    site.keep(copy)
    await site.run(folder)
    expect((await site.run(copy)).added.posts).toBe(0)
  })
})

test('a newer dump of a site whose oldest post is gone is the same site, when its host is given', async () => {
  const older = site.dump(30, { posts: [question(10), question(11)] })
  const newer = site.dump(31, { posts: [question(11), question(12)] })
  await site.run(older, { host: 'old.example' })
  expect((await site.run(newer, { host: 'old.example' })).added).toMatchObject({ boards: 0, posts: 1 })
})

const sample = sampleFolder('stackexchange-history-meta')
test.skipIf(!sample)('the real site comes in whole', async () => {
  const result = await site.run(sample ?? '')
  expect(result).toMatchObject({
    finished: true,
    skipped: 0,
    // 2,295 of Users.xml, 19 names of people who left, and nobody, who closed questions.
    added: { posts: 556, comments: 1095 + 3454, members: 2295 + 19 + 1 },
  })
  const [accepted] = await ask<{ count: number }>(
    site.db(),
    "select count(*) from posts p join boards b on b.id = p.board_id where accepted_id is not null and b.slug like 'stackexchange%'",
    [],
  )
  expect(accepted?.count).toBe(181)
  expect(await wrongCounters(site.db())).toEqual([])
  expect((await site.run(sample ?? '')).added).toMatchObject({ posts: 0, comments: 0, members: 0, links: 0 })
})
