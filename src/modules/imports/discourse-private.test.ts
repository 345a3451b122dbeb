import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { discourseArchives, type Json, post, topic } from '#test/support/discourse-archives.ts'

const { run, folderOf, postsOf } = discourseArchives()

const topicsOf = async (name: string) => (await postsOf(name)).map((one) => one.topic).sort()
const reportOf = (result: { report: string | null }) =>
  readFileSync(result.report ?? '', 'utf8')
    .split('\n')
    .slice(3, -1)

describe('what was not public there', () => {
  test('messages stay out, also where only their readers or a missing category give them away', async () => {
    const details = { allowed_users: [{ id: 1, username: 'ann' }] }
    const folder = folderOf({
      '1.json': topic(1, [post(1)], { archetype: 'private_message', category_id: null }),
      '2.json': topic(2, [post(1)], { details }),
      '3.json': topic(3, [post(1)], { category_id: null }),
      '4.json': topic(4, [post(1)], { archetype: 'regular', category_id: null }),
      '5.json': topic(5, [post(1)], { archetype: 'banner' }),
    })
    const result = await run(folder, { name: 'messages' })
    expect(await topicsOf('messages')).toEqual(['4', '5'])
    const why = 'a private message, or nothing says that it is none'
    expect(reportOf(result)).toEqual([1, 2, 3].map((id) => `${id}.json: ${why}`))
  })

  test('nor do their posts, saved one by one or in lists, come in', async () => {
    const loose = (topic_id: number, more: Json = {}): Json => ({
      ...post(1),
      topic_id,
      topic_title: `Topic ${topic_id}`,
      ...more,
    })
    const folder = folderOf({
      'a/1.json': topic(1, [post(1)], { archetype: 'private_message', category_id: null }),
      'posts/1.json': loose(1),
      'posts/list.json': { latest_posts: [loose(2, { category_id: null }), loose(3, { category_id: 5 })] },
      'posts/own.json': { private_posts: [loose(4, { category_id: null })] },
      'posts/by-staff.json': loose(5, { can_edit: true }),
      'posts/6.json': loose(6, { can_edit: false }),
    })
    expect(await run(folder, { name: 'loose-messages' })).toMatchObject({ skipped: 4 })
    expect(await topicsOf('loose-messages')).toEqual(['3', '6'])
  })

  test('unlisted topics stay out and are told, deleted ones are gone', async () => {
    const folder = folderOf({
      '1.json': topic(1, [post(1)], { visible: false }),
      '2.json': topic(2, [post(1)], { deleted_at: '2021-01-01T00:00:00Z' }),
      '3.json': topic(3, [post(1)]),
    })
    const result = await run(folder, { name: 'unlisted' })
    expect(reportOf(result)).toEqual(['1.json: unlisted: only those who had its address could read it'])
    expect(await topicsOf('unlisted')).toEqual(['3'])
  })

  test('a category that only staff is known to have read is for moderators, until they open it', async () => {
    const folder = folderOf({
      'categories.json': {
        categories: [
          { id: 5, name: 'Yard', slug: 'yard', subcategory_ids: [6] },
          { id: 7, name: 'Staff', slug: 'staff', read_restricted: true, subcategory_ids: [8] },
        ],
      },
      ...Object.fromEntries(
        [5, 6, 7, 8, 9].map((category_id) => [
          `${category_id}.json`,
          topic(category_id, [post(1)], { category_id, details: { can_move_posts: true } }),
        ]),
      ),
      '10.json': topic(10, [post(1)], { category_id: 10 }),
    })
    const result = await run(folder, { name: 'staff' })
    const posts = await postsOf('staff')
    expect(Object.fromEntries(posts.map(({ topic, readBy }) => [topic, readBy]))).toEqual({
      5: 'everyone',
      6: 'everyone',
      7: 'moderators',
      8: 'moderators',
      9: 'moderators',
      10: 'everyone',
    })
    expect(reportOf(result)).toEqual([
      'staff: nothing tells who may read category 9: its board is for moderators alone',
    ])
  })

  test('nothing in the open tells what a topic or board for moderators is called', async () => {
    const cooked =
      '<p>https://y.example/t/x/2 https://y.example/c/staff/7 <a href="https://y.example/t/x/2">there</a></p>'
    const links = { details: { links: [{ url: 'https://y.example/t/x/2', title: null, internal: true }] } }
    await run(
      folderOf({
        'categories.json': { categories: [{ id: 7, name: 'Plot', slug: 'staff', read_restricted: true }] },
        '1.json': topic(1, [post(1, { cooked })], links),
        '2.json': topic(2, [post(1)], { category_id: 7, title: 'The secret plot' }),
      }),
    )
    const [open] = await postsOf('y.example')
    expect(open?.body).toMatch(
      /^https:\/\/y.example\/t\/x\/2 https:\/\/y.example\/c\/staff\/7 \[there\]\(\/p\/\d+\)$/,
    )
  })
})
