import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { discourseArchives, post, topic } from '#test/support/discourse-archives.ts'

const { run, folderOf, postsOf, threadOf } = discourseArchives()
const topicsOf = async (name: string) => (await postsOf(name)).map((one) => one.topic).sort()
const linesOf = (result: { report: string | null }) =>
  readFileSync(result.report ?? '', 'utf8')
    .split('\n')
    .slice(3, -1)

describe('a folder in which topics lie otherwise than one a file', () => {
  test('in a list, a line each, packed, as UTF-16, or under the names of a copied site', async () => {
    const folder = folderOf({
      'all.json': [topic(1, [post(1), post(2)]), topic(2, [post(1)])],
      'lines.jsonl': `${JSON.stringify(topic(3, [post(1)]))}\n\n{"id": 4,\n${JSON.stringify(topic(5, [post(1)]))}`,
      'a/b/c/d/6.json': topic(6, [post(1)]),
      'a/7.json?page=1': topic(7, [post(1)]),
      '__MACOSX/._7.json': 'Mac OS X',
      '.git/11.json': topic(11, [post(1)]),
    })
    writeFileSync(join(folder, '8.json.gz'), gzipSync(JSON.stringify(topic(8, [post(1)]))))
    writeFileSync(join(folder, '9.ndjson.gz'), gzipSync(JSON.stringify(topic(9, [post(1)]))))
    writeFileSync(
      join(folder, '10.json'),
      Buffer.from(`\ufeff${JSON.stringify(topic(10, [post(1)]))}`, 'utf16le'),
    )
    const result = await run(folder, { name: 'ways' })
    expect(await topicsOf('ways')).toEqual(['1', '10', '2', '3', '5', '6', '7', '8', '9'])
    expect(linesOf(result)).toEqual([expect.stringMatching(/^lines.jsonl:3: no JSON/)])
    expect((await run(folder, { name: 'ways' })).added).toMatchObject({ posts: 0, comments: 0, links: 0 })
  })

  test('packed files that are no such, or unpack to far more than a file may hold, are told', async () => {
    const folder = folderOf({ '1.json': topic(1, [post(1)]), '2.json.gz': 'no gzip' })
    writeFileSync(join(folder, '3.json.gz'), gzipSync(Buffer.alloc(210_000_000, 0x20)))
    const result = await run(folder, { name: 'packed' })
    expect(linesOf(result).map((line) => line.split(' (')[0])).toEqual([
      '2.json.gz: cannot be read',
      '3.json.gz: cannot be read',
    ])
  })

  test('posts that the next page holds are not missed', async () => {
    const stream = [1001, 1002, 1003, 1004]
    const folder = folderOf({
      '1.json': topic(1, [post(1), post(2)], { post_stream: { posts: [post(1), post(2)], stream } }),
      '1-2.json': topic(1, [], { post_stream: { posts: [post(3), post(4)], stream } }),
      '2.json': topic(2, [], { post_stream: { posts: [post(1), post(2)], stream } }),
      '2-2.json': topic(2, [], { post_stream: { posts: [post(3)], stream } }),
    })
    expect(linesOf(await run(folder, { name: 'pages' }))).toEqual([
      "2.json: 1 of the topic's posts could not be had",
    ])
    expect((await threadOf('pages:comment:1')).map(({ number }) => number)).toEqual(['2', '3', '4'])
  })
})

test('a topic of which only lists of its posts were saved is called what its address says', async () => {
  const posts = [post(1, { topic_slug: 'what-is-a-yard' }), post(2)]
  const folder = folderOf({
    '1-posts.json': { post_stream: { posts }, id: 1 },
    '2-posts.json': { post_stream: { posts }, id: 2 },
    '2.json': topic(2, [post(1)]),
  })
  await run(folder, { name: 'lists' })
  expect((await postsOf('lists')).map(({ title }) => title)).toEqual(['Topic 2', 'what is a yard'])
  expect(await threadOf('lists:comment:2')).toHaveLength(1)
})

test('a category that nothing describes is called as the topic about it says', async () => {
  const folder = folderOf({
    '1.json': topic(1, [post(1)], { category_id: 31 }),
    '2.json': topic(2, [post(1)], { category_id: 31, title: 'About the Tea & cups category' }),
    '3.json': topic(3, [post(1)], { category_id: 32 }),
  })
  await run(folder, { name: 'about' })
  expect((await postsOf('about')).map(({ board }) => board)).toEqual([
    'Tea & cups',
    'Tea & cups',
    'category-32',
  ])
})

describe('newer servers', () => {
  test('name several answers that were accepted; the first is it here', async () => {
    const accepted_answers = [{ post_number: 3, username: 'person3' }, { post_number: 2 }]
    await run(folderOf({ '1.json': topic(1, [post(1), post(2), post(3)], { accepted_answers }) }), {
      name: 'several',
    })
    expect(await postsOf('several')).toMatchObject([{ kind: 'question' }])
    expect((await threadOf('several:comment:1')).map(({ number, answer }) => [number, answer])).toEqual([
      ['2', true],
      ['3', true],
    ])
  })

  test('let answers be voted for and against', async () => {
    const posts = [post(1, { post_voting_vote_count: 4 }), post(2, { post_voting_vote_count: -2 })]
    await run(folderOf({ '1.json': topic(1, posts, { is_post_voting: true }) }), { name: 'voting' })
    expect(await postsOf('voting')).toMatchObject([{ kind: 'question', votes: 4 }])
    expect(await threadOf('voting:comment:1')).toMatchObject([{ answer: true, votes: -2 }])
  })

  test('have pictures of which the server lost sight, readings over letters, and posts without HTML', async () => {
    const cooked =
      '<p><img src="/images/transparent.png" alt="lost" data-orig-src="upload://aB1.png"> <ruby>漢<rp>(</rp><rt>한</rt><rp>)</rp></ruby></p>'
    const raw = '[quote="person1, post:1, topic:1"]\nwords\n[/quote]\n![x|1x1](upload://aB1.png)'
    const links = { details: { links: [{ url: 'https://n.example/t/x/1', title: 'X "y"', internal: true }] } }
    await run(folderOf({ '1.json': topic(1, [post(1, { cooked }), post(2, { cooked: null, raw })], links) }))
    const [first] = await postsOf('n.example')
    const address = 'https://n.example/uploads/short-url/aB1.png'
    expect(first?.body).toBe(`![lost](${address}) 漢(한)`)
    expect((await threadOf('n.example:comment:1'))[0]?.body).toBe(
      `> @person1: [#1](/p/${first?.id}/topic-1)\n>\n> words\n\n![x](${address})`,
    )
  })
})

describe('what is no archive of topics is refused with advice', () => {
  test.each([
    ['dump.sql', /dump.sql is a backup, which is not read/],
    ['site/Posts.xml', /use "import stackexchange"/],
    ['backup.tar.gz', /unpack it first/],
  ])('%s', (name, advice) => expect(run(folderOf({ [name]: 'x' }))).rejects.toThrow(advice))

  test('a host without https', () =>
    expect(run('forum.example/latest')).rejects.toThrow(
      'write its whole address, https://forum.example/latest',
    ))
})
